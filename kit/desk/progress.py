"""The desk's place for figures: what everybody kept, picked and took, and one person's runs over time. A finished run is read once."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from kit.content.playbook import Rule
from kit.content.scenario import AnyScene, Compose, Order, Write
from kit.play.score import Score, score
from kit.report.cohort import ALL, Cohort, Count, Picked, Shown, times_of
from kit.report.finished import Finished, Reader, first_finished
from kit.store.store import Store
from kit.ui import progress_views as views
from kit.ui.desk_views import Present
from kit.ui.progress_views import Attempt, Line, SceneLine, Somebody, Way
from kit.ui.views import View

Message = dict[str, Any]


class Past:
    """Every finished run of the workshop. One that was read is not read again, for it never changes; one that was erased is forgotten."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.runs: dict[str, Finished] = {}      # by id, oldest first
        self.firsts: list[Finished] = []
        self.cohort = Cohort([])
        self._reader = Reader()
        self._scores: dict[str, Score] = {}

    def read(self) -> None:
        """Read what is new."""
        ids = self.store.run_ids()
        new = {stored.id: self._reader.finished(stored) for stored in self.store.runs_with([i for i in ids if i not in self.runs])}
        known = {**self.runs, **{i: made for i, made in new.items() if made}}
        self.runs = {i: known[i] for i in ids if i in known}
        self._scores = {i: made for i, made in self._scores.items() if i in self.runs}
        firsts = first_finished(self.runs.values())
        if firsts != self.firsts:
            self.firsts, self.cohort = firsts, Cohort(firsts)

    def attempts(self, person: str) -> list[Attempt]:
        """One person's finished runs, oldest first."""
        firsts = {one.id for one in self.firsts}
        made = []
        for stored in self.store.runs_of(person):
            if stored.run.is_over:
                if stored.id not in self._scores:
                    self._scores[stored.id] = score(stored.run)
                it = self._scores[stored.id]
                made.append(Attempt(stored.started_at, stored.run.scenario.title, it.value, it.low, it.high,
                                    views.margin_words(it.verdict, it.pass_mark), stored.mode, stored.id in firsts))
        return made


class Progress:
    """Which figures are looked at: a part, and in it a version of a scenario or a person."""

    def __init__(self, room_name: str, past: Past, message: Message) -> None:
        self.room_name, self.past = room_name, past
        self.part, self.version, self.person = "rules", "", ""
        self._shown: tuple[tuple[str, str, Cohort], View] | None = None
        self._see(message)

    @property
    def verbs(self) -> dict[str, Callable[[Message], None]]:
        return {"part": self._see, "version": self._see, "person": self._see_person}

    def _see(self, message: Message) -> None:
        """What a message names, as far as there is such a thing; nobody in particular unless it names them."""
        if message.get("part") in [name for name, _ in views.PARTS]:
            self.part = message["part"]
        self.version = str(message.get("version") or self.version)
        self.person = str(message.get("person") or "")

    def _see_person(self, message: Message) -> None:
        self._see({**message, "part": "people"})

    def view(self) -> View:
        self.past.read()
        if self.part == "people":
            return self._people()
        key = self.part, self.version, self.past.cohort   # a new cohort when there is anything new
        if self._shown is None or self._shown[0] != key:
            self._shown = key, self._rules() if self.part == "rules" else self._scenes() if self.part == "scenes" else self._time()
        return self._shown[1]

    @property
    def _counted(self) -> str:
        return views.counted_words(self.past.cohort.people, self.past.cohort.runs)

    def _rules(self) -> View:
        cohort = self.past.cohort
        books = [shown.version.playbook for shown in cohort.versions]
        competencies = {c.id: c.title for book in books for c in book.competencies}
        rules = {rule.id: rule.title for book in books for rule in book.rules}
        return views.rules(self.room_name, self._counted, [_called(shown) for shown in cohort.versions],
                           self._lines(competencies, lambda rule: rule.competency), self._lines(rules, lambda rule: rule.id))

    def _lines(self, titles: dict[str, str], group: Callable[[Rule], str]) -> list[Line]:
        counts = self.past.cohort.counts(group)
        columns = [ALL, *(shown.version.hash for shown in self.past.cohort.versions)]
        return [Line(title, [counts[name].get(column, Count()) for column in columns]) for name, title in titles.items() if name in counts]

    def _scenes(self) -> View:
        cohort = self.past.cohort
        chosen = next((shown for shown in cohort.versions if shown.version.hash == self.version), next(iter(cohort.versions), None))
        lines = [self._scene(n, chosen, scene) for n, scene in enumerate(chosen.version.scenario.scenes, start=1)] if chosen else []
        return views.scenes(self.room_name, views.counted_words(chosen.runs, chosen.runs) if chosen else "", [(shown.version.hash, _called(shown)) for shown in cohort.versions],
                            chosen.version.hash if chosen else "", lines)

    def _scene(self, number: int, shown: Shown, scene: AnyScene) -> SceneLine:
        picks = self.past.cohort.picks(shown.version, scene)
        ways = [] if isinstance(scene, Write) else [Way(_way(scene, p), p.is_best, p.times, p.figure) for p in picks]
        return SceneLine(number, scene.question, scene.situation, scene.ask, sum(p.times for p in picks), ways)

    def _people(self) -> View:
        finished: dict[str, list[Finished]] = defaultdict(list)
        for one in self.past.runs.values():
            finished[one.person].append(one)
        everybody = [_somebody(row, finished[row["id"]]) for row in self.past.store.people()]
        chosen = next((who for who in everybody if who.person == self.person), None)
        return views.person(self.room_name, chosen, self.past.attempts(chosen.person)) if chosen else views.people(self.room_name, everybody)



    def _time(self) -> View:
        cohort = self.past.cohort
        runs = [(_called(shown), times_of(shown.minutes).middle or 0, shown.runs) for shown in cohort.versions]
        scenes = []
        for shown in cohort.versions:
            for n, scene in enumerate(shown.version.scenario.scenes, start=1):
                it = cohort.seconds(shown.version, scene)
                if it.n or it.left_out:
                    scenes.append((_called(shown), f"{n}. {scene.question}", it.middle, it.n, it.left_out))
        return views.time(self.room_name, self._counted, runs, scenes)


def _somebody(row: dict[str, Any], runs: list[Finished]) -> Somebody:
    """A person, of the store's row and their finished runs."""
    called = Present(row["id"], row["name"], "", []).called
    return Somebody(row["id"], called, len({one.version.scenario.id for one in runs}), len(runs), runs[-1].started_at if runs else "")


def _called(shown: Shown) -> str:
    return views.version_words(shown.version.scenario.title, shown.number, shown.of, shown.since)


def _way(scene: AnyScene, picked: Picked) -> str:
    """An option's words; of what was composed or put in order, how much of it was right and what the client said."""
    if not isinstance(scene, Compose | Order):
        return next(part.text for part in scene.parts if part.id == picked.part)
    outcome = scene.outcomes[int(picked.part)]
    right = "Less than that" if outcome.at_least is None else f"At least {100 * outcome.at_least:.0f} % of what was there to keep"
    return f"{right}: {outcome.reply}" if outcome.reply else right
