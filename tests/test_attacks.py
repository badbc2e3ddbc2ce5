"""What a hostile trainee tries, each written once and tried twice: on stock Voila, where it works, and in our room, where it must not.

When an attack stops working on stock Voila the test fails too: then upstream has changed, and so may we.
`table()` is what came of it; it is printed at the end of the run.
"""

import base64
import contextlib
import json
import os
import re
import secrets
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import pytest
import tornado.web
from conftest import ROOT, Room
from hostile import (GONE, PATIENCE, PERSON_HEADER, Answer, Site, Visitor, all_at_once, binary_frame, elsewhere, made, read_page, start_voila, stop,
                     until, v1_frame)
from voila.app import Voila
from voila.tornado.handler import TornadoVoilaHandler

from kit.codes import ALPHABET, new_code
from kit.library import Library
from kit.serve import doors, kernels, network, server
from kit.serve.settings import Settings

V1 = "v1.kernel.websocket.jupyter.org"
PEOPLE = 3                       # the room is served for so many, and takes two more
MARKUP = "<img src=x onerror=alert(1)></script><b>"
NOBODY = "00000000-0000-0000-0000-000000000000"
FIRST, SECOND = "the-new-desk", "the-rates-letter"


# --- the table -------------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Attack:
    """A way in: `run` says whether it succeeded. `on` is the stock server it is tried on, '' for none."""

    run: Callable[[Site], bool]
    label: str
    on: str
    works: bool


ATTACKS: list[Attack] = []
RESULTS: dict[tuple[str, str], bool] = {}


def attack(label: str, *, on: str = "stock", works: bool = True) -> Callable[[Callable[[Site], bool]], Callable[[Site], bool]]:
    def keep(run: Callable[[Site], bool]) -> Callable[[Site], bool]:
        ATTACKS.append(Attack(run, label, on, works))
        return run
    return keep


def table() -> str:
    """The attacks that were tried, ours beside stock."""
    words = {True: "works", False: "fails", None: "-"}
    rows = [(a.label, words[RESULTS.get((a.label, "stock"))], words[RESULTS.get((a.label, "ours"))]) for a in ATTACKS]
    rows = [row for row in rows if row[1:] != ("-", "-")]
    width = max((len(row[0]) for row in rows), default=0)
    return "\n".join(f"{label:{width}}  {stock:5}  {ours}" for label, stock, ours in [("what was tried", "stock", "ours"), *rows])


class TellsTheTable:
    @staticmethod
    def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.write_line(table())


@pytest.fixture(scope="module", autouse=True)
def the_table_is_told(request: pytest.FixtureRequest) -> None:
    request.config.pluginmanager.register(TellsTheTable())


# --- the servers -----------------------------------------------------------------------------------------------------

PLAIN = """
import ipywidgets as w
score, key, said, name = w.IntText(0, disabled=True), w.Text("the best answer is b", layout=w.Layout(display="none")), w.HTML(), w.Text()
further = w.Button(description="Next scene", disabled=True)
further.on_click(lambda _: setattr(score, "value", score.value + 10))
name.observe(lambda change: setattr(said, "value", f"Welcome, {change['new']}"), "value")
w.VBox([score, key, name, said, further])
"""


