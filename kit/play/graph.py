"""A scenario as a graph: scenes and endings, what leads from one to the other, the best path, and what nobody reaches.

Made by the same functions that a run is played with, so it cannot show another scenario than the one that runs.
"""

from dataclasses import dataclass

from kit.content.playbook import Playbook
from kit.content.scenario import AnyScene, BestAndWorst, Choose, Scenario, Write
from kit.play.answer import best_answer, judge
from kit.play.prove import reachable
from kit.play.score import perfect_run


@dataclass(frozen=True)
class Node:
    """A scene or an ending; `depth` is the length of the longest way to it, `stake` what is there to keep."""

    id: str
    is_ending: bool
    words: str
    ask: str
    depth: int
    stake: float
    is_reached: bool
    is_on_best_path: bool


@dataclass(frozen=True)
class Edge:
    """What leads from a scene onward: the answers that do (an option's id, or a share), with their value and change of trust."""

    source: str
    target: str
    answers: tuple[str, ...]
    is_on_best_path: bool


@dataclass(frozen=True)
class Graph:
    title: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def graph(scenario: Scenario, playbook: Playbook) -> Graph:
    """The whole scenario. `next: end` leads to every ending that the trust range makes possible."""
    edges = [edge for scene in scenario.scenes for edge in _edges(scenario, scene, playbook)]
    best = _best_path(scenario, playbook)
    edges = [Edge(e.source, e.target, e.answers, (e.source, e.target) in best) for e in edges]
    reached, depth = reachable(scenario, playbook), _depths(scenario, edges)
    on_best = {name for pair in best for name in pair} or {scenario.scenes[0].id}
    scenes = [Node(s.id, False, s.question, s.ask, depth[s.id], judge(s, best_answer(s, playbook), playbook).stake, s.id in reached, s.id in on_best)
              for s in scenario.scenes]
    last = max((node.depth for node in scenes), default=0) + 1
    endings = [Node(e.id, True, e.title, "", last, 0.0, e.id in reached, e.id in on_best) for e in scenario.endings]
    return Graph(scenario.title, (*scenes, *endings), tuple(edges))


def _edges(scenario: Scenario, scene: AnyScene, playbook: Playbook) -> list[Edge]:
    answers: dict[str, list[str]] = {}
    for target, words in _answers(scenario, scene, playbook):
        for end in _ends(scenario, target):
            answers.setdefault(end, []).append(words)
    return [Edge(scene.id, target, tuple(words), False) for target, words in answers.items()]


def _ends(scenario: Scenario, target: str) -> list[str]:
    if target != "end":
        return [target]
    return [e.id for e in scenario.endings if e.trust] or [scenario.endings[0].id]


def _answers(scenario: Scenario, scene: AnyScene, playbook: Playbook) -> list[tuple[str, str]]:
    """(where it leads, the answer in a few words) for every option or outcome."""
    def lead(next_: str | None) -> str:
        return scenario.target(scene.id, next_)

    if isinstance(scene, Write):
        return [(lead(scene.next), "any words")]
    if isinstance(scene, Choose | BestAndWorst):
        return [(lead(o.next), f"{o.id} ({playbook.worth(o.keeps, o.breaks):+d}{_trust(o.trust)})") for o in scene.options]
    return [(lead(o.next), f"{f'{o.at_least:.0%} or more' if o.at_least else 'less'}{_trust(o.trust)}") for o in scene.outcomes]


def _trust(change: int) -> str:
    return f", trust {change:+d}" if change else ""


def _best_path(scenario: Scenario, playbook: Playbook) -> set[tuple[str, str]]:
    run = perfect_run(scenario, playbook)
    stops = [step.scene.id for step in run.steps] + ([run.ending.id] if run.ending else [])
    return set(zip(stops, stops[1:], strict=False))


def _depths(scenario: Scenario, edges: list[Edge]) -> dict[str, int]:
    """The longest way to each scene; scenes form no loops."""
    depth = {scene.id: 0 for scene in scenario.scenes}
    for _ in scenario.scenes:
        for edge in edges:
            if edge.target in depth:
                depth[edge.target] = max(depth[edge.target], depth[edge.source] + 1)
    return depth
