"""A person's self-assessment: where they are in forms A and B, and what comes next. What a form is worth: play/form.py."""

from collections.abc import Sequence
from dataclasses import dataclass

from kit.library import Library
from kit.play.answer import Refused
from kit.play.form import LETTERS, FormScore, first_form, form_score, kept_for_forms, scenarios_of
from kit.store.store import Store, StoredRun
from kit.ui.form_views import FormState

FORM_MODES = {letter: f"form {letter}" for letter in LETTERS}


@dataclass
class Assessing:
    """One person's runs of the forms."""

    person: str
    store: Store

    def states(self, library: Library, runs: Sequence[StoredRun]) -> list[FormState]:
        """The forms in the order in which this person takes them; none where the playbook has no two forms of scenarios that are ready."""
        if not has_forms(library):
            return []
        order = LETTERS if first_form(self.person) == "a" else LETTERS[::-1]
        states = []
        for letter in order:
            of_form = self._runs(letter, library, runs)
            begun, done = sum(run is not None for run in of_form), sum(is_done(run) for run in of_form)
            states.append(FormState(letter, len(of_form), begun, done, may_begin=not states or states[-1].is_done))
        return states

    def minutes(self, library: Library) -> dict[str, int]:
        """About how long each form takes: with the seconds that saying how sure one is takes."""
        length = {s.id: s.minutes + len(s.scenes) // 6 for s in library.ready}
        return {letter: sum(length.get(name, 0) for name in scenarios_of(letter, library.playbook)) for letter in LETTERS}

    def hidden(self, library: Library, runs: Sequence[StoredRun]) -> frozenset[str]:
        """What this person does not practise yet: the scenarios of the forms, until both are done."""
        states = self.states(library, runs)
        return frozenset() if all(state.is_done for state in states) else kept_for_forms(library.playbook)

    def go_on(self, letter: object, library: Library) -> StoredRun:
        """The run in progress of this form, or the next one, begun. Raises Refused."""
        runs = self.store.runs_of(self.person)
        state = next((s for s in self.states(library, runs) if s.letter == letter), None)
        if state is None or not state.may_begin:
            raise Refused("That form is not open yet.")
        for name, run in zip(scenarios_of(state.letter, library.playbook), self._runs(state.letter, library, runs), strict=True):
            if run is None:
                scenario = next(s for s in library.ready if s.id == name)
                return self.store.start_run(self.person, scenario, library.playbook, mode=FORM_MODES[state.letter])
            if not is_done(run):
                return run
        raise Refused("You have finished this form. Its result is on the list.")

    def score(self, letter: object, library: Library, runs: Sequence[StoredRun]) -> FormScore | None:
        """The form's score; None while it is not finished."""
        if letter not in LETTERS or not has_forms(library):
            return None
        of_form = self._runs(str(letter), library, runs)
        done = [run for run in of_form if run is not None and is_done(run)]
        return form_score([(run.run, run.sure) for run in done], library.playbook) if len(done) == len(of_form) else None

    def _runs(self, letter: str, library: Library, runs: Sequence[StoredRun]) -> list[StoredRun | None]:
        """The person's first run of each of the form's scenarios, in this form; None where there is none yet."""
        mine = [run for run in runs if run.mode == FORM_MODES[letter]]
        return [next((run for run in mine if run.run.scenario.id == name), None) for name in scenarios_of(letter, library.playbook)]


def has_forms(library: Library) -> bool:
    ready = {s.id for s in library.ready}
    return all(names and set(names) <= ready for names in (scenarios_of(letter, library.playbook) for letter in LETTERS))


def is_done(run: StoredRun | None) -> bool:
    return run is not None and run.run.is_over and run.read == len(run.run.picks)


def letter_of(mode: str) -> str | None:
    """The form that a run belongs to, if any."""
    return next((letter for letter, name in FORM_MODES.items() if name == mode), None)
