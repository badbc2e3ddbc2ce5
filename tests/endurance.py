"""An endurance run: simulated people (crowd.py) join in bursts and play for minutes while the workshop is disturbed.

    python tests/endurance.py --minutes 10 --people 30                 # the full form: ten bursts of thirty, then ten minutes
    python tests/endurance.py --minutes 3 --people 12 --bursts 3       # a shorter one
    python tests/endurance.py --minutes 10 --people 30 --json figures.json
    python tests/endurance.py --minutes 10 --people 30 --ready 34 --day 10     # with kernels that wait, and a working day in ten minutes
    python tests/endurance.py --minutes 1 --bursts 3 --burst-size 60 --ready 34   # sixty people at once on 34 places that are ready

Run it in the environment that `make test` sets up. It serves a workshop of its own on this machine, with its data in a
temporary folder, and leaves nothing behind. Nothing but this machine is asked for anything.

First the bursts: in each, so many people open the join link at the same moment, wait for their first view, give their
name, and leave; meanwhile a scenario is published anew. Then the day, if there is to be one: all the joins and leaves of eight hours in
minutes, some of them with reloads. Then people play whole scenarios while, in turn, sockets are dropped, the database is locked for
seconds by another process, kernels and the fork server are killed (SIGKILL), and a scenario is published; once, halfway, `kit serve` and
both servers are killed and started again. At the end everybody reloads, and leaves.

It fails (exit code 1, and each problem in a sentence) when an acknowledged pick is not in the store, when somebody sees
another person's name or run or comes back to another place than the one they left, when a page has to be reloaded by
hand, when anybody of a burst does not get in, when a kernel, a connection file or a socket is left over, when the servers'
memory or open files grow with every visit, or when the database is not sound. `tests/test_endurance.py` is the short form.
"""

import argparse
import asyncio
import json
import os
import random
import re
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from shutil import copytree
from statistics import median
from typing import Any

import psutil
from conftest import ROOT, Room
from crowd import Person

from kit.serve import opening

FILE = "high-note.sqlite"
LOCK = "import sqlite3, sys, time; c = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30); c.execute('BEGIN EXCLUSIVE'); time.sleep(float(sys.argv[2])); c.execute('ROLLBACK')"
GONE_SECONDS = 30          # how long kernels may take to end when nobody needs them any more
BACK_SECONDS = 100         # how long people may take to come back, on a machine that has much else to do
NOTICED_SECONDS = 3        # after this a page, or the server, has noticed that a kernel is gone
SETTLE_SECONDS = 3         # after a burst, before the server's memory and open files are read
GROWTH_EACH = 0.1          # MB that the room's server may grow with each visit of a burst, once it is warm: its collector is some visits behind
GROWTH_OF_DAY = 0.01       # MB with each visit of a day
FILES_EACH = 0.1           # open files, likewise
FILES_WAITING = 2          # open files of the server for a kernel that waits: the line to it, and its handle
KEPT_BURSTS = 4            # after which as much is let go as comes: the server keeps what a page needed for 20 seconds
DAY_RATE = 4               # people who come in a second of the day: eight hours of thirty who come and go every six minutes, in ten minutes
PUBLISHED = "the-new-desk.yaml"


@dataclass(frozen=True)
class Plan:
    """How many, how long, how often."""

    people: int
    seconds: float
    bursts: int
    burst_size: int
    every: float = 10          # seconds between two disturbances
    locks: tuple[float, float] = (1, 8)
    pace: float = 0.5          # seconds that somebody thinks, on average
    ready: int = 0             # kernels that wait before the doors open
    day: float = 0             # seconds in which people come and go all the time
    seed: int = 1


@dataclass
class Sample:
    """The servers at one moment: megabytes, open files, kernels."""

    at: float
    room: float
    desk: float
    files: int
    kernels: int
    kernel: float


@dataclass
class Result:
    """What was found: figures to print, and problems in sentences (none: it held)."""

    figures: dict[str, Any] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def run(plan: Plan) -> Result:
    """The whole of it, in a workshop of its own that is gone afterwards."""
    with _workshop(plan) as room, ThreadPoolExecutor(1) as own:   # a browser in the same test session keeps this thread's event loop
        return own.submit(lambda: asyncio.run(Endurance(plan, room).run())).result()