@pytest.fixture(scope="session")
def voilas(tmp_path_factory: pytest.TempPathFactory, library: Library) -> Iterator[dict[str, Site]]:
    """Stock Voila twice: on the trainee notebook, and on a folder, behind a token, with a list of files to deny."""
    top = tmp_path_factory.mktemp("stock")
    folder, data = top / "notebooks", top / "data"
    shutil.copytree(ROOT / "notebooks", folder)
    plain = json.loads((folder / "trainee.ipynb").read_text(encoding="utf-8"))
    plain["cells"][1]["source"] = PLAIN
    (folder / "plain.ipynb").write_text(json.dumps(plain), encoding="utf-8")
    beside = {"playbook.yaml": b"competencies", "people.sqlite": b"SQLite format 3", "cookie-secret": secrets.token_bytes(16), "key.png": b"\x89PNG"}
    for name, words in beside.items():
        (folder / name).write_bytes(words)
    env, token = {**os.environ, "KIT_DATA": str(data)}, secrets.token_hex(16)
    denied = ["--VoilaConfiguration.file_allowlist=.*", r"--VoilaConfiguration.file_denylist=.*\.(ipynb|py|yaml|sqlite|png)", "--VoilaConfiguration.file_denylist=.*secret"]
    one, port = start_voila(folder / "trainee.ipynb", top / "one.log", env, f"--VoilaConfiguration.http_header_envs={PERSON_HEADER}")
    many, many_port = start_voila(folder, top / "many.log", env, f"--Voila.token={token}", *denied)
    shared: dict[str, Any] = {"beside": beside, "scratch": top, "most_kernels": PEOPLE + 2, "database": data / "high-note.sqlite"}
    try:
        yield {
            "stock": up(Site(port, one.pid, top / "one.log", key=(), by_header=True, **shared)),
            "folder": up(Site(many_port, many.pid, top / "many.log", key=("the best answer is b",), door="/?token={}", code=token,
                              page="/voila/render/trainee.ipynb", plain="/voila/render/plain.ipynb", **shared)),
        }
    finally:
        stop(one)
        stop(many)


def up(site: Site) -> Site:
    assert until(lambda: Visitor(site).ask("/voila/nosuch", wait=2).status, 90), site.said()
    site.started = len(site.log.read_bytes())
    return site


@pytest.fixture(scope="session")
def ours(tmp_path_factory: pytest.TempPathFactory, library: Library) -> Iterator[Site]:
    """A room of our own, so that nobody else is in it."""
    room = Room(tmp_path_factory.mktemp("hostile"), ("--people", str(PEOPLE)))
    kept = {"high-note.sqlite": b"SQLite format 3", "room-code": b"", "room-cookie-secret": b""}
    scene = next(s for s in library.scenarios if s.id == SECOND).scenes[0]
    try:
        room.start()
        beside = {os.path.relpath(room.data / name, ROOT / "notebooks"): words or (room.data / name).read_bytes() for name, words in kept.items()}
        yield up(Site(
            room.port, room.process.pid, room.data / "serve.log", scratch=room.data, most_kernels=PEOPLE + 2, key=tuple(o.feedback for o in scene.options),
            beside={"trainee.ipynb": b"kit.app", "desk.ipynb": b"kit.app", "../scenarios/playbook.yaml": b"competencies", "../kit/cli.py": b"import click", **beside},
            database=room.data / "high-note.sqlite", door="/join/{}", code=room.code, desk=int(re.search(r":(\d+)/", room.desk_url)[1])))
    finally:
        room.stop()


# --- messages to the kernel ------------------------------------------------------------------------------------------

def ways_to_say(kind: str, content: Any) -> list[tuple[str, str | bytes]]:
    """(protocol, frame): the ways round a filter of message types."""
    message = made(kind, content)
    text = json.dumps({"channel": "shell", **message})
    allowed, refused = '"msg_type": "comm_msg"', f'"msg_type": "{kind}"'
    return [("", text), ("", text.replace('"shell"', '"control"')), ("", text.replace('"shell"', '"stdin"')), ("", text.replace('"channel": "shell", ', "")),
            ("", text.replace(refused, f"{allowed}, {refused}")), ("", text.replace(refused, f"{refused}, {allowed}")),
            ("", text.replace('{"channel"', f'{{{allowed}, "channel"')), ("", json.dumps([{"channel": "shell", **message}])), ("", text.replace(f'"{kind}"', f'["comm_msg", "{kind}"]')),
            ("", binary_frame("shell", message)), (V1, v1_frame("shell", message)), (V1, v1_frame("control", message))]


