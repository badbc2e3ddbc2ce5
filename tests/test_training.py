"""Rater training: its content and checker, the comparison with a reference, the store, the place at the desk, and a rater in the browser."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from content import PLAYBOOK, SCENARIO
from hypothesis import given
from hypothesis import strategies as st
from pages import SIZES, Person
from worlds import steady

from kit.cli import main
from kit.content import training as content_training
from kit.content.finding import Finding
from kit.content.training import TrainingSet
from kit.content.values import canonical, content_hash
from kit.desk.desk import Desk
from kit.library import load_training
from kit.play import rate
from kit.play.compare import Comparison, compare, figures_in_words, halo_in_words, points, seeing_in_words, severity_in_words
from kit.report.page import page
from kit.stats.given import NoNumber
from kit.store.store import Erased, NotSaved, Store, WrongStep
from kit.store.training import Raters
from kit.ui import training_views

SHIPPED = Path(__file__).parent.parent / "scenarios"
LESSONS = {lesson.training.id: lesson for lesson in load_training(SHIPPED).lessons}
LEARN, CERTIFY = LESSONS["learn"].training, LESSONS["certify"].training
Key = tuple[str, str]
Ratings = Mapping[Key, int]


# --- content ------------------------------------------------------------------------------------------------

RULES = ["ring-first", "ask-why", "say-it-plainly", "write-later", "keep-notes", "stay-calm"]
ROLEPLAY = f"""\
roleplay:
  trainee: Your brief.
  client: Your secret brief.
  beats: [You wait.]
  opening: So?
  minutes:
    tell: 5
  rules: [{", ".join(RULES)}]
"""


def _performance(n: int) -> str:
    ratings = "".join(f"      - rule: {rule}\n        rating: {'not seen' if rule == 'keep-notes' else 3}\n        because: I heard it.\n" for rule in RULES)
    return f"  - id: talk-{n}\n    title: Talk {n}\n    talk:\n      - Dana: So?\n      - You: It is over.\n    ratings:\n{ratings}"


SET = "title: Learn\nscript: a-script\nperformances:\n" + "".join(_performance(n) for n in range(1, 6))


@pytest.fixture
def library_of(tmp_path: Path) -> Callable[..., Path]:
    """A folder of content with a training set; returns the set's file."""
    def make(text: str = SET, *, scenario: str = SCENARIO + ROLEPLAY, name: str = "learn.yaml") -> Path:
        folder = tmp_path / "content"
        (folder / "training").mkdir(parents=True)
        (folder / "playbook.yaml").write_text(PLAYBOOK, encoding="utf-8")
        (folder / "a-script.yaml").write_text(scenario, encoding="utf-8")
        path = folder / "training" / name
        path.write_text(text, encoding="utf-8")
        return path
    return make


def found_in(path: Path) -> list[Finding]:
    return list(load_training(path.parent.parent).findings)


def test_a_training_set_is_read_and_nothing_is_wrong_with_it(library_of: Callable[..., Path]) -> None:
    path = library_of()
    lesson, = load_training(path.parent.parent).lessons
    assert found_in(path) == []
    assert lesson.training.id == "learn" and lesson.scenario.id == "a-script"
    assert lesson.training.rules == tuple(RULES)
    assert lesson.training.reference["talk-2", "keep-notes"] == rate.NOT_SEEN
    assert lesson.training.reference["talk-2", "ask-why"] == 3


def test_not_seen_is_the_same_everywhere() -> None:
    assert content_training.NOT_SEEN == rate.NOT_SEEN


def test_a_set_survives_the_store_unchanged() -> None:
    assert TrainingSet.model_validate_json(canonical(LEARN)) == LEARN


@pytest.mark.parametrize(("old", "new", "code", "says"), [
    ("script: a-script", "script: another", "E206", "`another` is not a scenario of this library"),
    ("rating: 3", "rating: 6", "E215", "`6` is not a rating"),
    ("rating: 3", "rating: 0", "E215", "`0` is not a rating"),
    ("rating: 3", "rating: unseen", "E215", "`unseen` is not a rating"),
    ("rating: 3", "rating: [3]", "E215", "is not a rating"),
    ("because: I heard it.", "because: ''", "E203", "the text is empty"),
    ("        because: I heard it.\n", "", "E202", "`because` is missing"),
    ("rule: ring-first", "rule: ring-frist", "E206", "`ring-frist` is not a rule of the playbook"),
    ("rule: ring-first", "rule: give-notice", "E344", "`give-notice` is no rule of the script"),
    ("rule: ring-first", "rule: ask-why", "E344", "`ask-why` is rated twice"),
    ("id: talk-2", "id: talk-1", "E211", "`talk-1` is used twice"),
    ("title: Talk 1\n", "title: Talk 1\n    red_lines: [ask-why]\n", "E345", "`ask-why` is no red line"),
    ("title: Talk 1\n", "title: Talk 1\n    red_line: [stay-calm]\n", "E201", "`red_line` is not a key"),
    ("      - You: It is over.\n", "      - It is over.\n", "E208", "a turn of talk is one name and what is said"),
    ("title: Learn", "title: Learn\nid: learn", "E210", "a training set has no key `id`"),
])
def test_each_fault_is_found_with_its_line(library_of: Callable[..., Path], old: str, new: str, code: str, says: str) -> None:
    at = SET.index(old)
    text = SET[:at] + new + SET[at + len(old):]
    hits = [f for f in found_in(library_of(text)) if f.code == code and says in f.says]
    assert hits, f"{code} {says}"
    assert abs(hits[0].line - (SET[:at].count("\n") + 1)) <= 6 and hits[0].cure


