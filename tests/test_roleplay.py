"""Role-play: the score of ratings, what is kept, who sees what, and two raters in two browsers."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from conftest import Room, Wire
from hypothesis import given
from hypothesis import strategies as st
from pages import SIZES, Person

from kit.commands.serving import brief_page
from kit.desk.desk import Desk
from kit.library import Library
from kit.play.rate import NOT_SEEN, Rating, gaps, held, missing, rated_score, settled_at_once, to_work_on
from kit.room.acting import Acting
from kit.room.trainee import Trainee
from kit.store.roleplays import RolePlays
from kit.store.store import Erased, Store

SCRIPT = "the-best-payer"
VALUES = st.integers(NOT_SEEN, 5)


@pytest.fixture(scope="module")
def rules(library: Library) -> tuple[str, ...]:
    return next(s for s in library.ready if s.id == SCRIPT).roleplay.rules


def rated(rules: tuple[str, ...], *values: int) -> dict[str, Rating]:
    return {rule: Rating(rule, value, "Said so.") for rule, value in zip(rules, values, strict=True)}


# --- the score ---------------------------------------------------------------------------------------------------

def test_a_rating_counts_from_nothing_to_all_of_its_weight(library: Library, rules: tuple[str, ...]) -> None:
    for value, wanted in ((1, 0), (2, 25), (3, 50), (4, 75), (5, 100)):
        assert rated_score(rated(rules, *[value] * 8), rules, library.playbook).value == wanted


def test_weights_count_and_what_was_not_seen_does_not(library: Library, rules: tuple[str, ...]) -> None:
    weight = [library.playbook.rule[rule].weight for rule in rules]
    made = rated_score(rated(rules, 5, 1, 0, 1, 1, 1, 1, 1), rules, library.playbook)
    assert made.value == pytest.approx(100 * weight[0] / (sum(weight) - weight[2]))
    assert (made.seen, made.unseen) == (7, 1) and made.why == "1 of 8 rules not seen, and left out."


def test_with_more_than_a_third_not_seen_there_is_no_score(library: Library, rules: tuple[str, ...]) -> None:
    assert rated_score(rated(rules, 0, 0, 3, 3, 3, 3, 3, 3), rules, library.playbook).value == 50
    none = rated_score(rated(rules, 0, 0, 0, 3, 3, 3, 3, 3), rules, library.playbook)
    assert none.value is None and "more than a third" in none.why


def test_while_a_rule_is_not_rated_there_is_no_score(library: Library, rules: tuple[str, ...]) -> None:
    some = {rule: r for rule, r in rated(rules, *[4] * 8).items() if rule != rules[3]}
    assert rated_score(some, rules, library.playbook).value is None
    assert missing(some, rules, library.playbook) == [f"“{library.playbook.rule[rules[3]].title.rstrip('.')}” is not rated."]


@given(values=st.lists(VALUES, min_size=8, max_size=8), better=st.integers(0, 7))
def test_a_score_is_within_bounds_and_a_better_rating_never_lowers_it(library: Library, rules: tuple[str, ...], values: list[int], better: int) -> None:
    made = rated_score(rated(rules, *values), rules, library.playbook)
    assert made.value is None or 0 <= made.value <= 100
    if made.value is not None and 0 < values[better] < 5:
        more = [v + (n == better) for n, v in enumerate(values)]
        assert rated_score(rated(rules, *more), rules, library.playbook).value > made.value


def test_a_one_or_a_five_needs_a_line_of_evidence(library: Library, rules: tuple[str, ...]) -> None:
    bare = {rule: Rating(rule, value) for rule, value in zip(rules, (1, 2, 3, 4, 5, 0, 3, 3), strict=True)}
    owed = missing(bare, rules, library.playbook)
    assert len(owed) == 2 and "is rated 1: say what you saw or heard" in owed[0] and "rated 5" in owed[1]


def test_strengths_and_at_most_three_things_to_work_on_by_weight(library: Library, rules: tuple[str, ...]) -> None:
    ratings = rated(rules, 1, 2, 3, 3, 4, 5, 2, 1)
    assert {r.rule for r in held(ratings, library.playbook)} == {rules[4], rules[5]}
    scenario = next(s for s in library.ready if s.id == SCRIPT)
    todo = to_work_on(ratings, scenario, library.playbook)
    lost = [(5 - item.rating.value) * item.rule.weight for item in todo]
    assert len(todo) == 3 and lost == sorted(lost, reverse=True)
    assert all(any(words in o.text for s in scenario.scenes for o in s.parts) for item in todo for words in item.words)


def test_what_two_agree_on_is_settled_with_the_evidence_of_both(rules: tuple[str, ...]) -> None:
    first, second = rated(rules, *[3] * 8), {**rated(rules, *[3] * 8), rules[0]: Rating(rules[0], 4), rules[1]: Rating(rules[1], 3, "And this.")}
    agreed = settled_at_once(first, second)
    assert set(agreed) == set(rules) - {rules[0]} and agreed[rules[1]].evidence == "Said so. / And this."
    assert gaps(first, second) == {rule: int(rule == rules[0]) for rule in rules}


# --- at the desk --------------------------------------------------------------------------------------------------

class FakePage:
    """A browser that keeps what it is sent."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    def send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)


