"""The desk's place for rater training: who trains, the talk that is open, and what came of finished attempts."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from kit.content.training import Performance
from kit.content.values import content_hash
from kit.library import Lesson, NoPlaybook, Training, load_training
from kit.play.answer import Refused, can_be_kept
from kit.play.compare import Comparison, compare
from kit.play.rate import VALUES
from kit.store.store import Erased, Store, WrongStep
from kit.store.training import Attempt, Raters
from kit.ui import desk_views, training_views
from kit.ui.training_views import MOST_NAME, Course
from kit.ui.views import View, trouble_view

Message = dict[str, Any]


@dataclass
class TrainingPlace:
    """Who trains, and which of their attempts is open. What is on screen follows from the attempt as it is kept."""

    room_name: str
    folder: Path
    store: Store
    rater: str = ""
    attempt: str = ""           # "": the overview
    show: str = ""              # "certificate", or what follows from the attempt
    needs: bool = False         # say which ratings are missing
    is_doomed: bool = False     # the rater's attempts wait to be erased
    told: str = field(default="", repr=False)   # said once, on the next view

    def __post_init__(self) -> None:
        self.kept = Raters(self.store)

    @classmethod
    def at(cls, message: Message, **given: Any) -> "TrainingPlace":
        """The place as the message says: a page that is loaded again comes back to its rater and attempt."""
        return cls(**given, **{name: str(message.get(name) or "") for name in ("attempt", "show")}, rater=_name(message.get("rater")))

    # --- what to show ---------------------------------------------------------------------------------

    @cached_property
    def content(self) -> Training:
        """Read once each time the place is opened. Raises NoPlaybook."""
        return load_training(self.folder)

    def view(self) -> View:
        try:
            content = self.content
        except NoPlaybook:
            return trouble_view("The playbook cannot be read, so there is nothing to rate. `kit check` says why.")
        if not content.lessons:
            return training_views.unreadable(self.room_name, [str(f) for f in content.findings])
        if not self.rater:
            told, self.told = self.told, ""
            return training_views.start(self.room_name, self.kept.raters(), told)
        if self.is_doomed:
            return desk_views.confirm(f"everything that {self.rater} rated in training")
        attempt = self._open_attempt()
        return self._attempt(attempt, content) if attempt else self._overview(content)

    def _open_attempt(self) -> Attempt | None:
        """The attempt that is open; one that was erased meanwhile, or is another rater's, is not."""
        if not self.attempt:
            return None
        try:
            found = self.kept.attempt(self.attempt)
        except Erased as gone:
            self.attempt, self.told = "", str(gone)
            return None
        return found if found.rater == self.rater else None

    def _attempt(self, attempt: Attempt, content: Training) -> View:
        performance = _open_talk(attempt)
        lesson = _lesson(content, attempt)
        if performance is None:
            found = compare(attempt.given, attempt.training.reference)
            if self.show == "certificate" and training_views.certifies(attempt.training) and found.certifies:
                return training_views.certificate(self.room_name, attempt, lesson.scenario.title if lesson else attempt.training.script, found)
            return training_views.result(self.room_name, attempt, content.playbook, found)
        if lesson is None:
            self.attempt, self.told = "", "These talks have been changed since you began, so this attempt cannot go on. Begin again."
            return self._overview(content)
        if performance.id in attempt.done:
            return training_views.differences(self.room_name, attempt, performance, lesson.scenario, content.playbook, _talk_compared(attempt, performance))
        return training_views.talk(self.room_name, attempt, performance, lesson.scenario, content.playbook, needs=self.needs)

    def _overview(self, content: Training) -> View:
        told, self.told = self.told, ""
        attempts = self.kept.attempts_of(self.rater)
        past = [(a, compare(a.given, a.training.reference)) for a in reversed(attempts) if _open_talk(a) is None]
        return training_views.overview(self.room_name, self.rater, [_course(lesson, attempts) for lesson in content.lessons], past,
                                       findings=[str(f) for f in content.findings if f.is_error], told=told)

    # --- what the browser asks for ----------------------------------------------------------------------

    @property
    def verbs(self) -> dict[str, Callable[[Message], None]]:
        return {"train_as": self._train_as, "stand_up": self._stand_up, "train": self._train, "overview": self._overview_again, "rate": self._rate,
                "talk_done": self._talk_done, "talk_read": self._talk_read, "attempt": self._look_at, "certificate": self._certificate,
                "erase_rater": self._doom, "confirm": self._confirm, "cancel": self._cancel}

    def _train_as(self, message: Message) -> None:
        self.rater = _name(message.get("name"))
        if not self.rater:
            self.told = f"Type a name, of at most {MOST_NAME} letters."

    def _stand_up(self, _message: Message) -> None:
        self.rater = self.attempt = self.show = ""

    def _train(self, message: Message) -> None:
        """Begins an attempt, or goes on with the one that is open."""
        lesson = next((found for found in self.content.lessons if found.training.id == message.get("training")), None)
        if lesson is None:
            raise Refused("These talks are not here any more.")
        if self.rater:
            started = _started(self.kept.attempts_of(self.rater), lesson)
            self._go_to((started or self.kept.begin(self.rater, lesson.training)).id)

    def _overview_again(self, _message: Message) -> None:
        self._go_to("")

    def _go_to(self, attempt: str, show: str = "") -> None:
        self.attempt, self.show, self.needs = attempt, show, False

    def _rate(self, message: Message) -> None:
        attempt, performance = self._meant(message)
        rule, value = message.get("rule"), message.get("value")
        if attempt and performance and rule in attempt.training.rules and type(value) is int and value in VALUES:
            with _until_done():
                self.kept.rate(attempt, performance.id, rule, value)

    def _talk_done(self, message: Message) -> None:
        attempt, performance = self._meant(message)
        if attempt and performance:
            self.needs = any((performance.id, rule) not in attempt.given for rule in attempt.training.rules)
            if not self.needs:
                with _until_done():
                    self.kept.finish_talk(attempt, performance.id)

    def _talk_read(self, message: Message) -> None:
        attempt, performance = self._meant(message)
        if attempt and performance:
            self.kept.has_read(attempt, performance.id)

    def _meant(self, message: Message) -> tuple[Attempt | None, Performance | None]:
        """The open attempt and talk, if the message means these: a stale tab or a second click changes nothing."""
        attempt = self._open_attempt()
        performance = _open_talk(attempt) if attempt else None
        is_meant = attempt and performance and (message.get("attempt"), message.get("performance")) == (attempt.id, performance.id)
        return (attempt, performance) if is_meant else (None, None)

    def _look_at(self, message: Message) -> None:
        self._go_to(str(message.get("attempt") or ""))

    def _certificate(self, message: Message) -> None:
        self._go_to(str(message.get("attempt") or ""), "certificate")

    def _doom(self, _message: Message) -> None:
        self.is_doomed = bool(self.rater)

    def _confirm(self, _message: Message) -> None:
        if self.is_doomed:
            self.is_doomed = False
            self.kept.erase_rater(self.rater)
            self.told = f"Erased: everything that {self.rater} rated in training."
            self._go_to("")

    def _cancel(self, _message: Message) -> None:
        self.is_doomed = False


