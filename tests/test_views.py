"""What is on the screen, and above all what is not yet; and that every view can be printed without markup of anybody's."""

import inspect
import json
import random
import re
from collections.abc import Iterator
from typing import Any

import jinja2
import pytest
from hypothesis import given
from markupsafe import escape
from worlds import SEEDS, World, option, playbook, played, runs, scenario, scene, steady, waiting, worlds

from kit.content.scenario import Compose, Order, Scenario, Write
from kit.library import Library
from kit.play.figures import random_answer
from kit.play.run import Run, pick
from kit.play.score import perfect_run
from kit.report.page import page
from kit.ui import blocks, over_time_views, reading_views, result_views, views
from kit.ui.views import Played, View, numbered

MODES = ("practice", "assessment")
# What the worlds by chance call things that must be earned; see worlds.py.
KEY = re.compile(r"id-scene|reply-|feedback-|tempting-|model-|rule-[a-g]|A0\d|claim-|article|skill-|band|ending|by-trust|door-"
                 r"|client-(wants|feels)|keeps|breaks")
TRUST = re.compile(r"trust", re.IGNORECASE)
SCRIPT = "<script>alert('x')</script> & \"é\""


def _prefixes(run: Run) -> Iterator[Run]:
    """The run after every number of picks."""
    for count in range(len(run.picks) + 1):
        yield Run(run.scenario, run.playbook, run.picks[:count], run.seed)


def _scene(run: Run, mode: str) -> View:
    return views.scene(run, run_id="the-run", mode=mode)


def _feedback(run: Run, mode: str) -> View:
    return views.feedback(run, run_id="the-run", mode=mode)


def _blocks(view: View) -> Iterator[dict[str, Any]]:
    todo = list(view["blocks"])
    while todo:
        block = todo.pop()
        yield block
        todo += block.get("blocks", [])


def _ask(view: View) -> dict[str, Any]:
    return next(block for block in _blocks(view) if block["type"] == "ask")


# --- before the pick ------------------------------------------------------------------------------------------

@steady
@given(runs())
def test_before_a_pick_no_key_is_in_the_view(run: Run) -> None:
    for before in _prefixes(run):
        for mode in MODES if before.scene else ():
            assert not KEY.findall(json.dumps(_scene(before, mode)))


def _another_key(case: Scenario, name: str) -> Scenario:
    """The scenario with another key to one scene: what it asks stays, what is right and what follows changes."""
    data = case.model_dump(mode="json", by_alias=True)
    changed = next(raw for raw in data["scenes"] if raw["id"] == name)
    for option_ in changed.get("options", []):
        option_["keeps"], option_["breaks"] = option_["breaks"], option_["keeps"]
    for block in changed.get("blocks", []):
        block |= {"place": 9, "breaks": []}
    for outcome in changed.get("options", changed.get("outcomes", [])):
        outcome |= {"reply": "Another.", "feedback": None, "trust": 3 if outcome["trust"] < 0 else -3, "next": None, "cites": []}
    changed |= {key: value for key, value in {"model": "Another.", "keeps": ["rule-a"], "rules": ["rule-a"]}.items() if key in changed}
    return Scenario.model_validate(data)


@steady
@given(runs())
def test_a_scene_with_another_key_looks_the_same_before_the_pick(run: Run) -> None:
    for before in _prefixes(run):
        for mode in MODES if before.scene else ():
            other = Run(_another_key(run.scenario, before.scene.id), run.playbook, before.picks, run.seed)
            assert _apart_from_how_many(_scene(other, mode)) == _apart_from_how_many(_scene(before, mode))


def _apart_from_how_many(view: View) -> str:
    """The view without the number of scenes still to come, which hangs on the best answers and names none of them."""
    return re.sub(r"(scene \d) of about \d", r"\1", json.dumps(view))


@steady
@given(waiting())
def test_options_go_by_numbers_in_the_order_that_the_run_shows_them(run: Run) -> None:
    text = {part.id: part.text for part in run.scene.parts}
    parts = _ask(_scene(run, "practice"))["parts"]
    assert parts == [{"id": str(n), "text": text[i]} for n, i in enumerate(run.shown, start=1)]
    assert {part["id"]: text[numbered(run.shown)[part["id"]]] for part in parts} == {part["id"]: part["text"] for part in parts}