class Rater:
    """Somebody at a desk page of their own."""

    def __init__(self, store: Store) -> None:
        self.page = FakePage()
        self.desk = Desk(Path(__file__).parent.parent / "scenarios", store, {"name": "", "link": "http://room/join/ABCD"})

    def says(self, type_: str, **what: Any) -> dict[str, Any]:
        return self.desk.handle(self.page, {"type": type_, **what}) or self.desk.view()

    def sits(self, roleplay: str, seat: str, name: str) -> dict[str, Any]:
        self.says("desk", screen="roleplay", roleplay=roleplay)
        return self.says("sit", seat=seat, rater=name)

    def rates(self, rules: tuple[str, ...], *values: int, evidence: str = "Heard it.") -> None:
        for rule, value in zip(rules, values, strict=True):
            self.says("rate", rule=rule, value=value, evidence=evidence)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


@pytest.fixture
def roleplay(store: Store, library: Library) -> str:
    store.name_person("ann", "Ann")
    scenario = next(s for s in library.ready if s.id == SCRIPT)
    return RolePlays(store).set_up(scenario, library.playbook, trainee="ann", trainee_name="Ann", client_name="Ben")


def notices(view: dict[str, Any]) -> str:
    return " ".join(b["text"] for b in view["blocks"] if b["type"] == "notice")


def test_a_role_play_is_set_up_with_people_from_the_room_or_by_name(store: Store) -> None:
    store.name_person("ann", "Ann")
    mo = Rater(store)
    mo.says("desk", screen="roleplay")
    assert "Who is the trainee?" in notices(mo.says("set_up", scenario=SCRIPT, trainee="-", trainee_name=" ", client_name="Ben"))
    assert "not here any more" in notices(mo.says("set_up", scenario="no-such", trainee="ann"))
    mo.says("set_up", scenario=SCRIPT, trainee="ann", client_name="Ben")
    mo.says("desk", screen="roleplay")
    mo.says("set_up", scenario=SCRIPT, trainee="-", trainee_name="Zoe", client_name="")
    assert [(p.trainee, p.trainee_name, p.client_name) for p in RolePlays(store).all()] == [(None, "Zoe", "somebody"), ("ann", "Ann", "Ben")]


def test_every_rating_is_kept_at_once_and_there_after_a_restart(store: Store, roleplay: str, rules: tuple[str, ...]) -> None:
    mo = Rater(store)
    mo.sits(roleplay, "first", "Mo")
    mo.says("rate", rule=rules[0], value=2, evidence="Looked away.")
    mo.says("note", words="Long silence", kind="note")
    mo.says("red_line", rule="no-arguing", on=True)
    again = Rater(Store(store.path.parent)).says("desk", screen="roleplay", roleplay=roleplay, seat="first")
    block = next(b for b in again["blocks"] if b["type"] == "rate" and b["rule"] == rules[0])
    assert (block["value"], block["evidence"]) == (2, "Looked away.")
    assert "Long silence" in str(again) and [i["on"] for b in again["blocks"] if b["type"] == "ticks" for i in b["items"]].count(True) == 1


@pytest.mark.parametrize("bad", [{"rule": "no-such", "value": 3}, {"value": 6}, {"value": -1}, {"value": 2.5}, {"value": True}, {"value": "3"},
                                 {"value": 3, "evidence": 7}, {"value": 3, "evidence": "\ud800"}, {"rule": None, "value": 3}])
