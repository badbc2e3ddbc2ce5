"""Two hundred players, each killed at some moment: whatever was acknowledged is in the store, and the file is sound.

As a script (`python tests/test_kill.py FOLDER`) this file is the nursery: it imports once, forks the players, kills
them, and lets them write what the store has acknowledged to its standard output.
"""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from worlds import option, playbook, scenario, scene

from kit.app import Trainee
from kit.library import Library
from kit.play.figures import random_answer
from kit.play.run import Run
from kit.store.store import FILE, Store
from kit.ui.views import numbered

PLAYERS = 200
AT_ONCE = 5
LONGEST_LIFE = 0.2   # seconds

BOOK = playbook({"a": 2, "b": 1})
_OPTIONS = [option("right", "a", trust=1), option("half", "b", next="words"), option("wrong", breaks="a", trust=-1), option("idle")]
_BLOCKS = [option("sorry", "a", place=1), option("thanks", "b", place=2), *(option(name) for name in ("one", "two", "three"))]
CASE = scenario(scene("first", options=_OPTIONS), scene("second", "best_and_worst", options=_OPTIONS),
                scene("letter", "compose", blocks=_BLOCKS, outcomes=[{}]),
                scene("words", "write", rules=["a"], model="As it might be said."), status="ready")
LIBRARY = Library(BOOK, (CASE,), ())


# --- the nursery ----------------------------------------------------------------------------------------------

def nursery(folder: Path) -> None:
    """Fork the players, a few at a time, and kill each when its time has come; every fifth may be killed before it plays."""
    dice = random.Random(2025)
    alive: dict[int, float] = {}
    born = 0
    while born < PLAYERS or alive:
        while born < PLAYERS and len(alive) < AT_ONCE:
            child, plays = _fork(f"player-{born}", folder)
            if born % 5:
                os.read(plays, 1)
            os.close(plays)
            alive[child] = time.monotonic() + dice.uniform(0, LONGEST_LIFE)
            born += 1
        _kill_the_next(alive)


def _fork(person: str, folder: Path) -> tuple[int, int]:
    """A child that plays until it is killed, and a pipe that tells when it begins. Before the fork no store is open."""
    plays, begins = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            trainee = Trainee(person, LIBRARY, Store(folder))
            os.write(begins, b"!")
            _play_for_ever(person, trainee)
        finally:
            os._exit(1)
    os.close(begins)
    return child, plays


def _kill_the_next(alive: dict[int, float]) -> None:
    child = min(alive, key=alive.__getitem__)
    time.sleep(max(0.0, alive.pop(child) - time.monotonic()))
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), f"a player ended by itself: {status}"


def _play_for_ever(person: str, trainee: Trainee) -> None:
    dice = random.Random(person)
    trainee.first_view()
    trainee.handle(None, {"type": "name", "name": person})
    while True:
        trainee.handle(None, {"type": "play", "scenario": CASE.id})
        while trainee.run and not trainee.run.run.is_over:
            _answer(trainee, dice)


def _answer(trainee: Trainee, dice: random.Random) -> None:
    """One pick; it is written down as acknowledged only after the page has answered."""
    stored = trainee.run
    step = len(stored.run.picks) + 1
    trainee.handle(None, {"type": "pick", "run": stored.id, "step": step, "answer": _named(stored.run, dice)})
    if len(trainee.run.run.picks) == step:
        line = json.dumps([trainee.person, stored.id, step, trainee.run.run.picks[-1]])
        os.write(1, f"{line}\n".encode())
    trainee.handle(None, {"type": "next", "run": stored.id, "step": step})


def _named(run: Run, dice: random.Random) -> list[str]:
    """A random answer as a browser names it."""
    number = {part: n for n, part in numbered(run.shown).items()}
    return [number.get(part, part) for part in random_answer(run.scene, dice)]


# --- the test -------------------------------------------------------------------------------------------------

def test_of_two_hundred_killed_players_no_acknowledged_answer_is_lost(tmp_path: Path) -> None:
    Store(tmp_path).engine.dispose()
    done = subprocess.run([sys.executable, __file__, str(tmp_path)], capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr
    acknowledged = [json.loads(line) for line in done.stdout.splitlines()]
    assert len({person for person, *_ in acknowledged}) > PLAYERS / 2, "too few came as far as an answer"
    assert _faults(tmp_path) == []
    kept = _kept(tmp_path)
    lost = [line for line in acknowledged if kept.get((line[1], line[2])) != line[3]]
    assert not lost
    assert len(kept) <= len(acknowledged) + PLAYERS   # of each player, at most the answer in hand is kept and not acknowledged


def _faults(folder: Path) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(folder / FILE)) as connection:
        (word,), = connection.execute("PRAGMA integrity_check")
        return ([] if word == "ok" else [(word,)]) + connection.execute("PRAGMA foreign_key_check").fetchall()


def _kept(folder: Path) -> dict[tuple[str, int], list[str]]:
    """(run, step) -> answer, of every run replayed from a store opened anew."""
    store = Store(folder)
    found = [stored for person in store.people() for stored in store.runs_of(person["id"])]
    assert any(not stored.run.is_over for stored in found) and any(stored.run.is_over for stored in found)
    return {(stored.id, step.number): list(step.answer) for stored in found for step in stored.run.steps}


if __name__ == "__main__":
    nursery(Path(sys.argv[1]))
