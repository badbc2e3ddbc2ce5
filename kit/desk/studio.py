"""The desk's place to write: which text is open, what is typed in it, and the run of its preview. Files are kit/writing.py's.

No path comes from the browser: texts are named by their id, versions as they were listed.
"""

import difflib
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any

from kit.commands.drafting import NameTaken, id_of, title_of, write_draft
from kit.content.playbook import Playbook
from kit.content.scenario import Scenario
from kit.desk.shelf import THE_PLAYBOOK, Checked, Shelf, uses
from kit.desk.status import with_status, with_title
from kit.play.answer import Refused, can_be_kept
from kit.play.graph import graph
from kit.play.part import from_scene
from kit.play.run import Run, pick
from kit.report.graph import lines, svg
from kit.ui import blocks as b
from kit.ui import result_views, studio_views, views
from kit.ui.studio_views import OnShelf, Use, Writing
from kit.ui.views import Played, View
from kit.writing import Changed, Draft, NotWritten

Message = dict[str, Any]
SHOWS = ("text", "graph", "play", "preview", "earlier", "theirs", "copy")
PUBLISHED = "Published. New runs use it at once; whoever is in the middle of one keeps the version they began with."
TAKEN_BACK = "Taken back: trainees do not see it any more. Whoever is in the middle of it may finish."


