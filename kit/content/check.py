"""What one file shows about itself beyond its shape: the playbook's integrity, a scenario's graph and fit, a training set's fit to its script.

What needs values or play (best answers, stakes, what can be reached) is in `play.prove`.
"""

from collections.abc import Iterator

from kit.content.finding import Problem
from kit.content.playbook import Playbook, Rule
from kit.content.scenario import AnyScene, Compose, Order, Outcome, Scenario, Write
from kit.content.training import Performance, TrainingSet
from kit.content.values import MOST_TRUST, TrustRange

PHASES = ("decide", "tell", "close", "after")
MOST_RED_LINES = 4
MOST_SCENES = 40   # a long evening; every path through them is walked by the checker
Way = tuple[str | int, ...]


# --- the playbook ---------------------------------------------------------------------------------------

def check_playbook(playbook: Playbook) -> list[Problem]:
    return [*_claims_twice(playbook), *_claims_without_rule(playbook), *_twins_of_twins(playbook), *_red_lines(playbook),
            *_ranges([t.trust for t in playbook.trust_words], "trust_words"), *_bands(playbook)]


def _claims_without_rule(playbook: Playbook) -> Iterator[Problem]:
    under_a_rule = {twin for rule in playbook.rules for claim in rule.rests_on for twin in playbook.twins(claim)}
    for n, source in enumerate(playbook.sources):
        for m, claim in enumerate(source.claims):
            if claim.id not in under_a_rule:
                yield Problem(("sources", n, "claims", m, "id"), "E301", f"no rule rests on the claim {claim.id}.", "Add it to the `rests_on` of the rule that teaches it.")


def _claims_twice(playbook: Playbook) -> Iterator[Problem]:
    seen: set[str] = set()
    for n, source in enumerate(playbook.sources):
        for m, claim in enumerate(source.claims):
            if claim.id in seen:
                yield Problem(("sources", n, "claims", m, "id"), "E211", f"the claim {claim.id} is in two articles.", "Give this one another id.")
            seen.add(claim.id)


def _twins_of_twins(playbook: Playbook) -> Iterator[Problem]:
    for n, source in enumerate(playbook.sources):
        for m, claim in enumerate(source.claims):
            if claim.same_as and (claim.same_as == claim.id or playbook.claim[claim.same_as].same_as):
                yield Problem(("sources", n, "claims", m, "same_as"), "E302", f"{claim.id} is the same as {claim.same_as}, which is itself a twin.", "Name the claim that both repeat.")


def _red_lines(playbook: Playbook) -> Iterator[Problem]:
    red = [n for n, rule in enumerate(playbook.rules) if rule.red_line]
    for n in red[MOST_RED_LINES:]:
        yield Problem(("rules", n, "red_line"), "E303", f"this is red line number {red.index(n) + 1}; there may be {MOST_RED_LINES}.", "A line that is everywhere is no line: make this an ordinary rule.")


def _bands(playbook: Playbook) -> Iterator[Problem]:
    starts = [band.at_least for band in playbook.bands]
    if starts != sorted(set(starts)) or starts[0] != 0:
        yield Problem(("bands",), "E304", "bands begin at 0 and rise.", "Write them lowest first, each `at_least` once.")


def _ranges(ranges: list[TrustRange], called: str) -> Iterator[Problem]:
    """Ranges of trust must cover 0-10 without gap or overlap."""
    for trust in range(MOST_TRUST + 1):
        holding = [r for r in ranges if r.holds(trust)]
        if len(holding) != 1:
            what = "no range holds" if not holding else f"{len(holding)} ranges hold"
            yield Problem((called,), "E305", f"{what} a trust of {trust} in `{called}`.", "Together they cover 0 to 10, each number once.")
            return


# --- a scenario -----------------------------------------------------------------------------------------

def check_scenario(scenario: Scenario, playbook: Playbook) -> list[Problem]:
    if len(scenario.scenes) > MOST_SCENES:
        return [Problem(("scenes", MOST_SCENES), "E217", f"this is scene number {MOST_SCENES + 1} of {len(scenario.scenes)}; there may be {MOST_SCENES}.", "Nobody plays that many in one go: make two scenarios of it.")]
    problems = [*_loops(scenario), *_endings(scenario), *_fit(scenario, playbook), *_outcomes(scenario)]
    return problems + list(_left_out(scenario, playbook)) if scenario.status == "ready" else problems


def nexts(scenario: Scenario, scene: AnyScene) -> list[str]:
    """Every target that the scene can lead to."""
    outcomes = scene.outcomes if isinstance(scene, Compose | Order) else [scene] if isinstance(scene, Write) else scene.options
    return list(dict.fromkeys(scenario.target(scene.id, outcome.next) for outcome in outcomes))


