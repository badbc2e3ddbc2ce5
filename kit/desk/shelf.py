"""The library as the studio sees it: every text with what is wrong in it, and which scenarios name which rule. Reads only."""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from kit.content.finding import Finding
from kit.content.playbook import Playbook
from kit.content.scenario import Block, Option, Order, Scenario, Write
from kit.library import (
    PLAYBOOK,
    Looks,
    NoPlaybook,
    across,
    check_playbook_text,
    check_text,
    load_playbook,
    load_scenario,
    looks_of,
    playbook_folder,
    scenario_files,
)
from kit.ui.studio_views import OnShelf
from kit.writing import Draft, NotWritten, Texts, is_id

THE_PLAYBOOK = "playbook"
Saved = tuple[Path, Scenario | None, tuple[Finding, ...]]   # a file, the scenario in it if it loads, and what is wrong


@dataclass(frozen=True)
class Checked:
    """What came of a text: what it holds (None when it has errors), and the findings."""

    content: Scenario | Playbook | None
    findings: tuple[Finding, ...]

    @property
    def has_errors(self) -> bool:
        return any(f.is_error for f in self.findings)


class Shelf:
    """The texts of a library. What was read is read again only when a file has changed."""

    def __init__(self, folder: Path, data: Path) -> None:
        self.folder, self.texts = folder, Texts(folder, data)
        self._looks: Looks | None = None
        self._playbook: Playbook | None = None
        self._playbook_findings: tuple[Finding, ...] = ()
        self._readings: list[Saved] = []

    def _look(self) -> None:
        looks = looks_of(self.folder)
        if looks == self._looks:
            return
        try:
            self._playbook, self._playbook_findings = load_playbook(playbook_folder(self.folder))
        except NoPlaybook as none:
            self._playbook, self._playbook_findings = None, none.findings
        self._readings = self._read(self._playbook) if self._playbook else [(path, None, ()) for path in scenario_files(self.folder)]
        self._looks = looks

    def _read(self, book: Playbook) -> list[Saved]:
        """Every scenario by this playbook, with what is wrong in it and between them."""
        readings = [(path, load_scenario(path, book)) for path in scenario_files(self.folder)]
        beside = {path.stem: reading.content for path, reading in readings}
        return [(path, reading.content, (*reading.findings, *across(reading, beside, book))) for path, reading in readings]

    @property
    def playbook(self) -> Playbook | None:
        """The playbook as it is saved; None when it has errors."""
        self._look()
        return self._playbook

    @property
    def playbook_findings(self) -> tuple[Finding, ...]:
        self._look()
        return self._playbook_findings

    @property
    def has_own_playbook(self) -> bool:
        return (self.folder / PLAYBOOK).is_file()

    @property
    def scenarios(self) -> list[Scenario]:
        """Those that load, as they are saved."""
        self._look()
        return [scenario for _, scenario, _ in self._readings if scenario]

    def health(self) -> list[OnShelf]:
        """Every scenario, and what was typed of one whose file has been removed."""
        self._look()
        names, files = set(self.texts.names()), {path.stem for path, _, _ in self._readings}
        return [*(OnShelf(path.stem if path.stem in names else "", path.name, scenario, found, self.is_unsaved(path.stem)) for path, scenario, found in self._readings),
                *(OnShelf(name, "", None, (), is_unsaved=True) for name in self.texts.drafted() if name not in {*files, *names})]

    def is_unsaved(self, name: str) -> bool:
        """Whether something was typed and not saved."""
        try:
            draft = self.texts.draft(name) if is_id(name) else None
            return draft is not None and draft.text != self.texts.read(name).text
        except NotWritten:
            return True

    def check(self, name: str, text: str) -> Checked:
        """What a text would be as this scenario, or as the playbook."""
        if name == THE_PLAYBOOK:
            book = check_playbook_text(text)
            return Checked(book.content, book.findings)
        if self.playbook is None:
            words = Finding(name, 1, 1, "E101", "the playbook has errors, so nothing can be checked against it.", "Open the playbook in the studio, and mend it first.")
            return Checked(None, (words,))
        reading = check_text(name, text, self.playbook)
        beside = {path.stem: scenario for path, scenario, _ in self._readings} | {name: reading.content}
        return Checked(reading.content, (*reading.findings, *across(reading, beside, self.playbook)))

    def opened(self, name: str) -> Draft:
        """What is (to be) written: the draft that was kept, or what is saved. Raises NotWritten."""
        saved = self.texts.read(name)
        draft = self.texts.draft(name)
        if draft is None and not saved.hash:
            raise NotWritten(f"“{name}” is not here any more.")
        return draft if draft and draft.text != saved.text else Draft(saved.text, saved.hash)

    def effects(self, book: Playbook) -> list[tuple[Scenario, list[Finding]]]:
        """The scenarios in which another playbook would find what the saved one does not, and what."""
        self._look()
        saved = {path: (scenario, {(f.code, f.says) for f in found}) for path, scenario, found in self._readings}
        touched = []
        for path, _, found in self._read(book):
            scenario, known = saved.get(path, (None, set()))
            new = [f for f in found if (f.code, f.says) not in known]
            if scenario and new:
                touched.append((scenario, new))
        return touched


def uses(scenarios: list[Scenario]) -> dict[str, dict[str, list[str]]]:
    """Rule -> scenario -> the scenes (and the role-play) that name it."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for scenario in scenarios:
        for where, rules in _named(scenario):
            for rule in rules:
                if where not in found[rule][scenario.id]:
                    found[rule][scenario.id].append(where)
    return found


def _named(scenario: Scenario) -> list[tuple[str, tuple[str, ...]]]:
    """(scene, the rules it names), in the file's order."""
    named = []
    for scene in scenario.scenes:
        named += [(scene.id, (*part.keeps, *part.breaks)) for part in scene.parts if isinstance(part, Option | Block)]
        named += [(scene.id, scene.keeps)] if isinstance(scene, Order) else [(scene.id, scene.rules)] if isinstance(scene, Write) else []
    return [*named, *([("role-play", scenario.roleplay.rules)] if scenario.roleplay else [])]