@attack("raw messages that run or inspect code, in twelve ways each", works=False)
def runs_code(site: Site) -> bool:
    trace, heard = site.scratch / "was-run", []
    code = f"open({str(trace)!r}, 'w').close()"
    contents = {"execute_request": {"code": code, "silent": False, "store_history": False, "user_expressions": {}, "allow_stdin": True},
                "inspect_request": {"code": "print", "cursor_pos": 3, "detail_level": 1}, "complete_request": {"code": "pri", "cursor_pos": 3},
                "debug_request": {"type": "request", "seq": 1, "command": "debugInfo", "arguments": {}}, "input_reply": {"value": "x", "status": "ok"},
                "history_request": {"hist_access_type": "tail", "n": 9, "raw": True, "output": True, "session": 0, "start": 0, "stop": 9}}
    mallory = site.person("Mallory")
    for kind, content in contents.items():
        for protocol, frame in ways_to_say(kind, content):
            with contextlib.suppress(*GONE), mallory.line(protocol=protocol) as line:
                line.raw(frame)
                line.state(wait=PATIENCE if isinstance(frame, str) and not protocol else 0.05)
                heard += line.heard
    with mallory.line() as line:
        line.state()   # whatever came in before has been dealt with
    return trace.exists() or any(str(message.get("msg_type", message)).endswith(("execute_reply", "inspect_reply", "complete_reply", "debug_reply", "history_reply")) for message in heard)


@attack("shutdown_request over the socket")
def shuts_down_by_message(site: Site) -> bool:
    mallory = site.person("Mallory")
    before = site.process_of(mallory.page().kernel)
    with mallory.line() as line:
        for channel in ("control", "shell"):
            line.send("shutdown_request", {"restart": False}, channel=channel)
        return until(lambda: site.process_of(line.page.kernel) != before, 1.5)


@attack("comm_open of a target of one's choice")
def opens_a_comm(site: Site) -> bool:
    state = {"_model_module": "@jupyter-widgets/controls", "_model_module_version": "2.0.0", "_model_name": "TextModel",
             "_view_module": "@jupyter-widgets/controls", "_view_module_version": "2.0.0", "_view_name": "TextView"}
    with site.person("Mallory").line() as line:
        line.send("comm_open", {"comm_id": "mine", "target_name": "jupyter.widget", "target_module": None, "data": {"state": state}}, metadata={"version": "2.1.0"})
        return line.state("mine") is not None


@attack("setting what decides: a score, the view, a disabled field", on="folder")
def forges_state(site: Site) -> bool:
    forged = {"value": 100, "view": {"screen": "result", "blocks": []}, "_esm": "alert(1)", "disabled": False}
    mallory = site.person("Mallory")
    with mallory.line(mallory.page(site.plain)) as line:
        before = line.states()
        for model in before:
            for name, value in forged.items():
                line.comm({"method": "update", "state": {name: value}, "buffer_paths": []}, model)
        after = line.states()
    return any(before[model].get(name) != after[model].get(name) for model in before for name in forged)


@attack("pressing what cannot be pressed", on="folder")
def presses_what_is_not_there(site: Site) -> bool:
    mallory = site.person("Mallory")
    with mallory.line(mallory.page(site.plain)) as line:
        line.say(type="name", name="Mallory")
        line.say(type="open", screen="home")
        before = line.states()
        for content in ({"event": "click"}, {"type": "pick", "step": 1, "answer": ["1"]}, {"type": "next", "step": 1}, {"type": "refresh"}, {"type": "erase_all"}, {"type": "confirm"}):
            for model in before:
                line.comm({"method": "custom", "content": content}, model)
        after = line.states()
    return any(before[model].get(name) != after[model].get(name) for model in before for name in ("value", "view"))


@attack("reading the best answer before answering", on="folder")
def reads_the_key(site: Site) -> bool:
    mallory = site.person("Mallory")
    with mallory.line(mallory.page(site.plain)) if site.plain else mallory.plays(SECOND) as line:
        seen = json.dumps(line.states(), ensure_ascii=False)
    return any(words in seen for words in site.key)


