"""What a scenario shows when every path is walked: faults in its values, its reach and its stakes. Its figures: figures.py."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from kit.content.check import Way, check_scenario, nexts
from kit.content.finding import Problem
from kit.content.playbook import Playbook
from kit.content.scenario import AnyScene, BestAndWorst, Choose, Compose, Option, Order, Outcome, Scenario, Write
from kit.content.values import MOST_TRUST
from kit.play.answer import Answer, best_answer, inversions, judge
from kit.play.pairs import check_inside
from kit.play.run import Run
from kit.play.score import perfect_from, perfect_run, perfect_stake, points

LARGEST_SHARE = 0.30   # of the best path's stake, in one scene
SHORT_PATH = 0.60      # of the best path's stake: a path with less must not reach the pass mark


@dataclass(frozen=True)
class Onward:
    """One thing an answer can lead to: where, what it does to trust, and the best value that gets there."""

    target: str
    trust: int
    value: float


# --- problems -------------------------------------------------------------------------------------------

def check_whole(scenario: Scenario, playbook: Playbook) -> list[Problem]:
    """Everything that one scenario shows: its shape and fit, its values, and (if those hold) its paths and the pairs inside it."""
    problems = [*check_scenario(scenario, playbook), *_values(scenario, playbook)]
    if any(p.code.startswith("E") for p in problems):
        return problems
    return [*problems, *_reach(scenario, playbook), *_stakes(scenario, playbook), *_perverse(scenario, playbook), *check_inside(scenario, playbook)]


def _values(scenario: Scenario, playbook: Playbook) -> Iterator[Problem]:
    for n, scene in enumerate(scenario.scenes):
        way = ("scenes", n)
        if isinstance(scene, Choose | BestAndWorst | Compose):
            yield from _parts(scene, way, playbook)
        if isinstance(scene, Choose | BestAndWorst):
            yield from _options(scene, way, playbook)
        elif isinstance(scene, Compose):
            yield from _blocks(scene, way, playbook)
        elif isinstance(scene, Order) and not inversions(scene, tuple(s.id for s in scene.steps))[1]:
            yield Problem((*way, "steps"), "E330", "all steps have the same place: there is no order to find.", "Give them places 1, 2, 3 ...")


def _parts(scene: AnyScene, way: Way, playbook: Playbook) -> Iterator[Problem]:
    key = "blocks" if isinstance(scene, Compose) else "options"
    for m, part in enumerate(scene.parts):
        for rule in sorted(set(part.keeps) & set(part.breaks)):
            yield Problem((*way, key, m), "E331", f"`{part.id}` keeps and breaks `{rule}`.", "Decide which: a rule is kept where its `do` is done.")
        for rule in part.breaks:
            if part.keeps and playbook.rule[rule].red_line:
                yield Problem((*way, key, m, "keeps"), "E332", f"`{part.id}` crosses the red line `{rule}` and keeps rules.", "Whatever crosses a red line keeps nothing: remove `keeps`.")


def _options(scene: Choose | BestAndWorst, way: Way, playbook: Playbook) -> Iterator[Problem]:
    worth = [playbook.worth(option.keeps, option.breaks) for option in scene.options]
    best = max(worth)
    if best <= 0:
        yield Problem((*way, "options"), "E333", f"the best option of `{scene.id}` is worth {best}.", "Let one option keep a rule and break none.")
        return
    firsts = [m for m, w in enumerate(worth) if w == best]
    for m in firsts[1:]:
        yield Problem((*way, "options", m), "E334", f"`{scene.options[m].id}` is worth {best}, as much as `{scene.options[firsts[0]].id}`: two best options.", "One must be better: what does the other miss or break?")
    for m in firsts:
        if scene.options[m].breaks:
            yield Problem((*way, "options", m, "breaks"), "E335", f"the best option `{scene.options[m].id}` breaks `{scene.options[m].breaks[0]}`.", "The best option breaks nothing. Where a tension settles against a rule, do not name it.")
    if min(worth) > 0:
        yield Problem((*way, "options"), "E336", f"every option of `{scene.id}` is worth more than 0 ({', '.join(map(str, worth))}).", "Somewhere one must be able to go wrong: let an option break a rule, or keep none.")


def _blocks(scene: Compose, way: Way, playbook: Playbook) -> Iterator[Problem]:
    best = best_answer(scene, playbook)
    verdict = judge(scene, best, playbook) if best else None
    if verdict is None or verdict.stake <= 0:
        yield Problem((*way, "blocks"), "E333", f"no block of `{scene.id}` is worth anything.", "Let the blocks that belong keep a rule.")
        return
    if verdict.breaks:
        yield Problem((*way, "blocks"), "E335", f"the best answer of `{scene.id}` breaks `{min(verdict.breaks)}`.", "A block that belongs breaks nothing.")
    if all(playbook.worth(b.keeps, b.breaks) > 0 for b in scene.blocks):
        yield Problem((*way, "blocks"), "E336", f"every block of `{scene.id}` is worth more than 0.", "Add blocks that decent people write and should leave out.")
    if any(judge(scene, answer, playbook).value > verdict.stake + 1e-9 for answer in _selections(scene)):
        yield Problem((*way, "blocks"), "E337", f"in `{scene.id}` some blocks together are worth more than the best answer.", "A block that keeps as much as it breaks does that: let it keep less.")


def _selections(scene: Compose) -> Iterator[Answer]:
    """Every choice of blocks, in their right order."""
    ids = [block.id for block in sorted(scene.blocks, key=lambda block: block.place or 10)]
    return (chosen for size in range(1, len(ids) + 1) for chosen in combinations(ids, size))


def _reach(scenario: Scenario, playbook: Playbook) -> Iterator[Problem]:
    reached = reachable(scenario, playbook)
    for n, scene in enumerate(scenario.scenes):
        if scene.id not in reached:
            yield Problem(("scenes", n), "E340", f"no path leads to the scene `{scene.id}`.", f"Let some answer say `next: {scene.id}`, or remove the scene.")
    for n, ending in enumerate(scenario.endings):
        if ending.id not in reached:
            yield Problem(("endings", n), "E340", f"no path leads to the ending `{ending.id}`.", "Look at its `trust` range and at what the answers do to trust, or name it in a `next`.")
    best = perfect_run(scenario, playbook).ending
    marked = next((e for e in scenario.endings if e.best), None)
    if marked and best and best.id != marked.id:
        yield Problem(("endings", scenario.endings.index(marked)), "W341", f"the best play ends in `{best.id}`, not here.", "Mark that one, or let the best answers bring the trust that this one needs.")


def reachable(scenario: Scenario, playbook: Playbook) -> set[str]:
    """The ids of the scenes and endings that some answers lead to."""
    reached: set[str] = set()
    todo = [(scenario.scenes[0].id, scenario.trust)]
    seen = set(todo)
    ways = {scene.id: ways_on(scenario, scene, playbook) for scene in scenario.scenes}
    while todo:
        here, trust = todo.pop()
        if here not in scenario.scene:
            reached.add(here if here in scenario.ending else scenario.ending_at(trust).id)
            continue
        reached.add(here)
        for way in ways[here]:
            there = (way.target, min(MOST_TRUST, max(0, trust + way.trust)))
            if there not in seen:
                seen.add(there)
                todo.append(there)
    return reached


def ways_on(scenario: Scenario, scene: AnyScene, playbook: Playbook) -> list[Onward]:
    """What the answers to a scene can lead to, each with the highest value that leads there."""
    best: dict[tuple[int, str, int], float] = {}
    for number, outcome, value in _outcome_values(scene, playbook):
        key = (number, scenario.target(scene.id, outcome.next), outcome.trust)
        best[key] = max(value, best.get(key, value))
    return [Onward(target, trust, value) for (_, target, trust), value in best.items()]


def _outcome_values(scene: AnyScene, playbook: Playbook) -> Iterator[tuple[int, Outcome, float]]:
    """(which outcome, the outcome, a value that leads to it), over every kind of answer."""
    if isinstance(scene, Write):
        yield 0, Outcome(next=scene.next), 0.0
    elif isinstance(scene, Choose | BestAndWorst):
        for number, option in enumerate(scene.options):
            yield number, option, judge(scene, _naming(option, scene, playbook), playbook).value
    else:
        stake = judge(scene, best_answer(scene, playbook), playbook).stake
        for value in _shared_values(scene, playbook):
            share = round(value / stake, 9)
            number = next(n for n, o in enumerate(scene.outcomes) if o.at_least is None or share >= o.at_least)
            yield number, scene.outcomes[number], value


def _naming(option: Option, scene: Choose | BestAndWorst, playbook: Playbook) -> Answer:
    """The answer that picks this option; where a worst one is to be named too, the lowest of the others."""
    if isinstance(scene, Choose):
        return (option.id,)
    others = [o for o in scene.options if o is not option]
    return (option.id, min(others, key=lambda o: playbook.worth(o.keeps, o.breaks)).id)


def _shared_values(scene: Compose | Order, playbook: Playbook) -> Iterator[float]:
    """Every value that an answer can have: selections and numbers of inverted pairs, not every permutation."""
    if isinstance(scene, Order):
        best = playbook.worth(scene.keeps, ())
        pairs = inversions(scene, tuple(s.id for s in scene.steps))[1]
        yield from (best * max(0.0, 1 - 2 * wrong / pairs) for wrong in range(pairs + 1))
        return
    worthy = {b.id for b in scene.blocks if playbook.worth(b.keeps, b.breaks) > 0}
    for chosen in _selections(scene):
        value = judge(scene, chosen, playbook).value
        pairs = inversions(scene, tuple(b for b in chosen if b in worthy))[1] if value > 0 else 0
        yield value
        yield from (value * (0.8 + 0.2 * (1 - wrong / pairs)) for wrong in range(1, pairs + 1))


def _stakes(scenario: Scenario, playbook: Playbook) -> Iterator[Problem]:
    best = perfect_run(scenario, playbook)
    whole = sum(step.verdict.stake for step in best.steps)
    scored = [step for step in best.steps if step.verdict.stake]
    ids = [scene.id for scene in scenario.scenes]
    for step in scored if scenario.status == "ready" else []:
        if step.verdict.stake > LARGEST_SHARE * whole:
            yield Problem(("scenes", ids.index(step.scene.id)), "W350", f"`{step.scene.id}` holds {step.verdict.stake / whole:.0%} of what is at stake on the best path.", f"At most {LARGEST_SHARE:.0%}: name fewer rules here, or more elsewhere.")
    for stake, lost in sorted(path_losses(scenario, playbook).items()):
        if 0 < stake < SHORT_PATH * whole and 100 * (1 - lost / stake) >= playbook.pass_mark:
            yield Problem(("scenes",), "W351", f"a short path (stake {stake:g} of {whole:g}) reaches the pass mark.", "Let the way out cost something, or go on longer.")
            return


def path_losses(scenario: Scenario, playbook: Playbook) -> dict[float, float]:
    """Sum at stake on a path -> the least that can be lost on a path with that sum."""
    totals: dict[float, float] = {}
    todo: dict[str, dict[float, float]] = {scenario.scenes[0].id: {0.0: 0.0}}
    for here in in_order(scenario):
        so_far = todo.pop(here, {})
        stake = judge(scenario.scene[here], best_answer(scenario.scene[here], playbook), playbook).stake
        for way in ways_on(scenario, scenario.scene[here], playbook):
            there = todo.setdefault(way.target, {}) if way.target in scenario.scene else totals
            for before, lost in so_far.items():
                total = lost + stake - way.value
                there[before + stake] = min(total, there.get(before + stake, total))
    return totals


def in_order(scenario: Scenario) -> list[str]:
    """Scene ids so that every scene stands after all that lead to it."""
    left = {scene.id: _targets(scenario, scene) for scene in scenario.scenes}
    order: list[str] = []
    while left:
        free = [scene for scene in left if not any(scene in targets for targets in left.values())]
        order += free
        for scene in free:
            del left[scene]
    return order


def _targets(scenario: Scenario, scene: AnyScene) -> set[str]:
    return set(nexts(scenario, scene)) & set(scenario.scene)


def _perverse(scenario: Scenario, playbook: Playbook) -> Iterator[Problem]:
    """A weaker option from which perfect play ends higher than from a better one."""
    best, whole = perfect_run(scenario, playbook), perfect_stake(scenario, playbook)
    for number, step in enumerate(best.steps):
        if not isinstance(step.scene, Choose | BestAndWorst):
            continue
        ends = []
        for option in step.scene.options:
            ended = perfect_from(Run(scenario, playbook, (*best.picks[:number], _naming(option, step.scene, playbook))))
            ends.append((playbook.worth(option.keeps, option.breaks), points((s.verdict for s in ended.steps), whole)[0], option.id))
        for worth, end, name in ends:
            beaten = next((o for w, e, o in ends if w > worth and e < end - 1e-9), None)
            if beaten:
                n, m = scenario.scenes.index(step.scene), [o.id for o in step.scene.options].index(name)
                yield Problem(("scenes", n, "options", m), "W352", f"after `{name}` perfect play ends with {end:.0f}, higher than after the better `{beaten}`.", "A weaker answer should not open the better road.")
