"""The studio's screens as views: the shelf, a text that is written, its graph, its preview, and its earlier versions. Pure."""

from dataclasses import dataclass

from kit.content.finding import Finding
from kit.content.playbook import Rule
from kit.content.scenario import Scenario
from kit.ui import blocks as b
from kit.ui.desk_views import desk_page
from kit.ui.views import LEVEL_WORDS, View
from kit.words import count

MOST_SENT = 240_000   # bytes of a text as it is sent; the desk's door takes a little more (kit/serving.py)
MOST_TITLE = 80
MOST_DIFFERENCES = 300
HINT = "Ctrl+Enter saves. Tab leaves the field. What you type is kept as you type."
WORDS = {"E": "error", "W": "warning", "I": "hint"}
STATUS_WORDS = {"ready": "ready: trainees can play it", "draft": "draft: only this studio shows it", "": "not loaded: it has errors"}


@dataclass(frozen=True)
class OnShelf:
    """A scenario as a row; `name` is "" when the studio cannot open it."""

    name: str
    file: str
    scenario: Scenario | None
    findings: tuple[Finding, ...]
    is_unsaved: bool


@dataclass(frozen=True)
class Writing:
    """A text that is open: what is typed, and how it stands to what is saved."""

    name: str
    title: str
    text: str
    base: str
    version: int
    findings: tuple[Finding, ...]
    saved_status: str       # ready, draft, or "" when what is saved does not load
    is_saved: bool
    is_changed_elsewhere: bool
    told: str = ""
    refused: str = ""


@dataclass(frozen=True)
class Use:
    """A rule, and where it is named: (the scenario's title, its scenes)."""

    rule: Rule
    where: list[tuple[str, list[str]]]
    is_changed: bool


def shelf(room: str, rows: list[OnShelf], playbook: OnShelf | None, *, told: str = "", name: str = "") -> View:
    """Every scenario with its health. `name` is what somebody called a new one that could not be."""
    broken = playbook is not None and any(f.is_error for f in playbook.findings)
    return desk_page(room, "Studio", "studio", [
        *_told(told),
        *([b.notice("The playbook has errors, so no scenario can be checked or played. Open it, and mend it first.", tone="bad")] if broken else []),
        b.entries("Scenarios", [_on_shelf(row, is_checked=not broken) for row in rows]),
        *_unopened(rows),
        *([b.heading("The playbook", level=3), b.text(f"The rules that every scenario is scored by. {health_words(playbook.findings).capitalize()}." + (" Typed and not saved." if playbook.is_unsaved else "")),
           b.actions([b.action("Open the playbook", _open("playbook"))])] if playbook else []),
        b.heading("A new scenario", level=3),
        b.form([b.field("title", "What is it called?", hint="It begins as a small draft full of notes, which works as it stands.", value=name, most=MOST_TITLE)],
               button="Write it", send={"type": "new_text"}),
    ], at=_at())


def _on_shelf(row: OnShelf, *, is_checked: bool) -> b.Block:
    it = row.scenario
    title = it.title if it else row.name or row.file
    status = f"{it.status} · {LEVEL_WORDS[it.level]}" if it else "not loaded" if is_checked else "not checked"
    state = [health_words(row.findings).capitalize()] if is_checked and (it or row.findings) else []
    return b.entry(title, facts=f"{row.name or row.file} · {status}", state=". ".join([*state, *(["Typed and not saved"] if row.is_unsaved else [])]),
                   does=[b.action("Open", _open(row.name), about=title), b.action("Duplicate", _open(row.name, "copy"), about=title)] if row.name else [])


def health_words(findings: tuple[Finding, ...]) -> str:
    """`2 errors, 1 hint`, or that there is none."""
    counts = {word: sum(f.code[:1] == sign for f in findings) for sign, word in WORDS.items()}
    return ", ".join(count(n, word) for word, n in counts.items() if n) or "no problem"


def _unopened(rows: list[OnShelf]) -> list[b.Block]:
    names = [row.file for row in rows if not row.name]
    return [b.notice(f"Not to be opened here: {', '.join(names)}. A file's name is small letters a-z, digits and single hyphens, and the file is no link.", tone="warn")] if names else []


# --- writing ----------------------------------------------------------------------------------------------

def write(room: str, it: Writing, *, others: list[b.Block]) -> View:
    """The text with its problems. `others` stand below: the playbook's rules and where they are named."""
    return _page(room, it, "text", "desk-write", [
        b.text(_state(it), small=True),
        *([_elsewhere()] if it.is_changed_elsewhere else []),
        b.editor("The playbook" if it.name == "playbook" else "The scenario, as YAML", it.text, [problem(f) for f in it.findings], name=it.name, base=it.base, version=it.version,
                 hint=HINT, most=MOST_SENT, send={"type": "typed", "name": it.name}, save={"type": "save_text"}),
        *_told(it.told), *([b.notice(it.refused, tone="bad")] if it.refused else []),
        b.actions(_does(it)),
        *others,
    ], say=it.told)