@attack("markup in a name, drawn as markup", on="folder")
def name_is_drawn_as_markup(site: Site) -> bool:
    mallory = site.person("Mallory")
    with mallory.line(mallory.page(site.plain)) as line:
        for model in line.states():
            line.comm({"method": "update", "state": {"value": MARKUP}, "buffer_paths": []}, model)
        if not site.plain:
            assert MARKUP in json.dumps(line.say(type="name", name=MARKUP)), "a name is kept as it was typed"
            return any(words in read_page(mallory.ask(site.page)).answer.text for words in ("<img src=x", "</script><b>"))
        return any("<img" in state.get("value", "") for state in line.states().values() if state.get("_model_name") == "HTMLModel")


MALFORMED: list[Any] = [{}, None, "words", [], {"method": "nosuch"}, {"method": {"a": 1}}, {"method": "update"}, {"method": "update", "state": None}, {"method": "update", "state": {"width": 5}},
                        {"method": "update", "state": {"view": 1}, "buffer_paths": [["view", "a"]]}, {"method": "custom"}, {"method": "custom", "content": None},
                        *({"method": "custom", "content": content} for content in (
                            [], {}, {"type": {}}, {"type": "name"}, {"type": "name", "name": {"a": 1}}, {"type": "open", "screen": []}, {"type": "mode", "mode": {}},
                            {"type": "play", "scenario": []}, {"type": "resume", "run": {}}, {"type": "pick", "run": [], "step": {}, "answer": {"a": 1}}, {"type": "save", "run": {}},
                            {"type": "next", "run": None, "step": 1e308}))]


@attack("malformed messages, to be told source lines and paths")
def is_told_source(site: Site) -> bool:
    mallory, heard = site.person("Mallory"), []
    with mallory.line() as line:
        models = [*line.states(), "nosuch"]
    contents = [*({"comm_id": model, "data": data} for model in models for data in MALFORMED), None, [], {}, {"comm_id": {}}, {"comm_id": models[0]}]
    line = mallory.line()
    for content in contents:
        line.send("comm_msg", content)
        if line.state() is None:   # the server hung up
            heard += line.heard
            line = mallory.line()
    return tells_source([*heard, *line.heard])


@attack("a fault in the store, to be told source lines and paths")
def is_told_of_the_fault(site: Site) -> bool:
    with site.person("Mallory").line() as line, contextlib.closing(sqlite3.connect(site.database, isolation_level=None)) as database:
        line.say(type="name", name="Mallory")
        database.execute("ALTER TABLE workshop RENAME TO away")
        try:
            line.say(type="play", scenario=FIRST)
        finally:
            database.execute("ALTER TABLE away RENAME TO workshop")
        return tells_source(line.heard)


def tells_source(heard: Any) -> bool:
    return bool(re.search(r"Traceback|File \W|site-packages|\.py\b", re.sub(r"\\x1b\[[\d;]*m|\x1b\[[\d;]*m", "", str(heard))) or str(ROOT) in str(heard))


@attack("answers to another step, run or person, and options that are not there", works=False)
def answers_what_is_not_asked(site: Site) -> bool:
    ann, mallory = site.person("Ann"), site.person("Mallory")
    with ann.plays(FIRST) as hers, mallory.plays(SECOND) as line:
        view, her_view = line.say(type="nosuch"), hers.say(type="nosuch")
        mine = {"type": "pick", "run": mallory.run}
        for message in ({**mine, "step": 2, "answer": ["1"]}, {**mine, "step": 0, "answer": ["1"]}, {**mine, "step": -1, "answer": ["1"]}, {**mine, "step": "1", "answer": ["1"]},
                        *({**mine, "step": 1, "answer": answer} for answer in (["99"], ["0"], ["by-hand"], ["1", "2"], [], "1", {"1": 1}, [["1"]], ["1"] * 5000, None)),
                        {"type": "next", "run": mallory.run, "step": 1}, {"type": "pick", "run": secrets.token_hex(16), "step": 1, "answer": ["1"]},
                        {"type": "open", "screen": "feedback"}, {"type": "open", "screen": "result"}, {"type": "result", "run": ann.run}, {"type": "resume", "run": ann.run},
                        {"type": "save", "run": ann.run}, {"type": "pick", "run": ann.run, "step": 1, "answer": ["1"]}, {"type": "next", "run": ann.run, "step": 0}):
            after = line.say(**message)
            if after["key"] != view["key"] or ann.run in json.dumps(after):
                return True
        return '"file"' in json.dumps(line.heard) or hers.say(type="nosuch") != her_view


