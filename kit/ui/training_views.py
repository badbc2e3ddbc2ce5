"""Rater training as views: pure functions of an attempt and what it is compared with. While somebody certifies, no reference is shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from textwrap import wrap
from typing import Any, Protocol

from kit.content.playbook import Playbook
from kit.content.scenario import Scenario
from kit.content.training import NOT_SEEN, Performance, TrainingSet
from kit.play.compare import Comparison, Group, Pair, figures_in_words, halo_in_words, points, seeing_in_words, severity_in_words
from kit.stats.raters import Halo
from kit.ui import blocks as b
from kit.ui.desk_views import desk_page

View = dict[str, Any]
MOST_NAME = 60
_PLACE = {"type": "desk", "screen": "training"}


class Tried(Protocol):
    """An attempt as kept (store/training.py has it)."""

    id: str
    rater: str
    number: int
    training: TrainingSet
    training_hash: str
    finished_at: str | None
    done: tuple[str, ...]
    given: dict[tuple[str, str], int]


@dataclass(frozen=True)
class Course:
    """A set to rate: what it certifies for, if it does, and how far the rater is."""

    training: TrainingSet
    scenario: Scenario
    certifies: bool
    at_talk: int | None     # the talk that is open, from 1; None: no attempt is open
    finished: int           # how many attempts are


# --- coming in ----------------------------------------------------------------------------------------------

def start(room: str, known: Sequence[str], trouble: str = "") -> View:
    """Asks who trains."""
    again = [b.text("Trained here before? Go on under the same name:"),
             b.actions([b.action(name, {"type": "train_as", "name": name}) for name in known])] if known else []
    return desk_page(room, "Training", "training start", [
        b.text("Two people who rate the same talk should come to the same result. Here you rate written talks, rule by rule, see where you "
               "differ from a reference and why, and certify when you are close enough."),
        *([b.notice(trouble, tone="bad")] if trouble else []),
        b.form([b.field("name", "Your name", hint="It stands on your certificate, and brings you back to your ratings.", most=MOST_NAME)],
               button="Begin", send={"type": "train_as"}),
        *again,
    ], at=_PLACE)


def unreadable(room: str, findings: Sequence[str]) -> View:
    """When there is nothing to train on."""
    return desk_page(room, "Training", "training none", [
        b.notice("There are no talks to rate: the folder `training` beside the scenarios has none that can be read.", tone="bad"),
        *([b.bullets(list(findings))] if findings else [])], at=_PLACE)


def overview(room: str, rater: str, courses: Sequence[Course], past: Sequence[tuple[Tried, Comparison]], *, findings: Sequence[str] = (), told: str = "") -> View:
    """What there is to rate, and the rater's finished attempts."""
    advised = any(c.finished for c in courses if not c.certifies)   # to certify, once something has been learnt
    return desk_page(room, "Training", f"training {rater}", [
        *([b.notice(told, tone="info")] if told else []),
        b.text(f"You are training as {rater}. Learn first, then certify: that is advised, and not enforced."),
        b.entries("What there is to rate", [_course(c, primary=c.certifies == advised) for c in sorted(courses, key=lambda c: c.certifies)]),
        *([b.notice("Some talks cannot be read: " + " ".join(findings), tone="bad")] if findings else []),
        *([_past(past)] if past else []),
        b.actions([b.action("Somebody else trains", {"type": "stand_up"}), *([b.action("Erase my ratings", {"type": "erase_rater"})] if past or any(c.at_talk for c in courses) else [])]),
    ], at={**_PLACE, "rater": rater})


def _course(course: Course, *, primary: bool) -> b.Block:
    words = ("Nothing is shown before all five are rated; then the figures, bar by bar." if course.certifies
             else "After each talk you see the reference, and the reasons for it.")
    state = f"Talk {course.at_talk} of {len(course.training.performances)} is open" if course.at_talk else "Not begun" if not course.finished else (
        f"Finished {'once' if course.finished == 1 else f'{course.finished} times'}")
    button = f"Go on with talk {course.at_talk}" if course.at_talk else "Begin" if not course.finished else "Try again"
    return b.entry(course.training.title, facts=_facts(course), words=words, state=state,
                   does=[b.action(button, {"type": "train", "training": course.training.id}, primary=primary, about=course.training.title)])


