"""The desk's screens as views: pure functions of plain rows. Nobody is ranked, and no colour stands for a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kit.content.scenario import Scenario
from kit.play.pairs import Pair, seen_from
from kit.ui import blocks as b
from kit.ui.script_views import has_a_twin

View = dict[str, Any]
REFRESH_SECONDS = 5
SHEETS = (60, 90)
_WELCOME, _RULES, _LEAVE = 8, 7, 5      # minutes of a run sheet that are not play: coming in, a look at the playbook, taking leave


@dataclass(frozen=True)
class Present:
    """Somebody in the room: where they are, and their finished runs as (title, score, red line crossed)."""

    person: str
    name: str
    where: str
    finished: list[tuple[str, int, bool]]

    @property
    def called(self) -> str:
        return self.name or f"no name ({self.person[:4]})"


@dataclass(frozen=True)
class Ready:
    """Places for people who are yet to come: ready, wanted in all (taken ones too), and the most there can be."""

    ready: int
    wanted: int
    most: int


def people(room: str, present: list[Present], *, ended: bool, ready: Ready | None = None, told: str = "") -> View:
    """Who is in the room and where, and what they have finished."""
    rows = [[p.called, p.where, _finished(p)] for p in present]
    remove = [[b.action("Remove", {"type": "remove", "person": p.person}, about=p.called)] for p in present]
    shown = [b.table(f"People in the room: {len(present)}", ["Name", "Where", "Finished runs: score of 100"], rows, actions=remove, name="people")] if present else [
        b.text("Nobody is in yet. The page “Join” shows the link and its QR code, large.")]
    state = [b.notice("The workshop has ended: nobody can start a new run, and results can still be read.", tone="warn")] if ended else []
    switch = b.action("Let it go on", {"type": "begin"}) if ended else b.action("End the workshop", {"type": "end"})
    return desk_page(room, "People", "people", [*([b.notice(told, tone="good")] if told else []), *state, *shown, *_places(ready),
                                           b.actions([switch, b.action("Erase everything", {"type": "erase_all"})])], refresh=REFRESH_SECONDS)


def _places(ready: Ready | None) -> list[b.Block]:
    """The room opened ahead: a crowd that comes at once then waits for nothing."""
    if ready is None:
        return []
    if not ready.wanted:
        return [b.text("If many will come at the same moment, get their places ready first: each takes some memory of this computer until everybody is in.", small=True),
                b.actions([b.action(f"Get {ready.most} places ready", {"type": "ready"})])]
    words = f"{ready.ready} {'place is' if ready.ready == 1 else 'places are'} ready: whoever comes now is in at once."
    return [b.text(words if ready.ready else "No place is ready at the moment: all are taken, or being made ready, or this computer is short of memory."),
            b.actions([b.action("Give them back", {"type": "unready"}, about="the places that are ready")])]


def _finished(present: Present) -> str:
    return "; ".join(f"{title} {value}{' (red line)' if red else ''}" for title, value, red in present.finished) or "none yet"


def confirm(what: str) -> View:
    """Before something is erased."""
    return b.view("Erase?", "confirm", [
        b.heading(f"Erase {what}?", focus=True),
        b.text("This cannot be undone. What was answered is gone from this computer, too."),
        b.actions([b.action("Keep it", {"type": "cancel"}, primary=True), b.action("Erase for good", {"type": "confirm"})]),
    ], screen="desk-confirm")


def join(room: str, facts: dict[str, Any]) -> View:
    """The large page for the projector: link, code, QR."""
    if not facts:
        return desk_page(room, "Join", "join", [b.text("No room is served beside this desk. Start one with `kit serve`.")])
    return desk_page(room, "Join", "join", [
        b.qr("QR code of the link", facts["qr"]),
        b.card([b.text("Open this on your phone or laptop, in the same network:"), b.large(facts["link"]),
                b.text("If it asks for a code:"), b.large(facts["code_grouped"])], label="Join the workshop"),
        b.text("Your answers stay on this computer, under a name or none, until the facilitator erases them.", small=True),
    ])


def content(room: str, scenarios: tuple[Scenario, ...], findings: list[tuple[str, int, int, str, str, str]]) -> View:
    """The scenarios and what is wrong with them, with file and line."""
    rows = [[s.title, s.id, s.status, str(s.level), f"{s.minutes} min"] for s in scenarios]
    problems = [b.notice("No problem was found.", tone="good")] if not findings else [b.table(
        "Problems", ["Where", "What", "Cure"], [[f"{path}:{line}:{col}", f"{code} {says}", cure] for path, line, col, code, says, cure in findings])]
    return desk_page(room, "Content", "content", [*problems, b.table("Scenarios that load", ["Title", "File", "Status", "Level", "Length"], rows)])


def run_sheet(room: str, ready: tuple[Scenario, ...], minutes: int, pairs: Sequence[Pair] = ()) -> View:
    """Which scenario when, the questions for the room, and the twins of its scenes."""
    switch = b.choice("How long is the workshop?", [(str(m), f"{m} minutes", {"type": "sheet", "minutes": m}) for m in SHEETS], str(minutes))
    rows, at = [], 0
    for length, what in plan(ready, minutes):
        rows.append([f"{at // 60}:{at % 60:02}", f"{length} min", what])
        at += length
    questions = [block for s in _chosen(ready, minutes) if (asked := _to_talk_about(s, pairs)) for block in (b.heading(s.title, level=3), b.bullets(asked))]
    return desk_page(room, "Run sheet", f"sheet {minutes}", [
        switch, b.table(f"{minutes} minutes", ["At", "For", "What"], rows), b.heading("Questions for the debriefs", level=3),
        *(questions or [b.text("These scenarios have no questions of their own. Ask: what did the client hear? What would you say now?")]),
        b.actions([b.action("Print", {"type": "print"})])])


def _to_talk_about(scenario: Scenario, pairs: Sequence[Pair]) -> list[str]:
    return [*scenario.debrief, *(f"Scene “{here.scene}” {has_a_twin(here, there)}" for here, there in seen_from(pairs, scenario.id)
                                  if there.fact or there.scenario != scenario.id)]   # a pair inside it is told once


def plan(ready: tuple[Scenario, ...], minutes: int) -> list[tuple[int, str]]:
    """(minutes, what happens), adding up to the whole length: play and debrief share what is left after coming in and taking leave."""
    chosen = _chosen(ready, minutes)
    left = minutes - _WELCOME - _RULES - _LEAVE
    parts = [(_WELCOME, "Come in: link and QR code on the wall, a name or none; say what happens to people's answers.")]
    for n, scenario in enumerate(chosen):
        share = left // len(chosen) + (left % len(chosen) if n == 0 else 0)
        debrief = share * 2 // 5
        parts += [(share - debrief, f"Play “{scenario.title}”, everybody alone, in practice."), (debrief, f"Talk about “{scenario.title}”: in pairs, then the whole room.")]
    parts += [(_RULES, "Read the playbook: each chooses the one rule to try this month."), (_LEAVE, "Take leave: results can be saved or printed; erase what is not needed.")]
    return parts if chosen else [(minutes, "No scenario is ready: see “Content”.")]


def _chosen(ready: tuple[Scenario, ...], minutes: int) -> tuple[Scenario, ...]:
    """Two scenarios for an hour, three for ninety minutes: easiest first, and not the same side twice if it can be helped."""
    wanted, chosen = 2 if minutes < 90 else 3, []
    for scenario in [*ready, *ready]:
        fresh = scenario.who not in {s.who for s in chosen} or len({s.who for s in ready}) <= len(chosen)
        if len(chosen) < wanted and scenario not in chosen and fresh:
            chosen.append(scenario)
    return tuple(chosen)


def desk_page(room: str, title: str, key: str, shown: list[b.Block], *, refresh: int = 0, at: b.Message | None = None) -> View:
    """A page of the desk, with its navigation; `at` is the message that brings its reader back here."""
    places = [("people", "People"), ("progress", "Progress"), ("join", "Join"), ("sheet", "Run sheet"), ("roleplay", "Role-play"), ("training", "Training"), ("studio", "Studio"), ("content", "Content")]
    nav = b.actions([b.action(words, {"type": "desk", "screen": screen}, primary=words == title) for screen, words in places])
    return b.view(f"{title}, desk", f"desk {key}", [b.heading(title, focus=True, kicker=f"Desk{' · ' + room if room else ''}"), nav, *shown],
                  screen=f"desk-{key.split()[0]}", refresh=refresh, at=at or {"type": "desk", "screen": key.split()[0]})
