"""The room opened ahead: kernels that wait, who gets them, when they are made anew, and when they are given back."""

import asyncio
import os
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
from conftest import Room
from pages import SIZES, Person
from test_fork_server import nurseries, visits

from kit.cli import main
from kit.serve import opening
from kit.serve.opening import Opening
from kit.serve.workshop import health_line

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="forks need Linux; elsewhere no kernel waits, and `kit serve` says so")


def until(holds: Callable[[], Any], *, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.1)


def pids(processes: list[psutil.Process]) -> set[int]:
    return {process.pid for process in processes}


def files_of(room: Room) -> set[str]:
    """The connection files and sockets of the room's kernels, those that wait among them."""
    return {path.name for folder in room.connections() for path in folder.iterdir()}


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """Six places ready before anybody is told the link."""
    served = Room(tmp_path, options=("--ready", "6"))
    served.start()
    yield served
    served.stop()


@linux_only
def test_places_are_ready_before_the_link_is_told_and_those_who_come_get_them(room: Room) -> None:
    assert opening.told(room.data) == (6, 6) and "Getting 6 places ready" in room.read_log()
    waited = pids(room.kernels())
    assert len(waited) == 6
    with ThreadPoolExecutor() as crowd:
        views = [view for _, view in crowd.map(lambda _: visits(room), range(5))]
    assert {view["screen"] for view in views} == {"welcome"} and pids(room.kernels()) == waited, "five came, and nothing new was started"
    until(lambda: opening.told(room.data) == (1, 6))
    with ThreadPoolExecutor() as crowd:
        views = [view for _, view in crowd.map(lambda _: visits(room), range(5))]
    assert [view["screen"] for view in views] == ["welcome"] * 5, "more people than places all come in"
    until(lambda: opening.told(room.data) == (0, 6))
    assert len(room.kernels()) == 10 and room.processes("kit.serve.kernel") == []


@linux_only
def test_killed_while_they_wait_they_are_made_anew_and_nobody_notices(room: Room) -> None:
    doomed = room.kernels()[:4]
    for kernel in doomed:
        kernel.kill()
    with ThreadPoolExecutor() as crowd:
        views = [view for _, view in crowd.map(lambda _: visits(room), range(4))]
    assert [view["screen"] for view in views] == ["welcome"] * 4
    until(lambda: opening.told(room.data) == (2, 6))   # six places: four taken
    assert not pids(doomed) & pids(room.kernels())


@linux_only
def test_one_that_is_killed_when_it_has_been_taken_is_no_longer_anybody_s_and_leaves_nothing(room: Room) -> None:
    before = files_of(room)
    visits(room)
    taken = next(kernel for kernel in room.kernels() if kernel.num_threads() > 6)   # one that serves has more threads than one that waits
    taken.kill()
    until(lambda: opening.told(room.data) == (6, 6) and len(files_of(room)) == len(before))


@linux_only
def test_when_there_is_no_memory_for_a_fork_its_page_comes_the_ordinary_way(room: Room) -> None:
    for nursery in nurseries(room):
        nursery.rlimit(psutil.RLIMIT_AS, (nursery.memory_info().vms, psutil.RLIM_INFINITY))   # not a byte more, for its forks too
    with ThreadPoolExecutor() as crowd:
        views = [view for _, view in crowd.map(lambda _: visits(room), range(8))]
    assert [view["screen"] for view in views] == ["welcome"] * 8
    assert room.processes("kit.serve.kernel"), "two more came than had waited"


@linux_only
def test_when_the_fork_server_is_killed_those_that_wait_still_serve(room: Room) -> None:
    waited = room.kernels()
    for nursery in nurseries(room):
        nursery.kill()
    visits(room)
    assert all(kernel.is_running() for kernel in waited) and room.processes("kit.serve.kernel") == []
    room.stop()
    _, alive = psutil.wait_procs(waited, timeout=20)
    assert not alive


@linux_only
def test_when_the_workshop_ends_nothing_of_them_stays(room: Room) -> None:
    visits(room)
    everything = [*room.kernels(), *nurseries(room)]
    folders = room.connections()
    room.stop()
    _, alive = psutil.wait_procs(everything, timeout=20)
    assert len(folders) == 2 and not alive and not any(folder.exists() for folder in folders)


@linux_only
@pytest.mark.browser
def test_the_desk_opens_the_room_ahead_and_gives_the_places_back(tmp_path: Path, chromium: Any) -> None:
    room = Room(tmp_path, options=("--people", "5"))
    room.start()
    try:
        desk = Person(chromium.new_context(viewport=SIZES["desktop"]), room.desk_url).open()
        desk.click("Get 5 places ready")
        desk.page.get_by_text("5 places are ready").wait_for()
        desk.is_clean()
        assert len(room.kernels()) == 6   # the desk's own is one of them
        ann = Person(chromium.new_context(viewport=SIZES["phone"]), room.url).open()
        ann.come_in("Ann")
        desk.page.get_by_text("4 places are ready").wait_for()
        desk.click("Give them back")
        until(lambda: opening.told(room.data) == (0, 0))
        until(lambda: len(room.kernels()) == 2)
        ann.page.reload()
        ann.sees("home")
        for person in (desk, ann):
            person.context.close()
    finally:
        room.stop()


# --- when they are made, and when they are given back: without processes -----------------------------------------------

