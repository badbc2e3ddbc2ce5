"""`kit check --library`: what a library practises, how its forms compare, and whether it can be passed without understanding it.

Reports first, bars second: what lies beyond a bar is marked, and nothing is refused for it.
"""

import csv
import io
from collections import Counter
from collections.abc import Sequence

from kit.content.playbook import Playbook
from kit.content.scenario import Scenario
from kit.play.coverage import Row, coverage, gaps, rules_at_stake
from kit.play.fairness import MOST_DISTANCE, MOST_GAIN, SHUFFLES, Guessed, Played, learn, most_passes, play_simply
from kit.play.figures import prove
from kit.play.form import LETTERS, scenarios_of
from kit.play.pairs import Side, WithOptions, pairs
from kit.play.score import perfect_run

FORM_DISTANCE = 3.0    # points by which the forms' mean scores may differ
DECISIONS = (14, 18)   # scored decisions of a form on the best path
LEAST_PAIRS = 12       # of scenes in which one fact decides


def report(scenarios: Sequence[Scenario], playbook: Playbook, *, shuffles: int = SHUFFLES) -> str:
    """Everything, for a terminal."""
    return "\n".join([*_coverage(scenarios, playbook), "", *_pairs(scenarios, playbook), "", *_forms(scenarios, playbook), "", *_learner(scenarios, playbook), "", *_strategies(scenarios, playbook, shuffles)])


def matrix(scenarios: Sequence[Scenario], playbook: Playbook) -> str:
    """The coverage matrix as CSV: a row for each claim, rule, side, cause ... and pair, a column for each scenario, the number of scenes in the cells."""
    ids = [s.id for s in scenarios]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["kind", "name", "scenes", "scenarios", *ids])
    for row in coverage(scenarios, playbook):
        writer.writerow([row.kind, row.name, row.total, len(row.scenes), *(row.scenes.get(name, 0) for name in ids)])
    for pair in pairs(scenarios, playbook):
        scenes = Counter(side.scenario for side in pair.sides)
        writer.writerow(["pair", " + ".join(map(_place, pair.sides)), scenes.total(), len(scenes), *(scenes[name] for name in ids)])
    return out.getvalue()


# --- coverage ------------------------------------------------------------------------------------------------------

def _coverage(scenarios: Sequence[Scenario], playbook: Playbook) -> list[str]:
    rows = coverage(scenarios, playbook)
    told = [f"What {len(scenarios)} scenarios practise (scenes / scenarios)"]
    for kind in ("cause", "who", "level", "phase", "ask", "side", "rule"):
        told.append(f"  {kind:6} " + " · ".join(f"{row.name} {_count(row)}" for row in rows if row.kind == kind))
    claims = [row for row in rows if row.kind == "claim"]
    told.append(f"  claims {sum(bool(row.scenes) for row in claims)} of {len(claims)}")
    return told + [f"  ! {gap}" for gap in gaps(scenarios, playbook)]


def _count(row: Row) -> str:
    return str(len(row.scenes)) if row.kind in ("cause", "who", "level") else f"{row.total}/{len(row.scenes)}"


# --- pairs -----------------------------------------------------------------------------------------------------------

def _pairs(scenarios: Sequence[Scenario], playbook: Playbook) -> list[str]:
    found = pairs(scenarios, playbook)
    paired, whole = {_place(side) for pair in found for side in pair.sides}, sum(isinstance(scene, WithOptions) for s in scenarios for scene in s.scenes)
    told = [f"Pairs of scenes in which one fact differs, and with it the best option: {len(found)}, made of {len(paired)} of the {whole} scenes with options"]
    told += [f"  {' · '.join(map(_side, pair.sides))}" for pair in found]
    return told + ([f"  ! fewer than {LEAST_PAIRS} pairs"] if len(found) < LEAST_PAIRS else [])


def _side(side: Side) -> str:
    return f"{_place(side)}: {side.best}{f' ({side.fact})' if side.fact else ''}"


def _place(side: Side) -> str:
    return f"{side.scenario}/{side.scene}"


# --- forms -----------------------------------------------------------------------------------------------------------