# --- other people's kernels ------------------------------------------------------------------------------------------

@attack("another person's kernel by its id: its state")
def sees_anothers_kernel(site: Site) -> bool:
    return site.person("Mallory").ask(f"/api/kernels/{site.person('Ann').page().kernel}").status == 200


@attack("another person's kernel: connect, and read what they see")
def reads_anothers_view(site: Site) -> bool:
    ann = site.person("Ann")
    with ann.line() as line:
        line.say(type="name", name="Ann Vandermeer")
    with contextlib.suppress(*GONE), site.person("Mallory").line(ann.page()) as line:
        return "Ann Vandermeer" in json.dumps(line.state())
    return False


@attack("another person's kernel: interrupt and restart", works=False)
def interrupts_anothers_kernel(site: Site) -> bool:
    kernel = site.person("Ann").page().kernel
    answers = [site.person("Mallory").post(f"/api/kernels/{kernel}/{verb}") for verb in ("interrupt", "restart")]
    return any(answer.status < 400 for answer in answers)


@attack("another person's kernel: DELETE")
def deletes_anothers_kernel(site: Site) -> bool:
    return ends(site, lambda mallory, kernel: mallory.post(f"/api/kernels/{kernel}", method="DELETE"))


@attack("another person's kernel: /voila/api/shutdown")
def shuts_down_anothers_kernel(site: Site) -> bool:
    return ends(site, lambda mallory, kernel: mallory.post(f"/voila/api/shutdown/{kernel}"))


def ends(site: Site, deed: Callable[[Visitor, str], Answer]) -> bool:
    """Whether the deed ends Ann's kernel."""
    kernel = site.person("Ann").page().kernel
    done = deed(site.person("Mallory"), kernel).status
    return until(lambda: site.process_of(kernel) is None, 10 if 200 <= done < 300 else 0.2)


@attack("being another person by an edited or forged cookie")
def is_another_by_cookie(site: Site) -> bool:
    ann = site.person("Ann")
    kernel, mallory = ann.page().kernel, site.newcomer("Mallory")
    mallory.ask(f"/api/kernels/{kernel}")
    forged = [(name, value) for name in ann.cookies for value in forgeries(ann.cookies[name], mallory.cookies.get(name, ""))]
    return any(mallory.ask(f"/api/kernels/{kernel}", headers={"Cookie": f"{name}={value}"}).status == 200 for name, value in forged)


def forgeries(hers: str, mine: str) -> Iterator[str]:
    """Cookies made of another person's id: under one's own signature, without one, and signed with a key that one chose."""
    parts, her_parts = mine.split("|"), hers.split("|")
    if len(parts) == len(her_parts) == 6:
        yield "|".join([*parts[:4], her_parts[4], parts[5]])
        payload = base64.b64decode(her_parts[4].partition(":")[2])
        yield payload.decode().replace('"', "'")
        yield base64.b64encode(payload).decode()
        yield "|".join([*her_parts[:5], ""])
        yield tornado.web.create_signed_value(b"", her_parts[3].partition(":")[2], payload).decode()
        yield tornado.web.create_signed_value(b"x", her_parts[3].partition(":")[2], payload, version=1).decode()


@attack("being another person by a request header")
def is_another_by_header(site: Site) -> bool:
    ann = site.person("Ann")
    with ann.line() as line:
        line.say(type="name", name="Ann Vandermeer")
    mallory = site.newcomer("Mallory")
    mallory.opened["/"] = read_page(mallory.ask("/", headers=dict.fromkeys((PERSON_HEADER, PERSON_HEADER.replace("-", "_"), "Remote-User"), person_of(ann))))
    with mallory.line() as line:
        seen = json.dumps([line.state(), line.say(type="open", screen="home")])
    mallory.good_bye()
    return "Ann Vandermeer" in seen


