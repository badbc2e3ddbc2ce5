"""The desk's place for role-play: set it up, hand out briefs, rate from one's own seat, settle, debrief."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kit.library import current
from kit.play.answer import Refused, can_be_kept
from kit.play.rate import VALUES, Rating, settled_at_once
from kit.report.page import page
from kit.serve.network import qr_lines
from kit.store.roleplays import RolePlay, RolePlays
from kit.store.store import Store
from kit.ui import agreement_views, debrief_views, rating_views, roleplay_views
from kit.ui.roleplay_views import BriefLink
from kit.ui.views import View

Message = dict[str, Any]
MOST_EVIDENCE, MOST_NAME, MOST_NOTE, MOST_COMMENT = 2000, 60, 500, 300


@dataclass
class RolePlayPlace:
    """Which role-play is open, from which seat it is rated, and what is shown of it."""

    room: dict[str, Any]
    folder: Path
    store: Store
    send: Callable[[Message], None]
    roleplay: str = ""
    seat: str = ""
    show: str = ""
    trouble: list[str] = field(default_factory=list)   # what is still to do, said until it is done
    told: str = ""                                     # said once, on the next view

    def __post_init__(self) -> None:
        self.kept = RolePlays(self.store)

    @classmethod
    def at(cls, message: Message, **given: Any) -> "RolePlayPlace":
        """The place as the message says; what it names and is not there is left out."""
        return cls(**given, **{name: str(message.get(name) or "") for name in ("roleplay", "seat", "show")})

    # --- what to show ---------------------------------------------------------------------------------

    def view(self) -> View:
        told, self.told = self.told, ""
        name = self.room.get("name", "")
        if self.show == "agreement":
            return agreement_views.agreement(name, self.kept.all())
        if not self.roleplay:
            scripts = [s for s in current(self.folder).ready if s.roleplay]
            return roleplay_views.listed(name, self.kept.all(), scripts, [(p["id"], p["name"]) for p in self.store.people() if p["name"]])
        played = self.kept.get(self.roleplay)
        if self.show == "doom":
            return roleplay_views.doomed(played)
        if self.seat == "settled" and "settled" in played.seats:
            return rating_views.settling(name, played, trouble=self.still_owed(played))
        if self.seat in played.seats:
            return rating_views.rating(name, played, self.seat, self.kept.comments(), trouble=self.still_owed(played))
        if self.show == "rubric":
            return rating_views.rubric(name, played)
        if self.show == "debrief" and played.in_force:
            return debrief_views.debrief(name, played)
        return roleplay_views.opened(name, played, self._briefs(played), told=told)

    def still_owed(self, played: RolePlay) -> list[str]:
        """What was owed when they said they were done, less what has been done since."""
        self.trouble = [words for words in self.trouble if words in rating_views.owed(played, self.seat)]
        return self.trouble

    def _briefs(self, played: RolePlay) -> dict[str, BriefLink]:
        address, found, _ = str(self.room.get("link", "")).partition("/join/")
        links = {"trainee": f"{address}/brief/{played.trainee_code}", "client": f"{address}/brief/{played.client_code}"}
        return {who: BriefLink(link, qr_lines(link)) for who, link in links.items()} if found else {}

    # --- what the browser asks for ----------------------------------------------------------------------

    @property
    def verbs(self) -> dict[str, Callable[[Message], None]]:
        return {"set_up": self._set_up, "doom": self._doom, "remove_roleplay": self._remove, "phase": self._phase, "sit": self._sit, "settle": self._settle, "rate": self._rate,
                "red_line": self._red_line, "note": self._note, "strike": self._strike, "keep_comment": self._keep_comment, "rated": self._rated,
                "correct": self._correct, "save_brief": self._save, "save_rubric": self._save, "save_debrief": self._save}

    def _set_up(self, message: Message) -> None:
        library = current(self.folder)
        scenario = next((s for s in library.ready if s.id == message.get("scenario") and s.roleplay), None)
        if scenario is None:
            raise Refused("That script is not here any more.")
        present = {p["id"]: p["name"] for p in self.store.people()}
        trainee = message.get("trainee") if message.get("trainee") in present else None
        name = present[trainee] if trainee else _words(message.get("trainee_name"), MOST_NAME)
        if not name:
            raise Refused("Who is the trainee? Choose somebody from the list, or choose “Somebody else” and write their name below.")
        client = _words(message.get("client_name"), MOST_NAME) or "somebody"
        self.roleplay = self.kept.set_up(scenario, library.playbook, trainee=trainee, trainee_name=name, client_name=client)

    def _doom(self, message: Message) -> None:
        self.roleplay, self.seat, self.show = self.kept.get(message.get("roleplay")).id, "", "doom"

    def _remove(self, _message: Message) -> None:
        self.kept.remove(self.kept.get(self.roleplay).id)
        self.roleplay, self.show = "", ""

    def _phase(self, message: Message) -> None:
        played, phase = self.kept.get(self.roleplay), message.get("phase")
        if phase is None or (type(phase) is int and 0 <= phase < len(rating_views.phases(played.script))):
            self.kept.run_phase(played.id, phase)

    def _sit(self, message: Message) -> None:
        played, seat, rater = self.kept.get(self.roleplay), message.get("seat"), _words(message.get("rater"), MOST_NAME)
        if seat not in ("first", "second", "self"):
            return
        if not rater:
            raise Refused("Write the rater's name first.")
        self.kept.sit(played.id, seat, rater)
        self.seat, self.trouble = seat, []

    def _settle(self, message: Message) -> None:
        """Both are done: what they agree on is settled at once, the rest is theirs to talk about."""
        played = self.kept.get(message.get("roleplay"))
        if not rating_views.both_done(played):
            raise Refused("Both raters have to be done first.")
        if "settled" not in played.seats:
            self.kept.sit(played.id, "settled", "Settled")
            agreed = settled_at_once(played.seats["first"].ratings, played.seats["second"].ratings)
            if agreed:
                self.kept.rate(played.id, "settled", *agreed.values())
            for rule in set(played.red_lines("first")) & set(played.red_lines("second")):
                self.kept.note(played.id, "settled", "red line", rule)
        self.seat, self.trouble = "settled", []

    def _rate(self, message: Message) -> None:
        """Kept at once. Before a number is chosen, what was typed as evidence waits in the browser."""
        played = self._open_seat()
        if message.get("value") is None:
            return
        self.kept.rate(played.id, self.seat, rating_from(message, played))

    def _red_line(self, message: Message) -> None:
        played, rule = self._open_seat(), message.get("rule")
        if rule not in {r.id for r in played.playbook.rules if r.red_line}:
            return
        self.kept.strike(played.id, self.seat, red_line=rule)
        if message.get("on") is True:
            self.kept.note(played.id, self.seat, "red line", rule)

    def _note(self, message: Message) -> None:
        words = _words(message.get("words"), MOST_NOTE)
        if words and message.get("kind") in ("note", "quote"):
            self.kept.note(self.kept.get(self.roleplay).id, self.seat, message["kind"], words)

    def _strike(self, message: Message) -> None:
        if type(message.get("note")) is int:
            self.kept.strike(self.roleplay, self.seat, note=message["note"])

    def _keep_comment(self, message: Message) -> None:
        words, played = _words(message.get("words"), MOST_COMMENT), self.kept.get(self.roleplay)
        if words and message.get("rule") in played.script.rules:
            self.kept.keep_comment(message["rule"], words)

    def _rated(self, _message: Message) -> None:
        """This seat is done, if nothing is missing."""
        played = self._open_seat()
        self.trouble = rating_views.owed(played, self.seat)
        if not self.trouble:
            self.kept.finish(played.id, self.seat)
            self.told = f"{rating_views.SEAT_WORDS[self.seat]}: done, and kept."
            self.seat, self.show = "", "debrief" if self.seat == "settled" else ""

    def _correct(self, message: Message) -> None:
        played, reason = self.kept.get(self.roleplay), _words(message.get("reason"), MOST_NOTE)
        mine = rating_from({**message, "value": int(message["value"]) if str(message.get("value")).isdigit() else None}, played)
        if not reason:
            raise Refused("Say why the rating changes. Both ratings stay on record.")
        if mine.needs_evidence:
            raise Refused(f"A {mine.value} needs a line of evidence.")
        self.kept.rate(played.id, self.seat, mine, reason=reason)

    def _save(self, message: Message) -> None:
        """A page to print or keep, sent as a file."""
        played, kind = self.kept.get(self.roleplay), message["type"].removeprefix("save_")
        if kind == "brief":
            who = "client" if message.get("who") == "client" else "trainee"
            view, name = roleplay_views.brief(played, who), f"{played.scenario.id}-brief-{who}"
        elif kind == "rubric":
            view, name = rating_views.rubric("", played), f"{played.scenario.id}-rubric"
        else:
            view, name = debrief_views.debrief("", played), f"{played.scenario.id}-debrief"
        self.send({"type": "file", "name": f"{name}.html", "text": page(view)})

    def _open_seat(self) -> RolePlay:
        """The role-play, if this seat may still rate it."""
        played = self.kept.get(self.roleplay)
        seat = played.seats.get(self.seat)
        if seat is not None and seat.done_at:
            raise Refused("This rating is done. Correct it with a reason, below.")
        if seat is None:
            raise Refused("Take a seat first: who rates?")
        return played


def rating_from(message: Message, played: RolePlay) -> Rating:
    """The rating that a message carries. Raises Refused."""
    rule, value, evidence = message.get("rule"), message.get("value"), message.get("evidence") or ""
    if rule not in played.script.rules or type(value) is not int or value not in VALUES or not isinstance(evidence, str) or not can_be_kept(evidence):
        raise Refused("That rating cannot be kept: choose 1 to 5, or “not seen”.")
    return Rating(rule, value, evidence[:MOST_EVIDENCE])


def _words(given: object, most: int) -> str:
    """One line of what somebody typed, or "" when it cannot be kept."""
    return " ".join(given.split())[:most] if isinstance(given, str) and can_be_kept(given) else ""