def _loops(scenario: Scenario) -> Iterator[Problem]:
    done: set[str] = set()
    for start in scenario.scene:
        way: list[str] = []
        stack = [(start, False)]
        while stack:
            here, leaving = stack.pop()
            if leaving:
                way.pop()
                done.add(here)
            elif here in way:
                n = list(scenario.scene).index(way[-1])
                yield Problem(("scenes", n), "E310", f"from `{way[-1]}` one comes back to `{here}`: this path never ends.", "Let `next` lead forward only. For a second try, write a scene of its own.")
                return
            elif here in scenario.scene and here not in done:
                way.append(here)
                stack += [(here, True)] + [(t, False) for t in nexts(scenario, scenario.scene[here])]


def _endings(scenario: Scenario) -> Iterator[Problem]:
    ranges = [e.trust for e in scenario.endings if e.trust]
    takes_trust = any("end" in nexts(scenario, scene) for scene in scenario.scenes)
    if ranges:
        yield from _ranges(ranges, "endings")
    elif takes_trust and len(scenario.endings) > 1:
        yield Problem(("endings",), "E311", "`next: end` chooses the ending by trust, and no ending has a range.", "Give the endings `trust: 7-10`, `trust: 4-6` and so on.")
    best = [n for n, ending in enumerate(scenario.endings) if ending.best]
    for n in best[1:]:
        yield Problem(("endings", n, "best"), "E312", "two endings are marked `best: true`.", "Mark the one that the best play reaches.")


def _fit(scenario: Scenario, playbook: Playbook) -> Iterator[Problem]:
    """Each rule named must fit whose decision it is and the scene's phase; each claim cited, the rules."""
    for n, scene in enumerate(scenario.scenes):
        for way, rule in _named_rules(scene, playbook):
            if scenario.who != "both" and rule.who not in ("both", scenario.who):
                yield Problem(("scenes", n, *way), "E313", f"`{rule.id}` is for endings decided by {rule.who}, and this one is decided by {scenario.who}.", "Name a rule that fits, or change `who`.")
            yield from _phase_fit(("scenes", n, *way), scene, rule)
        yield from _cites(("scenes", n), scene, playbook)


def _named_rules(scene: AnyScene, playbook: Playbook) -> Iterator[tuple[Way, Rule]]:
    lists: list[tuple[Way, tuple[str, ...]]] = []
    if isinstance(scene, Order):
        lists = [(("keeps",), scene.keeps)]
    elif isinstance(scene, Write):
        lists = [(("rules",), scene.rules)]
    else:
        key = "blocks" if isinstance(scene, Compose) else "options"
        lists = [((key, n, verb), getattr(part, verb)) for n, part in enumerate(scene.parts) for verb in ("keeps", "breaks")]
    for way, names in lists:
        for m, name in enumerate(names):
            yield (*way, m), playbook.rule[name]


def _phase_fit(way: Way, scene: AnyScene, rule: Rule) -> Iterator[Problem]:
    if scene.phase in (None, "always") or "always" in rule.phase or scene.phase in rule.phase:
        return
    gap = min(abs(PHASES.index(scene.phase) - PHASES.index(phase)) for phase in rule.phase)
    says = f"`{rule.id}` belongs to the phase {' or '.join(rule.phase)}, and this scene is in `{scene.phase}`."
    if gap == 1:
        yield Problem(way, "W314", says, "A neighbouring phase is allowed; is it meant?")
    else:
        yield Problem(way, "E314", says, "Name a rule of the scene's own phase (or of `always`), or change the scene's `phase`.")


def _cites(way: Way, scene: AnyScene, playbook: Playbook) -> Iterator[Problem]:
    if isinstance(scene, Write):
        return
    if isinstance(scene, Compose | Order):
        named = {rule.id for _, rule in _named_rules(scene, playbook)}
        cited = [((*way, "outcomes", n), outcome, named) for n, outcome in enumerate(scene.outcomes)]
    else:
        cited = [((*way, "options", n), option, {*option.keeps, *option.breaks} or {r.id for _, r in _named_rules(scene, playbook)})
                 for n, option in enumerate(scene.options)]
    for place, outcome, rules in cited:
        rests_on = {twin for rule in rules for claim in playbook.rule[rule].rests_on for twin in playbook.twins(claim)}
        if outcome.cites and not rests_on & set(outcome.cites):
            yield Problem((*place, "cites"), "E315", "none of the rules named here rests on what is cited.", f"Cite at least one of: {', '.join(sorted(rests_on))}.")


