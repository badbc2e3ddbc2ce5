"""The fork server: pages in a blink, everybody themselves, and nothing lost when it is killed, hangs or is not there."""

import json
import os
import re
import signal
import sqlite3
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copytree
from typing import Any

import psutil
import pytest
from conftest import ROOT, Room
from ipykernel.kernelapp import IPKernelApp
from jupyter_client.connect import write_connection_file
from jupyter_client.manager import KernelManager
from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner
from jupyter_server.services.kernels.kernelmanager import ServerKernelManager
from pages import SIZES, Person

from kit.serve import forked
from kit.serve.network import free_port
from kit.serve.settings import Settings
from kit.serve.workshop import running

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks need Linux; elsewhere each kernel starts a Python of its own")


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    served = Room(tmp_path)
    served.start()
    nursery_of(served)
    yield served
    served.stop()


def nurseries(room: Room) -> list[psutil.Process]:
    """The fork servers of room and desk, without their forks."""
    return [p for p in room.processes("kit.serve.nursery") if "serve-one" in (p.parent().cmdline() if p.parent() else [])]


def nursery_of(room: Room) -> psutil.Process:
    """The room's fork server, when it has rehearsed and waits."""
    servers = {p.pid: p for p in room.processes("serve-one")}
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        for nursery in nurseries(room):
            listens = {c.laddr.port for c in servers[nursery.ppid()].net_connections(kind="tcp") if c.status == "LISTEN"}
            if room.port in listens and nursery.cpu_times().user > 0.3 and nursery.status() == "sleeping" and all(_is_kernel(p) for p in nursery.children()):
                return nursery
        time.sleep(0.2)
    raise AssertionError("no fork server came up")


def _is_kernel(process: psutil.Process) -> bool:
    """A fork that serves leads a session of its own; the rehearsal does not."""
    try:
        return os.getsid(process.pid) == process.pid
    except ProcessLookupError:
        return True   # it has just ended


def visits(room: Room) -> tuple[Any, dict[str, Any]]:
    """A new visitor's browser, and the first view of their page."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    page = browser.open(room.url, timeout=60).read().decode()
    return browser, json.loads(page.split('id="first-state">')[1].split("</script>")[0])["view"]


def test_a_page_s_kernel_is_a_fork_and_no_python_of_its_own(room: Room) -> None:
    visits(room)
    assert room.processes("kit.serve.kernel") == []
    (kernel,) = room.kernels()
    assert kernel.ppid() == nursery_of(room).pid or kernel.parent().ppid() in {p.pid for p in room.processes("serve-one")}


def test_what_draws_the_page_is_there_before_its_kernel_and_is_sent_once(room: Room) -> None:
    """So that the browser makes it ready meanwhile; with the kernel comes only what is to be drawn."""
    page = urllib.request.build_opener(urllib.request.HTTPCookieProcessor()).open(room.url, timeout=60).read().decode()
    blocks = {name: json.loads(text) for name, text in re.findall(r'<script type="application/json" id="([\w-]+)">(.*?)</script>', page)}
    assert list(blocks) == ["front", "kernel", "first-state"]
    assert set(blocks["front"]) == {"esm", "css"} and set(blocks["first-state"]) == {"model_id", "view"}
    assert page.count("export default") == 1


def test_each_visitor_has_an_environment_of_their_own(room: Room) -> None:
    for _ in range(4):
        visits(room)
    people = [p.environ().get("HTTP_X_KIT_PERSON") for p in room.kernels()]   # as they were at the start of the process
    assert len(room.kernels()) == 4 and set(people) <= {None, ""}, "nobody's id is in the fork server's own environment"
    with sqlite3.connect(room.data / "high-note.sqlite") as database:
        assert database.execute("SELECT count(*) FROM people").fetchone() == (0,), "and looking does not make anybody a person"


def test_the_fork_server_holds_no_database_and_has_one_thread(room: Room) -> None:
    visits(room)
    nursery = nursery_of(room)
    assert nursery.num_threads() == 1
    assert not [f.path for f in nursery.open_files() if "sqlite" in f.path]


def test_when_it_is_killed_those_who_play_go_on_newcomers_come_in_and_it_is_replaced(room: Room) -> None:
    visits(room)
    before, old = room.kernels(), nursery_of(room)
    old.kill()
    _, view = visits(room)   # the ordinary way
    assert view["screen"] == "welcome" and len(room.processes("kit.serve.kernel")) == 1
    assert all(kernel.is_running() for kernel in before)
    deadline = time.monotonic() + 40
    while old.pid in {p.pid for p in nurseries(room)} or len(nurseries(room)) < 2:
        assert time.monotonic() < deadline, "nothing replaced it"
        visits(room)
        time.sleep(2)
    nursery_of(room)
    ordinary = len(room.processes("kit.serve.kernel"))
    visits(room)
    assert len(room.processes("kit.serve.kernel")) == ordinary, "forks again"


def test_when_it_hangs_a_page_comes_all_the_same(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    nursery_of(room).send_signal(signal.SIGSTOP)
    _, view = visits(room)
    assert view["screen"] == "welcome"


def test_when_the_server_is_killed_nothing_of_it_stays(room: Room) -> None:
    visits(room)
    everything = [*room.processes("kit.serve"), *room.processes("serve-one")]
    for server in room.processes("serve-one"):
        server.kill()
    _, alive = psutil.wait_procs(everything, timeout=20)
    assert [p for p in alive if p.is_running() and p.status() != psutil.STATUS_ZOMBIE] == []


@pytest.mark.browser
def test_new_content_is_on_the_next_page(tmp_path: Path, chromium: Any) -> None:
    library = copytree(ROOT / "scenarios", tmp_path / "library")
    room = Room(tmp_path / "data", options=("--scenarios", str(library)))
    (tmp_path / "data").mkdir()
    room.start()
    try:
        nursery_of(room)
        path = library / "the-new-desk.yaml"
        path.write_text(path.read_text(encoding="utf-8").replace("title: The new desk", "title: The newest desk"), encoding="utf-8")
        ann = Person(chromium.new_context(viewport=SIZES["desktop"]), room.url).open()
        ann.come_in("Ann")
        assert "The newest desk" in ann.text()
        ann.context.close()
    finally:
        room.stop()


@contextmanager
def ordinary(folder: Path) -> Iterator[tuple[Room, Any]]:
    """A room without a fork server, and its process."""
    port = free_port("127.0.0.1", 33_000)
    settings = Settings("room", str(ROOT / "notebooks" / "trainee.ipynb"), str(folder), "127.0.0.1", port, ("127.0.0.1",), "ABCD2345", 4, read_ahead="")
    with running(settings) as [process]:
        yield Room(folder, port=port, code="ABCD2345"), process


def test_without_a_fork_server_pages_come_the_ordinary_way(tmp_path: Path) -> None:
    with ordinary(tmp_path) as (room, process):
        _, view = visits(room)
        children = psutil.Process(process.child.pid).children(recursive=True)
        assert view["screen"] == "welcome" and not [p for p in children if "kit.serve.nursery" in p.cmdline()]


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that whoever obeys this user's own IPython settings and start-up files writes."""
    profile, told = tmp_path / "ipython" / "profile_default", tmp_path / "told"
    (profile / "startup").mkdir(parents=True)
    for name in ("ipython_config.py", "ipython_kernel_config.py", "startup/00-first.py"):
        (profile / name).write_text(f"open({str(told)!r}, 'a').write({name!r})")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    return told