def person_of(visitor: Visitor) -> str:
    """The id by which the server knows somebody: in the cookie, or what the header says."""
    kept = visitor.cookies.get("high-note-room", "").split("|")
    return str(json.loads(base64.b64decode(kept[4].partition(":")[2]))["person"]) if len(kept) == 6 else visitor.name


@attack("a form on another site that ends one's page", works=False)
def another_site_posts(site: Site) -> bool:
    mallory = site.person("Mallory")
    kernel = mallory.page().kernel
    mallory.ask(f"/voila/api/shutdown/{kernel}", method="POST", headers={"Origin": "http://evil.example"})
    mallory.ask(f"/voila/api/shutdown/{kernel}", method="POST")
    return site.process_of(kernel) is None


@attack("foreign Host (DNS rebinding)")
def answers_to_a_foreign_name(site: Site) -> bool:
    mallory = site.person("Mallory")
    return mallory.ask(f"/api/kernels/{mallory.page().kernel}", headers={"Host": f"evil.example:{site.port}"}).status == 200


@attack("foreign Origin on the websocket", works=False)
def connects_from_another_site(site: Site) -> bool:
    with contextlib.suppress(*GONE), site.person("Mallory").line(origin="http://evil.example") as line:
        return line.state() is not None
    return False


# --- pages and files -------------------------------------------------------------------------------------------------

@attack("?theme= with a script in it")
def theme_runs_a_script(site: Site) -> bool:
    return "<script>alert(1)" in site.person("Mallory").ask("/?theme=" + quote('"><script>alert(1)</script>')).text


@attack("?template= that is not there: a page that never comes")
def template_hangs(site: Site) -> bool:
    mallory, answers, before = site.newcomer("Mallory"), [], len(site.said())
    threading.Thread(target=lambda: answers.append(mallory.ask("/?template=nosuch")), daemon=True).start()
    assert until(lambda: answers or "TemplateNotFound" in site.said()[before:], PATIENCE)
    if answers:
        mallory.opened["/"] = read_page(answers[0])
        mallory.good_bye()
    return not answers


@attack("other notebooks, and the desk's", on="folder")
def runs_other_notebooks(site: Site) -> bool:
    mallory = site.person("Mallory")
    paths = ("/voila/render/desk.ipynb", "/desk.ipynb", "/voila/render/../desk.ipynb", "/notebooks/desk.ipynb", "/voila/render/plain.ipynb")
    return any("kernelId" in mallory.ask(path).text for path in paths)


@attack("a list of the files", on="folder")
def lists_files(site: Site) -> bool:
    paths = ("/voila/tree", "/voila/tree/", "/tree", "/voila/api/contents", "/api/contents", "/voila/files/", "/files/", "/voila/static/", "/nosuch")
    seen = "".join(site.person("Mallory").ask(path).text for path in paths)
    return any(Path(name).name in seen for name in (*site.beside, "desk.ipynb"))


@attack("files beside the notebook, by their names")
def reads_files(site: Site) -> bool:
    return reads(site, ("{}",))


@attack("files beside the notebook, round a list of what to deny", on="folder")
def reads_files_by_tricks(site: Site) -> bool:
    assert site.plain == "" or not reads(site, ("{}",)), "the list denies nothing"
    return reads(site, ("{}/", "{}/.", "./{}", "{}%2f", "{}%00.png", "{}?.png", "x/../{}", "..%2fnotebooks%2f{}", "{}%0a"))


def reads(site: Site, tricks: tuple[str, ...]) -> bool:
    mallory = site.person("Mallory")
    bases = ("/voila/files/", "/voila/static/", "/voila/templates/kit/static/", "/voila/labextensions/", "/voila/api/themes/", "/static/", "/files/", "/")
    return any(words in mallory.ask(base + trick.format(quote(name) if name.isascii() else name)).body
               for base in bases for name, words in site.beside.items() for trick in tricks)