class Nest:
    """A fork server that hatches at once."""

    def __init__(self) -> None:
        self.waiting: list[Any] = []
        self.busy, self.asked_at, self.given_back = 0, 0.0, 0

    async def have_one_wait(self, _folder: Path) -> bool:
        self.waiting.append(SimpleNamespace(end=self._end))
        return True

    def _end(self) -> None:
        self.given_back += 1

    def drop_ended(self) -> None:
        pass


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[SimpleNamespace]:
    """An opening of 10 places at most, with the people and kernels that a test says."""
    nest, world = Nest(), SimpleNamespace(people=0, kernels=0)
    world.nest = nest
    world.data = tmp_path
    world.opening = Opening(nest, tmp_path, tmp_path, most=10, people=lambda: world.people, kernels=lambda: world.kernels)  # type: ignore[arg-type]
    with ThreadPoolExecutor(1) as elsewhere:   # this thread may have a browser's event loop
        world.tend = lambda: elsewhere.submit(asyncio.run, world.opening.tend()).result()
        yield world


def test_taken_places_are_not_made_again_and_left_ones_are(opened: SimpleNamespace) -> None:
    opened.opening.open(8)
    opened.tend()
    assert len(opened.nest.waiting) == 8
    opened.people = opened.kernels = 5
    del opened.nest.waiting[:5]
    opened.tend()
    assert len(opened.nest.waiting) == 3
    opened.people = opened.kernels = 2
    opened.tend()
    assert len(opened.nest.waiting) == 6


def test_no_more_places_than_the_room_has(opened: SimpleNamespace) -> None:
    opened.opening.open(500)
    opened.tend()
    assert len(opened.nest.waiting) == 10


def test_they_are_made_anew_only_in_quiet(opened: SimpleNamespace) -> None:
    opened.opening.open(4)
    opened.nest.asked_at = time.monotonic()
    opened.tend()
    assert opened.nest.waiting == []
    opened.nest.asked_at, opened.nest.busy = 0.0, 1
    opened.tend()
    assert opened.nest.waiting == []
    opened.nest.busy = 0
    opened.tend()
    assert len(opened.nest.waiting) == 4


def test_nothing_is_given_back_while_people_are_coming_in(opened: SimpleNamespace) -> None:
    opened.opening.open(4)
    opened.tend()
    opened.kernels, opened.nest.busy = 4, 1   # four have come, and what waits is for those who are on their way
    opened.tend()
    assert len(opened.nest.waiting) == 4
    opened.nest.busy = 0
    opened.tend()
    assert opened.nest.waiting == []


def test_when_everybody_is_in_the_rest_is_given_back_and_a_reload_is_no_newcomer(opened: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    opened.opening.open(4)
    opened.tend()
    opened.people = opened.kernels = 3
    del opened.nest.waiting[:3]
    opened.tend()
    monkeypatch.setattr(opening, "OPEN_SECONDS", -1)
    opened.tend()
    assert opened.nest.waiting == [] and opened.nest.given_back == 1
    assert opening.told(opened.data) == (0, 0)
    opened.kernels = 1   # some leave; nobody asked for places again
    opened.tend()
    assert opened.nest.waiting == []


def test_before_anybody_has_come_they_wait_as_long_as_it_takes(opened: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "OPEN_SECONDS", -1)
    opened.opening.open(4)
    opened.tend()
    opened.tend()
    assert len(opened.nest.waiting) == 4


def test_when_memory_is_short_nothing_waits(opened: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    opened.opening.open(4)
    opened.tend()
    monkeypatch.setattr(opening, "LEAST_FREE", 1 << 60)
    opened.tend()
    assert opened.nest.waiting == [] and opening.told(opened.data) == (0, 4)
    monkeypatch.setattr(opening, "LEAST_FREE", 0)
    opened.tend()
    assert len(opened.nest.waiting) == 4


def test_what_the_desk_asks_is_heard_once(opened: SimpleNamespace) -> None:
    opening.ask(opened.data, 3)
    opened.tend()
    assert opening.told(opened.data) == (3, 3)
    opened.opening.open(0)
    opened.tend()
    assert opening.told(opened.data) == (0, 0), "the old wish is not heard again"
    opening.ask(opened.data, 3)
    opened.tend()
    assert opening.told(opened.data) == (3, 3)


@linux_only
def test_a_full_disk_is_said_and_stops_nobody(opened: SimpleNamespace, caplog: pytest.LogCaptureFixture) -> None:
    told, asked = opened.data / opening.TOLD, opened.data / opening.ASKED

    def fill(path: Path) -> None:
        path.with_name(f"{path.name}.{os.getpid()}.new").symlink_to("/dev/full")

    for _ in range(2):
        fill(told)
        opened.opening.open(3)
        opened.tend()
    assert len(opened.nest.waiting) == 3 and opening.told(opened.data) is None
    assert caplog.text.count("No space left on device") == 1, "said once"
    opened.tend()
    assert opening.told(opened.data) == (3, 3), "told when there is room again"
    fill(asked)
    with pytest.raises(OSError, match="No space left"):
        opening.ask(opened.data, 5)
    assert sorted(path.name for path in opened.data.iterdir()) == [told.name], "nothing half-written stays"


def test_the_health_line_tells_how_many_wait() -> None:
    health = {"people": 2, "kernels": 2, "waiting": 4, "slowest": 0}
    assert "2 kernels and 4 waiting" in health_line([SimpleNamespace(health=health, memory=0)])  # type: ignore[list-item]


def test_more_places_than_people_is_refused_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from click.testing import CliRunner

    monkeypatch.setenv("KIT_DATA", str(tmp_path))
    done = CliRunner().invoke(main, ["serve", "--people", "5", "--ready", "6"])
    assert done.exit_code == 2 and "--people 6" in done.output


def test_the_folder_of_a_room_that_is_no_more_says_nothing(tmp_path: Path) -> None:
    opening.ask(tmp_path, 3)
    opening.clear(tmp_path)
    assert opening.told(tmp_path) is None and list(tmp_path.iterdir()) == []