def test_a_red_line_of_the_playbook_may_be_named(library_of: Callable[..., Path]) -> None:
    assert found_in(library_of(SET.replace("title: Talk 1\n", "title: Talk 1\n    red_lines: [stay-calm]\n"))) == []


@pytest.mark.parametrize("count", [0, 4, 6])
def test_a_set_has_five_performances(library_of: Callable[..., Path], count: int) -> None:
    text = "title: Learn\nscript: a-script\nperformances:" + ("\n" + "".join(_performance(n) for n in range(count)) if count else " []\n")
    assert "E212" in {f.code for f in found_in(library_of(text))}


def test_rules_stand_in_the_order_of_the_script(library_of: Callable[..., Path]) -> None:
    swapped = SET.replace("rule: ring-first", "rule: x", 1).replace("rule: ask-why", "rule: ring-first", 1).replace("rule: x", "rule: ask-why", 1)
    finding, = found_in(library_of(swapped))
    assert (finding.code, finding.says) == ("E344", "`ask-why` stands in the place of `ring-first` in `talk-1`.")


def test_a_rule_that_is_not_rated_is_named(library_of: Callable[..., Path]) -> None:
    finding, = found_in(library_of(SET.replace("      - rule: stay-calm\n        rating: 3\n        because: I heard it.\n", "", 1)))
    assert (finding.code, finding.says) == ("E344", "`stay-calm` is not rated in `talk-1`.")


def test_all_faults_are_told_at_once(library_of: Callable[..., Path]) -> None:
    text = SET.replace("rating: 3", "rating: 9", 1).replace("script: a-script", "script: nowhere").replace("because: I heard it.", "because: ' '", 1)
    assert {"E215", "E206", "E203"} <= {f.code for f in found_in(library_of(text))}


def test_a_script_without_a_role_play_is_said(library_of: Callable[..., Path]) -> None:
    assert [f.code for f in found_in(library_of(scenario=SCENARIO))] == ["E343"]


def test_a_script_that_cannot_be_read_is_said_and_not_called_unknown(library_of: Callable[..., Path]) -> None:
    assert [f.code for f in found_in(library_of(scenario=SCENARIO + ROLEPLAY + "nonsense: yes\n"))] == ["E342"]