@contextmanager
def _until_done() -> Iterator[None]:
    """Another tab may be done with the talk between our look and our write."""
    try:
        yield
    except WrongStep as error:
        raise Refused("You were done with this talk already, in another tab. Its ratings are as they were then.") from error


def _name(typed: object) -> str:
    """A display name as it is kept; "" for what cannot be one."""
    name = " ".join(typed.split()) if isinstance(typed, str) else ""
    return name if len(name) <= MOST_NAME and can_be_kept(name) else ""


def _open_talk(attempt: Attempt) -> Performance | None:
    """The talk to rate or (in a set to learn with) whose differences are to be read; None when all are behind them."""
    behind = attempt.done if training_views.certifies(attempt.training) else attempt.read
    return next((p for p in attempt.training.performances if p.id not in behind), None)


def _lesson(content: Training, attempt: Attempt) -> Lesson | None:
    """Today's content of the attempt's set, if it is still the same."""
    return next((found for found in content.lessons if content_hash(found.training) == attempt.training_hash), None)


def _talk_compared(attempt: Attempt, performance: Performance) -> Comparison:
    reference = {key: value for key, value in attempt.training.reference.items() if key[0] == performance.id}
    return compare({key: attempt.given[key] for key in reference}, reference)


def _course(lesson: Lesson, attempts: list[Attempt]) -> Course:
    started = _started(attempts, lesson)
    number = lesson.training.performances.index(_open_talk(started)) + 1 if started else None
    finished = sum(a.training_hash == content_hash(lesson.training) and _open_talk(a) is None for a in attempts)
    return Course(lesson.training, lesson.scenario, training_views.certifies(lesson.training), number, finished)


def _started(attempts: list[Attempt], lesson: Lesson) -> Attempt | None:
    """The attempt at today's content of this set that has talks ahead."""
    return next((a for a in attempts if a.training_hash == content_hash(lesson.training) and _open_talk(a)), None)