# --- too much --------------------------------------------------------------------------------------------------------

@attack("forty GETs without the code start kernels")
def anybody_starts_kernels(site: Site) -> bool:
    before = site.kernels()
    return any(Visitor(site).ask("/").status == 200 and bool(site.kernels() - before) for _ in range(40)) or bool(site.kernels() - before)


@attack("more pages at once than the room is for")
def overfills_the_room(site: Site) -> bool:
    before, crowd = site.kernels(), [site.newcomer(f"person {n}") for n in range(site.most_kernels)]
    answers = all_at_once(*[lambda one=one: one.ask(site.page) for one in crowd])
    new = site.kernels() - before
    for one, answer in zip(crowd, answers, strict=True):
        one.opened["/"] = read_page(answer)
        one.good_bye()
    told = [answer for answer in answers if answer.status == 503 and "The room is full" in answer.text]
    return len(before | new) > site.most_kernels or len(told) + len(new) < len(crowd)


@attack("three pages of one person at once")
def one_person_opens_many(site: Site) -> bool:
    greedy, before = site.newcomer("Greedy"), site.kernels()
    answers = all_at_once(*[lambda: greedy.ask(site.page)] * 3)
    mine = site.kernels() - before
    for n, answer in enumerate(answers):
        greedy.opened[str(n)] = read_page(answer)
    greedy.good_bye()
    return len(mine) > 2


@attack("a websocket message of 9 MB")
def sends_a_big_message(site: Site) -> bool:
    with site.person("Mallory").line() as line:
        line.state()
        line.comm({"method": "custom", "content": {"type": "nosuch", "words": "x" * 9_000_000}})
        return line.state() is not None


@attack("a request body of 9 MB")
def sends_a_big_body(site: Site) -> bool:
    return site.person("Mallory").post("/login", code="x" * 9_000_000).status not in (0, 400, 413)


# --- codes, cookies, headers -----------------------------------------------------------------------------------------

@attack("200 guesses at the code, and then the right one", on="folder")
def guesses_the_code(site: Site) -> bool:
    mallory = Visitor(site, address=elsewhere(1))
    guesses = [mallory.ask(site.door.format(new_code(9)), headers={"X-Forwarded-For": f"10.0.0.{n}", "X-Real-Ip": f"10.0.0.{n}"}).status for n in range(200)]
    mallory.come_in()
    return 429 not in guesses or guesses.count(429) < 190 or mallory.ask("/").status == 200


@attack("guesses at a resume code, and then the right one", on="")
def guesses_a_resume_code(site: Site) -> bool:
    ann, mallory = site.person("Ann"), Visitor(site, address=elsewhere(2))
    guesses = [mallory.post("/login", code=site.code, resume=new_code()).status for n in range(30)]
    right = mallory.post("/login", code=site.code, resume=resume_code_of(ann)).status
    return 429 not in guesses or guesses.count(429) < 20 or right != 429


def resume_code_of(visitor: Visitor) -> str:
    with visitor.line() as line:
        line.say(type="name", name="Ann")
        line.say(type="open", screen="home")
        return str(re.search(rf"resume code is ([{ALPHABET}]{{4}} [{ALPHABET}]{{4}})", json.dumps(line.say(type="code")))[1])


@attack("the code stays in the address", on="folder")
def code_stays_in_the_address(site: Site) -> bool:
    path = site.door.format(site.code)
    answer = Visitor(site).ask(path)
    return site.code in answer.headers.get("Location", path)


@attack("the code, or who somebody is, gets into the log", on="folder")
def secrets_get_into_the_log(site: Site) -> bool:
    path, somebody = site.door.format(site.code), Visitor(site)
    somebody.ask(path, headers={"Host": "a-name-nobody-told.example"})
    somebody.ask(path, method="HEAD")          # what a messenger does with a link
    somebody.ask(path, method="PUT")
    somebody.ask(f"/voila/files/nosuch.txt{path[1:] if '?' in path else ''}")
    time.sleep(0.2)
    people = [person_of(person) for person in site.people.values() if person.cookies.get("high-note-room")]
    return any(secret in site.said() for secret in (site.code, *people))