def _does(it: Writing) -> list[b.Block]:
    is_playbook = it.name == "playbook"
    publish = b.action("Take back", {"type": "take_back"}) if it.saved_status == "ready" else b.action("Publish", {"type": "publish"})
    return [b.action("Save", {"type": "save_text"}, primary=True), *([] if is_playbook else [publish]),
            *([b.action("What would it change?", {"type": "effects"})] if is_playbook else
              [b.action("Graph", _show("graph")), b.action("Play it", _show("play")), b.action("Duplicate", _show("copy"))]),
            b.action("Earlier versions", _show("earlier")),
            *([] if it.is_saved else [b.action("Throw away what is not saved", {"type": "throw_away"})]), b.action("All scenarios", {"type": "desk", "screen": "studio"})]


def _state(it: Writing) -> str:
    status = "Every scenario is scored by it" if it.name == "playbook" else STATUS_WORDS[it.saved_status].capitalize()
    if it.is_saved:
        return f"Saved. {status}."
    return f"Not saved yet; what you type is kept. The saved text is {'in use' if it.name == 'playbook' else STATUS_WORDS[it.saved_status]}."


def _elsewhere() -> b.Block:
    return b.card([b.text("Somebody, or another program, has saved this text since you opened it. Yours is kept, and nothing is overwritten."),
                   b.actions([b.action("Look at the differences", _show("theirs"), primary=True)])], tone="warn", label="Changed elsewhere")


def problem(finding: Finding) -> b.Block:
    return b.problem(finding.line, finding.col, finding.code, finding.says, finding.cure, word=WORDS.get(finding.code[:1], "hint"))


def changed_elsewhere(room: str, it: Writing, differences: list[tuple[str, int, str]], *, is_gone: bool) -> View:
    """Theirs against mine (whose, line, text), and what may be done about it."""
    shown = [[who, str(line), words] for who, line, words in differences[:MOST_DIFFERENCES]]
    left = len(differences) - len(shown)
    said = "The file has been removed since you opened it. What you typed is kept." if is_gone else (
        "The file has been changed elsewhere since you opened it. Nothing is overwritten, and what you typed is kept. These lines differ: “theirs” stands in the file now, “yours” is what you typed.")
    return _page(room, it, "theirs", "desk-theirs", [
        b.text(said), *([b.table("Differences", ["Whose", "Line", "Text"], shown)] if shown else []), *([b.text(f"And {left} more lines.", small=True)] if left else []),
        b.actions([b.action("Go on with mine", {"type": "mine"}), *([] if is_gone else [b.action("Take theirs", {"type": "theirs"})])]),
        b.text("“Go on with mine” lets you save over theirs, which stays among the earlier versions. “Take theirs” puts yours among them.", small=True),
        *([] if it.name == "playbook" else [b.heading("Or keep yours beside it", level=3), _copy_form("")]),
        b.actions([b.action("Back to the text", _show("text"))]),
    ])


def copy(room: str, it: Writing, *, title: str = "") -> View:
    """Asks what the copy is called."""
    return _page(room, it, "copy", "desk-copy", [b.text("The copy is a draft of its own. What is typed and not saved goes into it, too."), _copy_form(title),
                                                 b.actions([b.action("Back to the text", _show("text"))])])


def _copy_form(title: str) -> b.Block:
    return b.form([b.field("title", "What is the copy called?", value=title, most=MOST_TITLE)], button="Make the copy", send={"type": "copy_text"})


def earlier(room: str, it: Writing, versions: list[tuple[str, str, bool]]) -> View:
    """(version, when, whether it had been saved) of what gave way, latest first."""
    rows = [[when, "saved" if was_saved else "typed, not saved"] for _, when, was_saved in versions]
    does = [[b.action("Put it into the editor", {"type": "earlier", "version": version}, about=when)] for version, when, _ in versions]
    shown = b.table("Earlier versions", ["When", "What"], rows, actions=does) if rows else b.text("There is none yet. Each time you save, the text before is kept here.")
    return _page(room, it, "earlier", "desk-earlier", [
        b.text("Nothing changes for trainees until you save. What stands in the editor now is put among these, if it is not saved."), shown,
        b.actions([b.action("Back to the text", _show("text"), primary=True)])])


# --- seeing it --------------------------------------------------------------------------------------------

def graph(room: str, it: Writing, svg: str, lines: list[str]) -> View:
    return _page(room, it, "graph", "desk-graph", [
        b.text("From left to right: scenes, and what leads from one to the next. In bold the best path; dashed what nobody reaches.", small=True),
        b.picture(f"Graph of {it.title}", svg, lines), b.actions([b.action("Back to the text", _show("text"), primary=True), b.action("Play it", _show("play"))])])


