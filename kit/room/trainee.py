"""A trainee at the page: their screen, their messages, and the store. What is shown is made in ui/views.py."""

import logging
from dataclasses import dataclass, field
from typing import Any

from kit.codes import new_code
from kit.content.scenario import Scenario, Write
from kit.library import Library, up_to_date
from kit.places import scenarios_folder
from kit.play.answer import Refused, can_be_kept
from kit.play.firsts import first_finished
from kit.play.form import LETTERS, SURE, FormScore, gain
from kit.play.run import pick
from kit.report.page import page
from kit.room.acting import OWN_VERBS, Acting
from kit.room.assessing import FORM_MODES, Assessing, letter_of
from kit.store.store import ERASED, Erased, NotSaved, Store, StoredRun, WrongStep
from kit.ui import form_views, over_time_views, reading_views, result_views, roleplay_views, views
from kit.ui.views import View
from kit.ui.widget import Page

ALONE = "alone"   # whoever opens the notebook without a room, in JupyterLab say
MODES = ("practice", "assessment")
_LOG = logging.getLogger("kit")


@dataclass
class Trainee:
    """One person at one page: which screen and which run they look at. Everything else is in the store."""

    person: str
    library: Library
    store: Store
    mode: str = "practice"
    run: StoredRun | None = None
    screen: str = "home"
    was: str = "home"
    told: str = field(default="", repr=False)   # trouble to say on the next view
    code: str = field(default="", repr=False)   # a resume code to show on the next view, once
    page: Page | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self.assessing = Assessing(self.person, self.store)
        self.form = ""   # the form whose result is on the screen
        self.acting = Acting(self.person, self.store, scenarios_folder(), lambda message: self.page.send(message) if self.page else None)

    # --- what to show ---------------------------------------------------------------------------------

    def first_view(self) -> View:
        """Where they left off: the run in progress, the list, or the door."""
        name = self.store.name_of(self.person)
        if name is None:
            self.screen = "welcome"
        else:
            self.run = self.store.run_at(self.person)
            self.screen = "play" if self.run else "home"
        return self.view()

    def view(self) -> View:
        """The present screen; says once what went wrong."""
        (trouble, self.told), (code, self.code) = (self.told, ""), (self.code, "")
        if self.screen == "welcome":
            return views.welcome(self.store.name_of(self.person) or "", trouble=trouble)
        if self.screen == "playbook":
            return reading_views.playbook_view(self.library.playbook, back={"type": "open", "screen": "back"})
        if self.screen == "progress":
            return self._over_time(trouble)
        if self.screen == "play" and self.run:
            return self._play_view(self.run, trouble)
        if self.screen == "roleplay" and (shown := self.acting.view()):
            return views.with_trouble(shown, trouble)
        if self.screen == "form" and (made := self._form_score(self.form)):
            return self._form_result(made)
        return self._home(code, trouble)

    def _home(self, code: str, trouble: str) -> View:
        self.library = up_to_date(self.library)
        runs = self.store.runs_of(self.person)
        states = self.assessing.states(self.library, runs)
        return views.home(self.store.name_of(self.person) or "", self._open_scenarios(runs), self.library.playbook, self.played(), self.mode,
                          forms=form_views.entries(states, self.assessing.minutes(self.library)), roleplays=[roleplay_views.own(p) for p in self.acting.own()], code=code, can_leave=self.person != ALONE, trouble=trouble)

    def _open_scenarios(self, runs: list[StoredRun]) -> tuple[Scenario, ...]:
        """What this person may practise now."""
        hidden = self.assessing.hidden(self.library, runs)
        return tuple(s for s in self.library.ready if s.id not in hidden)

    def _over_time(self, trouble: str) -> View:
        self.library = up_to_date(self.library)
        states = self.assessing.states(self.library, self.store.runs_of(self.person))
        return over_time_views.progress(self.played(), self.library.playbook, self.library.ready,
                                        form_under_way=any(state.begun and not state.is_done for state in states), trouble=trouble)

    def _play_view(self, stored: StoredRun, trouble: str) -> View:
        if stored.read < len(stored.run.picks):
            return views.feedback(stored.run, run_id=stored.id, mode=stored.mode, trouble=trouble)
        letter = letter_of(stored.mode)
        if stored.run.is_over and letter and self._form_score(letter) is None:   # nothing is told until the form is done
            state = next(s for s in self.assessing.states(self.library, self.store.runs_of(self.person)) if s.letter == letter)
            return form_views.between(letter, state.done, state.scenarios)
        if stored.run.is_over:
            return result_views.result(next(p for p in self.played() if p.id == stored.id), ready=self._open_scenarios(self.store.runs_of(self.person)), trouble=trouble)
        return views.scene(stored.run, run_id=stored.id, mode=stored.mode, trouble=trouble)

    def played(self) -> list[views.Played]:
        """This person's runs, oldest first, each told whether it is the first finished one of its scenario.

        Without those of a form that is not finished: their scores are not told yet.
        """
        runs = self.store.runs_of(self.person)
        first, untold = first_finished(runs), {FORM_MODES[letter] for letter in LETTERS if self.assessing.score(letter, self.library, runs) is None}
        return [views.Played(it.id, it.run, it.mode, it.started_at, it.id in first) for it in runs if it.mode not in untold]

    # --- what the browser asks for ----------------------------------------------------------------------

    def handle(self, page_: Page, message: dict[str, Any]) -> View | None:
        """Do what a message asks, if it may; the next view, or None when nothing changed."""
        verbs = {"name": self._name, "open": self._open, "mode": self._mode, "play": self._play, "resume": self._resume,
                 "result": self._resume, "pick": self._pick, "next": self._next, "code": self._code, "roleplay": self._roleplay,
                 "form": self._form, "form_result": self._form_shown,
                 **(dict.fromkeys(OWN_VERBS, self.acting.handle) if self.screen == "roleplay" else {})}
        self.page = page_
        if message["type"] == "save":
            return self._save(page_, message)
        verb = verbs.get(message["type"])
        if verb is None:
            return None
        try:
            if message["type"] != "name" and self.screen != "welcome" and self.store.name_of(self.person) is None:
                raise Erased(ERASED)
            verb(message)
            return self.view()
        except Erased:
            self.run, self.screen = None, "welcome"
            self.told = "What was kept about you here has been erased. You may come in again."
        except Refused as refused:
            self.told = str(refused)
        except WrongStep:
            self._reload()
            self.told = "That scene had been answered already, perhaps in another tab. Here is where you are."
        except NotSaved as error:
            _LOG.exception("not saved")
            return self._not_saved(error)
        return self.view()

    def _not_saved(self, error: NotSaved) -> View:
        """The screen as it was, with the notice; from memory when the store cannot even be read."""
        self.told = f"{error} Your answer is not saved yet. Please send it again."
        try:
            return self.view()
        except NotSaved:
            self.told = ""
            words = f"{error} Nothing is saved at the moment. What you answered before is kept. Please try again in a minute."
            if self.run and self.screen == "play" and not self.run.run.is_over:
                return self._play_view(self.run, words)
            return views.trouble_view(words)

    def _name(self, message: dict[str, Any]) -> None:
        name = message.get("name")
        if not isinstance(name, str) or not can_be_kept(name):
            raise Refused("That name cannot be kept. Try another, or none.")
        self.store.name_person(self.person, " ".join(name.split())[:views.MOST_NAME])
        self.screen = "home"

    def _open(self, message: dict[str, Any]) -> None:
        wanted = message.get("screen")
        if wanted == "back":
            wanted = self.was
        if wanted not in ("home", "welcome", "playbook", "progress", "play"):
            return
        if self.screen != "playbook":
            self.was = self.screen
        if wanted in ("home", "progress"):
            self.store.is_at(self.person, "")
        self.screen = wanted

    def _mode(self, message: dict[str, Any]) -> None:
        if message.get("mode") in MODES:
            self.mode = message["mode"]

    def _code(self, _message: dict[str, Any]) -> None:
        self.code = new_code()
        self.store.keep_resume_code(self.person, self.code)

    def _roleplay(self, message: dict[str, Any]) -> None:
        self.acting.open(message)
        self.screen = "roleplay"

    def _form(self, message: dict[str, Any]) -> None:
        if self.store.has_ended():
            raise Refused("The workshop has ended. Your results are still here to read.")
        self.library = up_to_date(self.library)
        self._show(self.assessing.go_on(message.get("form"), self.library))

    def _form_shown(self, message: dict[str, Any]) -> None:
        if self._form_score(message.get("form")) is None:
            raise Refused("That form is not finished yet.")
        self.form, self.screen = message["form"], "form"
        self.store.is_at(self.person, "")

    def _form_score(self, letter: object) -> FormScore | None:
        return self.assessing.score(letter, self.library, self.store.runs_of(self.person))

    def _form_result(self, made: FormScore) -> View:
        """The second form is shown with the gain from the first."""
        order = [state.letter for state in self.assessing.states(self.library, self.store.runs_of(self.person))]
        first = self._form_score(order[0]) if self.form == order[1] else None
        return form_views.result(self.form, made, self.library.playbook, self.library.ready, other=first, gained=gain(first, made) if first else None)

    def _play(self, message: dict[str, Any]) -> None:
        if self.store.has_ended():
            raise Refused("The workshop has ended. Your results are still here to read.")
        self.library = up_to_date(self.library)
        scenario = next((s for s in self.library.ready if s.id == message.get("scenario")), None)
        if scenario is None:
            raise Refused("That scenario is not here any more.")
        if scenario.id in self.assessing.hidden(self.library, self.store.runs_of(self.person)):
            raise Refused("That scenario belongs to the self-assessment. It opens for practice when you have finished both forms.")
        mode = message.get("mode") if message.get("mode") in MODES else self.mode
        self._show(self.store.start_run(self.person, scenario, self.library.playbook, mode=mode))

    def _resume(self, message: dict[str, Any]) -> None:
        run_id = message.get("run")
        found = self.store.run(run_id, person=self.person) if isinstance(run_id, str) else None
        if found is None:
            raise Refused("That run is not kept here any more.")
        self._show(found)

    def _show(self, stored: StoredRun) -> None:
        self.store.is_at(self.person, stored.id)
        self.run, self.screen = stored, "play"

    def _pick(self, message: dict[str, Any]) -> None:
        stored = self._current(message)
        if stored is None or message.get("step") != len(stored.run.picks) + 1:
            return   # a double click or a stale tab: show where they are
        after = pick(stored.run, views.answer_named(stored.run, message.get("answer")))
        self.run = self.store.add_pick(stored, after, sure=self._sure(stored, message))

    def _sure(self, stored: StoredRun, message: dict[str, Any]) -> int | None:
        """How sure they are, where it is asked."""
        if letter_of(stored.mode) is None or isinstance(stored.run.scene, Write):
            return None
        sure = message.get("sure")
        if type(sure) is not int or sure not in SURE:
            raise Refused("Say how sure you are, too.")
        return sure

    def _next(self, message: dict[str, Any]) -> None:
        stored = self._current(message)
        if stored and message.get("step") == len(stored.run.picks):
            self.run = self.store.has_read(stored, len(stored.run.picks))

    def _current(self, message: dict[str, Any]) -> StoredRun | None:
        return self.run if self.run and self.screen == "play" and message.get("run") == self.run.id else None

    def _reload(self) -> None:
        if self.run:
            self.run = self.store.run(self.run.id, person=self.person)

    def _save(self, page_: Page, message: dict[str, Any]) -> View | None:
        """The result as a page to keep, sent as a file."""
        found = next((p for p in self.played() if p.id == message.get("run") and p.run.is_over), None)
        if found:
            view = result_views.result(found)
            page_.send({"type": "file", "name": f"{found.run.scenario.id}-result.html", "text": page(view)})
        return None