def test_a_forged_rating_is_refused_and_nothing_is_kept(store: Store, roleplay: str, rules: tuple[str, ...], bad: dict[str, Any]) -> None:
    mo = Rater(store)
    mo.sits(roleplay, "first", "Mo")
    assert "cannot be kept" in notices(mo.says("rate", **{"rule": rules[0], **bad}))
    assert RolePlays(store).get(roleplay).seats["first"].ratings == {}


def test_a_rater_is_not_done_while_something_is_missing_and_it_is_said_what(store: Store, roleplay: str, rules: tuple[str, ...]) -> None:
    mo = Rater(store)
    mo.sits(roleplay, "first", "Mo")
    mo.rates(rules[:7], 5, 3, 3, 3, 3, 3, 3, evidence="")
    told = notices(mo.says("rated"))
    assert "is rated 5: say what you saw" in told and "is not rated" in told
    mo.says("rate", rule=rules[7], value=0, evidence="")
    assert "is not rated" not in notices(mo.says("refresh"))
    mo.says("rate", rule=rules[0], value=5, evidence="One sentence, then silence.")
    assert "done, and kept" in notices(mo.says("rated"))


def test_the_second_rater_sees_nothing_of_the_first_until_both_are_done(store: Store, roleplay: str, rules: tuple[str, ...]) -> None:
    mo, lu = Rater(store), Rater(store)
    mo.sits(roleplay, "first", "Mo")
    mo.rates(rules, 1, 2, 3, 4, 5, 0, 2, 4, evidence="Only Mo has heard this.")
    mo.says("note", words="Only Mo wrote this", kind="quote")
    mo.says("red_line", rule="no-arguing", on=True)
    mo.says("rated")
    seen = lu.sits(roleplay, "second", "Lu")
    assert "Only Mo" not in str(seen) and all(b["value"] is None for b in seen["blocks"] if b["type"] == "rate")
    assert not any(item["on"] for b in seen["blocks"] if b["type"] == "ticks" for item in b["items"])
    assert "Only Mo" not in str(lu.says("desk", screen="roleplay", roleplay=roleplay))
    assert "Both raters have to be done" in notices(lu.says("settle", roleplay=roleplay))


def both_rate(store: Store, roleplay: str, rules: tuple[str, ...]) -> Rater:
    """Mo and Lu, who differ on the first rule and agree on the rest; the page that Mo is at."""
    mo, lu = Rater(store), Rater(store)
    for rater, seat, name, first in ((mo, "first", "Mo", 2), (lu, "second", "Lu", 4)):
        rater.sits(roleplay, seat, name)
        rater.rates(rules, first, 3, 5, 4, 4, 3, 0, 4)
        rater.says("red_line", rule="no-arguing", on=True)
        rater.says("rated")
    return mo


def test_two_ratings_are_settled_and_the_originals_stay(store: Store, roleplay: str, rules: tuple[str, ...]) -> None:
    mo = both_rate(store, roleplay, rules)
    assert RolePlays(store).get(roleplay).in_force is None, "two who are not agreed yet"
    side_by_side = mo.says("settle", roleplay=roleplay)
    assert [b["rule"] for b in side_by_side["blocks"] if b["type"] == "rate"] == [rules[0]]
    assert "is not rated" in notices(mo.says("rated"))
    mo.says("rate", rule=rules[0], value=3, evidence="We both saw it begin well.")
    debrief = mo.says("rated")
    kept = RolePlays(store).get(roleplay)
    assert kept.in_force.ratings[rules[0]].value == 3
    assert (kept.seats["first"].ratings[rules[0]].value, kept.seats["second"].ratings[rules[0]].value) == (2, 4)
    assert "A red line was crossed" in notices(debrief)
    labels = [b.get("label") or b.get("text") for b in debrief["blocks"]]
    assert labels.index("What held") < labels.index("To work on") < labels.index("The score"), "strengths first"