def cannot_be_seen(room: str, it: Writing, show: str) -> View:
    """A text with errors has no graph and cannot be played."""
    return _page(room, it, show, f"desk-{show}", [
        b.notice("It cannot be shown while it has errors. Mend these first:", tone="warn"), b.bullets([f"Line {f.line}: {f.says} {f.cure}" for f in it.findings if f.is_error]),
        b.actions([b.action("Back to the text", _show("text"), primary=True)])])


def choose_scene(room: str, it: Writing, scenario: Scenario) -> View:
    scenes = [(s.id, f"{n}. {s.id}: {s.question}"[:120]) for n, s in enumerate(scenario.scenes, start=1)]
    return _page(room, it, "play", "desk-play", [
        b.text(f"Play it as trainees will. Nothing is kept of it. Trust begins at {scenario.trust}, and the score counts from the scene you choose."),
        b.form([b.field("scene", "From which scene?", options=scenes, value=scenes[0][0])], button="Play from here", send={"type": "play_from"}),
        b.actions([b.action("Back to the text", _show("text"))])])


def preview(view: View, name: str, scene: str) -> View:
    """A trainee's screen in the studio: what leads elsewhere is left out, and the way back to the text is put in."""
    def stays(block: b.Block) -> bool:
        return block["type"] != "actions" or all(item["send"]["type"] == "next" for item in block["items"])

    way = b.actions([b.action("Back to the text", _show("text")), b.action("Begin again", {"type": "play_from", "scene": scene}), b.action("From another scene", _show("play"))])
    note = b.text("A preview: nothing of it is kept.", small=True)
    return {**view, "blocks": [*filter(stays, view["blocks"]), note, way], "at": _at(name, "text")}


# --- the playbook -----------------------------------------------------------------------------------------

def rules(uses: list[Use]) -> list[b.Block]:
    """Each rule, and which scenarios and scenes name it; first those that are changed in what is typed."""
    changed = [use for use in uses if use.is_changed]
    rows = [[use.rule.title, use.rule.id, str(use.rule.weight), str(len(use.where)), str(sum(len(scenes) for _, scenes in use.where)),
             "; ".join(f"{title}: {', '.join(scenes)}" for title, scenes in use.where) or "nowhere"] for use in uses]
    note = [b.notice("Changed and not saved: " + " ".join(_touches(use) for use in changed), tone="info")] if changed else []
    return [*note, b.details(f"Where each of the {len(uses)} rules is named", [b.table("Rules", ["Rule", "Id", "Weight", "Scenarios", "Scenes", "Where"], rows, name="rules")])]


def _touches(use: Use) -> str:
    scenes = sum(len(where) for _, where in use.where)
    if not use.where:
        return f"`{use.rule.id}` is named nowhere."
    return f"`{use.rule.id}` is named in {count(scenes, 'scene')} of {count(len(use.where), 'scenario')} ({', '.join(title for title, _ in use.where)})."


def effects(touched: list[tuple[str, list[Finding]]], *, is_saved: bool) -> list[b.Block]:
    """What a changed playbook brings up in the scenarios."""
    if not touched:
        return [b.notice("No scenario has a new problem by this.", tone="good")]
    rows = [[title, f"line {f.line}", f"{f.code} {f.says}", f.cure] for title, found in touched for f in found]
    said = "New problems in scenarios since you saved this" if is_saved else "New problems in scenarios, if you save this"
    return [b.table(said, ["Scenario", "Where", "What", "Cure"], rows)]


def save_anyway(names: list[str]) -> list[b.Block]:
    """A saved playbook would take scenarios from the room: asks first."""
    return [b.notice(f"Not saved yet: trainees could no longer play {', '.join(names)}, because errors would stand there. Whoever is in the middle keeps their version.", tone="warn"),
            b.actions([b.action("Save it all the same", {"type": "save_text", "anyway": True})])]


# --- parts ------------------------------------------------------------------------------------------------

def _page(room: str, it: Writing, show: str, screen: str, shown: list[b.Block], *, say: str = "") -> View:
    kicker = " · ".join(filter(None, ["Desk", room, "Studio"]))
    return b.view(f"{it.title}, studio", f"studio {show} {it.name}", [b.heading(it.title, focus=True, kicker=kicker), *shown], screen=screen, say=say, at=_at(it.name, show))


def _at(name: str = "", show: str = "") -> b.Message:
    return {"type": "desk", "screen": "studio", **({"name": name, "show": show} if name else {})}


def _open(name: str, show: str = "text") -> b.Message:
    return {"type": "open_text", "name": name, "show": show}


def _show(show: str) -> b.Message:
    return {"type": "show", "show": show}


def _told(words: str) -> list[b.Block]:
    return [b.notice(words, tone="good")] if words else []
