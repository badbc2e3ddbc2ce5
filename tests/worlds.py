"""Small valid worlds: playbooks and scenarios by hand or by chance, every answer to a scene, every run of a scenario.

Nothing is tested here. In a world by chance every text is a word of its own, so that a test can tell what a view
gives away; its scenario passes the checker without an error (tests/test_prove.py holds it to that).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from kit.content.playbook import Playbook
from kit.content.scenario import ASKS, AnyScene, BestAndWorst, Choose, Compose, Outcome, Scenario, Write
from kit.play.answer import Answer, judge, outcome_of
from kit.play.run import Run, pick

# The same examples on every machine and every day; no deadline, because a busy machine is not a fault.
steady = settings(derandomize=True, max_examples=40, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
SEEDS = st.text("0123456789abcdef", min_size=16, max_size=16)
Raw = dict[str, Any]


# --- by hand ------------------------------------------------------------------------------------------------

def playbook(weights: dict[str, int], *, red: tuple[str, ...] = (), pass_mark: int = 75) -> Playbook:
    """A playbook of these rules. Rules take turns in two competencies; each rests on a claim of its own."""
    rules = [_rule(name, n, weight, red_line=name in red) for n, (name, weight) in enumerate(weights.items())]
    claims = [{"id": _claim(n), "at": f"place-{n}", "phase": "always", "who": "both", "says": f"claim-{n}"} for n in range(len(weights))]
    return Playbook.model_validate({
        "pass_mark": pass_mark,
        "competencies": [{"id": f"skill-{n}", "title": f"skill-title-{n}", "says": f"skill-says-{n}"} for n in (0, 1)],
        "causes": [{"id": "a-cause", "title": "cause-title"}],
        "trust_words": [{"word": "trust-is-low", "trust": "0-4"}, {"word": "trust-is-high", "trust": "5-10"}],
        "bands": [{"title": f"band-{least}", "at_least": least, "says": f"band-says-{least}"} for least in (0, 50, 75, 90)],
        "tensions": [], "rules": rules,
        "sources": [{"id": "an-article", "title": "article-title", "gist": "article-gist", "claims": claims}],
    })


def _rule(name: str, number: int, weight: int, *, red_line: bool) -> Raw:
    words = {key: f"{name}-{key}" for key in ("title", "why", "do", "dont")}
    return {"id": name, "competency": f"skill-{number % 2}", "phase": "always", "who": "both", "weight": weight, "red_line": red_line,
            "rests_on": [_claim(number)], "anchors": {"1": "never", "3": "at times", "5": "always"}, **words}


def _claim(number: int) -> str:
    return f"A{number + 1:02}"


def option(name: str, keeps: str = "", breaks: str = "", **more: Any) -> Raw:
    """An option (or a block); rules are named in one text, with spaces between."""
    return {"id": name, "text": f"Words of {name}.", "keeps": keeps.split(), "breaks": breaks.split(), **more}


def scene(name: str, ask: str = "choose", **more: Any) -> Raw:
    return {"id": name, "ask": ask, "situation": f"situation-{name}", "question": f"question-{name}", **more}


def scenario(*scenes: Raw, name: str = "a-case", trust: int = 5, endings: list[Raw] | None = None, **more: Any) -> Scenario:
    over = [{"id": "over", "title": "ending-title", "text": "ending-text"}]
    return Scenario.model_validate({"id": name, "title": f"title-{name}", "cause": "a-cause", "who": "both", "trust": trust,
                                    "scenes": list(scenes), "endings": endings or over, **more})


def one_scene(raw: Raw) -> AnyScene:
    return scenario(raw).scenes[0]


def played(run: Run, *answers: Answer) -> Run:
    for answer in answers:
        run = pick(run, answer)
    return run


# --- every answer, every run ----------------------------------------------------------------------------------

def every_answer(here: AnyScene) -> list[Answer]:
    """Letter by letter; one text stands for all that can be written."""
    ids = [part.id for part in here.parts]
    if isinstance(here, Write):
        return [("Some words.",)]
    sizes = [1] if isinstance(here, Choose) else [2] if isinstance(here, BestAndWorst) else range(1, len(ids) + 1) if isinstance(here, Compose) else [len(ids)]
    return [answer for size in sizes for answer in permutations(ids, size)]


def outcomes_of(here: AnyScene) -> list[Outcome]:
    if isinstance(here, Write):
        return [Outcome(next=here.next)]
    return list(here.options if isinstance(here, Choose | BestAndWorst) else here.outcomes)


def best_by_outcome(here: AnyScene, book: Playbook) -> list[Answer]:
    """For each outcome that some answer brings, the answer of most value that brings it."""
    best: dict[int, tuple[float, Answer]] = {}
    for answer in every_answer(here):
        outcome = outcome_of(here, answer, book)
        number = next((n for n, o in enumerate(outcomes_of(here)) if o is outcome), 0)
        value = judge(here, answer, book).value
        if number not in best or value > best[number][0]:
            best[number] = value, answer
    return [answer for _, answer in best.values()]


def every_run(case: Scenario, book: Playbook, *, letters: bool = False) -> Iterator[Run]:
    """A finished run for every sequence of outcomes (the dearest), or for every single answer."""
    answers = {here.id: every_answer(here) if letters else best_by_outcome(here, book) for here in case.scenes}
    todo = [Run(case, book)]
    while todo:
        run = todo.pop()
        if run.scene is None:
            yield run
        else:
            todo += [pick(run, answer) for answer in answers[run.scene.id]]


# --- by chance --------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class World:
    """A playbook and a scenario that goes with it."""

    playbook: Playbook
    scenario: Scenario


@st.composite
def playbooks(draw: st.DrawFn) -> Playbook:
    """4 to 7 rules of random weights, at most two of them red lines."""
    weights = {f"rule-{letter}": draw(st.integers(1, 3)) for letter in "abcdefg"[:draw(st.integers(4, 7))]}
    red = draw(st.sets(st.sampled_from(sorted(weights)), max_size=2))
    return playbook(weights, red=tuple(red))


@st.composite
def worlds(draw: st.DrawFn, *, most_scenes: int = 4, asks: tuple[str, ...] = ASKS) -> World:
    """A graph of scenes (the first is scored) with endings by name and by trust, all of which can be reached."""
    book = draw(playbooks())
    count = draw(st.integers(1, most_scenes))
    raws = [draw(_scenes(book, n, count, tuple(a for a in asks if n or a != "write"))) for n in range(count)]
    rough = scenario(*raws, trust=draw(st.integers(0, 10)), endings=[_ending("door-a"), _ending("door-b")])
    return World(book, _with_what_is_reached(rough, raws, list(every_run(rough, book)), draw))


def _ending(name: str, **more: Any) -> Raw:
    return {"id": name, "title": f"{name}-title", "text": f"{name}-text", **more}


def _with_what_is_reached(rough: Scenario, raws: list[Raw], runs: list[Run], draw: st.DrawFn) -> Scenario:
    """The scenario without scenes and endings that nobody reaches; what ends by trust is shared out among ranges."""
    reached = {step.scene.id for run in runs for step in run.steps}
    doors = sorted({run.steps[-1].target for run in runs} - {"end"})
    trusts = sorted({run.trust for run in runs if run.steps[-1].target == "end"})
    cuts = [t for t in trusts[:-1] if draw(st.booleans())]
    ranges = zip([0, *(t + 1 for t in cuts)], [*cuts, 10], strict=True) if trusts else []
    endings = [*map(_ending, doors), *(_ending(f"by-trust-{low}", trust=f"{low}-{high}") for low, high in ranges)]
    if not trusts:   # an outcome that no answer brings may still say `next: end`
        endings[0]["trust"] = "0-10"
    for outcome in (o for raw in raws for o in raw.get("options", raw.get("outcomes", []))):
        if outcome["next"] not in (None, "end", *reached, *(ending["id"] for ending in endings)):
            outcome["next"] = endings[0]["id"]   # nobody gets there
    about = {"name": "client-name", "wants": "client-wants", "feels": "client-feels"}
    return scenario(*(raw for raw in raws if raw["id"] in reached), trust=rough.trust, endings=endings, client=about,
                    status=draw(st.sampled_from(["draft", "ready"])))


@st.composite
def _scenes(draw: st.DrawFn, book: Playbook, number: int, count: int, asks: tuple[str, ...]) -> Raw:
    name, ask = f"scene-{number}", draw(st.sampled_from(asks))
    onward = st.sampled_from([None, "end", "door-a", "door-b", *(f"scene-{later}" for later in range(number + 1, count))])
    make = {"choose": _options, "best_and_worst": _options, "compose": _blocks, "order": _steps, "write": _words}[ask]
    more = draw(make(book, name, ask, onward))
    turns = [{f"speaker-{name}": f"talk-{name}"}] if draw(st.booleans()) else []
    return scene(name, ask, talk=turns, phase=draw(st.sampled_from(["decide", "tell", "close", "after"])), **more)


def _drawn_rules(book: Playbook, *, least: int = 0, most: int = 3) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(sorted(book.rule)), min_size=least, max_size=most, unique=True)


@st.composite
def _follows(draw: st.DrawFn, name: str, onward: st.SearchStrategy[str | None]) -> Raw:
    return {"reply": f"reply-{name}", "feedback": f"feedback-{name}", "trust": draw(st.integers(-3, 3)), "next": draw(onward)}


@st.composite
def _options(draw: st.DrawFn, book: Playbook, name: str, ask: str, onward: Any) -> Raw:
    """One option is best and breaks nothing, one is worth nothing or less, the others lie below the best."""
    most = draw(st.integers(2 if ask == "choose" else 4, 5))
    best = draw(_drawn_rules(book, least=1))
    pairs = [(best, [])] + [draw(_weaker(book, best, may_keep=n > 0)) for n in range(most - 1)]
    order = draw(st.permutations(range(most)))
    return {"options": [_part(book, f"{name}-{n}", *pairs[n]) | {"tempting": f"tempting-{name}-{n}"} | draw(_follows(f"{name}-{n}", onward)) for n in order]}


@st.composite
def _weaker(draw: st.DrawFn, book: Playbook, best: list[str], *, may_keep: bool) -> tuple[list[str], list[str]]:
    breaks = draw(_drawn_rules(book, most=2))
    keeps = [rule for rule in draw(_drawn_rules(book)) if rule not in breaks]
    crosses = any(book.rule[rule].red_line for rule in breaks)
    too_good = book.worth(keeps, breaks) >= book.worth(best, ())
    return ([] if crosses or too_good or not may_keep else keeps), breaks


def _part(book: Playbook, name: str, keeps: list[str], breaks: list[str]) -> Raw:
    cites = [claim for rule in (*keeps, *breaks) for claim in book.rule[rule].rests_on]
    return {"id": f"id-{name}", "text": f"text-{name}", "keeps": keeps, "breaks": breaks, "cites": cites[:1]}


@st.composite
def _blocks(draw: st.DrawFn, book: Playbook, name: str, _ask: str, onward: Any) -> Raw:
    """Two or three blocks that belong and break nothing; the others keep no rule that these do not keep."""
    good = [(draw(_drawn_rules(book, least=1, most=2)), []) for _ in range(draw(st.integers(2, 3)))]
    kept = {rule for keeps, _ in good for rule in keeps}
    weak = [draw(_idle(book, kept)) for _ in range(5 - len(good))]
    places = st.sampled_from([None, 1, 2, 3])
    parts = [_part(book, f"{name}-{n}", *pair) | {"place": draw(places)} for n, pair in enumerate([*good, *weak])]
    blocks = [{key: part[key] for key in part if key != "cites"} for part in draw(st.permutations(parts))]
    return {"blocks": blocks, "outcomes": draw(_shared(name, onward))}


@st.composite
def _idle(draw: st.DrawFn, book: Playbook, kept: set[str]) -> tuple[list[str], list[str]]:
    """A block worth nothing or less."""
    breaks = draw(_drawn_rules(book, most=2))
    keeps = [rule for rule in draw(_drawn_rules(book, most=1)) if rule in kept and rule not in breaks]
    crosses = any(book.rule[rule].red_line for rule in breaks)
    return ([] if crosses or book.worth(keeps, breaks) > 0 else keeps), breaks


@st.composite
def _steps(draw: st.DrawFn, book: Playbook, name: str, _ask: str, onward: Any) -> Raw:
    places = [1, 2, *draw(st.lists(st.integers(1, 3), min_size=1, max_size=2))]
    steps = [{"id": f"id-{name}-{n}", "text": f"text-{name}-{n}", "place": place} for n, place in enumerate(places)]
    return {"steps": draw(st.permutations(steps)), "keeps": draw(_drawn_rules(book, least=1, most=2)), "outcomes": draw(_shared(name, onward))}


@st.composite
def _shared(draw: st.DrawFn, name: str, onward: Any) -> list[Raw]:
    bars = sorted(draw(st.sets(st.sampled_from([0.2, 0.5, 0.8, 1.0]), max_size=2)), reverse=True)
    return [draw(_follows(f"{name}-{n}", onward)) | ({"at_least": bar} if bar else {}) for n, bar in enumerate([*bars, None])]


@st.composite
def _words(draw: st.DrawFn, book: Playbook, name: str, _ask: str, onward: Any) -> Raw:
    return {"rules": draw(_drawn_rules(book, least=1, most=2)), "model": f"model-{name}", "next": draw(onward)}


def answers(here: AnyScene) -> st.SearchStrategy[Answer]:
    """Some answer that the scene can take."""
    if isinstance(here, Write):
        return st.tuples(st.text("abc <>&\"'é\n", min_size=1, max_size=40).filter(str.strip))
    return st.sampled_from(every_answer(here))


@st.composite
def runs(draw: st.DrawFn, of: st.SearchStrategy[World] | None = None, *, finished: bool = True) -> Run:
    """A run of a world, played by chance to its end, or (if it need not be finished) until somewhere on the way."""
    world = draw(worlds() if of is None else of)
    run = Run(world.scenario, world.playbook, seed=draw(SEEDS))
    while run.scene and (finished or draw(st.integers(0, 3))):
        run = pick(run, draw(answers(run.scene)))
    return run


def waiting() -> st.SearchStrategy[Run]:
    """A run that waits for an answer."""
    return runs(finished=False).map(lambda run: Run(run.scenario, run.playbook, run.picks[:-1], run.seed) if run.is_over else run)