def test_kit_check_reads_the_training_of_a_library_of_a_folder_and_by_name(library_of: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    path = library_of(SET.replace("rating: 3", "rating: 9", 1))
    for asked in (path.parent.parent, path.parent, path):
        told = CliRunner().invoke(main, ["check", str(asked)])
        assert told.exit_code == 1 and "E215" in told.output, told.output
        assert "training/learn.yaml:" in told.output
    monkeypatch.chdir(path.parent)
    beside = CliRunner().invoke(main, ["check", "learn.yaml"]).output
    assert "E215" in beside and "1 error," in beside, "its script is found from here, too"


@pytest.mark.parametrize("training", [LEARN, CERTIFY], ids=lambda t: t.id)
def test_the_shipped_sets_hold_what_a_rater_should_meet(training: TrainingSet) -> None:
    means = {p.id: sum(values) / len(values) for p in training.performances if (values := [r.rating for r in p.ratings if r.rating])}
    red = {p.id for p in training.performances if p.red_lines}
    assert min(means.values()) < 2, "one is clearly poor"
    assert max(means[name] for name in means if name not in red) > 4.5, "one is firm and excellent"
    assert any(means[name] >= 3.5 for name in red), "one is warm, and crosses a red line"
    assert not {p.title for p in LEARN.performances} & {p.title for p in CERTIFY.performances}


# --- comparing ----------------------------------------------------------------------------------------------

def rated(*talks: tuple[int, ...]) -> dict[Key, int]:
    """Ratings by hand: one tuple a talk, one number a rule."""
    return {(f"talk-{n}", f"rule-{m}"): value for n, talk in enumerate(talks) for m, value in enumerate(talk)}


def met(found: Comparison) -> list[bool]:
    return [criterion.is_met for criterion in found.criteria]


def test_figures_worked_by_hand() -> None:
    found = compare(rated((5, 2, 0), (1, 4, 3)), rated((4, 2, 3), (4, 2, 3)))   # differences 1, 0, not seen; -3, 2, 0
    assert found.distance == 6 / 5
    assert found.within_one == 3 / 5
    assert found.worst == 3
    assert found.severity == 0
    assert len(found.in_seeing) == 1
    assert [(g.name, g.bias, g.distance, g.seen, g.in_seeing) for g in found.by_rule] == [
        ("rule-0", -1, 2, 2, 0), ("rule-1", 1, 1, 2, 0), ("rule-2", 0, 0, 1, 1)]
    assert [(g.name, g.bias, g.distance) for g in found.by_performance] == [("talk-0", 0.5, 0.5), ("talk-1", pytest.approx(-1 / 3), pytest.approx(5 / 3))]
    assert met(found) == [False, False, False, False, False]   # the last: 1 of 6 apart about seeing
    # spreads within a talk, where both saw it: (5, 2) and (1, 4, 3) beside (4, 2) and (4, 2, 3)
    assert found.halo.share == pytest.approx(((9 / 2) ** 0.5 + (7 / 3) ** 0.5) / (2 ** 0.5 + 1))


def test_the_bars_are_met_when_they_are_just_reached() -> None:
    reference = rated(*[(3,) * 8] * 5)
    keys = list(reference)
    just = {key: 4 if n < 20 else 3 for n, key in enumerate(keys)}   # 20 of 40 one too high: 0.5 on average, but talk by talk
    found = compare(just, reference)
    assert found.distance == 0.5 and met(found) == [True] * 5 and found.certifies
    assert not compare({**just, keys[20]: 4}, reference).criteria[0].is_met
    apart = {key: 5 if n % 5 == 0 else 3 for n, key in enumerate(keys)}   # 8 of 40 two too high
    assert compare(apart, reference).within_one == 0.8 and compare(apart, reference).criteria[1].is_met
    assert not compare({**apart, keys[1]: 5}, reference).criteria[1].is_met
    assert not compare({**reference, keys[0]: 5, keys[8]: 5}, rated(*[(2,) + (3,) * 7] * 5)).criteria[2].is_met


@pytest.mark.parametrize(("too_high", "is_met"), [(3, True), (4, False)])
def test_a_rule_may_be_three_quarters_of_a_point_off_and_no_more(too_high: int, is_met: bool) -> None:
    reference = rated(*[(3, 3)] * 4)
    own = {key: value + (key[1] == "rule-0" and int(key[0][-1]) < too_high) for key, value in reference.items()}
    assert compare(own, reference).criteria[3].is_met is is_met


@pytest.mark.parametrize(("unseen", "is_met"), [(4, True), (5, False)])
def test_at_most_a_tenth_may_differ_about_seeing_in_either_direction(unseen: int, is_met: bool) -> None:
    reference = rated(*[(3,) * 8] * 5)
    blind = {key: 0 if n < unseen else 3 for n, key in enumerate(reference)}
    assert compare(blind, reference).criteria[4].is_met is is_met
    assert compare(reference, blind).criteria[4].is_met is is_met
    assert compare(blind, reference).certifies is is_met
    assert f"{unseen} times you say “not seen”" in seeing_in_words(compare(blind, reference))
    assert f"{unseen} times you give a number" in seeing_in_words(compare(reference, blind))


def test_who_sees_nothing_has_no_figures_and_does_not_certify() -> None:
    reference = rated((3, 4), (2, 1))
    found = compare(dict.fromkeys(reference, 0), reference)
    assert found.distance is found.within_one is found.worst is found.severity is None
    assert isinstance(found.halo, NoNumber) and not any(met(found))
    assert "nothing can be compared" in figures_in_words(found)
    assert "cannot be said" in severity_in_words(found) and "cannot be said" in halo_in_words(found)


def test_seeing_the_same_is_no_difference() -> None:
    found = compare(rated((0, 3, 4)), rated((0, 3, 4)))
    assert found.certifies and not found.in_seeing and seeing_in_words(found) == ""


def test_ratings_of_other_talks_are_not_compared() -> None:
    with pytest.raises(ValueError, match="same rules of the same performances"):
        compare(rated((3, 4)), rated((3, 4, 5)))


@pytest.mark.parametrize(("value", "words"), [(0.004, "0.00"), (-0.004, "0.00"), (0.66, "+0.66"), (-1.0, "−1.00")])
def test_a_figure_has_a_sign_when_there_is_something_to_sign(value: float, words: str) -> None:
    assert points(value, signed=True) == words


REFERENCES = st.lists(st.lists(st.integers(1, 4), min_size=8, max_size=8).map(tuple), min_size=5, max_size=5).map(lambda talks: rated(*talks))


@steady
@given(REFERENCES)
def test_identical_ratings_certify_and_have_neither_severity_nor_halo(reference: Ratings) -> None:
    found = compare(reference, reference)
    assert found.certifies and found.distance == found.severity == 0 and found.within_one == 1
    assert isinstance(found.halo, NoNumber) or isinstance(found.halo.share, NoNumber) or found.halo.share == 1


@steady
@given(REFERENCES)
def test_one_point_higher_throughout_is_a_severity_of_exactly_one_and_no_certificate(reference: Ratings) -> None:
    found = compare({key: value + 1 for key, value in reference.items()}, reference)
    assert found.severity == found.distance == 1 and not found.certifies
    assert "lenient" in severity_in_words(found) and "strong" not in halo_in_words(found)


@steady
@given(REFERENCES)
def test_flat_ratings_show_halo_wherever_the_reference_is_not_flat_itself(reference: Ratings) -> None:
    found = compare({key: 1 + int(key[0][-1]) for key in reference}, reference)
    is_flat = all(len({value for key, value in reference.items() if key[0] == talk}) == 1 for talk in {key[0] for key in reference})
    assert isinstance(found.halo.share, NoNumber) if is_flat else found.halo.share == 0
    assert ("cannot be said" if is_flat else "Halo: strong") in halo_in_words(found)


@steady
@given(REFERENCES, REFERENCES, st.randoms(use_true_random=False))
def test_the_order_of_ratings_changes_nothing(own: Ratings, reference: Ratings, chance: Any) -> None:
    keys = list(reference)
    chance.shuffle(keys)
    one, other = compare(own, reference), compare({k: own[k] for k in keys}, {k: reference[k] for k in keys})
    assert (one.distance, one.within_one, one.worst, met(one)) == (other.distance, other.within_one, other.worst, met(other))
    assert one.severity == pytest.approx(other.severity) and halo_in_words(one) == halo_in_words(other)


# --- three raters of our making, on what is shipped ---------------------------------------------------------------

def _talk_mean(reference: Ratings, talk: str) -> int:
    values = [value for (name, _), value in reference.items() if name == talk and value]
    return int(sum(values) / len(values) + 0.5)


RATERS: dict[str, Callable[[Ratings], Ratings]] = {
    "lenient": lambda reference: {key: min(5, value + 1) if value else 0 for key, value in reference.items()},
    "severe": lambda reference: {key: max(1, value - 1) if value else 0 for key, value in reference.items()},
    "halo": lambda reference: {key: _talk_mean(reference, key[0]) if value else 0 for key, value in reference.items()},
}


@pytest.mark.parametrize("training", [LEARN, CERTIFY], ids=lambda t: t.id)
def test_training_tells_three_kinds_of_rater_apart_and_certifies_none(training: TrainingSet) -> None:
    found = {name: compare(make(training.reference), training.reference) for name, make in RATERS.items()}
    for name, one in found.items():
        print(f"\n{training.id}, {name}: {points(one.distance)} away, {one.within_one:.0%} within one, severity {points(one.severity, signed=True)}, "
              f"spread {one.halo.share:.2f} of the reference's, {met(one).count(False)} bars not met"
              f"\n  {severity_in_words(one)}\n  {halo_in_words(one)}")
    assert not any(one.certifies for one in found.values())
    assert [word for word in ("lenient.", "severe.", "neither") for one in found.values() if word in severity_in_words(one)] == ["lenient.", "severe.", "neither"]
    assert ["strong" in halo_in_words(one) for one in found.values()] == [False, False, True]
    assert all("none to speak of" in halo_in_words(found[name]) for name in ("lenient", "severe"))


@pytest.mark.parametrize("training", [LEARN, CERTIFY], ids=lambda t: t.id)
def test_the_reference_itself_certifies_and_so_does_one_with_two_differences_of_one(training: TrainingSet) -> None:
    reference = training.reference
    assert compare(reference, reference).certifies
    threes = [key for key, value in reference.items() if value == 3][:2]
    assert compare({**reference, threes[0]: 4, threes[1]: 2}, reference).certifies


def test_the_managers_page_says_what_training_says_of_the_three() -> None:
    told = (SHIPPED.parent / "docs" / "training.md").read_text(encoding="utf-8")
    rows = {line.split("|")[1].split(":")[0].strip(): line for line in told.splitlines() if line.startswith(("| lenient", "| severe", "| halo"))}
    for name, make in RATERS.items():
        found = compare(make(CERTIFY.reference), CERTIFY.reference)
        for figure in (points(found.distance), f"{found.within_one:.0%}", points(found.severity, signed=True), f"{found.halo.share:.2f}", f"{met(found).count(False)} of 5"):
            assert f" {figure}" in rows[name], (name, figure)


# --- the store --------------------------------------------------------------------------------------------------

@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "data")