def _facts(course: Course) -> str:
    words = sum(len(turn.words.split()) for p in course.training.performances for turn in p.talk)
    minutes = round(words / 200 + len(course.training.performances) * len(course.training.rules) / 3)   # 20 seconds a rating, as for a pick
    return f"{len(course.training.performances)} written talks of “{course.scenario.title}”, {len(course.training.rules)} rules each · about {minutes} minutes"


def _past(past: Sequence[tuple[Tried, Comparison]]) -> b.Block:
    rows = [[on_day(tried.finished_at), f"{tried.training.title}, attempt {tried.number}", points(found.distance), _share(found), _standing(tried, found)]
            for tried, found in past]
    does = [[b.action("Look at it", {"type": "attempt", "attempt": tried.id}, about=f"{tried.training.title}, attempt {tried.number}")] for tried, _ in past]
    return b.table("What you have finished", ["Day", "What", "Away on average", "Within one", "Result"], rows, actions=does)


def _standing(tried: Tried, found: Comparison) -> str:
    if not certifies(tried.training):
        return "practice"
    return "certified" if found.certifies else "not certified"


def certifies(training: TrainingSet) -> bool:
    """Whether a set is for certifying: the one in the file certify.yaml. All others are to learn with."""
    return training.id == "certify"


# --- one talk -----------------------------------------------------------------------------------------------

def talk(room: str, tried: Tried, performance: Performance, scenario: Scenario, playbook: Playbook, *, needs: bool = False) -> View:
    """A talk and its rules to rate. `needs` marks what is missing."""
    send = {"type": "rate", "attempt": tried.id, "performance": performance.id}
    given = {rule: tried.given.get((performance.id, rule)) for rule in tried.training.rules}
    missing = [rule for rule, value in given.items() if value is None]
    rates = [b.rate(rule, playbook.rule[rule].title, playbook.rule[rule].anchors.at, value=value, evidence=None, send=send,
                    needs="Not rated yet." if needs and value is None else "") for rule, value in given.items()]
    progress = f"{len(given) - len(missing)} of {len(given)} rated"
    view = desk_page(room, "Training", f"training {tried.id} {performance.id}", [
        b.heading(performance.title, level=3, kicker=f"{_where(tried, performance)} · {progress}"),
        b.text("Read the talk first. Then rate each rule by what was said and done: 1, 3 and 5 are described, 2 and 4 lie between. "
               "“Not seen” is for a rule that the talk gave no occasion for."),
        *_briefs(scenario),
        b.card([_talk(performance, scenario)], label="The talk"),
        b.card([
            *rates,
            *([b.notice(f"Still to rate: {_titles(missing, playbook)}.", tone="bad")] if needs and missing else []),
            b.actions([b.action("Done with this talk", {"type": "talk_done", "attempt": tried.id, "performance": performance.id}, primary=True),
                       b.action("Leave it for now", {"type": "overview"})]),
            b.text("Each rating is kept as soon as you give it. You can change it until you are done with the talk.", small=True),
        ], label=f"Your ratings: {progress}"),
    ], at={**_PLACE, "rater": tried.rater, "attempt": tried.id})
    return {**view, "screen": "desk-talk"}


def _where(tried: Tried, performance: Performance) -> str:
    number = [p.id for p in tried.training.performances].index(performance.id) + 1
    return f"{tried.training.title} · talk {number} of {len(tried.training.performances)}"


def _briefs(scenario: Scenario) -> list[b.Block]:
    if scenario.roleplay is None:
        return []
    return [b.details("What the two had been told", [b.quote("The trainee's brief", (scenario.roleplay.trainee,)),
                                                     b.quote("The client player's secret brief", (scenario.roleplay.client,))])]


def _talk(performance: Performance, scenario: Scenario) -> b.Block:
    """The trainee stands on the right, as elsewhere; the client and what was done on the left."""
    client = scenario.client.name if scenario.client else ""
    trainee = next((turn.who for turn in performance.talk if turn.who != "Stage" and turn.who not in client), "")
    return b.talk([(turn.who, turn.words) for turn in performance.talk], mine=trainee, label=f"The talk: {performance.title}")