@steady
@given(waiting())
def test_a_scene_shows_what_is_asked_and_names_run_and_step(run: Run) -> None:
    for mode in MODES:
        view = _scene(run, mode)
        ask = _ask(view)
        assert (ask["kind"], ask["question"], ask["run"], ask["step"]) == (run.scene.ask, run.scene.question, "the-run", len(run.picks) + 1)
        assert run.scene.situation in json.dumps(view)


@steady
@given(waiting())
def test_trust_is_shown_in_practice_and_hidden_in_an_assessment(run: Run) -> None:
    (meter,) = (block for block in _blocks(_scene(run, "practice")) if block["type"] == "meter")
    assert (meter["value"], meter["word"]) == (run.trust, run.playbook.trust_word(run.trust))
    assert not TRUST.search(json.dumps(_scene(run, "assessment")))


def test_no_shipped_scenario_shows_its_key_before_the_pick(library: Library) -> None:
    for case in library.ready:
        for seed in range(5):
            _plays_without_showing_the_key(Run(case, library.playbook, seed=str(seed)), random.Random(seed))


def _plays_without_showing_the_key(run: Run, dice: random.Random) -> None:
    secret = [words for here in run.scenario.scenes for words in _secrets_of(here)] + [rule.title for rule in run.playbook.rules]
    secret += [ending.text for ending in run.scenario.endings]
    while run.scene:
        for mode in MODES:
            shown = json.dumps(_scene(run, mode), ensure_ascii=False)
            assert not [words for words in secret if json.dumps(words, ensure_ascii=False)[1:-1] in shown]
        run = pick(run, random_answer(run.scene, dice))


def _secrets_of(here: Any) -> list[str]:
    if isinstance(here, Write):
        return [here.model]
    outcomes = here.outcomes if isinstance(here, Compose | Order) else here.options
    return [words for o in outcomes for words in (o.reply, o.feedback, getattr(o, "tempting", None)) if words]


@steady
@given(worlds())
def test_the_list_of_scenarios_and_the_page_over_time_give_no_key_away(world: World) -> None:
    begun = [Played("the-run", Run(world.scenario, world.playbook), mode, "2025-01-01T10:00:00", False) for mode in MODES]
    for mode in MODES:
        assert not KEY.findall(json.dumps(views.home("Ann", (world.scenario,), world.playbook, begun, mode)))
    assert not KEY.findall(json.dumps(over_time_views.progress(begun, world.playbook, (world.scenario,))))


# --- after the pick -------------------------------------------------------------------------------------------

@steady
@given(runs())
def test_in_an_assessment_the_feedback_is_the_clients_reply_and_nothing_else(run: Run) -> None:
    for after in list(_prefixes(run))[1:]:
        view, step = _feedback(after, "assessment"), after.steps[-1]
        shown = json.dumps(view).replace(step.outcome.reply or "no reply", "")
        assert not KEY.findall(shown) and not TRUST.search(shown)
        said = {part.text for part in step.scene.parts if part.id in step.answer}
        assert set(re.findall(r"text-scene-\d-\d", shown)) == said
        assert {block["type"] for block in _blocks(view)} <= {"heading", "text", "talk", "quote", "details", "actions"}


@steady
@given(runs(), SEEDS)
def test_in_an_assessment_trust_leaves_no_trace_until_the_end(run: Run, seed: str) -> None:
    data = run.scenario.model_dump(mode="json", by_alias=True)
    for raw in data["scenes"]:
        for outcome in raw.get("options", raw.get("outcomes", [])):
            outcome["trust"] = -outcome["trust"] or 3
    other = Run(Scenario.model_validate(data | {"trust": 10 - data["trust"]}), run.playbook, run.picks, run.seed)
    for a, b in zip(_prefixes(run), _prefixes(other), strict=True):
        assert not a.scene or _scene(a, "assessment") == _scene(b, "assessment")
        assert not a.picks or _feedback(a, "assessment") == _feedback(b, "assessment")


@steady
@given(runs())
def test_in_practice_the_feedback_is_of_this_scene_alone(run: Run) -> None:
    for after in list(_prefixes(run))[1:]:
        shown = json.dumps(_feedback(after, "practice"))
        name = after.steps[-1].scene.id
        assert set(re.findall(r"(?:reply|feedback|tempting|model|text|situation)-(scene-\d)", shown)) <= {name}
        assert "id-scene" not in shown and not re.search(r"door-|by-trust|client-(wants|feels)", shown)
        assert set(re.findall(r"reply-scene-\d-\d", shown)) <= {after.steps[-1].outcome.reply}


def _how_many(view: View) -> str | None:
    found = re.search(r"scene \d of about (\d)", json.dumps(view))
    return found and found[1]


