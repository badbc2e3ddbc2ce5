"""What a library practises: which claims, rules, sides of tensions, causes, phases and decisions stand in which scenario."""

from collections.abc import Sequence
from dataclasses import dataclass

from kit.content.hints import named_in
from kit.content.playbook import Playbook
from kit.content.scenario import AnyScene, BestAndWorst, Choose, Scenario, Write

LEAST_SCENES, LEAST_SCENARIOS = 3, 2   # in which a rule is at stake


@dataclass(frozen=True)
class Row:
    """One thing that can be practised, and how often each scenario does: by scenario id, without zeros."""

    kind: str        # claim, rule, side, cause, phase, who, level, ask
    name: str
    scenes: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.scenes.values())


def coverage(scenarios: Sequence[Scenario], playbook: Playbook) -> list[Row]:
    """Every name of the playbook, practised or not, in its order; then phases, whose decision, levels and asks."""
    names = {
        "claim": list(playbook.claim), "rule": list(playbook.rule), "side": [t.id + side for t in playbook.tensions for side in "ab"], "cause": list(playbook.cause),
        "phase": ["decide", "tell", "close", "after"], "who": ["client", "us", "both"], "level": ["1", "2", "3"], "ask": ["choose", "best_and_worst", "compose", "order", "write"],
    }
    counted = {s.id: _practised(s, playbook) for s in scenarios}
    return [Row(kind, name, {s: c for s, found in counted.items() if (c := found.get((kind, name), 0))}) for kind, all_ in names.items() for name in all_]


def _practised(scenario: Scenario, playbook: Playbook) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {("cause", scenario.cause): 1, ("who", scenario.who): 1, ("level", str(scenario.level)): 1}
    for scene in scenario.scenes:
        at_stake = rules_at_stake(scene)
        claims = {twin for rule in at_stake for claim in playbook.rule[rule].rests_on if claim in cited_in(scene) for twin in playbook.twins(claim)}
        things = [("rule", r) for r in at_stake] + [("claim", c) for c in claims] + [("side", s) for s in scene.practises] + [("ask", scene.ask)]
        for thing in [*things, *([("phase", scene.phase)] if scene.phase else [])]:
            found[thing] = found.get(thing, 0) + 1
    return found


def rules_at_stake(scene: AnyScene) -> set[str]:
    """Every rule that an answer to the scene may keep or break; none where the machine does not score."""
    return set() if isinstance(scene, Write) else named_in(scene)


def cited_in(scene: AnyScene) -> set[str]:
    follows = scene.options if isinstance(scene, Choose | BestAndWorst) else getattr(scene, "outcomes", ())
    return {claim for outcome in follows for claim in outcome.cites}


def gaps(scenarios: Sequence[Scenario], playbook: Playbook) -> list[str]:
    """What the library should practise and does not, in words."""
    rows = coverage(scenarios, playbook)
    told = [f"No scenario practises the {row.kind} `{row.name}`." for row in rows if not row.scenes and row.kind in ("claim", "side", "cause", "phase", "who", "level", "ask")]
    for row in rows:
        if row.kind == "rule" and (row.total < LEAST_SCENES or len(row.scenes) < LEAST_SCENARIOS):
            told.append(f"The rule `{row.name}` is at stake in {row.total} scenes of {len(row.scenes)} scenarios; wanted: {LEAST_SCENES} of {LEAST_SCENARIOS}.")
    return told