@pytest.fixture
def raters(store: Store) -> Raters:
    return Raters(store)


def rate_talk(raters: Raters, attempt: Any, talk: Any, given_: Ratings | None = None) -> Any:
    for rule in attempt.training.rules:
        attempt = raters.rate(attempt, talk.id, rule, (given_ or attempt.training.reference)[talk.id, rule])
    return attempt


def test_every_rating_is_on_disk_at_once(raters: Raters, store: Store) -> None:
    attempt = raters.begin("Ann", LEARN)
    talk = LEARN.performances[0].id
    raters.rate(attempt, talk, LEARN.rules[0], 4)
    raters.rate(attempt, talk, LEARN.rules[1], 0)
    raters.rate(attempt, talk, LEARN.rules[0], 2)
    again = Raters(Store(store.path.parent)).attempt(attempt.id)
    assert again.given == {(talk, LEARN.rules[0]): 2, (talk, LEARN.rules[1]): 0}
    assert again.training == LEARN and again.training_hash == content_hash(LEARN) and not again.is_finished


def test_an_attempt_that_is_open_is_gone_on_with_and_one_that_is_finished_stays(raters: Raters) -> None:
    first = raters.begin("Ann", LEARN)
    assert raters.begin("Ann", LEARN).id == first.id
    assert raters.begin("Bo", LEARN).id != first.id and raters.begin("Ann", CERTIFY).id != first.id
    for talk in LEARN.performances:
        first = raters.finish_talk(rate_talk(raters, first, talk), talk.id)
    assert first.is_finished and first.done == tuple(p.id for p in LEARN.performances) and first.given == LEARN.reference
    second = raters.begin("Ann", LEARN)
    assert (second.id != first.id, second.number, second.given) == (True, 2, {})
    assert first in raters.attempts_of("Ann") and raters.raters() == ["Ann", "Bo"]