def _outcomes(scenario: Scenario) -> Iterator[Problem]:
    for n, scene in enumerate(scenario.scenes):
        if isinstance(scene, Compose | Order):
            bars = [o.at_least for o in scene.outcomes]
            falling = all(a is not None and (b is None or b < a) for a, b in zip(bars, bars[1:]))
            if bars[-1] is not None or not falling:
                yield Problem(("scenes", n, "outcomes"), "E316", "outcomes stand best first, and the last has no `at_least`.", "Order them by falling `at_least` (0.8, 0.4, ...) and leave it out of the last.")


def _left_out(scenario: Scenario, playbook: Playbook) -> Iterator[Problem]:
    """What a draft may leave out and a trainee would miss."""
    for key in ("summary", "role", "client"):
        if getattr(scenario, key) is None:
            yield Problem((), "W320", f"`{key}` is missing.", "A scenario that is ready tells the trainee who they are and whom they face.")
    if not any(ending.best for ending in scenario.endings):
        yield Problem(("endings",), "W320", "no ending is marked `best: true`.", "Mark the one that the best play reaches.")
    for n, scene in enumerate(scenario.scenes):
        yield from _left_out_of(scene, ("scenes", n), playbook)


def _left_out_of(scene: AnyScene, way: Way, playbook: Playbook) -> Iterator[Problem]:
    if scene.phase is None:
        yield Problem(way, "W320", f"`phase` is missing in `{scene.id}`.", "Write decide, tell, close or after.")
    if isinstance(scene, Compose | Order):
        for n, outcome in enumerate(scene.outcomes):
            yield from _missing(outcome, (*way, "outcomes", n), ("reply", "feedback", "cites", "trust"))
    elif not isinstance(scene, Write):
        best = max(playbook.worth(o.keeps, o.breaks) for o in scene.options)
        for n, option in enumerate(scene.options):
            is_best = playbook.worth(option.keeps, option.breaks) == best
            yield from _missing(option, (*way, "options", n), ("reply", "feedback", "cites", "trust", *(() if is_best else ("tempting",))))


def _missing(outcome: Outcome, way: Way, keys: tuple[str, ...]) -> Iterator[Problem]:
    for key in keys:
        if key not in outcome.model_fields_set or getattr(outcome, key) in (None, ()):
            yield Problem(way, "W320", f"`{key}` is missing.", _WHY_WANTED[key])


_WHY_WANTED = {
    "reply": "The trainee should hear how the client takes it.",
    "feedback": "Say what the words did, why, and what would be better.",
    "cites": "Name the claims that the feedback rests on, such as [T03].",
    "tempting": "Say why a decent, busy person would pick it; if nobody would, write a better option.",
    "trust": "Say what it does to the client's trust: -3 to 3 (0 if nothing).",
}


# --- a training set -------------------------------------------------------------------------------------

def check_training(training: TrainingSet, playbook: Playbook, script: Scenario | None) -> list[Problem]:
    """`script` is the scenario that the set names; None when that one has errors."""
    if script is None:
        return [Problem(("script",), "E342", f"the scenario `{training.script}` has errors, so its role-play cannot be read.", "Mend that file first.")]
    if script.roleplay is None:
        return [Problem(("script",), "E343", f"the scenario `{training.script}` has no role-play.", "Name one with `roleplay`, or write it there.")]
    return [problem for n, performance in enumerate(training.performances)
            for problem in (*_rated_rules(("performances", n), performance, script.roleplay.rules, training.script), *_crossed(("performances", n), performance, playbook))]


def _rated_rules(way: Way, performance: Performance, rules: tuple[str, ...], script: str) -> Iterator[Problem]:
    """Every performance rates exactly the rules of its script, in the script's order."""
    rated, cure = [r.rule for r in performance.ratings], f"Rate the rules of `{script}`, each once and in this order: {', '.join(rules)}."
    for rule in rules:
        if rule not in rated:
            yield Problem((*way, "ratings"), "E344", f"`{rule}` is not rated in `{performance.id}`.", cure)
    for m, rule in enumerate(rated):
        if rule not in rules or rule in rated[:m]:
            yield Problem((*way, "ratings", m, "rule"), "E344", f"`{rule}` is {'rated twice' if rule in rules else 'no rule of the script'} in `{performance.id}`.", cure)
    if sorted(rated) == sorted(rules) and rated != list(rules):
        m = next(m for m, (one, other) in enumerate(zip(rated, rules, strict=True)) if one != other)
        yield Problem((*way, "ratings", m, "rule"), "E344", f"`{rated[m]}` stands in the place of `{rules[m]}` in `{performance.id}`.", cure)


def _crossed(way: Way, performance: Performance, playbook: Playbook) -> Iterator[Problem]:
    for m, rule in enumerate(performance.red_lines):
        if not playbook.rule[rule].red_line:
            yield Problem((*way, "red_lines", m), "E345", f"`{rule}` is no red line.", f"Red lines are: {', '.join(r.id for r in playbook.rules if r.red_line)}.")