def _forms(scenarios: Sequence[Scenario], playbook: Playbook) -> list[str]:
    by_id = {s.id: s for s in scenarios}
    named = {letter: scenarios_of(letter, playbook) for letter in LETTERS}
    if not any(named.values()):
        return ["The playbook has no forms for self-assessment."]
    missing = [name for names in named.values() for name in names if name not in by_id]
    if missing or not all(named.values()):
        return [f"! The forms name {name}, which is not ready here." for name in missing] or ["! One of the two forms is empty."]
    facts = {letter: _form_facts([by_id[name] for name in names], playbook) for letter, names in named.items()}
    told = [f"The two forms                        {'A':>24} {'B':>24}"]
    told += [f"  {name:34} {facts['a'][name]!s:>24} {facts['b'][name]!s:>24}{_apart(name, facts)}" for name in facts["a"]]
    return told


def _form_facts(form: Sequence[Scenario], playbook: Playbook) -> dict[str, object]:
    proofs, best = [prove(s, playbook) for s in form], [perfect_run(s, playbook) for s in form]
    steps = [step for run in best for step in run.steps if step.verdict.stake]
    rules = {rule for step in steps for rule in rules_at_stake(step.scene)}
    whole = sum(sum(p.stakes) for p in proofs)
    return {"decisions on the best path": len(steps), "what is at stake": f"{whole:g}", "levels": "+".join(str(s.level) for s in form), "whose decision": "+".join(s.who for s in form),
            "rules": len(rules), "competencies": len({playbook.rule[rule].competency for rule in rules}), "phases": len({s.scene.phase for s in steps}),
            "sides of tensions": len({side for s in form for scene in s.scenes for side in scene.practises}),
            "mean by chance": round(sum(p.random_mean * sum(p.stakes) for p in proofs) / whole, 1), "mean at 7 right in 10": round(sum(p.skilled_mean * sum(p.stakes) for p in proofs) / whole, 1)}


def _apart(name: str, facts: dict[str, dict[str, object]]) -> str:
    a, b = (facts[letter][name] for letter in LETTERS)
    if name.startswith("mean") and abs(float(str(a)) - float(str(b))) > FORM_DISTANCE:
        return f"  ! more than {FORM_DISTANCE:g} points apart"
    if name.startswith("decisions") and not all(DECISIONS[0] <= int(str(n)) <= DECISIONS[1] for n in (a, b)):
        return f"  ! wanted: {DECISIONS[0]} to {DECISIONS[1]}"
    return ""


# --- fairness ----------------------------------------------------------------------------------------------------------

def _learner(scenarios: Sequence[Scenario], playbook: Playbook) -> list[str]:
    guessed = learn(scenarios, playbook)
    decisions, right = sum(g.decisions for g in guessed), sum(g.right for g in guessed)
    if not decisions:
        return ["Nothing to guess: no scene is a choice."]
    chance = sum(g.chance * g.decisions for g in guessed) / decisions
    beyond = "  ! beyond the bar" if right / decisions - chance > MOST_GAIN else ""
    head = f"A learner that sees only the surface (length, politeness, numbers ...) finds the best option in {right / decisions:.0%} of {decisions} decisions; chance {chance:.0%}.{beyond}"
    return [head, *(f"  {_guess_words(g)}" for g in sorted(guessed, key=lambda g: -g.right / max(1, g.decisions))[:8])]


def _guess_words(guess: Guessed) -> str:
    return f"{guess.scenario:24} {guess.right:.1f} of {guess.decisions}"


def _strategies(scenarios: Sequence[Scenario], playbook: Playbook, shuffles: int) -> list[str]:
    by_chance, *others = play_simply(scenarios, playbook, shuffles=shuffles)
    limit = most_passes(by_chance.runs, by_chance.passes / by_chance.runs) if by_chance.runs else 0
    told = [f"Playing simply, {shuffles} shuffles a scenario    mean   passes (at most {limit})", f"  {'by chance':34} {by_chance.mean:8.1f} {by_chance.passes:6}"]
    return told + [f"  {p.strategy:34} {p.mean:8.1f} {p.passes:6}{_beyond(p, by_chance, limit)}" for p in others]


def _beyond(played: Played, by_chance: Played, limit: int) -> str:
    far = abs(played.mean - by_chance.mean) > MOST_DISTANCE
    return "  ! beyond the bar" if far or played.passes > limit else ""