def test_a_talk_that_is_done_takes_no_more_ratings_and_one_with_gaps_is_not_done(raters: Raters) -> None:
    attempt, talk = raters.begin("Ann", LEARN), LEARN.performances[0]
    raters.rate(attempt, talk.id, LEARN.rules[0], 4)
    with pytest.raises(WrongStep):
        raters.finish_talk(attempt, talk.id)
    done = raters.finish_talk(rate_talk(raters, attempt, talk), talk.id)
    for again in (lambda: raters.rate(done, talk.id, LEARN.rules[0], 1), lambda: raters.finish_talk(done, talk.id)):
        with pytest.raises(WrongStep):
            again()
    assert raters.attempt(attempt.id).given == done.given
    assert raters.has_read(done, talk.id).read == (talk.id,)


def test_erasing_a_rater_erases_their_ratings_and_nobody_elses(raters: Raters, store: Store) -> None:
    mine, theirs = raters.begin("Ann Unmistakable", LEARN), raters.begin("Bo", LEARN)
    raters.rate(mine, LEARN.performances[0].id, LEARN.rules[0], 4)
    assert raters.erase_rater("Ann Unmistakable") == 1
    with pytest.raises(Erased):
        raters.rate(mine, LEARN.performances[0].id, LEARN.rules[0], 5)
    assert raters.attempts_of("Ann Unmistakable") == [] and raters.attempt(theirs.id) == theirs
    with store.reading() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM training_ratings")).scalar() == 0
    assert b"Ann Unmistakable" not in store.path.read_bytes()


def test_a_rating_that_cannot_be_kept_is_said(raters: Raters, store: Store) -> None:
    attempt = raters.begin("Ann", LEARN)
    with store.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TRIGGER full BEFORE INSERT ON training_ratings BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END")
    with pytest.raises(NotSaved):
        raters.rate(attempt, LEARN.performances[0].id, LEARN.rules[0], 4)
    assert raters.attempt(attempt.id).given == {}


# --- the place at the desk ----------------------------------------------------------------------------------------

@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(SHIPPED, store, {"name": "Autumn"})


def said(desk: Desk, **message: Any) -> dict[str, Any]:
    return desk.handle(None, message) or desk.view()


def begun(desk: Desk, training: str, name: str = "Ann") -> dict[str, Any]:
    said(desk, type="desk", screen="training")
    said(desk, type="train_as", name=name)
    return said(desk, type="train", training=training)


def rate_on_screen(desk: Desk, view: dict[str, Any], talk: Any, own: Ratings) -> dict[str, Any]:
    """All ratings of the talk on screen, and done."""
    here = {"attempt": view["at"]["attempt"], "performance": talk.id}
    for rated_ in talk.ratings:
        said(desk, type="rate", **here, rule=rated_.rule, value=own[talk.id, rated_.rule], evidence=None)
    return said(desk, type="talk_done", **here)


def through(desk: Desk, training: TrainingSet, own: Ratings) -> dict[str, Any]:
    """A whole attempt; the last view."""
    view = begun(desk, training.id)
    for talk in training.performances:
        view = rate_on_screen(desk, view, talk, own)
        if training is LEARN:
            view = said(desk, type="talk_read", attempt=view["at"]["attempt"], performance=talk.id)
    return view


def rates_of(view: dict[str, Any]) -> list[dict[str, Any]]:
    return [block for card in view["blocks"] if card["type"] == "card" for block in card["blocks"] if block["type"] == "rate"]