@contextmanager
def _workshop(plan: Plan) -> Iterator[Room]:
    """A room whose data, scenarios and temporary files are in folders of their own, so that what it leaves behind can be told."""
    with tempfile.TemporaryDirectory(prefix="hn-") as folder:
        data, temporary = Path(folder, "d"), Path(folder, "t")
        data.mkdir()
        temporary.mkdir()
        copytree(ROOT / "scenarios", Path(folder, "s"))
        before = os.environ.get("TMPDIR")
        os.environ["TMPDIR"] = str(temporary)
        people = max(plan.people, plan.burst_size, plan.ready)
        room = Room(data, options=("--people", str(people), "--ready", str(plan.ready), "--scenarios", str(Path(folder, "s"))))
        try:
            room.start()
            yield room
        finally:
            room.stop()
            os.environ.pop("TMPDIR") if before is None else os.environ.update(TMPDIR=before)


class Endurance:
    """One run: the bursts, the play, the end, and what is looked at afterwards."""

    def __init__(self, plan: Plan, room: Room) -> None:
        self.plan, self.room, self.dice = plan, room, random.Random(plan.seed)
        self.begun = time.monotonic()
        self.people: list[Person] = []
        self.samples: list[Sample] = []
        self.disturbed: Counter[str] = Counter()
        self.result = Result()
        self.log = ""
        self.folders: set[Path] = set()   # of connection files
        self.started: set[psutil.Process] = set()
        self.restarted_at = self.begun

    async def run(self) -> Result:
        sampling = asyncio.create_task(self._sample_for_ever())
        await self._bursts()
        await self._day()
        await self._play()
        await self._end()
        sampling.cancel()
        self._remember()
        await asyncio.to_thread(self.room.stop)
        self._look_at_people()
        self._look_at_the_store()
        self._look_at_what_is_left()
        self._look_at_the_servers()
        self.result.figures["seconds"] = round(time.monotonic() - self.begun)
        return self.result

    def _guest(self, number: int) -> Person:
        return Person(number, ("127.0.0.1", self.room.port), f"/join/{self.room.code}", pace=self.plan.pace)

    def _expect(self, holds: bool, problem: str) -> None:
        if not holds:
            self.result.problems.append(problem)

    # --- the bursts ---------------------------------------------------------------------------------------------

    async def _bursts(self) -> None:
        rows = []
        for number in range(self.plan.bursts):
            guests = [self._guest(1000 * (number + 1) + n) for n in range(self.plan.burst_size)]
            *came, _ = await asyncio.gather(*(guest.come_in() for guest in guests), self._publish())
            self._expect(all(came), f"burst {number + 1}: {came.count(False)} of {len(came)} did not get in: {[g.why for g, ok in zip(guests, came) if not ok][:3]}")
            self._expect(not any(g.complaints for g in guests), f"burst {number + 1}: {[c for g in guests for c in g.complaints][:3]}")
            await asyncio.gather(*(guest.browser.close() for guest in guests))
            ended = await self._no_kernels_within(GONE_SECONDS)
            self._expect(ended is not None, f"burst {number + 1}: {len(self.room.kernels())} kernels stay, {GONE_SECONDS} s after everybody left")
            await asyncio.sleep(SETTLE_SECONDS)
            self._sample()
            rows.append({"in": came.count(True), **_spread("first view", guests), **_spread("answer", guests), "kernels gone after": ended,
                         "room MB": self.samples[-1].room, "files": self.samples[-1].files, "waiting": self._waiting()})
        self.result.figures["bursts"] = rows

    async def _no_kernels_within(self, seconds: float) -> float | None:
        begun = time.monotonic()
        while len(self.room.kernels()) > self._waiting():
            if time.monotonic() - begun > seconds:
                return None
            await asyncio.sleep(0.2)
        return round(time.monotonic() - begun, 1)

    def _waiting(self) -> int:
        """How many kernels wait for somebody."""
        return (opening.told(self.room.data) or (0,))[0]

    # --- the day ------------------------------------------------------------------------------------------------

    async def _day(self) -> None:
        """People come all the time, look, some reload, and leave; now and then a scenario is published, and a kernel is killed while it waits."""
        begun, guests, visits = time.monotonic(), list[Person](), set[asyncio.Task[None]]()
        while time.monotonic() - begun < self.plan.day:
            await asyncio.sleep(self.dice.expovariate(DAY_RATE))
            if len(visits := {visit for visit in visits if not visit.done()}) < self.plan.burst_size:
                guests.append(self._guest(100_000 + len(guests)))
                visits.add(asyncio.create_task(self._visit(guests[-1])))
            if len(guests) % 100 == 50:
                await self._publish()
        if not guests:
            return
        await asyncio.gather(*visits)
        early, late = (self._between(begun + share * self.plan.day, begun + (share + 0.25) * self.plan.day) for share in (0.25, 0.75))
        out = [guest for guest in guests if guest.took["first view"] == []]
        self._expect(not out, f"the day: {len(out)} of {len(guests)} did not get in: {[g.why for g in out][:3]}")
        self._expect(not any(g.complaints for g in guests), f"the day: {[c for g in guests for c in g.complaints][:3]}")
        self._expect(await self._no_kernels_within(GONE_SECONDS) is not None, f"the day: {len(self.room.kernels())} kernels stay after everybody left")
        self.result.figures["the day"] = {"visits": len(guests), **_spread("first view", guests), **_spread("come back", guests), "room MB, 2nd and 4th quarter": [early, late]}
        self._expect(self.plan.day < 120 or late - early < GROWTH_OF_DAY * len(guests) / 2, f"the day: the room's server grew from {early} to {late} MB")

    async def _visit(self, guest: Person) -> None:
        if await guest.come_in():
            await asyncio.sleep(self.dice.expovariate(1))
            if self.dice.random() < 0.3:
                await guest.reload()
        await guest.browser.close()

    def _between(self, start: float, end: float) -> float:
        return round(median([s.room for s in self.samples if start <= s.at < end] or [0]), 1)

    # --- the play -----------------------------------------------------------------------------------------------

    async def _play(self) -> None:
        """People play until all has been done to them that is planned, and they are back."""
        over = asyncio.Event()
        self.people = [self._guest(n) for n in range(1, self.plan.people + 1)]
        await asyncio.gather(*(person.join() for person in self.people))
        playing = [asyncio.create_task(person.play_until(over.is_set)) for person in self.people]
        await self._disturb()
        await self._kill_servers()
        await self._disturb()
        await self._everybody_is_back()
        over.set()
        await asyncio.gather(*playing)

    async def _disturb(self) -> None:
        """Half of the time, and at least once each, in turn: everything that can happen to a workshop."""
        end = time.monotonic() + self.plan.seconds / 2
        turns = [self._drop_sockets, self._lock, self._kill_kernels, self._publish, self._kill_fork_servers]
        for number, turn in enumerate(cycle(turns), start=1):
            await asyncio.sleep(self.dice.uniform(0.7, 1.3) * self.plan.every)
            await turn()
            if number >= len(turns) and time.monotonic() > end:
                return

    async def _everybody_is_back(self) -> None:
        """Every page has its line and its view again; after a moment in which it may notice that they are gone."""
        begun = time.monotonic()
        await asyncio.sleep(NOTICED_SECONDS)
        while not all(person.is_there for person in self.people):
            if time.monotonic() - begun > BACK_SECONDS:
                return self._expect(False, f"not back within {BACK_SECONDS} s: {[p.why for p in self.people if not p.is_there][:3]}")
            await asyncio.sleep(0.2)
        self.result.figures["everybody back after"] = round(time.monotonic() - begun, 1)

    def _some(self, things: list[Any]) -> list[Any]:
        return self.dice.sample(things, max(1, len(things) // 5)) if things else []

    async def _kill_kernels(self) -> None:
        for kernel in self._some(self.room.kernels()):
            self.disturbed["kernels killed"] += 1
            kernel.kill()

    async def _kill_fork_servers(self) -> None:
        """Their forks go on; they are no descendants of the servers any more."""
        self._remember()
        for nursery in [p for p in self.room.processes("kit.serve.nursery") if p.parent() in self.room.processes("serve-one")]:
            self.disturbed["fork servers killed"] += 1
            nursery.kill()

    async def _publish(self) -> None:
        """A scenario gets another title, which people see from their next page on."""
        self.disturbed["scenarios published"] += 1
        path = self.room.data.parent / "s" / PUBLISHED
        new = path.with_suffix(".new")
        new.write_text(re.sub(r"^title: .*$", f"title: The desk number {self.disturbed['scenarios published']}", path.read_text(encoding="utf-8"), flags=re.M), encoding="utf-8")
        new.replace(path)

    async def _drop_sockets(self) -> None:
        for line in self._some([p.browser.page.line for p in self.people if p.browser.page and p.browser.page.line]):
            self.disturbed["sockets dropped"] += 1
            line.drop()

    async def _lock(self) -> None:
        seconds = self.dice.uniform(*self.plan.locks)
        self.disturbed["database locked, seconds"] += round(seconds)
        locker = await asyncio.create_subprocess_exec(sys.executable, "-c", LOCK, str(self.room.data / FILE), str(seconds))
        self._expect(await locker.wait() == 0, "the database could not be locked")

    async def _kill_servers(self) -> None:
        """`kit serve` and both servers, with SIGKILL; their kernels have to notice by themselves."""
        self.disturbed["servers killed"] += 1
        self._remember()
        orphans, self.started = self.started, set()
        for process in [psutil.Process(self.room.process.pid), *self.room.processes("serve-one")]:
            process.kill()
        self.room.process.wait()
        self.log += self.room.read_log()   # which starting again begins anew
        await asyncio.to_thread(self.room.start)
        self.restarted_at = time.monotonic()
        await self._everybody_is_back()
        _, alive = await asyncio.to_thread(psutil.wait_procs, orphans, GONE_SECONDS)
        self._expect(not alive, f"{len(alive)} processes live on, {GONE_SECONDS} s after the servers were killed")

    # --- the end ------------------------------------------------------------------------------------------------

    async def _end(self) -> None:
        """Everybody reloads once more, one last time in quiet, and leaves."""
        await asyncio.gather(*(person.reload() for person in self.people))
        self._sample()
        await asyncio.gather(*(person.browser.close() for person in self.people))
        self._expect(await self._no_kernels_within(GONE_SECONDS) is not None, f"{len(self.room.kernels())} kernels stay after everybody left")
        left = [path.name for folder in self.room.connections() for path in folder.glob("kernel-*")]
        self._expect(not left, f"{len(left)} connection files and sockets stay after everybody left: {left[:3]}")

    @property
    def _temporary(self) -> Path:
        return self.room.data.parent / "t"

    async def _sample_for_ever(self) -> None:
        while True:
            await asyncio.sleep(2)
            self._sample()

    def _remember(self) -> None:
        """What there is now of processes and folders, to look afterwards whether it is gone."""
        self.started |= {psutil.Process(self.room.process.pid), *self.room.processes("serve-one"), *self.room.processes("kit.serve")}
        self.folders |= {folder.parent for folder in self.room.connections()}

    def _sample(self) -> None:
        """What the servers use now; while they are down there is nothing to see."""
        try:
            server = {json.loads(p.environ()["KIT_SERVER"])["name"]: p for p in self.room.processes("serve-one")}
            kernels = [k.memory_info().rss / 1e6 for k in self.room.kernels()]
            room, desk = (round(server[name].memory_info().rss / 1e6, 1) for name in ("room", "desk"))
            self.samples.append(Sample(time.monotonic(), room, desk, server["room"].num_fds(), len(kernels), max(kernels, default=0)))
        except (psutil.Error, KeyError):
            return

    # --- afterwards ---------------------------------------------------------------------------------------------

    def _look_at_people(self) -> None:
        counts = sum((person.counts for person in self.people), Counter())
        for person in self.people:
            self.result.problems += person.complaints
        self.result.figures |= {"people": len(self.people), "disturbed": dict(self.disturbed), "happened": dict(counts),
                                "good-byes refused": dict(Counter(status for p in self.people for status in p.browser.refused)),
                                **_spread("first view", self.people), **_spread("answer", self.people), **_spread("come back", self.people)}
        self._expect(counts["runs finished"] > 0, "nobody finished a scenario")

    def _look_at_the_store(self) -> None:
        """Sound, and with every acknowledged pick: its run, its person, its step, its very answer."""
        with closing(sqlite3.connect(self.room.data / FILE)) as connection:
            (word,), = connection.execute("PRAGMA integrity_check")
            astray = connection.execute("PRAGMA foreign_key_check").fetchall()
            rows = connection.execute("SELECT people.name, picks.run, picks.step, picks.shown, picks.answer FROM picks "
                                      "JOIN runs ON runs.id = picks.run JOIN people ON people.id = runs.person").fetchall()
        self._expect(word == "ok" and not astray, f"the database is not sound: {word}, {astray[:3]}")
        kept = {(name, run, step): _as_given(json.loads(shown), json.loads(answer)) for name, run, step, shown, answer in rows}
        acknowledged = {(p.name, *place): answer for p in self.people for place, answer in p.acknowledged.items()}
        lost = [place for place, answer in acknowledged.items() if kept.get(place) != answer]
        self._expect(not lost, f"{len(lost)} of {len(acknowledged)} acknowledged picks are not in the store as they were given: {lost[:3]}")
        self._expect(bool(acknowledged), "nothing was acknowledged")
        self.result.figures |= {"acknowledged picks": len(acknowledged), "kept picks": len(kept), "lost picks": len(lost), "integrity_check": word}

    def _look_at_what_is_left(self) -> None:
        _, alive = psutil.wait_procs(self.started, timeout=GONE_SECONDS)
        left = [str(path) for folder in [self._temporary, *self.folders] for path in folder.rglob("*")]
        self._expect(not alive, f"{len(alive)} processes live on after the workshop was stopped")
        self._expect(not left, f"{len(left)} temporary files and sockets are left over: {left[:3]}")
        self.result.figures |= {"processes left": len(alive), "files left": len(left), "tracebacks in the log": _tracebacks(self.log + self.room.read_log())}

    def _look_at_the_servers(self) -> None:
        """Once warm, no more memory and no more open files with every visit. (What a visit needed is kept for a while after it: see KEPT_BURSTS.)"""
        rows = self.result.figures["bursts"][KEPT_BURSTS:]
        if len(rows) > 2:
            visits = (len(rows) - 1) * self.plan.burst_size
            grown, files = ((of(rows[-1]) - of(rows[0])) / visits for of in (lambda row: row["room MB"], lambda row: row["files"] - FILES_WAITING * row["waiting"]))
            self.result.figures |= {"MB a visit": round(grown, 3), "open files a visit": round(files, 3)}
            self._expect(grown < GROWTH_EACH, f"the room's server grows by {grown:.2f} MB with each visit")
            self._expect(files < FILES_EACH, f"the room's server opens {files:.2f} files with each visit that it does not close")
        for name, served in (("before", [s for s in self.samples if s.at < self.restarted_at]), ("since", [s for s in self.samples if s.at > self.restarted_at])):
            self.result.figures[f"{name} the restart"] = _course(served)


def _as_given(shown: list[str], answer: list[str]) -> list[str]:
    """A kept answer as the browser named it: by the numbers shown, or in the person's words."""
    return [str(shown.index(part) + 1) if part in shown else part for part in answer]


def _tracebacks(log: str) -> dict[str, int]:
    """What exceptions were logged, by their last line, and how often."""
    return dict(Counter(line[:100] for line in re.findall(r"^Traceback .*\n(?:\s.*\n)*(\S.*)", log, re.M)))


def _spread(what: str, people: list[Person]) -> dict[str, Any]:
    """Half, 95 of 100 and the slowest, in seconds."""
    took = sorted(seconds for person in people for seconds in person.took[what])
    return {what: {"n": len(took), "p50": round(median(took), 2), "p95": round(took[int(0.95 * (len(took) - 1))], 2), "max": round(took[-1], 2)} if took else {"n": 0}}


def _course(samples: list[Sample]) -> dict[str, Any]:
    """First, highest and last of each figure."""
    def of(pick: Callable[[Sample], float]) -> str:
        values = [round(pick(sample)) for sample in samples]
        return f"{values[0]} .. {max(values)} .. {values[-1]}" if values else "-"

    return {"room MB": of(lambda s: s.room), "desk MB": of(lambda s: s.desk), "open files": of(lambda s: s.files), "kernels": of(lambda s: s.kernels), "largest kernel MB": of(lambda s: s.kernel)}


def told(result: Result) -> str:
    """Figures and problems, for a screen."""
    lines = [f"{name:24} {json.dumps(value)}" for name, value in result.figures.items() if name != "bursts"]
    bursts = [f"burst {n:<18} {json.dumps(row)}" for n, row in enumerate(result.figures["bursts"], start=1)]
    return "\n".join([*bursts, *lines, *(f"PROBLEM: {problem}" for problem in result.problems), "It held." if not result.problems else f"{len(result.problems)} problems."])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--people", type=int, default=30)
    parser.add_argument("--bursts", type=int, default=10)
    parser.add_argument("--burst-size", type=int, default=30)
    parser.add_argument("--ready", type=int, default=0, help="kernels that wait before the doors open")
    parser.add_argument("--day", type=float, default=0, metavar="MINUTES", help="a working day's joins and leaves in so many minutes")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write figures and problems there")
    chosen = parser.parse_args()
    result = run(Plan(chosen.people, 60 * chosen.minutes, chosen.bursts, chosen.burst_size, ready=chosen.ready, day=60 * chosen.day, seed=chosen.seed))
    print(told(result))
    if chosen.json:
        chosen.json.write_text(json.dumps({"figures": result.figures, "problems": result.problems}, indent=1))
    sys.exit(1 if result.problems else 0)


if __name__ == "__main__":
    main()