def test_in_an_assessment_the_number_of_scenes_does_not_tell_a_detour_from_the_best_way() -> None:
    case = scenario(
        scene("fork", options=[option("straight", "a", next="last"), option("astray", next="detour")]),
        scene("detour", options=[option("mend", "a"), option("sulk")]), scene("last", options=[option("right", "b"), option("wrong")]))
    start = Run(case, BOOK)
    for answer in ("straight", "astray"):
        assert _how_many(_feedback(played(start, (answer,)), "assessment")) == _how_many(_scene(start, "assessment"))


CASE = scenario(
    scene("one", options=[option("best", "a", reply="Thank you.", feedback="It was short.", cites=["A01"], trust=1),
                          option("bad", breaks="b", reply="Oh.", feedback="It was long.", tempting="It feels thorough.", cites=["A02"], trust=-2),
                          option("cross", breaks="red", reply="Well!", feedback="It was loud.")]),
    scene("two", "write", rules=["a", "b"], model="As it might be said."))
BOOK = playbook({"a": 2, "b": 1, "red": 3}, red=("red",))


def _after(*answers: str) -> Run:
    return played(Run(CASE, BOOK, seed="s"), *((answer,) for answer in answers))


def _chips(view: View) -> list[tuple[str, str]]:
    return [(item["word"], item["text"]) for block in _blocks(view) if block["type"] == "chips" for item in block["items"]]


def test_in_practice_the_feedback_says_why_what_was_kept_and_broken_and_what_would_have_been_better() -> None:
    view = _feedback(_after("bad"), "practice")
    shown = json.dumps(view)
    assert all(words in shown for words in ("Oh.", "It was long.", "Words of best.", "It feels thorough.", "claim-1", "article-title"))
    assert _chips(view) == [("broken", "b-title"), ("missed", "a-title")]
    assert "Trust falls by 2: 3 of 10, trust-is-low." in shown
    assert [block["tone"] for block in _blocks(view) if block["type"] == "card"] == ["warn"]


def test_after_the_best_answer_nothing_is_better() -> None:
    view = _feedback(_after("best"), "practice")
    assert _chips(view) == [("kept", "a-title")]
    assert "Better" not in json.dumps(view)
    assert [(block["tone"], block["label"]) for block in _blocks(view) if block["type"] == "card"] == [("good", "That held")]


def test_a_red_line_is_said_in_words_and_first() -> None:
    view = _feedback(_after("cross"), "practice")
    assert _chips(view)[0] == ("red line", "red-title")
    assert [(block["tone"], block["label"]) for block in _blocks(view) if block["type"] == "card"] == [("bad", "A red line")]
    over = result_views.result(Played("the-run", _after("cross", "So."), "practice", "2025-01-01T10:00:00", True))
    first = next(block for block in over["blocks"] if block["type"] in ("notice", "scale", "card"))
    assert first["type"] == "notice" and "A red line was crossed: red-title" in first["text"]


def test_ones_own_words_are_held_against_the_rules_and_a_model() -> None:
    shown = json.dumps(_feedback(_after("best", "Good bye."), "practice"))
    assert all(words in shown for words in ("Good bye.", "a-title", "b-title", "As it might be said."))
    assert "As it might be said." not in json.dumps(_feedback(_after("best", "Good bye."), "assessment"))


# --- the result -----------------------------------------------------------------------------------------------

@steady
@given(runs())
def test_the_result_goes_scene_by_scene_and_gives_its_reasons(run: Run) -> None:
    view = result_views.result(Played("the-run", run, "assessment", "2025-01-01T10:00:00", True))
    shown = json.dumps(view)
    assert run.ending.text in shown
    for step in run.steps:
        assert f"{step.number}. {step.scene.question}" in shown
        assert (step.outcome.reply or "") in shown and (step.outcome.feedback or "") in shown


def test_a_later_run_is_called_practice_and_a_first_one_is_not() -> None:
    run = perfect_run(CASE, BOOK)
    first, later = (json.dumps(result_views.result(Played("the-run", run, "practice", "2025-01-01T10:00:00", is_first))) for is_first in (True, False))
    assert "counts as practice" in later and "counts as practice" not in first


