"""Role-plays at the desk: the list, setting one up, one role-play with its clock and seats, and the players' briefs."""

from dataclasses import dataclass
from typing import Any

from kit.content.scenario import Scenario
from kit.ui import blocks as b
from kit.ui.debrief_views import score_of, score_words
from kit.ui.desk_views import desk_page
from kit.ui.rating_views import SEAT_WORDS, Played, back, both_done, called, clock_card, opening, phases

View = dict[str, Any]
SOMEBODY_ELSE = "-"


@dataclass(frozen=True)
class BriefLink:
    """Where a player opens their own brief."""

    link: str
    qr: list[str]


# --- the list, and setting one up -----------------------------------------------------------------------------

def listed(room: str, all_played: list[Played], scenarios: list[Scenario], people: list[tuple[str, str]]) -> View:
    """Every role-play, and the form for a new one."""
    rows = [[p.made_at[:10], p.scenario.title, p.trainee_name, _raters(p), score_words(score_of(p))] for p in all_played]
    does = [[b.action("Open", opening(p), about=called(p)), b.action("Delete", {"type": "doom", "roleplay": p.id}, about=called(p))] for p in all_played]
    kept = [b.table("Role-plays, the latest first", ["Day", "Script", "Trainee", "Raters", "Score"], rows, actions=does)] if rows else [
        b.text("Two people act the decisive conversation of a scenario, you rate what you see and hear, and talk about it afterwards. None has been set up yet.")]
    more = [b.actions([b.action("How raters agree", {"type": "desk", "screen": "roleplay", "show": "agreement"})])] if rows else []
    return desk_page(room, "Role-play", "roleplay", [*kept, *more, *_set_up(scenarios, people)], at={"type": "desk", "screen": "roleplay"})


def _raters(played: Played) -> str:
    words = [f"{seat.rater}{'' if seat.done_at else ' (rating)'}" for name, seat in played.seats.items() if name in ("first", "second")]
    return ", ".join(words) or "none yet"


def _set_up(scenarios: list[Scenario], people: list[tuple[str, str]]) -> list[b.Block]:
    if not scenarios:
        return [b.notice("No scenario has a role-play script.", tone="warn")]
    scripts = [(s.id, f"{s.title} ({sum(length for _, length in phases(s.roleplay))} minutes)") for s in scenarios if s.roleplay]
    return [b.heading("Set up a role-play", level=3), b.form([
        b.field("scenario", "Script", options=scripts),
        b.field("trainee", "Who is the trainee?", hint="Somebody in the room can also read their brief, rate themself and see the debrief on their own page.",
                options=[*people, (SOMEBODY_ELSE, "Somebody else: name below")]),
        b.field("trainee_name", "The trainee's name, if they are not in the list", most=60),
        b.field("client_name", "Who plays the client?", most=60),
    ], button="Set it up", send={"type": "set_up"})]


def doomed(played: Played) -> View:
    return b.view("Delete?", "roleplay confirm", [
        b.heading(f"Delete “{called(played)}”?", focus=True), b.text("Its ratings and notes are gone for good, the printed ones are not."),
        b.actions([b.action("Keep it", {"type": "desk", "screen": "roleplay"}, primary=True), b.action("Delete for good", {"type": "remove_roleplay", "roleplay": played.id})]),
    ], screen="desk-confirm")


# --- one role-play ------------------------------------------------------------------------------------------------

def opened(room: str, played: Played, briefs: dict[str, BriefLink], *, told: str = "") -> View:
    """One role-play: briefs for the players, the clock, who rates, and what there is of a result."""
    shown = [
        *([b.notice(told, tone="good")] if told else []),
        b.text(f"The client speaks first. Whoever says “{played.script.stop_word}” stops the play for a moment. Read the rubric before you start."),
        *clock_card(played),
        *_seat_blocks(played),
        b.heading("Briefs", level=3),
        b.text("Each player reads only their own. They open it on their phone, or you print it. Do not show this page while they look at your screen."),
        *[_brief_link(who, briefs.get(who), played) for who in ("trainee", "client")],
        b.actions([b.action("Read or print the rubric", opening(played, show="rubric")), b.action("All role-plays", {"type": "desk", "screen": "roleplay"})]),
    ]
    return desk_page(room, "Role-play", f"roleplay {played.id}", [b.heading(called(played), level=3), *shown], at=opening(played))


