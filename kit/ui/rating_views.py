"""The rating page of a role-play, its rubric, and the settling of two ratings. Pure functions of a role-play.

What one rater has rated is never in the view of another before both are done.
"""

from typing import Any, Protocol

from kit.content.playbook import Playbook
from kit.content.scenario import RolePlay as Script
from kit.content.scenario import Scenario
from kit.play.rate import Rating, Ratings, missing
from kit.ui import blocks as b
from kit.ui.desk_views import desk_page

View = dict[str, Any]
SEAT_WORDS = {"first": "First rater", "second": "Second rater", "self": "The trainee", "settled": "Settled"}
PHASE_TITLES = {"decide": "Before the news", "tell": "The news", "close": "To the last day", "after": "Afterwards"}
MOST_COMMENTS = 8


class Played(Protocol):
    """A role-play as kept (store/roleplays.py has it)."""

    id: str
    scenario: Scenario
    playbook: Playbook
    trainee: str | None
    trainee_name: str
    client_name: str
    made_at: str
    phase: int | None
    seats: dict[str, Any]
    notes: tuple[Any, ...]

    @property
    def script(self) -> Script: ...

    @property
    def in_force(self) -> Any: ...

    @property
    def seconds(self) -> float: ...

    def red_lines(self, *seats: str) -> list[str]: ...


def phases(script: Script) -> list[tuple[str, int]]:
    """The script's phases in the order in which they are played, with their minutes."""
    return [(PHASE_TITLES[name], length) for name in PHASE_TITLES if (length := getattr(script.minutes, name))]


def called(played: Played) -> str:
    return f"{played.scenario.title}: {played.trainee_name}, with {played.client_name} as the client"


def title(played: Played, rule: str) -> str:
    return played.playbook.rule[rule].title


def opening(played: Played, **more: str) -> b.Message:
    return {"type": "desk", "screen": "roleplay", "roleplay": played.id, **more}


def back(played: Played, *, own_page: bool = False) -> b.Block:
    return b.action("Back", {"type": "open", "screen": "home"} if own_page else opening(played))


def value_words(mine: Rating | None) -> str:
    return "not rated" if mine is None else str(mine.value or "not seen")


def both_done(played: Played) -> bool:
    return all(name in played.seats and played.seats[name].done_at for name in ("first", "second"))


def clock_card(played: Played) -> list[b.Block]:
    parts = phases(played.script)
    running = played.phase
    if running is None:
        does = [b.action(f"Start “{parts[0][0]}”", {"type": "phase", "phase": 0}, primary=True)]
    else:
        does = [*([b.action(f"Next: “{parts[running + 1][0]}”", {"type": "phase", "phase": running + 1}, primary=True)] if running + 1 < len(parts) else []),
                b.action("Stop the clock", {"type": "phase", "phase": None})]
    return [b.card([b.clock(parts, running=running, seconds=played.seconds), b.actions(does)], label="Time")]


# --- rating -----------------------------------------------------------------------------------------------------

def rating(room: str, played: Played, seat: str, comments: dict[str, list[str]], *, trouble: list[str] | None = None, own_page: bool = False) -> View:
    """The rating page of one seat: clock, rules with their anchors, red lines, notes."""
    sat = played.seats[seat]
    done = bool(sat.done_at)
    count = f"{len(sat.ratings)} of {len(played.script.rules)} rated"
    head = b.heading(f"{SEAT_WORDS[seat]}: {sat.rater}", level=3, kicker=f"{called(played)} · {count}{' · done' if done else ''}")
    shown = [
        head,
        *([] if seat == "self" else clock_card(played)),
        *([b.notice("This rating is done. A correction needs a reason, and both stay on record.", tone="info")] if done else []),
        *_rate_blocks(played, sat.ratings, comments, seat=seat, locked=done),
        *_red_line_ticks(played, seat),
        *([] if own_page else _notes(played, seat)),
        *([b.notice(" ".join(trouble), tone="bad")] if trouble else []),
        b.actions([*([] if done else [b.action("Done: this is my rating", {"type": "rated"}, primary=True)]), back(played, own_page=own_page)]),
        *(_correction(played, seat) if done and not own_page else []),
    ]
    key, at = f"roleplay {played.id} {seat}", opening(played, seat=seat)
    if own_page:
        return b.view("Rate yourself", key, [b.heading("How did it go? Rate yourself", focus=True), *shown], screen="rating")
    return desk_page(room, "Role-play", key, shown, at=at)


def _rate_blocks(played: Played, ratings: Ratings, comments: dict[str, list[str]], *, seat: str, locked: bool = False) -> list[b.Block]:
    if locked:
        return [b.table("Ratings", ["Rule", "Rating", "Evidence"], [[title(played, name), value_words(ratings.get(name)), ratings[name].evidence if name in ratings else ""]
                                                                   for name in played.script.rules])]
    shown = []
    for name in played.script.rules:
        rule, mine = played.playbook.rule[name], ratings.get(name)
        needs = f"A {mine.value} needs a line of evidence." if mine and mine.needs_evidence else ""
        shown.append(b.rate(name, rule.title, rule.anchors.at, value=mine.value if mine else None, evidence=mine.evidence if mine else "",
                            send={"type": "rate"}, comments=comments.get(name, [])[:MOST_COMMENTS], needs=needs))
    return shown


def _red_line_ticks(played: Played, seat: str) -> list[b.Block]:
    crossed = played.red_lines(seat)
    lines = [rule for rule in played.playbook.rules if rule.red_line]
    return [b.ticks("Red lines: tick what was crossed", [(f"{rule.title} ({rule.dont})", rule.id in crossed, {"type": "red_line", "rule": rule.id}) for rule in lines])]