def _titles(rules: Sequence[str], playbook: Playbook) -> str:
    return "; ".join(f"“{_title(rule, playbook)}”" for rule in rules)


def _title(rule: str, playbook: Playbook) -> str:
    """A rule in words; of one that the playbook has no more, its id."""
    return playbook.rule[rule].title.rstrip(".") if rule in playbook.rule else rule


# --- where one differs --------------------------------------------------------------------------------------

def differences(room: str, tried: Tried, performance: Performance, scenario: Scenario, playbook: Playbook, found: Comparison) -> View:
    """After a talk of a set to learn with: the reference beside what the rater gave, and why."""
    is_last = performance.id == tried.training.performances[-1].id
    return desk_page(room, "Training", f"training {tried.id} {performance.id} read", [
        b.heading(f"{performance.title}: you and the reference", level=3, kicker=_where(tried, performance)),
        b.text(figures_in_words(found)),
        _red_lines(performance, playbook),
        *_beside(performance, playbook, found),
        b.details("Read the talk again", [_talk(performance, scenario)]),
        b.actions([b.action("See all five together" if is_last else "Next talk", {"type": "talk_read", "attempt": tried.id, "performance": performance.id}, primary=True)]),
    ], at={**_PLACE, "rater": tried.rater, "attempt": tried.id})


def _red_lines(performance: Performance, playbook: Playbook) -> b.Block:
    if not performance.red_lines:
        return b.notice("The reference sees no red line crossed in this talk.")
    return b.notice(f"A red line was crossed in this talk, whatever else was good in it: {_titles(performance.red_lines, playbook)}.", tone="bad")


def _beside(performance: Performance, playbook: Playbook, found: Comparison) -> list[b.Block]:
    """Rule by rule, the widest difference first; what is the same stands behind a line that opens it."""
    because = {rated.rule: rated.because for rated in performance.ratings}
    apart = sorted((p for p in found.pairs if p.given != p.reference), key=lambda p: (-9 if p.differs_in_seeing else -abs(p.apart)))
    same = [p for p in found.pairs if p.given == p.reference]
    shown: list[b.Block] = []
    if apart:
        shown = [b.heading(f"Where you differ: {len(apart)} of {len(found.pairs)} rules", level=3), b.entries("Where you differ", [_entry(p, because, playbook) for p in apart])]
    if same:
        shown.append(b.details(f"The same: {len(same)} of {len(found.pairs)} rules", [b.entries("The same", [_entry(p, because, playbook) for p in same])]))
    return shown


def _entry(pair: Pair, because: dict[str, str], playbook: Playbook) -> b.Block:
    return b.entry(_title(pair.rule, playbook), facts=f"You: {_value(pair.given)} · Reference: {_value(pair.reference)}", words=because[pair.rule], state=_apart(pair))


def _value(value: int) -> str:
    return "not seen" if value == NOT_SEEN else str(value)


def _apart(pair: Pair) -> str:
    if pair.differs_in_seeing:
        return "You differ about whether it was seen"
    if pair.given == pair.reference:
        return ""
    return f"You are {abs(pair.apart)} {'higher' if pair.apart > 0 else 'lower'}"


# --- the whole ----------------------------------------------------------------------------------------------

def result(room: str, tried: Tried, playbook: Playbook, found: Comparison) -> View:
    """A finished attempt: the figures in plain words first, then bar by bar, rule by rule, talk by talk."""
    certifying = certifies(tried.training)
    titles = {p.id: p.title for p in tried.training.performances}
    again = b.action("Try again", {"type": "train", "training": tried.training.id}, primary=not (certifying and found.certifies))
    does = [b.action("Show the certificate", {"type": "certificate", "attempt": tried.id}, primary=True)] if certifying and found.certifies else []
    return desk_page(room, "Training", f"training {tried.id} result", [
        b.heading(f"{tried.training.title}: how close you are", level=3, kicker=f"{tried.rater} · attempt {tried.number} · {on_day(tried.finished_at)}"),
        _verdict(found, certifying),
        b.text("\n".join(filter(None, [figures_in_words(found), severity_in_words(found), halo_in_words(found), seeing_in_words(found)]))),
        b.table("What it takes to certify", ["Wanted", "You", "Met?"], [[c.wanted, c.found, "✓ met" if c.is_met else "✗ not met"] for c in found.criteria]),
        _table("By rule", "Rule", [(_title(g.name, playbook), g) for g in found.by_rule]),
        _table("By talk", "Talk", [(titles[g.name], g) for g in found.by_performance]),
        *_rating_by_rating(tried, playbook, found, open_=found.certifies or not certifying),
        b.actions([*does, again, b.action("Back to training", {"type": "overview"})]),
    ], at={**_PLACE, "rater": tried.rater, "attempt": tried.id})


