"""A run is its picks: replay, the order shown, trust, hostile answers; and content that keeps its hash."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from worlds import SEEDS, World, answers, one_scene, option, playbook, playbooks, played, runs, scenario, scene, steady, waiting, worlds

from kit.content.playbook import Playbook
from kit.content.read import read_playbook, read_scenario
from kit.content.scenario import Order, Scenario, Write
from kit.content.values import canonical, content_hash
from kit.library import Library
from kit.places import shipped
from kit.play.answer import MOST_WORDS, Refused, inversions, read_answer, shown_order
from kit.play.run import Run, pick
from kit.ui.views import answer_named, numbered

ALONE = "Words of one's own."
ASKED = {
    "choose": scene("s", options=[option("one", "a"), option("two"), option("three", breaks="a")]),
    "best_and_worst": scene("s", "best_and_worst", options=[option("one", "a"), option("two"), option("three", breaks="a"), option("four", breaks="b")]),
    "compose": scene("s", "compose", outcomes=[{}], blocks=[option("one", "a"), *(option(n) for n in ("two", "three", "four", "five"))]),
    "order": scene("s", "order", keeps=["a"], outcomes=[{}], steps=[{"id": n, "text": n, "place": p} for n, p in (("one", 1), ("two", 2), ("three", 2))]),
    "write": scene("s", "write", rules=["a"], model="As it might be said."),
}
BOOK = playbook({"a": 2, "b": 1})


# --- replay -------------------------------------------------------------------------------------------------

@steady
@given(runs(finished=False))
def test_a_run_built_again_from_its_picks_is_the_same_run(run: Run) -> None:
    kept = json.loads(json.dumps(run.picks))
    again = Run(run.scenario, run.playbook, tuple(map(tuple, kept)), run.seed)
    assert again == run
    assert (again.steps, again.trust, again.scene, again.ending) == (run.steps, run.trust, run.scene, run.ending)


@steady
@given(runs(finished=False))
def test_undo_is_one_pick_fewer(run: Run) -> None:
    for count in range(len(run.picks) + 1):
        before = Run(run.scenario, run.playbook, run.picks[:count], run.seed)
        assert before.steps == run.steps[:count]
        assert before.is_over == (run.is_over and count == len(run.picks))


@steady
@given(runs())
def test_each_step_leads_to_the_next_and_the_last_to_an_ending(run: Run) -> None:
    assert [s.number for s in run.steps] == list(range(1, len(run.picks) + 1))
    assert [s.scene.id for s in run.steps] == [run.scenario.scenes[0].id, *(s.target for s in run.steps[:-1])]
    assert run.ending in run.scenario.endings
    last = run.steps[-1].target
    assert run.ending.id == last if last != "end" else run.ending.trust is None or run.ending.trust.holds(run.trust)


@steady
@given(runs())
def test_trust_stays_between_0_and_10_and_moves_by_what_follows(run: Run) -> None:
    for step, before in zip(run.steps, [run.scenario.trust, *(s.trust for s in run.steps)], strict=False):
        assert step.trust_before == before
        assert step.trust == min(10, max(0, before + step.outcome.trust))


@steady
@given(runs())
def test_content_read_back_from_json_keeps_its_hash_and_replays_the_run(run: Run) -> None:
    case = Scenario.model_validate(json.loads(canonical(run.scenario)))
    book = Playbook.model_validate(json.loads(canonical(run.playbook)))
    assert (content_hash(case), content_hash(book)) == (content_hash(run.scenario), content_hash(run.playbook))
    assert Run(case, book, run.picks, run.seed).steps == run.steps


def test_the_shipped_content_read_back_from_json_keeps_its_hash(library: Library) -> None:
    for thing in (library.playbook, *library.scenarios):
        assert content_hash(type(thing).model_validate(json.loads(canonical(thing)))) == content_hash(thing)


def test_a_run_that_is_over_takes_no_more_answers() -> None:
    over = played(Run(scenario(ASKED["choose"]), BOOK), ("one",))
    with pytest.raises(Refused, match="over"):
        pick(over, ["one"])
    with pytest.raises(Refused, match="over"):
        _ = Run(over.scenario, BOOK, (("one",), ("one",))).steps


def test_a_pick_leaves_the_run_it_came_from_as_it_was() -> None:
    run = Run(scenario(ASKED["choose"]), BOOK)
    pick(run, ["one"])
    assert run.picks == () and run.scene is not None


# --- the text of a file and its meaning ---------------------------------------------------------------------------

LAYOUTS: list[dict[str, Any]] = [
    {}, {"sort_keys": True}, {"default_flow_style": True}, {"width": 20}, {"indent": 6}, {"default_style": '"'}, {"default_style": "'"},
]


def _as_texts(data: Any) -> Any:
    """As an author writes it: every scalar a text, ranges as `7-10`, nothing written that is left out."""
    if isinstance(data, dict) and set(data) == {"low", "high"}:
        return f"{data['low']}-{data['high']}"
    if isinstance(data, dict):
        return {key: _as_texts(value) for key, value in data.items() if value is not None}
    if isinstance(data, list):
        return [_as_texts(item) for item in data]
    return {"True": "yes", "False": "no"}.get(str(data), str(data))


def _laid_out(text: str, comment: str, ending: str) -> str:
    return f"# {comment}\n{text}\n\n# {comment}\n".replace("\n", ending)


@steady
@given(world=worlds(), layout=st.sampled_from(LAYOUTS), comment=st.sampled_from(["", "a: b", "scenes: []", "é"]), ending=st.sampled_from(["\n", "\r\n"]))
def test_comments_and_layout_of_the_yaml_do_not_change_the_hash(tmp_path_factory: Any, world: World, layout: dict[str, Any], comment: str, ending: str) -> None:
    data = _as_texts(world.scenario.model_dump(mode="json", by_alias=True, exclude={"id"}))
    path = tmp_path_factory.mktemp("yaml") / f"{world.scenario.id}.yaml"
    path.write_text(_laid_out(yaml.safe_dump(data, **{"sort_keys": False, "allow_unicode": True} | layout), comment, ending), encoding="utf-8", newline="")
    reading = read_scenario(path, world.playbook)
    assert reading.content is not None, reading.findings
    assert content_hash(reading.content) == content_hash(world.scenario)


@steady
@given(book=playbooks(), layout=st.sampled_from(LAYOUTS))
def test_neither_do_they_change_the_playbooks(tmp_path_factory: Any, book: Playbook, layout: dict[str, Any]) -> None:
    path = tmp_path_factory.mktemp("yaml") / "playbook.yaml"
    path.write_text(yaml.safe_dump(_as_texts(book.model_dump(mode="json", by_alias=True)), **{"sort_keys": False} | layout), encoding="utf-8")
    reading = read_playbook(path)
    assert reading.content is not None, reading.findings
    assert content_hash(reading.content) == content_hash(book)


def test_a_comment_in_a_shipped_scenario_leaves_its_hash_and_a_word_changes_it(library: Library, tmp_path: Path) -> None:
    case = library.scenarios[0]
    text = (shipped("scenarios") / f"{case.id}.yaml").read_text(encoding="utf-8")
    path = tmp_path / f"{case.id}.yaml"
    path.write_text("# A note of mine.\n" + text.replace("\nscenes:", "\n\n# What happens:\nscenes:"), encoding="utf-8")
    assert content_hash(read_scenario(path, library.playbook).content) == content_hash(case)
    path.write_text(text.replace(case.title, case.title + " again"), encoding="utf-8")
    assert content_hash(read_scenario(path, library.playbook).content) != content_hash(case)


# --- the order shown ------------------------------------------------------------------------------------------

@steady
@given(runs(finished=False))
def test_the_order_shown_is_the_one_recorded(run: Run) -> None:
    for count, step in enumerate(run.steps):
        assert Run(run.scenario, run.playbook, run.picks[:count], run.seed).shown == step.shown


@steady
@given(worlds(), SEEDS)
def test_the_order_shown_is_a_permutation_that_the_seed_decides(world: World, seed: str) -> None:
    for here in world.scenario.scenes:
        shown = shown_order(here, seed)
        assert sorted(shown) == sorted(part.id for part in here.parts)
        assert shown == shown_order(here, seed)


@pytest.mark.parametrize("ask", ["choose", "best_and_worst", "compose"])
def test_every_place_is_as_likely_for_every_option(ask: str) -> None:
    here = one_scene(ASKED[ask])
    firsts = [shown_order(here, f"seed {n}")[0] for n in range(1000)]
    expected = 1000 / len(here.parts)
    assert all(abs(firsts.count(part.id) - expected) < 5 * expected**0.5 for part in here.parts)


@steady
@given(worlds(asks=("choose", "order")), SEEDS)
def test_what_is_to_be_ordered_is_shown_with_at_least_half_of_its_pairs_inverted(world: World, seed: str) -> None:
    for here in world.scenario.scenes:
        if isinstance(here, Order):
            wrong, pairs = inversions(here, shown_order(here, seed))
            assert pairs and 2 * wrong >= pairs


# --- answers from outside ----------------------------------------------------------------------------------------

HOSTILE: list[Any] = [
    None, 0, 1, -1, 1.5, float("nan"), True, b"one", "one", "", [], (), {}, {"one": "two"}, {"0": "one"}, set(), str, Ellipsis,
    [None], [0], [1], [True], [["one"]], [[["one"]]], [{"id": "one"}], [b"one"], ["one", None], ["one", 1],
    [""], [" "], ["\n\t"], ["ONE"], ["one "], ["one\0"], ["no-such"], ["__class__"], ["one", "one"], ["one", "two", "one"], ["one", "no-such"],
    ["1", "1"], ["0"], ["-1"], ["1.0"], ["01"], ["99"], ["١"], ["1 "],
    ["one"] * 1000, ["1"] * 100_000, [str(n) for n in range(100_000)], ["x" * 100_000], ["x" * 100_000] * 10,
    ["\ud800"], ["\udfff\ud800"], ["one\udc80"], ["\0"], ["\u202e"], ["one", "\ud800"],
]
_JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["one", "two", "three", "1", "2", "3"]),
                     lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=3), inner, max_size=3), max_leaves=8)


def _is_taken(run: Run, given_: Any) -> bool:
    """Whether both doors let it in or refuse it with words; any other exception fails the test."""
    try:
        answer = read_answer(run.scene, given_)
    except Refused as refused:
        assert str(refused).endswith(".")
        return False
    assert read_answer(run.scene, answer) == answer
    return True


def _is_taken_by_number(run: Run, given_: Any) -> bool:
    try:
        after = pick(run, answer_named(run, given_))
    except Refused as refused:
        assert str(refused).endswith(".")
        return False
    assert after.steps[-1].answer == after.picks[-1]
    return True


@pytest.mark.parametrize("ask", [a for a in ASKED if a != "write"])
@pytest.mark.parametrize("given_", HOSTILE, ids=lambda value: ascii(value)[:30])
def test_a_hostile_answer_is_refused_in_words(ask: str, given_: Any) -> None:
    run = Run(scenario(ASKED[ask]), BOOK, seed="s")
    ids = {part.id for part in run.scene.parts}
    if _is_taken(run, given_):
        assert set(given_) <= ids and len(set(given_)) == len(given_)
    if _is_taken_by_number(run, given_):
        assert set(given_) <= set(numbered(run.shown)) and len(set(given_)) == len(given_)


@pytest.mark.parametrize("given_", HOSTILE, ids=lambda value: ascii(value)[:30])
def test_a_hostile_text_is_refused_in_words_or_can_be_kept_and_shown(given_: Any) -> None:
    run = Run(scenario(ASKED["write"]), BOOK)
    assert _is_taken(run, given_) == _is_taken_by_number(run, given_)
    if _is_taken(run, given_):
        (text,) = read_answer(run.scene, given_)
        assert 0 < len(text) <= MOST_WORDS
        text.encode()   # what is kept is written to files and sent to browsers as UTF-8


@steady
@given(given_=_JSON, ask=st.sampled_from(sorted(ASKED)))
def test_no_answer_that_a_browser_can_send_does_harm(given_: Any, ask: str) -> None:
    run = Run(scenario(ASKED[ask]), BOOK, seed="s")
    if _is_taken(run, given_):
        assert isinstance(given_, list) and all(isinstance(part, str) for part in given_)
    _is_taken_by_number(run, given_)


@pytest.mark.parametrize("given_", [["1"], [ALONE], None, [], {}])
def test_an_answer_to_a_run_that_is_over_is_refused(given_: Any) -> None:
    over = played(Run(scenario(ASKED["choose"]), BOOK), ("one",))
    assert not _is_taken_by_number(over, given_)


@pytest.mark.parametrize(("ask", "given_", "says"), [
    ("choose", [], "Choose one"), ("choose", ["one", "two"], "Choose one"),
    ("best_and_worst", [], "best and another"), ("best_and_worst", ["one"], "best and another"),
    ("best_and_worst", ["one", "two", "three"], "best and another"),
    ("compose", [], "at least one"), ("order", [], "all the steps"), ("order", ["one", "two"], "all the steps"),
    ("write", [], "sentence"), ("write", ["  \n "], "sentence"), ("write", ["x" * (MOST_WORDS + 1)], str(MOST_WORDS)),
])
def test_an_answer_that_is_not_complete_is_told_what_is_missing(ask: str, given_: list[str], says: str) -> None:
    with pytest.raises(Refused, match=says):
        read_answer(one_scene(ASKED[ask]), given_)


@steady
@given(st.data())
def test_every_answer_that_a_scene_can_take_is_taken_by_its_numbers(data: st.DataObject) -> None:
    run = data.draw(waiting())
    answer = data.draw(answers(run.scene))
    number = {part: n for n, part in numbered(run.shown).items()}
    named = list(answer) if isinstance(run.scene, Write) else [number[part] for part in answer]
    assert pick(run, answer_named(run, named)).picks[-1] == tuple(part.strip() if isinstance(run.scene, Write) else part for part in answer)