def test_who_trains_gives_a_name_and_an_empty_one_is_asked_for_again(desk: Desk) -> None:
    assert "Your name" in str(said(desk, type="desk", screen="training"))
    for name in ("", "  ", "x" * 61, None, "half a letter \ud83d"):
        assert "Type a name" in str(said(desk, type="train_as", name=name))
    assert "You are training as Ann Lee." in str(said(desk, type="train_as", name=" Ann   Lee "))
    assert "Your name" in str(said(desk, type="stand_up"))


def test_a_talk_has_its_words_its_rules_and_no_reference(desk: Desk) -> None:
    view = begun(desk, "learn")
    blocks = rates_of(view)
    assert view["screen"] == "desk-talk" and [block["rule"] for block in blocks] == list(LEARN.rules)
    assert all(block["evidence"] is None and block["value"] is None and len(block["anchors"]) == 3 for block in blocks)
    assert all(turn.words in str(view) for turn in LEARN.performances[0].talk[:3]) and "What the two had been told" in str(view)
    assert not any(r.because in str(view) for r in LEARN.performances[0].ratings)


def test_done_says_what_is_missing_until_nothing_is(desk: Desk) -> None:
    view = begun(desk, "learn")
    here = {"attempt": view["at"]["attempt"], "performance": LEARN.performances[0].id}
    for rule in LEARN.rules[1:]:
        said(desk, type="rate", **here, rule=rule, value=3)
    missing = said(desk, type="talk_done", **here)
    assert "Your ratings: 7 of 8 rated" in str(missing) and "Still to rate: “Take no for an answer”." in str(missing)
    assert [block["needs"] for block in rates_of(missing)] == ["Not rated yet."] + [""] * 7
    assert "Still to rate" not in str(said(desk, type="rate", **here, rule=LEARN.rules[0], value=0))
    assert "you and the reference" in str(said(desk, type="talk_done", **here))


def test_after_each_talk_a_learner_sees_reference_own_rating_and_reason(desk: Desk) -> None:
    talk = LEARN.performances[1]
    own = {**LEARN.reference, (talk.id, "no-raking-up"): 4, (talk.id, "clear-and-short"): 0}
    view = begun(desk, "learn")
    view = rate_on_screen(desk, view, LEARN.performances[0], own)
    assert "Where you differ" not in str(view) and "The same: 8 of 8 rules" in str(view) and "no red line" in str(view)
    view = said(desk, type="talk_read", attempt=view["at"]["attempt"], performance=LEARN.performances[0].id)
    view = rate_on_screen(desk, view, talk, own)
    assert "Where you differ: 2 of 8 rules" in str(view) and "A red line was crossed" in str(view)
    first, second = next(block for block in view["blocks"] if block["type"] == "entries")["items"]
    assert (first["facts"], first["state"]) == ("You: not seen · Reference: 3", "You differ about whether it was seen")
    assert (second["facts"], second["state"]) == ("You: 4 · Reference: 1", "You are 3 higher")
    assert second["text"] == next(r.because for r in talk.ratings if r.rule == "no-raking-up")


def test_who_certifies_sees_nothing_of_the_reference_before_all_five_are_rated(desk: Desk) -> None:
    view = begun(desk, "certify")
    for talk in CERTIFY.performances:
        assert view["screen"] == "desk-talk"
        assert not any(r.because in str(view) for p in CERTIFY.performances for r in p.ratings) and "eference" not in str(view)
        view = rate_on_screen(desk, view, talk, CERTIFY.reference)
    assert "Certified. Your ratings meet every bar." in str(view)


def test_who_fails_sees_the_figures_and_no_reference_and_tries_again(desk: Desk) -> None:
    view = through(desk, CERTIFY, RATERS["severe"](CERTIFY.reference))
    told = [block["text"] for block in view["blocks"] if block["type"] in ("notice", "text")]
    assert told[0].startswith("Not certified yet: 2 of 5 bars are not met.") and told[1].startswith("On average your ratings are 0.76 points away")
    assert "you are severe" in told[1] and "Halo: none to speak of" in told[1]
    bars, by_rule, by_talk = (block for block in view["blocks"] if block["type"] == "table")
    assert [row[2] for row in bars["rows"]] == ["✗ not met", "✓ met", "✓ met", "✗ not met", "✓ met"]
    assert len(by_rule["rows"]) == 8 and [row[0] for row in by_talk["rows"]] == [p.title for p in CERTIFY.performances]
    assert "certificate" not in str([b["items"] for b in view["blocks"] if b["type"] == "actions"])
    assert not any(r.because in str(view) for p in CERTIFY.performances for r in p.ratings)
    first = view["at"]["attempt"]
    assert "Certificate of a rater" not in str(said(desk, type="certificate", attempt=first))
    assert said(desk, type="train", training="certify")["at"]["attempt"] != first
    assert "Certify as a rater, attempt 1" in str(said(desk, type="overview"))
    assert said(desk, type="attempt", attempt=first) == view