def _seat_blocks(played: Played) -> list[b.Block]:
    rows, forms = [], []
    for name in ("first", "second", "self"):
        seat = played.seats.get(name)
        state = "nobody yet" if seat is None else f"{seat.rater}: {'done' if seat.done_at else f'{len(seat.ratings)} of {len(played.script.rules)} rated'}"
        rows.append(f"{SEAT_WORDS[name]}: {state}")
        forms.append(b.details(f"{'Rate' if seat is None or not seat.done_at else 'See or correct the rating'} as: {SEAT_WORDS[name].lower()}", [b.form(
            [b.field("rater", "Your name", value=seat.rater if seat else (played.trainee_name if name == "self" else ""), most=60)],
            button="Rate", send={"type": "sit", "roleplay": played.id, "seat": name})]))
    return [b.card([b.bullets(rows), *forms, *_after_rating(played)], label="Ratings")]


def _after_rating(played: Played) -> list[b.Block]:
    does = []
    if both_done(played):
        does.append(b.action("Settle the two ratings", {"type": "settle", "roleplay": played.id}, primary=not played.in_force))
    if played.in_force:
        does.append(b.action("The debrief", opening(played, show="debrief"), primary=True))
    return [b.actions(does)] if does else []


def _brief_link(who: str, link: BriefLink | None, played: Played) -> b.Block:
    name = played.trainee_name if who == "trainee" else f"{played.client_name}, who plays the client"
    inner = [b.text(link.link), b.qr(f"QR code of the {who}'s brief", link.qr)] if link else [b.text("There is no room beside this desk, so there is no link. Print it.")]
    return b.details(f"For {name}", [*inner, b.actions([b.action("Save to print", {"type": "save_brief", "roleplay": played.id, "who": who}, about=name)])])


def brief(played: Played, who: str, *, own_page: bool = False) -> View:
    """What one player reads; never the other's."""
    script = played.script
    head = [b.heading(played.scenario.title, focus=True, kicker="Role-play · your brief, for you alone")]
    times = b.bullets([f"{name}: {length} minutes" for name, length in phases(script)])
    stop = b.text(f"Either of you may say “{script.stop_word}” at any time: the play stops for a moment.", small=True)
    if who == "trainee":
        shown = [b.text(script.trainee), b.heading("Time", level=3), times, b.text(f"{played.client_name} plays the client and speaks first.")]
    else:
        shown = [b.text(script.client), b.quote("You open with", (script.opening,)), b.heading("How it gets harder, in this order", level=3),
                 b.bullets(list(script.beats)), b.heading("Time", level=3), times]
    does = [b.actions([back(played, own_page=True)])] if own_page else []
    return b.view(f"{played.scenario.title}: brief", f"{played.id} {who}", [*head, *shown, stop, *does], screen="brief")


def own(played: Played) -> b.Block:
    """A role-play in the trainee's own list: their brief, their own rating, the debrief when there is one."""
    mine = played.seats.get("self")
    does = [b.action("Read your brief", {"type": "roleplay", "roleplay": played.id, "show": "brief"}, about=played.scenario.title)]
    if mine is None or not mine.done_at:
        does.append(b.action("Rate yourself", {"type": "roleplay", "roleplay": played.id, "show": "rate"}, about=played.scenario.title))
    if played.in_force:
        does.append(b.action("See the debrief", {"type": "roleplay", "roleplay": played.id, "show": "debrief"}, primary=True, about=played.scenario.title))
    state = "Rated: the debrief is here" if played.in_force else ("You have rated yourself" if mine and mine.done_at else "Not rated yet")
    return b.entry(played.scenario.title, facts=f"Role-play with {played.client_name} as the client · {sum(m for _, m in phases(played.script))} minutes", state=state, does=does)