def test_a_done_rating_changes_only_with_a_reason_and_both_stay_on_record(store: Store, roleplay: str, rules: tuple[str, ...]) -> None:
    mo = both_rate(store, roleplay, rules)
    mo.says("desk", screen="roleplay", roleplay=roleplay, seat="first")
    assert "This rating is done" in notices(mo.says("rate", rule=rules[1], value=4, evidence=""))
    assert "Say why" in notices(mo.says("correct", rule=rules[1], value="4", evidence="", reason=" "))
    corrected = mo.says("correct", rule=rules[1], value="4", evidence="Heard it on the recording.", reason="I had missed the second half.")
    assert "I had missed the second half." in str(corrected)
    log = [(r["value"], r["reason"]) for r in RolePlays(store).get(roleplay).seats["first"].log if r["rule"] == rules[1]]
    assert log == [(3, ""), (4, "I had missed the second half.")]


def test_the_trainee_rates_themself_on_their_own_page_and_the_gap_is_shown_to_both(store: Store, library: Library, roleplay: str, rules: tuple[str, ...]) -> None:
    ann = Trainee("ann", library, store)
    home = ann.first_view()
    assert "Rate yourself" in str(home)
    page = FakePage()
    assert "your brief, for you alone" in str(ann.handle(page, {"type": "roleplay", "roleplay": roleplay, "show": "brief"}))
    ann.handle(page, {"type": "roleplay", "roleplay": roleplay, "show": "rate"})
    for rule in rules:
        ann.handle(page, {"type": "rate", "rule": rule, "value": 4, "evidence": ""})
    assert ann.handle(page, {"type": "rated"})["screen"] == "home"
    mo = Rater(store)
    mo.sits(roleplay, "first", "Mo")
    mo.rates(rules, 2, *[4] * 7)
    mo.says("rated")
    for shown in (mo.says("desk", screen="roleplay", roleplay=roleplay, show="debrief"), ann.handle(page, {"type": "roleplay", "roleplay": roleplay, "show": "debrief"})):
        assert "Ann rated themself higher" in str(shown)


def test_nobody_opens_the_role_play_of_somebody_else_or_sits_in_another_seat(store: Store, library: Library, roleplay: str, rules: tuple[str, ...]) -> None:
    store.name_person("eve", "Eve")
    eve, page = Trainee("eve", library, store), FakePage()
    eve.first_view()
    for show in ("brief", "rate", "debrief"):
        assert "not kept here" in notices(eve.handle(page, {"type": "roleplay", "roleplay": roleplay, "show": show}))
    ann = Trainee("ann", library, store)
    ann.first_view()
    ann.handle(page, {"type": "roleplay", "roleplay": roleplay, "show": "rate"})
    for message in ({"type": "sit", "seat": "first", "rater": "Ann"}, {"type": "settle", "roleplay": roleplay}, {"type": "remove_roleplay"}, {"type": "save_brief", "who": "client"}):
        assert ann.handle(page, message) is None
    assert set(RolePlays(store).get(roleplay).seats) == {"self"} and page.sent == []


def test_each_player_reads_only_their_own_brief_by_its_code(store: Store, roleplay: str) -> None:
    kept = RolePlays(store).get(roleplay)
    for code, mine, other in ((kept.trainee_code, kept.script.trainee, kept.script.beats[0]), (kept.client_code, kept.script.beats[0], kept.script.trainee)):
        page = brief_page(store, code)
        assert _start(mine) in page and _start(other) not in page
    assert brief_page(store, "NOSUCHCODE12") is None


def _start(words: str) -> str:
    return " ".join(words.split()[:4])


def test_who_is_erased_takes_their_role_plays_along_and_the_rater_is_told(store: Store, roleplay: str, rules: tuple[str, ...]) -> None:
    mo = Rater(store)
    mo.sits(roleplay, "first", "Mo")
    mo.says("rate", rule=rules[0], value=1, evidence="A sentence about Ann.")
    store.erase_person("ann")
    told = mo.says("rate", rule=rules[1], value=3, evidence="")
    assert "was erased" in str(told)
    assert b"A sentence about Ann" not in store.path.read_bytes()
    with pytest.raises(Erased):
        RolePlays(store).get(roleplay)


def test_a_rule_that_the_playbook_no_longer_has_changes_nothing_for_a_role_play_that_was_set_up(store: Store, roleplay: str, library: Library, tmp_path: Path) -> None:
    mo = Rater(store)
    mo.desk = Desk(tmp_path / "another-library", store, {"name": ""})
    assert len([b for b in mo.sits(roleplay, "first", "Mo")["blocks"] if b["type"] == "rate"]) == 8