def test_trouble_is_said_on_whatever_screen_it_meets() -> None:
    run, over = _after("best"), Played("the-run", _after("best", "So."), "practice", "2025-01-01T10:00:00", True)
    for view in (views.welcome(trouble="Oh dear."), views.home("", (CASE,), BOOK, [], "practice", trouble="Oh dear."), over_time_views.progress([], BOOK, (CASE,), trouble="Oh dear."),
                 views.scene(run, run_id="r", mode="practice", trouble="Oh dear."), views.feedback(run, run_id="r", mode="practice", trouble="Oh dear."),
                 result_views.result(over, trouble="Oh dear."), views.trouble_view("Oh dear.")):
        assert [block["text"] for block in _blocks(view) if block["type"] == "notice" and block["tone"] == "bad"] == ["Oh dear."]


def test_a_scenario_s_words_are_marked_with_their_language_and_ours_are_not() -> None:
    def shown(language: str) -> list[dict[str, Any]]:
        case = scenario(scene("s", options=[option("good", "a"), option("bad", breaks="a")], situation="Es ist Montag."), language=language, role="Sie beraten.")
        run = played(Run(case, playbook({"a": 1})), ("bad",))
        return [block for view in _every_view(run, "Ann") for block in _blocks(view)]

    assert {(block["type"], block["lang"]) for block in shown("de") if "lang" in block} == {(kind, "de") for kind in ("heading", "text", "quote", "ask")}
    assert all("lang" in block for block in shown("de") if block.get("text") in ("Es ist Montag.", "Sie beraten.") or block["type"] == "ask")
    assert not any("lang" in block for block in shown("de") if block["type"] in ("chips", "sources", "card", "actions", "notice"))
    assert not any("lang" in block for block in shown("en")), "the page is English"
    assert {block["lang"] for block in shown("German") if "lang" in block} == {"und"}, "no tag: nobody is told that it is English"
    assert page(blocks.view("A page", "key", blocks.spoken("de", blocks.text("Es ist Montag.")))).count('<div class="hn-text" lang="de"><p>Es ist Montag.</p>') == 1


# --- on paper -------------------------------------------------------------------------------------------------

def _every_view(run: Run, name: str) -> Iterator[View]:
    """Every screen that somebody of this name sees on the way through a run."""
    over = [Played("the-run", run, mode, "2025-01-01T10:00:00", mode == "practice") for mode in MODES]
    yield from (views.welcome(name), views.trouble_view(name))
    yield from (over_time_views.progress(some, run.playbook, (run.scenario,)) for some in ([], over))
    yield reading_views.playbook_view(run.playbook, back={"type": "open", "screen": "back"})
    for mode in MODES:
        yield views.home(name, (run.scenario,), run.playbook, over, mode)
        yield from (_scene(before, mode) for before in _prefixes(run) if before.scene)
        yield from (_feedback(after, mode) for after in _prefixes(run) if after.picks)
    yield from map(result_views.result, over)


@steady
@given(runs())
def test_every_view_can_be_sent_and_printed(run: Run) -> None:
    for view in _every_view(run, "Ann"):
        json.dumps(view, allow_nan=False)
        printed = page(view)
        headings = [block["text"] for block in _blocks(view) if block["type"] == "heading"]
        assert all(f">{escape(text)}</h" in printed for text in headings)


def test_every_view_of_the_shipped_content_can_be_printed(library: Library) -> None:
    for case in library.ready:
        for view in _every_view(perfect_run(case, library.playbook), "Ann"):
            assert "</html>" in page(view)


def test_markup_in_names_answers_and_content_is_printed_as_it_was_typed() -> None:
    case = scenario(scene("s", "write", rules=["a"], model=SCRIPT, situation=SCRIPT, talk=[{SCRIPT: SCRIPT}]), title=SCRIPT, role=SCRIPT,
                    client={"name": SCRIPT, "business": SCRIPT, "wants": SCRIPT, "feels": SCRIPT}, endings=[{"id": "over", "title": SCRIPT, "text": SCRIPT}])
    run = played(Run(case, playbook({"a": 1})), (SCRIPT,))
    for view in _every_view(run, SCRIPT):
        printed = page(view)
        assert "<script" not in printed and "alert('x')" not in printed
        assert printed.count(str(escape(SCRIPT))) >= (SCRIPT in json.dumps(view["title"], ensure_ascii=False))
    assert str(escape(SCRIPT)) in page(views.home(SCRIPT, (), run.playbook, [], "practice"))