def _notes(played: Played, seat: str) -> list[b.Block]:
    parts = phases(played.script)
    mine = [note for note in played.notes if note.seat == seat and note.kind != "red line"]
    kept = [b.entries("Your notes", [b.entry(
        f"“{note.words}”" if note.kind == "quote" else note.words, facts=_when(note, parts),
        does=[b.action("Strike out", {"type": "strike", "note": note.id}, about=note.words[:40])]) for note in mine])] if mine else []
    rules = [("", "No rule")] + [(name, title(played, name)) for name in played.script.rules]
    return [b.heading("Notes", level=3), b.form([b.field("words", "What was said or done", hint="It gets the time on the clock.", most=500, long=True),
                                                 b.field("kind", "Kind", options=[("note", "Note"), ("quote", "Their very words")])],
                                                button="Write it down", send={"type": "note"}), *kept,
            b.details("Keep a comment to use again", [b.text("It is offered at its rule in every later rating, so write it without names.", small=True), b.form(
                [b.field("words", "Comment", most=300), b.field("rule", "For which rule?", options=rules[1:])], button="Keep it", send={"type": "keep_comment"})])]


def _when(note: Any, parts: list[tuple[str, int]]) -> str:
    if note.phase is None:
        return "before or after the play"
    return f"{parts[note.phase][0]}, {int(note.seconds // 60)}:{int(note.seconds % 60):02}"


def _correction(played: Played, seat: str) -> list[b.Block]:
    values = [("0", "Not seen"), *[(str(n), str(n)) for n in range(1, 6)]]
    log = [r for r in played.seats[seat].log if r["reason"]]
    kept = [b.table("Corrections", ["When", "Rule", "To", "Why"], [[r["at"][:16].replace("T", " "), title(played, r["rule"]), value_words(Rating(r["rule"], r["value"])), r["reason"]]
                                                                  for r in log])] if log else []
    return [*kept, b.details("Correct a rating", [b.form([
        b.field("rule", "Rule", options=[(name, title(played, name)) for name in played.script.rules]),
        b.field("value", "New rating", options=values),
        b.field("evidence", "What was seen or heard", most=2000, long=True),
        b.field("reason", "Why it changes", most=500, long=True)], button="Correct it", send={"type": "correct"})])]


def owed(played: Played, seat: str) -> list[str]:
    """What is still to do before this seat is done."""
    ratings = played.seats[seat].ratings if seat in played.seats else {}
    return missing(ratings, played.script.rules, played.playbook)


def rubric(room: str, played: Played) -> View:
    """The rules to be rated with their anchors, to read beforehand and to print as a sheet."""
    blocks = [b.heading(f"Rubric: {played.scenario.title}", level=3),
              b.text("Rate what you see and hear, rule by rule: 1, 3 and 5 are described, 2 and 4 lie between. What the conversation never came to is “not seen”. A 1 or a 5 needs a line of evidence."),
              *_clock_only(played), *_rate_blocks(played, {}, {}, seat=""), *_red_line_ticks(played, "")]
    does = b.actions([b.action("Print", {"type": "print"}), b.action("Save as a page", {"type": "save_rubric", "roleplay": played.id}), back(played)])
    return desk_page(room, "Role-play", f"roleplay {played.id} rubric", [*blocks, does], at=opening(played, show="rubric"))


def _clock_only(played: Played) -> list[b.Block]:
    return [b.bullets([f"{name}: {length} minutes" for name, length in phases(played.script)])]


# --- settling -----------------------------------------------------------------------------------------------------

def settling(room: str, played: Played, *, trouble: list[str] | None = None) -> View:
    """Two ratings side by side, and the settled one where they differ. The originals stay as they are."""
    first, second = (played.seats[name] for name in ("first", "second"))
    settled = played.seats["settled"].ratings if "settled" in played.seats else {}
    rows = [[title(played, name), _with_evidence(first.ratings.get(name)), _with_evidence(second.ratings.get(name)), value_words(settled.get(name))]
            for name in played.script.rules]
    apart = [name for name in played.script.rules if _value(first, name) != _value(second, name)]
    shown = [b.table("Both ratings", ["Rule", first.rater, second.rater, "Settled"], rows),
             b.text(f"You agree on {len(rows) - len(apart)} of {len(rows)} rules. Talk about the others, then settle each: what did you both see?")]
    for name in apart:
        rule, mine = played.playbook.rule[name], settled.get(name)
        shown.append(b.rate(name, rule.title, rule.anchors.at, value=mine.value if mine else None, evidence=mine.evidence if mine else "", send={"type": "rate"},
                            needs=f"A {mine.value} needs a line of evidence." if mine and mine.needs_evidence else ""))
    shown += _red_line_ticks(played, "settled")
    shown += [b.notice(" ".join(trouble), tone="bad")] if trouble else []
    return desk_page(room, "Role-play", f"roleplay {played.id} settled", [
        b.heading(f"Settle: {called(played)}", level=3), *shown, b.actions([b.action("Settled", {"type": "rated"}, primary=True), back(played)])], at=opening(played, seat="settled"))


def _value(seat: Any, rule: str) -> int | None:
    return seat.ratings[rule].value if rule in seat.ratings else None


def _with_evidence(mine: Rating | None) -> str:
    return value_words(mine) + (f": {mine.evidence}" if mine and mine.evidence else "")