@attack("a page may be framed, may run inline scripts, tells where one came from")
def headers_are_lax(site: Site) -> bool:
    mallory, nobody = site.person("Mallory"), Visitor(site)
    answers = [mallory.page().answer, mallory.ask("/nosuch"), mallory.ask(f"/api/kernels/{NOBODY}"), mallory.ask("/", method="DELETE"), mallory.post(f"/voila/api/shutdown/{NOBODY}"),
               nobody.ask("/login"), nobody.ask(f"/join/{new_code(9)}"), nobody.ask("/login", method="POST"), nobody.ask("/", headers={"Host": "evil.example"})]
    return any(is_lax(answer) for answer in answers)


def is_lax(answer: Answer) -> bool:
    policy = {words.split()[0]: words.split()[1:] for words in answer.headers.get("Content-Security-Policy", "").split(";") if words.strip()}
    scripts = policy.get("script-src", policy.get("default-src", ["*"]))
    return bool({"'unsafe-inline'", "'unsafe-eval'", "*", "http:", "https:", "data:"} & set(scripts) or policy.get("frame-ancestors") != ["'none'"]
                or answer.headers.get("X-Content-Type-Options") != "nosniff" or answer.headers.get("Referrer-Policy") not in ("no-referrer", "same-origin"))


@attack("a cookie that scripts read or other sites send")
def cookie_is_lax(site: Site) -> bool:
    first = Visitor(site).ask(site.door.format(site.code) if site.code else f"/api/kernels/{NOBODY}")
    who = [cookie.lower() for cookie in first.cookies if not cookie.startswith("_xsrf")]
    assert who, "no cookie was set"
    return not all("httponly" in cookie and re.search("samesite=(lax|strict)", cookie) for cookie in who)


@attack("the room's cookie, or its code, at the desk", on="")
def room_opens_the_desk(site: Site) -> bool:
    mallory = site.person("Mallory")
    value = mallory.cookies["high-note-room"]
    answers = [mallory.ask("/", port=site.desk), mallory.ask("/", port=site.desk, headers={"Cookie": f"high-note-desk={value}"}),
               mallory.ask(f"/api/kernels/{mallory.page().kernel}", port=site.desk), Visitor(site).ask(f"/join/{site.code}", port=site.desk)]
    return any(answer.status == 200 or answer.cookies and "high-note-desk=\"2" in str(answer.cookies) for answer in answers)


@attack("one short message that stops the server for everybody")
def stops_the_server(site: Site) -> bool:
    mallory = site.person("Mallory")
    with contextlib.suppress(*GONE):
        line = mallory.line(protocol=V1)
        line.raw(v1_frame("shell", made("comm_msg", {"comm_id": line.page.model, "data": {"method": "request_state"}})))
        next(line.messages(PATIENCE), None)
        line.raw((30_000_000).to_bytes(8, "little") + b"x" * 8)   # "thirty million offsets follow"
        time.sleep(0.2)
    return mallory.ask("/login", wait=2.5).status == 0


# --- tried twice -----------------------------------------------------------------------------------------------------

def named(tried: Attack) -> str:
    return tried.run.__name__


@pytest.mark.parametrize("tried", [a for a in ATTACKS if a.on], ids=named)
def test_on_stock_voila_it_goes_as_the_table_says(tried: Attack, voilas: dict[str, Site]) -> None:
    RESULTS[tried.label, "stock"] = tried.run(voilas[tried.on])
    assert RESULTS[tried.label, "stock"] == tried.works, f"upstream has changed; see what closes this in our room: {tried.label}"


@pytest.mark.parametrize("tried", ATTACKS, ids=named)
def test_in_our_room_it_fails(tried: Attack, ours: Site) -> None:
    RESULTS[tried.label, "ours"] = tried.run(ours)
    assert not RESULTS[tried.label, "ours"]