def test_a_certificate_has_name_date_figures_and_content_and_can_be_kept_as_a_page(desk: Desk) -> None:
    view = through(desk, CERTIFY, CERTIFY.reference)
    certificate = said(desk, type="certificate", attempt=view["at"]["attempt"])
    html = page(certificate)
    for words in ("Certificate of a rater", "Ann", "attempt 1", "38 of 38", "The best payer", content_hash(CERTIFY)[:8], content_hash(CERTIFY)[-8:]):
        assert words in html, words
    assert training_views.on_day(Raters(desk.place.store).attempts_of("Ann")[0].finished_at) in html
    assert {"type": "print"} in [item["send"] for block in certificate["blocks"] if block["type"] == "actions" for item in block["items"]]


def test_a_page_that_is_loaded_again_comes_back_to_the_same_talk(desk: Desk, store: Store) -> None:
    view = rate_on_screen(desk, begun(desk, "learn"), LEARN.performances[0], LEARN.reference)
    assert said(Desk(SHIPPED, store, {"name": "Autumn"}), **view["at"]) == view
    view = said(desk, type="talk_read", attempt=view["at"]["attempt"], performance=LEARN.performances[0].id)
    view = said(desk, type="rate", attempt=view["at"]["attempt"], performance=LEARN.performances[1].id, rule=LEARN.rules[2], value=4)
    assert said(Desk(SHIPPED, store, {"name": "Autumn"}), **view["at"]) == view
    assert [block["value"] for block in rates_of(view)][:3] == [None, None, 4]


def test_the_overview_goes_on_where_one_left_off(desk: Desk) -> None:
    view = rate_on_screen(desk, begun(desk, "learn"), LEARN.performances[0], LEARN.reference)
    assert "Talk 1 of 5 is open" in str(said(desk, type="overview")), "its differences are not read yet"
    assert said(desk, type="train", training="learn") == view
    said(desk, type="talk_read", attempt=view["at"]["attempt"], performance=LEARN.performances[0].id)
    assert "Go on with talk 2" in str(said(desk, type="overview"))


def test_the_last_differences_of_a_set_are_read_before_it_is_tried_again(desk: Desk) -> None:
    view = begun(desk, "learn")
    for talk in LEARN.performances:
        last = view = rate_on_screen(desk, view, talk, LEARN.reference)
        if talk is not LEARN.performances[-1]:
            view = said(desk, type="talk_read", attempt=view["at"]["attempt"], performance=talk.id)
    said(desk, type="overview")
    assert said(desk, type="train", training="learn") == last


@pytest.mark.parametrize("wrong", [
    {"attempt": "another"}, {"performance": "helen"}, {"rule": "no-such-rule"}, {"rule": None}, {"value": 6}, {"value": -1}, {"value": "3"},
    {"value": True}, {"value": None}, {"value": 2.0}])
def test_a_message_that_does_not_fit_changes_nothing(desk: Desk, wrong: dict[str, Any]) -> None:
    view = begun(desk, "learn")
    message = {"type": "rate", "attempt": view["at"]["attempt"], "performance": LEARN.performances[0].id, "rule": LEARN.rules[0], "value": 3}
    assert said(desk, **{**message, **wrong}) == view
    assert said(desk, **message) != view


def test_another_raters_attempt_is_not_shown_nor_written_to(desk: Desk, raters: Raters) -> None:
    attempt = begun(desk, "learn")["at"]["attempt"]
    said(desk, type="stand_up")
    said(desk, type="train_as", name="Bo")
    assert "You are training as Bo." in str(said(desk, type="attempt", attempt=attempt))
    said(desk, type="rate", attempt=attempt, performance=LEARN.performances[0].id, rule=LEARN.rules[0], value=3)
    assert raters.attempt(attempt).given == {}


def test_a_second_tab_cannot_change_a_talk_that_is_done(desk: Desk, store: Store) -> None:
    view = begun(desk, "certify")
    stale = Desk(SHIPPED, store, {"name": "Autumn"})
    said(stale, **view["at"])
    rate_on_screen(desk, view, CERTIFY.performances[0], CERTIFY.reference)
    after = said(stale, type="rate", attempt=view["at"]["attempt"], performance=CERTIFY.performances[0].id, rule=CERTIFY.rules[0], value=1)
    assert CERTIFY.performances[1].title in str(after)
    assert Raters(store).attempt(view["at"]["attempt"]).given[CERTIFY.performances[0].id, CERTIFY.rules[0]] == CERTIFY.performances[0].ratings[0].rating