# One of each block, with markup wherever it can hold a text.
_SEND = {"type": "open", "screen": SCRIPT}
SAMPLES: dict[str, list[dict[str, Any]]] = {
    "heading": [blocks.heading(SCRIPT, kicker=SCRIPT)], "text": [blocks.text(SCRIPT), blocks.text(SCRIPT, small=True)],
    "bullets": [blocks.bullets([SCRIPT])], "talk": [blocks.talk([(SCRIPT, SCRIPT), ("You", SCRIPT)], label=SCRIPT)],
    "meter": [blocks.meter(SCRIPT, 3, 10, SCRIPT)], "ask": [blocks.ask("choose", SCRIPT, [("1", SCRIPT)], run=SCRIPT, step=1, button=SCRIPT, hint=SCRIPT)],
    "card": [blocks.card([blocks.text(SCRIPT)], tone=tone, label=SCRIPT) for tone in ("", *blocks.TONES)],
    "chips": [blocks.chips([("kept", SCRIPT), (SCRIPT, SCRIPT)])],
    "quote": [blocks.quote(SCRIPT, (SCRIPT,)), blocks.quote(SCRIPT, (SCRIPT, SCRIPT), ordered=True)], "sources": [blocks.sources([(SCRIPT, SCRIPT)])],
    "notice": [blocks.notice(SCRIPT, tone=tone) for tone in blocks.TONES], "scale": [blocks.scale(SCRIPT, 50, 40, 60, 75, SCRIPT)],
    "bars": [blocks.bars(SCRIPT, [(SCRIPT, 0.5, SCRIPT), (SCRIPT, None, SCRIPT)])], "table": [blocks.table(SCRIPT, [SCRIPT], [[SCRIPT]])],
    "entries": [blocks.entries(SCRIPT, [blocks.entry(SCRIPT, facts=SCRIPT, words=SCRIPT, state=SCRIPT, does=[blocks.action(SCRIPT, _SEND)])])],
    "actions": [blocks.actions([blocks.action(SCRIPT, _SEND)])], "details": [blocks.details(SCRIPT, [blocks.text(SCRIPT)])],
    "form": [blocks.form([blocks.field("name", SCRIPT, hint=SCRIPT, value=SCRIPT, most=40), blocks.field("kind", SCRIPT, options=[("a", SCRIPT)])], button=SCRIPT, send=_SEND)],
    "rate": [blocks.rate("a-rule", SCRIPT, {1: SCRIPT, 5: SCRIPT}, value=3, evidence=SCRIPT, send=_SEND, comments=[SCRIPT], needs=SCRIPT)],
    "clock": [blocks.clock([(SCRIPT, 6)], running=0, seconds=3)],
    "ticks": [blocks.ticks(SCRIPT, [(SCRIPT, True, _SEND)])],
    "qr": [blocks.qr(SCRIPT, ["01", "10"])], "large": [blocks.large(SCRIPT)],
    "choice": [blocks.choice(SCRIPT, [(SCRIPT, SCRIPT, _SEND)], SCRIPT)],
    "editor": [blocks.editor(SCRIPT, SCRIPT, [blocks.problem(1, 2, "E206", SCRIPT, SCRIPT, word="error")], name="a", base=SCRIPT, version=1, hint=SCRIPT, most=9,
                             send=_SEND, save=_SEND)],
    "picture": [blocks.picture(SCRIPT, SCRIPT, [SCRIPT])],
    "heat": [blocks.heat(SCRIPT, [SCRIPT, SCRIPT], [(SCRIPT, [(SCRIPT, 0.5), (SCRIPT, None)])])],
}
NEEDS_A_SERVER = {"actions", "form", "choice"}


def test_there_is_a_sample_of_every_block() -> None:
    made = {name for name, thing in inspect.getmembers(blocks, inspect.isfunction) if thing.__module__ == blocks.__name__}
    assert made - {"action", "entry", "field", "problem", "spoken", "view"} == set(SAMPLES)


@pytest.mark.parametrize("kind", SAMPLES)
def test_every_block_is_printed_and_its_texts_escaped(kind: str) -> None:
    for block in SAMPLES[kind]:
        printed = page(blocks.view("A page", "key", [block]))
        assert "<script" not in printed and "alert('x')" not in printed
        assert (str(escape(SCRIPT)) in printed) == (kind not in NEEDS_A_SERVER)


def test_a_block_that_the_page_does_not_know_is_an_error_and_not_left_out() -> None:
    with pytest.raises(jinja2.UndefinedError):
        page(blocks.view("A page", "key", [{"type": "hologram"}]))


def test_the_title_of_a_page_is_escaped() -> None:
    assert f"<title>{escape(SCRIPT)}" in page(blocks.view(SCRIPT, "key", []))