def _verdict(found: Comparison, certifying: bool) -> b.Block:
    missed = sum(not c.is_met for c in found.criteria)
    if certifying:
        return (b.notice("Certified. Your ratings meet every bar.", tone="good") if not missed
                else b.notice(f"Not certified yet: {missed} of {len(found.criteria)} bars {'is' if missed == 1 else 'are'} not met. You can try again; this attempt stays in your list.", tone="warn"))
    return (b.notice("This was practice. Ratings like these would certify.", tone="good") if not missed
            else b.notice(f"This was practice. To certify, {missed} of {len(found.criteria)} bars {'is' if missed == 1 else 'are'} still to meet.", tone="warn"))


def _table(caption: str, what: str, groups: Sequence[tuple[str, Group]]) -> b.Block:
    return b.table(caption, [what, "Too high or low", "Away on average", "Rated by both", "Differ about “not seen”"], [
        [name, points(g.bias, signed=True), points(g.distance), str(g.seen), str(g.in_seeing or "–")] for name, g in groups])


def _rating_by_rating(tried: Tried, playbook: Playbook, found: Comparison, *, open_: bool) -> list[b.Block]:
    """Every reference rating and its reason; not before somebody has certified, since the talks are the same next time."""
    if not open_:
        return [b.text("The reference ratings of these talks stay closed until you certify, because the talks are the same next time. "
                       "To see reasons, rate the set to learn with.", small=True)]
    pairs = {(p.performance, p.rule): p for p in found.pairs}
    return [b.heading("Rating by rating", level=3), *(b.details(performance.title, [_red_lines(performance, playbook), b.entries(performance.title, [
        _entry(pairs[performance.id, rated.rule], {rated.rule: rated.because}, playbook) for rated in performance.ratings])])
        for performance in tried.training.performances)]


def certificate(room: str, tried: Tried, scenario_title: str, found: Comparison) -> View:
    """One page to print: who, when, on what, and the figures."""
    training, spread = tried.training, found.halo
    return b.view("Certificate of a rater", f"desk training {tried.id} certificate", [
        b.heading("Certificate of a rater", focus=True, kicker=room),
        b.card([
            b.large(tried.rater),
            b.text(f"has rated {len(training.performances)} written performances of the role-play “{scenario_title}”, and agrees with the reference closely enough to rate role-plays."),
            b.table("The figures", ["Wanted", "Found"], [
                *([c.wanted, c.found] for c in found.criteria),
                ["Severity: mean difference, above 0 lenient", points(found.severity, signed=True)],
                *([["Halo: how ratings vary within a talk, beside the reference's", f"{spread.spread:.2f} beside {spread.reference_spread:.2f}"]] if isinstance(spread, Halo) else [])]),
            b.text(f"{on_day(tried.finished_at)} · attempt {tried.number}"),
            b.text(f"{training.title}, content {' '.join(wrap(tried.training_hash, 8))}", small=True),
        ], tone="good"),
        b.text("It says how this person rated these five talks on this day. How raters agree on live role-plays is seen when two rate the same one.", small=True),
        b.actions([b.action("Print", {"type": "print"}, primary=True), b.action("Back", {"type": "attempt", "attempt": tried.id})]),
    ], screen="desk-training", at={**_PLACE, "rater": tried.rater, "attempt": tried.id, "show": "certificate"})


def _share(found: Comparison) -> str:
    return "–" if found.within_one is None else f"{found.within_one:.0%}"


def on_day(at: str | None) -> str:
    """22 November 2026, in the time of this computer."""
    if at is None:
        return "not finished"
    day = datetime.fromisoformat(at).astimezone()
    return f"{day.day} {day:%B %Y}"