def test_comments_are_kept_to_use_again_at_their_rule(store: Store, library: Library, roleplay: str, rules: tuple[str, ...]) -> None:
    mo = Rater(store)
    mo.sits(roleplay, "first", "Mo")
    mo.says("keep_comment", words="Named the date in the first sentence.", rule=rules[0])
    mo.says("keep_comment", words="Named the date in the first sentence.", rule=rules[0])
    mo.says("keep_comment", words="Nowhere", rule="no-such")
    offered = {b["rule"]: b["comments"] for b in mo.says("refresh")["blocks"] if b["type"] == "rate"}
    assert offered[rules[0]] == ["Named the date in the first sentence."] and offered[rules[1]] == []
    own = Acting("ann", store, Path("scenarios"), lambda _m: None)
    own.open({"roleplay": roleplay, "show": "rate"})
    assert "Named the date" not in str(own.view()), "raters' words are not for the page of the trainee"


def test_the_clock_knows_its_phases_and_a_note_the_time(store: Store, roleplay: str) -> None:
    mo = Rater(store)
    mo.sits(roleplay, "first", "Mo")
    for phase in (99, -1, "0", True, 1.0):
        mo.says("phase", phase=phase)
    assert RolePlays(store).get(roleplay).phase is None
    mo.says("phase", phase=1)
    mo.says("note", words="Thanked her", kind="quote")
    note = RolePlays(store).get(roleplay).notes[0]
    assert note.phase == 1 and 0 <= note.seconds < 5
    mo.says("strike", note=note.id)
    assert RolePlays(store).get(roleplay).notes == ()


def test_two_raters_who_save_at_once_lose_nothing(store: Store, roleplay: str, rules: tuple[str, ...]) -> None:
    raters = [(Rater(Store(store.path.parent)), seat) for seat in ("first", "second", "self")]
    for rater, seat in raters:
        rater.sits(roleplay, seat, seat.title())
    with ThreadPoolExecutor(len(raters)) as hands:
        for done in [hands.submit(rater.rates, rules, *range(1, 6), 0, 1, 2) for rater, _ in raters]:
            done.result()
    kept = RolePlays(store).get(roleplay)
    assert {seat: [kept.seats[seat].ratings[rule].value for rule in rules] for _, seat in raters} == {seat: [1, 2, 3, 4, 5, 0, 1, 2] for _, seat in raters}


# --- in the browser -------------------------------------------------------------------------------------------------

def rate_all(page: Any, values: list[int], *, start: int = 0) -> None:
    for n, value in enumerate(values, start=start):
        box = page.locator(".hn-rate").nth(n)
        box.locator(f"input[value='{value}']").check()
        box.locator("textarea").fill(f"Line {n}")