def test_a_user_s_own_ipython_settings_and_start_up_files_change_no_fork(tmp_path: Path, told: Path) -> None:
    room = Room(tmp_path)
    room.start()
    try:
        nursery_of(room)
        visits(room)
        assert room.processes("kit.serve.kernel") == [] and not told.exists()
    finally:
        room.stop()


def test_nor_a_kernel_that_is_started_the_ordinary_way(tmp_path: Path, told: Path) -> None:
    with ordinary(tmp_path) as (room, _):
        visits(room)
        assert not told.exists()


def test_what_makes_forking_unsafe_is_said() -> None:
    from kit.serve import nursery  # keeps the debugger out of this process, so not before it is needed

    waits = threading.Event()
    thread = threading.Thread(target=waits.wait)
    thread.start()
    assert "threads" in nursery.not_alone()
    waits.set()
    thread.join()


def test_the_patterns_that_have_been_compiled_are_where_it_looks_for_them() -> None:
    from kit.serve import nursery

    re.compile("only in this test", re.IGNORECASE)
    patterns = nursery._compiled()
    assert ["only in this test"] == [pattern for pattern, flags in patterns if flags & re.IGNORECASE and "this test" in pattern]
    assert json.loads(json.dumps(patterns))


def test_a_forked_process_answers_as_popen_does() -> None:
    pid = os.fork()
    if pid == 0:
        time.sleep(60)
        os._exit(0)
    child = forked.Forked(pid, None, None)
    assert child.poll() is None
    child.terminate()
    assert child.wait(10) == 1 and child.poll() == 1
    child.kill()   # nobody is hurt by a second one
    os.waitpid(pid, 0)


def test_upstream_still_has_what_we_build_on() -> None:
    assert "high-note-fork" in KernelProvisionerFactory.instance().get_provisioner_entries()
    assert "process" in LocalProvisioner.__dict__ and {"launch_kernel", "poll", "wait", "kill", "send_signal"} <= set(LocalProvisioner.__dict__)
    assert hasattr(IPKernelApp, "initialize") and hasattr(IPKernelApp, "start")
    assert ServerKernelManager().event_logger is not ServerKernelManager().event_logger, "upstream makes one for each kernel (Kernel)"


def test_upstream_takes_the_word_of_a_provisioner_for_where_the_kernel_is(tmp_path: Path) -> None:
    manager = KernelManager(transport="ipc", connection_file=str(tmp_path / "kernel-1.json"))
    manager.write_connection_file()
    _, where = write_connection_file(str(tmp_path / "waits-1.json"), ip=str(tmp_path / "waits-1"), transport="ipc", key=b"another")
    manager._reconcile_connection_info({**where, "key": str(where["key"]).encode()})
    assert (manager.ip, manager.session.key) == (str(tmp_path / "waits-1"), b"another")
    assert json.loads((tmp_path / "kernel-1.json").read_text())["ip"] == manager.ip
