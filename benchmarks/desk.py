"""The desk's place "Progress" with 200 people and 100,000 picks: opening and refreshing, beside one plain query of the same rows."""

import argparse
import gc
import itertools
import json
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from kit.content.playbook import Playbook
from kit.content.scenario import AnyScene, BestAndWorst, Choose, Compose, Scenario, Write
from kit.content.values import canonical, content_hash
from kit.desk.desk import Desk
from kit.library import load
from kit.play.answer import Answer
from kit.play.run import Run, pick
from kit.store import tables as t
from kit.store.store import FILE, Store

SCENARIOS = Path(__file__).parent.parent / "scenarios"
LIBRARY = load(SCENARIOS)
PLAYBOOK = LIBRARY.playbook
_PLAYBOOK_HASH = content_hash(PLAYBOOK)
SAME_ROWS = ("SELECT r.id, r.person, r.scenario_hash, r.playbook_hash, r.started_at, p.step, p.answer, p.at, p.read_at "
             "FROM runs r JOIN picks p ON p.run = r.id ORDER BY r.started_at, r.rowid, p.step")


def answer(scene: AnyScene, rng: random.Random) -> Answer:
    """Any answer to the scene."""
    ids = [part.id for part in scene.parts]
    if isinstance(scene, Write):
        return ("Some words.",)
    many = 1 if isinstance(scene, Choose) else 2 if isinstance(scene, BestAndWorst) else 3 if isinstance(scene, Compose) else len(ids)
    return tuple(rng.sample(ids, many))


def scenarios_of(count: int) -> list[Scenario]:
    """The library's scenarios, again and again under other names: so that every run is somebody's first of its scenario, and counts."""
    ready = LIBRARY.ready
    return [ready[n % len(ready)].model_copy(update={"id": f"{ready[n % len(ready)].id}-{n}"}) for n in range(count)]


def runs_of(cases: list[Scenario], picks: int, rng: random.Random) -> Iterator[Run]:
    """One scenario after another until there are so many picks; the last run may be unfinished."""
    for case in cases:
        run = Run(case, PLAYBOOK, (), f"{rng.getrandbits(64):016x}")
        while run.scene and picks:
            run, picks = pick(run, answer(run.scene, rng)), picks - 1
        if run.picks:
            yield run


def fill(store: Store, people: int, picks: int) -> None:
    """So many people, with as many picks each, written straight into the tables."""
    rng, cases = random.Random(1), scenarios_of(2 + picks // people // 4)
    with store.engine.begin() as connection:
        hashes = {case.id: _keep(connection, "scenario", case) for case in cases}
        _keep(connection, "playbook", PLAYBOOK)
        for number in range(people):
            _come_in(connection, f"person-{number}", number)
            for n, run in enumerate(runs_of(cases, picks // people, rng)):
                _write(connection, f"{number}-{n}", f"person-{number}", run, hashes[run.scenario.id], n * people + number)


def _keep(connection: Any, kind: str, thing: Scenario | Playbook) -> str:
    digest = content_hash(thing)
    if connection.execute(t.content.select().where(t.content.c.hash == digest)).first() is None:
        connection.execute(t.content.insert().values(hash=digest, kind=kind, name=kind, json=canonical(thing)))
    return digest


def _come_in(connection: Any, person: str, number: int) -> None:
    connection.execute(t.people.insert().values(id=person, name=f"Person {number}", at_run="", came_at=_at(number)))


def _write(connection: Any, run_id: str, person: str, run: Run, scenario_hash: str, minute: int) -> None:
    connection.execute(t.runs.insert().values(
        id=run_id, person=person, scenario=run.scenario.id, scenario_hash=scenario_hash, playbook_hash=_PLAYBOOK_HASH,
        mode="practice", seed=run.seed, started_at=_at(minute)))
    connection.execute(t.picks.insert(), [
        {"run": run_id, "step": s.number, "scene": s.scene.id, "shown": list(s.shown), "answer": list(s.answer),
         "at": _at(minute, 60 * s.number), "read_at": _at(minute, 60 * s.number + 20)} for s in run.steps])


def _at(minute: int, seconds: int = 0) -> str:
    return (datetime(2026, 1, 5, tzinfo=UTC) + timedelta(minutes=minute, seconds=seconds)).isoformat(timespec="milliseconds")


def measured(act: Callable[[], object], times: int, *, before: Callable[[], object] = lambda: None) -> tuple[float, float]:
    """The medians of so many, in milliseconds: by the clock, and of this process's time on the processor. Without what is done before each."""
    clocks, taken = (time.perf_counter, time.process_time), []
    for _ in range(times):
        before()
        gc.collect()
        began = [clock() for clock in clocks]
        act()
        taken.append([1000 * (clock() - at) for clock, at in zip(clocks, began, strict=True)])
    return statistics.median(row[0] for row in taken), statistics.median(row[1] for row in taken)


def measure(folder: Path, times: int) -> dict[str, Any]:
    """What the desk takes to open the place, to open it again, and to refresh it, beside the plain query; with facts about the rows."""
    plain = sqlite3.connect(folder / FILE)
    rows = plain.execute(SAME_ROWS).fetchall()
    numbers = itertools.count()

    def send(desk: Desk, **message: str) -> Any:
        return desk.handle(None, message)

    took = {"the plain query": measured(lambda: plain.execute(SAME_ROWS).fetchall(), times),
            "opening": measured(lambda: send(Desk(SCENARIOS, Store(folder), {}), type="desk", screen="progress"), times)}
    desk = Desk(SCENARIOS, Store(folder), {})
    view = send(desk, type="desk", screen="progress")
    took["opening again"] = measured(lambda: send(desk, type="desk", screen="progress"), times)
    for part in ("rules", "scenes", "people", "time"):
        send(desk, type="part", part=part)
        took[f"refresh, {part}"] = measured(lambda: send(desk, type="refresh"), times)
    send(desk, type="person", person="person-7")
    took["refresh, one person"] = measured(lambda: send(desk, type="refresh"), times)
    send(desk, type="part", part="rules")
    took["refresh, one more run"] = measured(lambda: send(desk, type="refresh"), times, before=lambda: _one_more(folder, next(numbers)))
    return {"picks": len(rows), "runs": len({row[0] for row in rows}), "kB of the view": len(json.dumps(view)) / 1000, "ms": took}


def _one_more(folder: Path, number: int) -> None:
    """Somebody comes in and finishes a scenario."""
    store = Store(folder)
    run = next(runs_of(scenarios_of(1), 100, random.Random(number)))
    with store.engine.begin() as connection:
        _come_in(connection, f"more-{number}", number)
        _write(connection, f"more-{number}", f"more-{number}", run, _keep(connection, "scenario", run.scenario), 500_000 + number)
    store.engine.dispose()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--picks", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=5, help="how often each thing is measured; the median is shown")
    parser.add_argument("--json", type=Path, help="write the figures here, too")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        fill(Store(Path(folder)), given.people, given.picks)
        figures = measure(Path(folder), given.times)
    print(f"{given.people} people, {figures['runs']} runs, {figures['picks']} picks; the view has {figures['kB of the view']:.0f} kB")
    print(f"{'':24}{'ms':>8}{'ratio':>8}{'CPU ms':>10}{'ratio':>8}")
    plain = figures["ms"]["the plain query"]
    for name, (wall, cpu) in figures["ms"].items():
        print(f"{name:24}{wall:8.0f}{wall / plain[0]:8.2f}{cpu:10.0f}{cpu / plain[1]:8.2f}")
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