class Studio:
    """The shelf, or one text that is open. What is typed is in the data folder, so any page finds it again."""

    def __init__(self, room_name: str, shelf: Shelf, send: Callable[[Message], None], message: Message) -> None:
        self.room_name, self.shelf, self.send = room_name, shelf, send
        self.name, self.show = "", "text"
        self.draft = Draft("", "")          # what is typed, and the hash of the file it began from
        self.kept: Draft | None = None      # the draft as this page last saw it kept
        self.bases: set[str] = set()        # hashes that this page has itself saved over
        self.version = 0                    # counts the texts that did not come from the browser
        self.told, self.refused = "", ""    # said on the next view
        self.title = ""                     # put into a field on the next view
        self.below: list[b.Block] = []      # what a change of the playbook brings up
        self.run: Run | None = None
        self.read = 0
        self._checked: tuple[str, object, Checked] | None = None
        if message.get("name"):
            self._open(message)

    @property
    def verbs(self) -> dict[str, Callable[[Message], None]]:
        verbs = {"open_text": self._open, "show": self._show, "typed": self._typed, "save_text": self._save, "publish": self._publish, "take_back": self._take_back,
                 "throw_away": self._throw_away, "new_text": self._new, "copy_text": self._copy, "earlier": self._earlier, "mine": self._mine, "theirs": self._theirs,
                 "effects": self._effects, "play_from": self._play_from, "pick": self._pick, "next": self._next}
        return {name: partial(self._try, verb) for name, verb in verbs.items()}

    def _try(self, verb: Callable[[Message], None], message: Message) -> None:
        """What a text refuses is said above its buttons; a file that was changed elsewhere is shown beside what is typed."""
        try:
            verb(message)
        except Changed:
            self.show = "theirs"
        except Refused as refused:
            if not self.name or self.show != "text":
                raise
            self.refused = str(refused)

    # --- what to show ---------------------------------------------------------------------------------

    def view(self) -> View:
        """What is open; the shelf, with the reason, when it cannot be read any more."""
        try:
            return self._view()
        except Refused as refused:
            self.name, self.told = "", str(refused)
            return self._view()

    def _view(self) -> View:
        (told, self.told), (title, self.title) = (self.told, ""), (self.title, "")
        if not self.name:
            return self._shelf(told, title)
        it = self._writing(told)
        if self.show == "preview" and self.run:
            return self._preview(self.run)
        if self.show in ("graph", "play"):
            return self._seen(it)
        if self.show == "copy":
            return studio_views.copy(self.room_name, it, title=title)
        if self.show == "earlier":
            return studio_views.earlier(self.room_name, it, [(one.name, one.when, one.was_saved) for one in self.shelf.texts.earlier(self.name)])
        if self.show == "theirs" and it.is_changed_elsewhere:
            return self._differences(it)
        return studio_views.write(self.room_name, it, others=[*self.below, *(self._rules() if self.name == THE_PLAYBOOK else [])])

    def _shelf(self, told: str, title: str) -> View:
        book = OnShelf(THE_PLAYBOOK, "", None, self.shelf.playbook_findings, self.shelf.is_unsaved(THE_PLAYBOOK)) if self.shelf.has_own_playbook else None
        return studio_views.shelf(self.room_name, self.shelf.health(), book, told=told, name=title)

    def _writing(self, told: str) -> Writing:
        with _said():
            saved = self.shelf.texts.read(self.name)
        scenario = next((s for s in self.shelf.scenarios if s.id == self.name), None)
        found = self._check()
        title = "The playbook" if self.name == THE_PLAYBOOK else found.content.title if isinstance(found.content, Scenario) else scenario.title if scenario else self.name
        refused, self.refused = self.refused, ""
        return Writing(self.name, title, self.draft.text, self.draft.base, self.version, found.findings, scenario.status if scenario else "",
                       saved.text == self.draft.text and bool(saved.hash), saved.hash != self.draft.base and saved.text != self.draft.text, told, refused)

    def _check(self) -> Checked:
        """What the typed text is worth; worked out once for each text and playbook."""
        known = (self.draft.text, self.shelf.playbook)
        if self._checked is None or self._checked[0] != known[0] or self._checked[1] is not known[1]:
            self._checked = (*known, self.shelf.check(self.name, self.draft.text))
        return self._checked[2]

    def _seen(self, it: Writing) -> View:
        scenario, book = self._check().content, self.shelf.playbook
        if not isinstance(scenario, Scenario) or book is None:
            return studio_views.cannot_be_seen(self.room_name, it, self.show)
        if self.show == "play":
            return studio_views.choose_scene(self.room_name, it, scenario)
        made = graph(scenario, book)
        return studio_views.graph(self.room_name, it, svg(made), lines(made))

    def _preview(self, run: Run) -> View:
        name = f"preview {run.seed}"
        if self.read < len(run.picks):
            view = views.feedback(run, run_id=name, mode="practice")
        elif run.is_over:
            view = result_views.result(Played(name, run, "practice", "", is_first=True))
        else:
            view = views.scene(run, run_id=name, mode="practice")
        return studio_views.preview(view, self.name, run.scenario.scenes[0].id)

    def _differences(self, it: Writing) -> View:
        with _said():
            theirs = self.shelf.texts.read(self.name)
        before, after = theirs.text.split("\n"), self.draft.text.split("\n")
        told = [line for kind, i, j, m, n in difflib.SequenceMatcher(None, before, after).get_opcodes() if kind != "equal"
                for line in (*(("theirs", at + 1, before[at]) for at in range(i, j)), *(("yours", at + 1, after[at]) for at in range(m, n)))]
        return studio_views.changed_elsewhere(self.room_name, it, told if theirs.hash else [], is_gone=not theirs.hash)

    def _rules(self) -> list[b.Block]:
        """The rules of what is typed (or of what is saved, while that has errors), and where they are named."""
        typed, saved = self._check().content, self.shelf.playbook
        book = typed if isinstance(typed, Playbook) else saved
        if book is None:
            return []
        found, titles = uses(self.shelf.scenarios), {s.id: s.title for s in self.shelf.scenarios}
        was = saved.rule if saved else {}
        gone = [rule for name, rule in was.items() if name not in book.rule]
        return studio_views.rules([Use(rule, [(titles[name], scenes) for name, scenes in found[rule.id].items()], was.get(rule.id) != book.rule.get(rule.id))
                                   for rule in [*book.rules, *gone]])

    # --- opening, and what is typed ---------------------------------------------------------------------

    def _open(self, message: Message) -> None:
        """Sits down at a text; at the shelf, with the reason, when it cannot be opened."""
        name = str(message.get("name"))
        try:
            draft = self.shelf.opened(name)
        except NotWritten as error:
            self.name, self.told = "", str(error)
            return
        self.name, self.draft, self.bases, self.run, self.below = name, draft, set(), None, []
        self.kept = self._on_disk()
        self.version += 1
        self._show(message)

    def _on_disk(self) -> Draft | None:
        with _said():
            return self.shelf.texts.draft(self.name)

    def _show(self, message: Message) -> None:
        show = message.get("show")
        self.show = show if show in SHOWS and show != "preview" else "text"

    def _typed(self, message: Message) -> None:
        """Keep what was typed. What belongs to another state of the file, or to another text, is put aside: nothing is lost."""
        name, text, base = message.get("name"), message.get("text"), message.get("base")
        if not isinstance(text, str) or not can_be_kept(text) or not isinstance(name, str) or name not in {self.name, *self.shelf.texts.names()} - {""}:
            raise Refused("What was typed cannot be kept here.")
        with _said():
            if name != self.name or base not in {self.draft.base, *self.bases}:
                self.shelf.texts.put_aside(name, text)
                self.told = "What was typed belongs to an earlier state of this text; it is kept under “Earlier versions”."
            else:
                if message.get("left") and self.draft.text != text:
                    self.shelf.texts.put_aside(name, self.draft.text)
                self.below = self.below if text == self.draft.text else []
                self._keep(Draft(text, self.draft.base))
        self.send({"type": "kept", "name": name, "mark": str(message.get("mark") or "")[:40]})

    def _keep(self, draft: Draft) -> None:
        """The typed text is this from now on. Raises NotWritten."""
        self.shelf.texts.keep(self.name, draft, over=self.kept)
        self.draft = self.kept = draft

    def _put(self, text: str, base: str) -> None:
        """Another text, which the browser does not know yet, stands in the editor; what was typed and not saved is put aside."""
        if self.draft.text not in (text, self.shelf.texts.read(self.name).text):
            self.shelf.texts.put_aside(self.name, self.draft.text)
        self._keep(Draft(text, base))
        self.version += 1
        self.show = "text"

    # --- saving -----------------------------------------------------------------------------------------

    def _save(self, message: Message) -> None:
        self._must_be_open()
        self.below = []
        if self.name == THE_PLAYBOOK:
            self._save_playbook(anyway=bool(message.get("anyway")))
        elif self._saved_status() == "ready" and self._check().has_errors:
            raise Refused("Not saved: trainees play this scenario, and errors would take it from them. What you typed is kept. Mend the errors, or take it back first.")
        else:
            self._write(self.draft.text)
            self.told = f"Saved at {datetime.now(UTC):%H:%M:%S} UTC." + (f" {PUBLISHED.removeprefix('Published. ')}" if self._saved_status() == "ready" else "")

    def _save_playbook(self, *, anyway: bool) -> None:
        book = self._check().content
        if not isinstance(book, Playbook):
            raise Refused("Not saved: the playbook has errors, and without it nothing can be played. What you typed is kept. Mend the errors first.")
        touched = self.shelf.effects(book)
        lost = [scenario.title for scenario, found in touched if scenario.status == "ready" and any(f.is_error for f in found)]
        told = [(scenario.title, found) for scenario, found in touched]
        if lost and not anyway:
            self.below = [*studio_views.save_anyway(lost), *studio_views.effects(told, is_saved=False)]
            return
        self._write(self.draft.text)
        self.told = "Saved. New runs are scored by it; whoever is in the middle of one keeps the version they began with."
        self.below = studio_views.effects(told, is_saved=True)

    def _write(self, text: str) -> None:
        """The text into its file. Raises Changed, Refused."""
        with _said():
            hash_ = self.shelf.texts.save(self.name, text, self.draft.base)
            self.shelf.texts.drop(self.name, self.kept)
        self.bases.add(self.draft.base)
        self.draft, self.kept = Draft(text, hash_), self._on_disk()

    def _saved_status(self) -> str:
        return next((s.status for s in self.shelf.scenarios if s.id == self.name), "")

    def _publish(self, _message: Message) -> None:
        self._set_status("ready")
        self.told = PUBLISHED

    def _take_back(self, _message: Message) -> None:
        self._set_status("draft")
        self.told = TAKEN_BACK

    def _set_status(self, status: str) -> None:
        """Changes the line `status` and saves. Nobody gets to play what has errors."""
        self._must_be_open()
        text = with_status(self.draft.text, status)
        before, after = self._check().content, self.shelf.check(self.name, text)
        if status == "ready" and after.has_errors:
            raise Refused("Not published: it has errors. Mend these first: " + " ".join(f"Line {f.line}: {f.says}" for f in after.findings if f.is_error)[:600])
        is_done = after.content == before.model_copy(update={"status": status}) if isinstance(before, Scenario) else text != self.draft.text
        if not is_done:
            raise Refused(f"The line for it was not found. Write `status: {status}` on a line of its own, and save.")
        if text != self.draft.text:
            self.version += 1
        self._write(text)

    # --- what gave way, and what is beside it -----------------------------------------------------------

    def _throw_away(self, _message: Message) -> None:
        self._must_be_open()
        with _said():
            saved = self.shelf.texts.read(self.name)
            self._put(saved.text, saved.hash)
            self.shelf.texts.drop(self.name, self.kept)
        self.kept = self._on_disk()
        self.name = self.name if saved.hash else ""   # a file that has been removed
        self.told = "Back to what is saved. What you had typed is kept under “Earlier versions”."

    def _earlier(self, message: Message) -> None:
        self._must_be_open()
        with _said():
            self._put(self.shelf.texts.earlier_text(self.name, message.get("version")), self.draft.base)
        self.told = "This is the earlier version. Trainees see it once you save."

    def _mine(self, _message: Message) -> None:
        """Go on with what is typed, over what somebody else has saved; that is put aside when this is saved."""
        self._must_be_open()
        with _said():
            self._keep(Draft(self.draft.text, self.shelf.texts.read(self.name).hash))
        self.show, self.told = "text", "Go on with yours. Save puts it in the place of theirs, which stays among the earlier versions."

    def _theirs(self, _message: Message) -> None:
        self._throw_away(_message)
        self.told = "This is theirs. What you had typed is kept under “Earlier versions”."

    def _new(self, message: Message) -> None:
        title = self._title(message)
        try:
            path = write_draft(self.shelf.folder, title)
        except NameTaken:
            raise Refused(f"There is a scenario called “{title}” already. Choose another name.") from None
        except (ValueError, OSError) as error:
            raise Refused(str(error)) from error
        self._open({"name": path.stem})
        self.told = "A draft to write over: its notes say what is what. Only you see it until you publish it."

    def _copy(self, message: Message) -> None:
        self._must_be_open()
        title = self._title(message)
        try:
            name = id_of(title)
        except ValueError as error:
            raise Refused(str(error)) from error
        with _said():
            self.shelf.texts.add(name, with_title(self.draft.text, title))
        self._open({"name": name})
        self.told = "This is the copy, a draft. Only you see it until you publish it."

    def _title(self, message: Message) -> str:
        """The title that was typed; it stands in its field again when it cannot be one. Raises Refused."""
        given = message.get("title")
        self.title = given[:studio_views.MOST_TITLE] if isinstance(given, str) and can_be_kept(given) else ""
        try:
            return title_of(self.title)
        except ValueError as error:
            raise Refused(str(error)) from error

    def _effects(self, _message: Message) -> None:
        book = self._check().content
        if self.name != THE_PLAYBOOK or not isinstance(book, Playbook):
            raise Refused("That can be said once the playbook has no errors.")
        self.below = studio_views.effects([(scenario.title, found) for scenario, found in self.shelf.effects(book)], is_saved=False)

    # --- the preview --------------------------------------------------------------------------------------

    def _play_from(self, message: Message) -> None:
        scenario, book, scene = self._check().content if self.name else None, self.shelf.playbook, message.get("scene")
        if isinstance(scenario, Scenario) and book and isinstance(scene, str) and scene in scenario.scene:
            self.run, self.read, self.show = Run(from_scene(scenario, scene), book, seed=secrets.token_hex(4)), 0, "preview"

    def _pick(self, message: Message) -> None:
        if self._is_meant(message, step=len(self.run.picks) + 1 if self.run else 0) and self.run:
            self.run = pick(self.run, views.answer_named(self.run, message.get("answer")))

    def _next(self, message: Message) -> None:
        if self._is_meant(message, step=len(self.run.picks) if self.run else 0) and self.run:
            self.read = len(self.run.picks)

    def _is_meant(self, message: Message, *, step: int) -> bool:
        return self.run is not None and self.show == "preview" and message.get("run") == f"preview {self.run.seed}" and message.get("step") == step

    def _must_be_open(self) -> None:
        if not self.name:
            raise Refused("Open a text first.")


@contextmanager
def _said() -> Iterator[None]:
    """What the files cannot do is said to the person; that a file has changed, to the caller."""
    try:
        yield
    except Changed:
        raise
    except NotWritten as error:
        raise Refused(str(error)) from error