@pytest.mark.browser
def test_two_raters_rate_on_two_pages_one_loses_the_line_and_the_debrief_prints(chromium: Any, room: Room) -> None:
    desk_port = int(room.desk_url.split(":")[2].split("/")[0])
    wire = Wire(desk_port)
    mo = Person(chromium.new_context(viewport=SIZES["phone"], color_scheme="dark", accept_downloads=True), room.desk_url.replace(str(desk_port), str(wire.port))).open()
    mo.click("Role-play")
    mo.page.get_by_label("Script").select_option(SCRIPT)
    mo.page.get_by_label("Who is the trainee?").select_option("-")
    mo.page.get_by_label("The trainee's name").fill("Zoe")
    mo.page.get_by_label("Who plays the client?").fill("Ben")
    mo.click("Set it up")
    mo.page.wait_for_selector("text=Briefs")
    mo.is_clean()
    mo.click("Start")
    mo.page.wait_for_selector(".hn-clock-face:has-text('left')")
    take_seat(mo, "First rater", "Mo")
    mo.is_clean()
    rate_all(mo.page, [2, 3, 4])
    mo.page.wait_for_selector("text=3 of 8 rated")
    mo.page.wait_for_timeout(600)   # what was typed is on its way
    wire.pull_out()
    mo.page.wait_for_selector("#lost", state="visible", timeout=20_000)
    rate_all(mo.page, [5, 4], start=3)   # goes on without a connection
    mo.page.wait_for_timeout(600)
    wire.plug_in()
    mo.page.wait_for_selector("text=5 of 8 rated", timeout=40_000)
    mo.page.reload()
    mo.page.wait_for_selector("text=5 of 8 rated", timeout=60_000)
    assert mo.page.locator(".hn-rate").nth(4).locator("textarea").input_value() == "Line 4"
    mo.page.locator(".hn-rate").nth(5).locator("input[value='1']").focus()
    mo.page.keyboard.press("4")   # by keys
    mo.page.wait_for_selector("text=6 of 8 rated")
    rate_all(mo.page, [3, 0], start=6)
    mo.page.wait_for_selector("text=8 of 8 rated")
    mo.click("Done: this is my rating")
    mo.page.wait_for_selector("text=done, and kept")

    lu = Person(chromium.new_context(viewport=SIZES["desktop"], accept_downloads=True), room.desk_url).open()
    lu.click("Role-play")
    lu.page.get_by_role("button", name="Open: The best payer").first.click()
    take_seat(lu, "Second rater", "Lu")
    assert lu.page.locator(".hn-rate input:checked").count() == 0
    rate_all(lu.page, [2, 3, 4, 5, 4, 4, 3, 3])
    lu.page.wait_for_selector("text=8 of 8 rated")
    lu.is_clean()
    lu.click("Done: this is my rating")
    lu.click("Settle the two ratings")
    lu.page.wait_for_selector("text=You agree on 7 of 8 rules")
    lu.is_clean()
    rate_all(lu.page, [3])
    lu.click("Settled")
    lu.page.wait_for_selector("text=What held")
    lu.is_clean()
    with lu.page.expect_download() as got:
        lu.click("Save as a page")
    saved = Path(got.value.path()).read_text(encoding="utf-8")
    assert got.value.suggested_filename == f"{SCRIPT}-debrief.html" and "What held" in saved and "rated by Mo and Lu, settled" in saved
    lu.page.emulate_media(media="print")
    assert lu.page.locator("text=What held").is_visible() and not lu.page.get_by_role("button", name="Settle").is_visible()
    for person in (mo, lu):
        person.context.close()
    wire.close()


def take_seat(person: Person, seat: str, name: str) -> None:
    form = person.page.locator("details", has_text=f"Rate as: {seat.lower()}")
    form.locator("summary").click()
    form.get_by_label("Your name").fill(name)
    form.get_by_role("button", name="Rate", exact=True).click()
    person.page.wait_for_selector(".hn-rate")


@pytest.mark.browser
@pytest.mark.parametrize(("size", "scheme"), [("desktop", "dark"), ("phone", "light")])
def test_the_list_the_rubric_a_brief_and_the_agreement_page_are_accessible(chromium: Any, tmp_path: Path, library: Library, rules: tuple[str, ...], size: str, scheme: str) -> None:
    served = Room(tmp_path)
    store = Store(tmp_path)
    scenario = next(s for s in library.ready if s.id == SCRIPT)
    roleplay = RolePlays(store).set_up(scenario, library.playbook, trainee=None, trainee_name="Zoe", client_name="Ben")
    both_rate(store, roleplay, rules)
    served.start()
    try:
        mo = Person(chromium.new_context(viewport=SIZES[size], color_scheme=scheme), served.desk_url).open()
        mo.click("Role-play")
        mo.page.wait_for_selector("text=Set up a role-play")
        mo.is_clean()
        mo.click("How raters agree")
        mo.page.wait_for_selector("text=Quadratic kappa")
        mo.page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
        mo.is_clean()
        mo.click("All role-plays")
        mo.page.wait_for_selector("text=Set up a role-play")
        mo.page.get_by_role("button", name="Open: The best payer").click()
        mo.page.wait_for_selector("text=Read or print the rubric")
        mo.click("Read or print the rubric")
        mo.page.wait_for_selector(".hn-rate")
        mo.is_clean()
        brief = Person(mo.context, f"{served.address}brief/{RolePlays(store).get(roleplay).client_code}")
        brief.page = mo.context.new_page()
        brief.page.goto(brief.url)
        assert "your brief, for you alone" in brief.page.inner_text("main")
        brief.is_clean()
        mo.context.close()
    finally:
        served.stop()
