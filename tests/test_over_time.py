"""A person's page over time: what counts, what is said of how little, what to practise next, and that a form under way stays untold."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import Room, Wire
from hypothesis import given
from pages import SIZES, WCAG, Person
from worlds import option, playbook, played, runs, scenario, scene, steady

from kit.content.playbook import Form, Playbook
from kit.content.scenario import Scenario
from kit.library import Library
from kit.play.answer import best_answer
from kit.play.figures import random_answer
from kit.play.form import first_form
from kit.play.over_time import competency_share, next_up, profile, rule_share
from kit.play.run import Run, pick
from kit.play.score import RuleCount, effective_n, score
from kit.room.trainee import Trainee
from kit.stats.intervals import wilson
from kit.store.store import Store
from kit.ui import over_time_views
from kit.ui.views import Played

BOOK = playbook({"a": 3, "b": 1, "c": 1, "d": 2, "red": 1}, red=("red",))   # a, c and red are of one competency, b and d of the other


def case(name: str, *kept: str, broken: str = "", **more: Any) -> Scenario:
    """A scenario with a scene for each text of rules that its best option keeps; the other option may break some."""
    return scenario(*(scene(f"s{n}", options=[option(f"best{n}", keeps), option(f"poor{n}", breaks=broken)]) for n, keeps in enumerate(kept)), name=name, **more)


def run_of(it: Scenario, right: str = "", *, book: Playbook = BOOK) -> Run:
    """The scenario played with the best option where `right` has a 1, and the other one elsewhere."""
    return played(Run(it, book), *((f"{'best' if letter == '1' else 'poor'}{n}",) for n, letter in enumerate(right)))


def shown(*made: Run, ready: tuple[Scenario, ...] = (), book: Playbook = BOOK, **more: Any) -> dict[str, Any]:
    """The page of somebody who played these, in this order, a day each."""
    seen: set[str] = set()
    kept = []
    for n, run in enumerate(made, start=1):
        is_first = run.is_over and run.scenario.id not in seen
        seen |= {run.scenario.id} if run.is_over else set()
        kept.append(Played(f"run-{n}", run, "practice", f"2026-03-{n:02}T10:20:30.000Z", is_first))
    return over_time_views.progress(kept, book, ready, **more)


def every(view: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """All blocks of a kind, those inside cards and details too."""
    todo, found = list(view["blocks"]), []
    while todo:
        block = todo.pop(0)
        found += [block] if block["type"] == kind else []
        todo = [*block.get("blocks", []), *todo]
    return found


def buttons(view: dict[str, Any]) -> list[dict[str, Any]]:
    listed = [item for block in every(view, "actions") for item in block["items"]]
    return listed + [item for block in every(view, "entries") for entry in block["items"] for item in entry["actions"]]


def to_play(view: dict[str, Any]) -> list[str]:
    return [item["send"]["scenario"] for item in buttons(view) if item["send"]["type"] == "play"]


def bars(view: dict[str, Any], caption: str) -> dict[str, tuple[float | None, str]]:
    found = next(block for block in every(view, "bars") if block["caption"].startswith(caption))
    return {item["label"]: (item["share"], item["text"]) for item in found["items"]}


# --- what became of every occasion --------------------------------------------------------------------------------

@steady
@given(runs())
def test_the_profile_of_one_run_is_that_of_its_result(run: Run) -> None:
    made, alone = profile([run], run.playbook), score(run)
    assert (made.rules, made.competencies) == (alone.rules, alone.competencies)


def test_occasions_of_several_runs_are_added_up() -> None:
    made = profile([run_of(case("one", "a", "a b"), "10"), run_of(case("two", "a", broken="red"), "0")], BOOK)
    assert {c.rule: (c.kept, c.missed, c.broken) for c in made.rules} == {"a": (1, 2, 0), "b": (0, 1, 0), "red": (0, 0, 1)}
    assert made.runs == 2


def test_a_rule_that_the_playbook_no_longer_has_is_left_out() -> None:
    made = profile([run_of(case("one", "a", "d"), "11")], playbook({"a": 3, "b": 1}))
    assert [count.rule for count in made.rules] == ["a"]


@pytest.mark.parametrize("times", [1, 2, 3, 8])
def test_below_three_occasions_there_is_no_share_and_from_three_on_one_with_its_interval(times: int) -> None:
    made = profile([run_of(case("one", *["a"] * times), "1" * (times - 1) + "0")], BOOK)
    figure, whole = rule_share(made.rules[0]), competency_share(made.competencies[0], made, BOOK)
    if times < 3:
        assert figure.share is figure.low is figure.high is whole.share is None and figure.n == whole.n == times
    else:
        assert (figure.low, figure.high) == wilson((times - 1) / times, times) and figure.low < figure.share < figure.high
        assert (whole.share, whole.low, whole.high) == pytest.approx((figure.share, figure.low, figure.high))


def test_a_share_keeps_its_interval_however_many_occasions_there_are() -> None:
    figure = rule_share(RuleCount("a", 80, 0, 20))
    assert figure.share == 0.8 and figure.low < 0.8 < figure.high


def test_a_competency_goes_by_weight_and_unequal_weights_are_less_sure() -> None:
    made = profile([run_of(case("one", "a", "c", "c"), "100")], BOOK)   # a weighs 3 and was kept, c weighs 1 and was missed twice
    figure = competency_share(made.competencies[0], made, BOOK)
    assert figure.share == pytest.approx(3 / 5)
    assert (figure.low, figure.high) == wilson(3 / 5, effective_n([3, 1, 1])) != wilson(3 / 5, 3)


# --- what to practise next ------------------------------------------------------------------------------------------

def test_at_most_three_rules_are_named_the_dearest_first() -> None:
    made = profile([run_of(case("one", "a", "b", "c", "d"), "0000")], BOOK)
    assert [item.rule.id for item in next_up(made, BOOK, (), ())] == ["a", "d", "b"]
    assert next_up(profile([run_of(case("one", "a"), "1")], BOOK), BOOK, (), ()) == []


def test_practice_is_found_in_what_is_not_finished_and_not_kept_for_forms() -> None:
    book = BOOK.model_copy(update={"forms": Form(a=("of-a-form",), b=("of-another",))})
    ready = tuple(case(name, "a", level=level) for name, level in (("hard", 3), ("easy", 1), ("done", 1), ("of-a-form", 1))) + (case("other-rule", "b"),)
    made = profile([run_of(ready[2], "0")], book)
    [item] = next_up(made, book, ready, {"done"})
    assert [s.id for s in item.scenarios] == ["easy", "hard"] and not item.is_played_out
    assert next_up(made, book, ready, {"done", "easy", "hard"})[0].is_played_out
    [nowhere] = next_up(made, book, ready[3:], {"done"})
    assert nowhere.scenarios == () and not nowhere.is_played_out


@pytest.mark.parametrize(("kept", "broken", "missed", "words"), [
    (1, 0, 3, "Missed 3 of 4 times."), (0, 2, 0, "Broken 2 of 2 times."), (1, 1, 2, "Missed 2 and broken 1 of 4 times."),
    (0, 0, 1, "Missed the one time it came up."), (0, 1, 0, "Broken the one time it came up.")])
def test_it_is_said_why_a_rule_is_to_practise(kept: int, broken: int, missed: int, words: str) -> None:
    assert over_time_views.why(RuleCount("a", kept, broken, missed)) == words


def test_buttons_start_what_practises_a_rule_and_go_on_with_what_is_begun() -> None:
    ready = tuple(case(f"case-{n}", "a") for n in range(6))
    view = shown(run_of(ready[0], "0"), run_of(ready[2]), ready=ready)
    assert to_play(view) == ["case-1", "case-3"] and "Missed the one time it came up. a-do" in str(view)
    assert [item["send"]["run"] for item in buttons(view) if item["label"] == "Go on with “title-case-2”"] == ["run-2"]
    assert "On the list, 2 more practise it." in str(view)
    assert all(item["send"]["mode"] == "practice" and item["about"] == "a-title" for item in buttons(view) if item["send"]["type"] == "play")


def test_when_everything_has_been_played_it_is_said_kindly_and_once() -> None:
    ready = (case("one", "a", "b"), case("two", "b"))
    whole = shown(run_of(ready[0], "00"), run_of(ready[1], "1"), ready=ready)
    assert str(whole).count("You have played every scenario") == 1 and to_play(whole) == []
    assert "Missed the one time it came up." in str(whole), "what to practise is still said"
    part = shown(run_of(ready[0], "00"), ready=ready)
    assert str(part).count(over_time_views.PLAYED_OUT) == 1 and to_play(part) == ["two"]


def test_when_every_rule_was_kept_there_is_nothing_to_mend() -> None:
    view = shown(run_of(case("one", "a"), "1"), ready=(case("two", "b"),))
    assert over_time_views.ALL_KEPT in str(view) and to_play(view) == []


# --- what the page shows ----------------------------------------------------------------------------------------------

def test_runs_stand_latest_first_with_score_margin_ending_and_whether_they_count() -> None:
    one = case("one", *["a"] * 6)
    [entries] = every(shown(run_of(one, "111110"), run_of(one, "111111")), "entries")
    later, first = entries["items"]
    assert first["facts"] == "2026-03-01 10:20 UTC · practice · first run, it counts" and later["facts"].endswith("played again, does not count")
    assert first["state"] == "83 of 100, could be 50 to 96: near the pass mark of 75" and first["text"] == "How it ended: ending-title"
    assert [item["actions"][0]["send"] for item in (later, first)] == [{"type": "result", "run": "run-2"}, {"type": "result", "run": "run-1"}]


def test_a_red_line_is_said_before_the_score() -> None:
    [entries] = every(shown(run_of(case("one", "a", "b", broken="red"), "10")), "entries")
    assert entries["items"][0]["state"].startswith("A red line was crossed.")


def test_a_run_in_progress_can_be_gone_on_with_and_has_no_score() -> None:
    [entries] = every(shown(run_of(case("one", "a", "b"), "1")), "entries")
    [item] = entries["items"]
    assert item["state"] == "In progress: scene 2" and item["actions"][0]["send"] == {"type": "resume", "run": "run-1"}


def test_only_first_runs_are_counted_and_counts_stand_beside_every_bar() -> None:
    one = case("one", "a", "a", "c", "b")
    view = shown(run_of(one, "1001"), run_of(one, "0000"))
    assert "your first run of the one scenario you finished" in str(view) and "3 of the playbook's 5 rules came up" in str(view)
    whole = bars(view, "By competency")
    assert whole["skill-title-1"] == (None, "kept 1, missed 0, broken 0")
    share, words = whole["skill-title-0"]
    assert share == pytest.approx(3 / 7) and words.startswith("kept 1, missed 2, broken 0 · 43 % (") and words.endswith(") of 3")
    assert bars(view, "skill-title-0, rule by rule") == {"a-title": (None, "kept 1, missed 1, broken 0"), "c-title": (None, "kept 0, missed 1, broken 0")}
    assert [block["summary"] for block in every(view, "details")] == ["skill-title-0: rule by rule", "skill-title-1: rule by rule"]
    assert over_time_views.HOW_COUNTED in str(view)


def test_before_anything_is_finished_the_page_says_so_in_words() -> None:
    assert over_time_views.NOTHING_YET in str(shown()) and every(shown(), "bars") == []
    own_words = scenario(scene("s", "write", rules=["a"], model="Say so."), name="words")
    view = shown(played(Run(own_words, BOOK), ("Well.",)), ready=(own_words,))
    assert every(view, "bars") == [] and over_time_views.ALL_KEPT not in str(view), "nothing came up, so nothing is praised"


# --- at the page --------------------------------------------------------------------------------------------------------

A, B = ("the-new-desk", "the-best-payer"), ("the-rates-letter", "two-roads")


def answer_to(run: Run, dice: Random | None) -> Any:
    """The best answer, or with dice any other."""
    best = best_answer(run.scene, run.playbook)
    if dice is None or run.scene.ask == "write":
        return best
    while (other := random_answer(run.scene, dice)) == best:
        pass
    return other


class Somebody:
    """A trainee at a page, by messages."""

    def __init__(self, library: Library, folder: Path, person: str = "ann") -> None:
        self.at = Trainee(person, library, Store(folder))
        self.at.first_view()
        self.says("name", name="Ann")

    def says(self, type_: str, **what: Any) -> dict[str, Any]:
        return self.at.handle(None, {"type": type_, **what}) or self.at.view()

    def sees(self, screen: str) -> dict[str, Any]:
        return self.says("open", screen=screen)

    def plays(self, name: str, *, library: Library, dice: Random | None = None, mode: str = "practice", scenes: int = 99) -> Run:
        """Straight into the store, as if played and read: the best way, or badly by these dice."""
        it = next(s for s in library.ready if s.id == name)
        stored = self.at.store.start_run(self.at.person, it, library.playbook, mode=mode)
        while stored.run.scene and len(stored.run.picks) < scenes:
            stored = self.at.store.add_pick(stored, pick(stored.run, answer_to(stored.run, dice)), sure=3 if mode.startswith("form") else None)
            stored = self.at.store.has_read(stored, len(stored.run.picks))
        return stored.run


@pytest.fixture
def formed(library: Library) -> Library:
    """The shipped library with two forms of known scenarios."""
    return replace(library, playbook=library.playbook.model_copy(update={"forms": Form(a=A, b=B)}), folder=None)


@pytest.fixture
def ann(formed: Library, tmp_path: Path) -> Somebody:
    """Somebody who takes form A first."""
    return Somebody(formed, tmp_path, next(name for name in ("p1", "p2", "p3", "p4", "p5") if first_form(name) == "a"))


@pytest.fixture
def dice() -> Random:
    return Random(7)


def is_offered(view: dict[str, Any]) -> bool:
    return {"type": "open", "screen": "progress"} in [item["send"] for item in buttons(view)]


def test_the_list_leads_to_it_once_a_run_is_finished(ann: Somebody, formed: Library, dice: Random) -> None:
    ann.plays("the-eleventh-round", library=formed, dice=dice, scenes=2)
    assert not is_offered(ann.sees("home"))
    ann.plays("the-eleventh-round", library=formed, dice=dice)
    assert is_offered(ann.sees("home"))
    assert ann.sees("progress")["screen"] == "progress"


@pytest.mark.parametrize("forged", ["history", "Progress", ["progress"], {"screen": "progress"}, None, 1, "progress\n"])
def test_a_forged_screen_opens_nothing(ann: Somebody, forged: object) -> None:
    assert ann.says("open", screen=forged)["screen"] == "home"


def test_from_there_a_result_is_opened_and_practice_is_started(ann: Somebody, formed: Library, dice: Random) -> None:
    ann.plays("the-eleventh-round", library=formed, dice=dice)
    view = ann.sees("progress")
    start = next(item for item in buttons(view) if item["send"]["type"] == "play")
    see = next(item for item in buttons(view) if item["label"] == "See the result")
    assert ann.at.handle(None, see["send"])["screen"] == "result"
    ann.sees("progress")
    ann.says("mode", mode="assessment")
    begun = ann.at.handle(None, start["send"])
    assert begun["screen"] == "scene" and ann.at.run.mode == "practice" and ann.at.run.run.scenario.id == start["send"]["scenario"]


def test_somebody_elses_runs_are_not_on_it(ann: Somebody, formed: Library, dice: Random) -> None:
    other = Somebody(formed, ann.at.store.path.parent, "bob")
    other.plays("the-eleventh-round", library=formed, dice=dice)
    assert over_time_views.NOTHING_YET in str(ann.sees("progress"))


def test_whoever_comes_back_is_taken_there_again_by_their_tab_and_not_into_an_old_run(ann: Somebody, formed: Library, dice: Random) -> None:
    ann.plays("the-eleventh-round", library=formed, dice=dice)
    see = next(item for item in buttons(ann.sees("progress")) if item["label"] == "See the result")
    ann.at.handle(None, see["send"])
    left = ann.sees("progress")["at"]
    again = Trainee(ann.at.person, formed, Store(ann.at.store.path.parent))
    first = again.first_view()
    assert first["screen"] == "home" and first["at"], "the browser sends what it left only where it may"
    assert again.handle(None, left)["screen"] == "progress"


def test_a_scenario_played_again_changes_no_count(ann: Somebody, formed: Library, dice: Random) -> None:
    ann.plays("the-eleventh-round", library=formed, dice=dice)
    before = every(ann.sees("progress"), "bars")
    ann.plays("the-eleventh-round", library=formed)
    view = ann.sees("progress")
    assert every(view, "bars") == before and "played again, does not count" in str(view)


def test_a_form_under_way_tells_nothing_until_it_is_finished(ann: Somebody, formed: Library, dice: Random) -> None:
    ann.plays("the-eleventh-round", library=formed, dice=dice)
    before = ann.sees("progress")
    ann.plays(A[0], library=formed, dice=dice, mode="form a")
    during = ann.sees("progress")
    assert over_time_views.FORM_UNDER_WAY in str(during)
    rest = [block for block in during["blocks"] if block.get("text") != over_time_views.FORM_UNDER_WAY]
    assert rest == before["blocks"], "nothing on it has moved"
    ann.plays(A[1], library=formed, dice=dice, mode="form a")
    after = ann.sees("progress")
    assert over_time_views.FORM_UNDER_WAY not in str(after) and "self-assessment, form a" in str(after)
    assert every(after, "bars") != every(before, "bars")


def test_no_button_leads_to_what_is_kept_for_the_forms(ann: Somebody, formed: Library, dice: Random) -> None:
    open_ = [s for s in formed.ready if s.id not in A + B]
    assert any(s.can_keep & t.can_keep for s in open_ for t in formed.ready if t.id in A + B), "there would be one to lead to"
    for it in open_:
        ann.plays(it.id, library=formed, dice=dice)
        offered = to_play(ann.sees("progress"))
        see = next(item["send"] for item in buttons(ann.at.view()) if item["label"] == "See the result")
        offered += to_play(ann.at.handle(None, see))
        assert not set(offered) & {*A, *B}
    assert over_time_views.ALL_PLAYED in str(ann.sees("progress"))


# --- in a real browser ------------------------------------------------------------------------------------------------------

@pytest.fixture
def wire(room: Room) -> Iterator[Wire]:
    made = Wire(room.port)
    yield made
    made.close()


@pytest.mark.browser
@pytest.mark.parametrize(("size", "scheme"), [("desktop", "light"), ("phone", "dark")])
def test_two_scenarios_later_the_page_is_accessible_survives_a_refresh_and_starts_practice(chromium: Any, room: Room, wire: Wire, size: str, scheme: str) -> None:
    context = chromium.new_context(viewport=SIZES[size], color_scheme=scheme, has_touch=size == "phone")
    ann = Person(context, f"http://127.0.0.1:{wire.port}/join/{room.code}").open()
    ann.come_in("Ann")
    assert ann.page.get_by_role("button", name="Your progress").count() == 0
    for title in ("The new desk", "The rates letter"):
        ann.play(title)
        while ann.screen == "scene":
            ann.answer()
            ann.go_on()
        ann.click("Back to the scenarios")
        ann.sees("home")
    ann.click("Your progress")
    ann.sees("progress")
    assert ann.page.evaluate("document.activeElement.textContent") == "Your progress", "whoever listens is taken to the heading"
    ann.tab_to("details summary")
    ann.page.keyboard.press("Enter")
    assert ann.page.locator("details[open] table.hn-bars").count() == 1
    ann.page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    ann.is_clean()
    before = ann.page.locator(".hn-screen").text_content()
    ann.page.reload()
    ann.sees("progress")
    assert ann.page.locator(".hn-screen").text_content() == before

    wire.pull_out()
    ann.page.wait_for_selector("#lost", state="visible", timeout=20_000)
    assert ann.page.locator(".hn-screen").text_content() == before, "what was there can still be read"
    assert Axe().run(ann.page, options=WCAG).response["violations"] == []
    wire.plug_in()
    ann.page.wait_for_selector("#lost", state="hidden", timeout=40_000)

    practise = ann.page.get_by_role("button", name="Practise it in").first
    title = practise.inner_text().removeprefix("Practise it in “").removesuffix("”")
    practise.click()
    ann.sees("scene")
    assert ann.page.locator(".hn-screen h2").first.inner_text() == title
    ann.page.reload()
    ann.sees("scene")
    context.close()