def test_erasing_asks_first_and_an_attempt_erased_meanwhile_is_said(desk: Desk, store: Store, raters: Raters) -> None:
    view = begun(desk, "learn")
    other = Desk(SHIPPED, store, {"name": "Autumn"})
    said(other, **view["at"])
    said(desk, type="overview")
    assert "Erase everything that Ann rated in training?" in str(said(desk, type="erase_rater"))
    said(desk, type="cancel")
    said(desk, type="confirm")
    assert len(raters.attempts_of("Ann")) == 1, "nothing waits to be confirmed after a cancel"
    said(desk, type="erase_rater")
    assert "Erased: everything that Ann rated" in str(said(desk, type="confirm"))
    assert raters.attempts_of("Ann") == []
    told = said(other, type="rate", attempt=view["at"]["attempt"], performance=LEARN.performances[0].id, rule=LEARN.rules[0], value=1)
    assert "it was erased" in str(told) and "Learn to rate" in str(told)


def test_content_that_changed_meanwhile_ends_an_open_attempt_in_words_and_leaves_finished_ones(store: Store, library_of: Callable[..., Path]) -> None:
    path = library_of()
    old = Desk(path.parent.parent, store, {})
    view = begun(old, "learn")
    path.write_text(SET.replace("It is over.", "We are done.", 1), encoding="utf-8")
    told = said(Desk(path.parent.parent, store, {}), **view["at"])
    assert "have been changed since you began" in str(told) and "Not begun" in str(told)
    training = load_training(path.parent.parent).lessons[0].training
    raters = Raters(store)
    attempt = raters.begin("Ann", training)
    for talk in training.performances:
        attempt = raters.has_read(raters.finish_talk(rate_talk(raters, attempt, talk), talk.id), talk.id)
    path.write_text(SET.replace("It is over.", "Enough.", 1), encoding="utf-8")
    shown = said(Desk(path.parent.parent, store, {}), type="desk", screen="training", rater="Ann", attempt=attempt.id)
    assert "how close you are" in str(shown) and "We are done." not in str(shown)


def test_without_talks_to_rate_the_place_says_what_is_wrong(store: Store, library_of: Callable[..., Path]) -> None:
    path = library_of(SET.replace("rating: 3", "rating: 9", 1))
    told = str(said(Desk(path.parent.parent, store, {}), type="desk", screen="training"))
    assert "none that can be read" in told and "E215" in told
    (path.parent.parent / "playbook.yaml").write_text("x", encoding="utf-8")
    assert "The playbook cannot be read" in str(said(Desk(path.parent.parent, store, {}), type="desk", screen="training"))


# --- in the browser -------------------------------------------------------------------------------------------------

def _rate_in_browser(rater: Person, first: int, ratings: list[int]) -> None:
    for n, value in enumerate(ratings, start=first):
        rater.page.locator(".hn-rate").nth(n).locator(f'input[value="{value}"]').check()
        rater.page.wait_for_selector(f"text=Your ratings: {n + 1} of 8 rated")


@pytest.mark.browser
@pytest.mark.parametrize(("size", "scheme"), [("desktop", "light"), ("phone", "dark"), ("desktop", "dark"), ("phone", "light")])
def test_a_rater_trains_on_a_talk_reloads_in_the_middle_and_sees_where_they_differ(chromium: Any, room: Any, size: str, scheme: str) -> None:
    context = chromium.new_context(viewport=SIZES[size], color_scheme=scheme)
    rater = Person(context, room.desk_url).open()
    rater.sees("desk-people")
    rater.click("Training")
    rater.sees("desk-training")
    rater.is_clean()
    rater.page.get_by_label("Your name").fill(f"Ann, {size}, {scheme}")
    rater.click("Begin")
    rater.page.wait_for_selector("text=Learn first, then certify")
    rater.is_clean()
    rater.page.get_by_role("button", name="Begin: Learn to rate").click()
    rater.sees("desk-talk")
    _rate_in_browser(rater, 0, [5, 3, 2])
    rater.is_clean()
    rater.page.reload()
    rater.page.wait_for_selector("text=Your ratings: 3 of 8 rated", timeout=60_000)
    assert [rater.page.locator(".hn-rate").nth(n).locator("input:checked").get_attribute("value") for n in range(3)] == ["5", "3", "2"]
    rater.click("Done with this talk")
    rater.page.wait_for_selector("text=Still to rate")
    rater.is_clean()
    rater.page.locator(".hn-rate").nth(3).locator("input").first.focus()
    rater.page.keyboard.press("4")
    rater.page.wait_for_selector("text=Your ratings: 4 of 8 rated")
    assert rater.page.evaluate("document.activeElement.value") == "4", "the focus stays where one rates"
    _rate_in_browser(rater, 4, [1, 2, 5, 0])
    rater.click("Done with this talk")
    rater.page.wait_for_selector("text=Where you differ: 4 of 8 rules")
    rater.sees("desk-training")
    assert "You: 2 · Reference: 4" in rater.text() and "You differ about whether it was seen" in rater.text()
    rater.is_clean()
    rater.click("Next talk")
    rater.page.wait_for_selector("text=talk 2 of 5 · 0 of 8 rated")
    context.close()
