"""The race: High Note beside stock Voila, Streamlit, Panel and Solara, on the same scene, in one run.

    python benchmarks/race.py --setup                                       once: installs the three, in a folder of their own
    python benchmarks/race.py [--runs 1] [--only NAME ...] [--json FILE]

Simulated visitors over plain sockets, each in its peer's own protocol; then one visitor in real Chromium. Times depend on
the machine; read the ratios. What is measured how: benchmarks/README.md. A run takes ten to twelve minutes on two cores.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from importlib.metadata import distributions
from pathlib import Path
from time import monotonic
from typing import Any

from measuring import Load, Result, all_visits, figures, got_in, ratios_to, table, visits_of
from peers import HERE, ROOT, Served, all_megabytes, cpu_seconds, machine, settle, told

from conftest import BROWSER  # isort: skip

from racing.contenders import CONTENDERS, NEED_VENV, PYTHON, VENV, Contender
from racing.onlooker import look
from racing.wanted import better, verdict

LOADS = {"1": Load(1), "10": Load(10), "30": Load(30), "30in5s": Load(30, 5), "10x30": Load(30, times=10), "chromium1": Load(1, times=3, is_real=True)}
STEPS = ("view", "scene", "feedback")
USES = ("CPU s", "MB each", "MB all")
REQUIREMENTS = HERE / "race-requirements.txt"
INSTALLED = VENV / REQUIREMENTS.name   # as it was when they were installed
Found = dict[str, dict[str, list[Result]]]   # load -> contender -> one result a run


# --- the peers' own folder --------------------------------------------------------------------------------------

def set_up() -> None:
    """Install the peers beside what the kit needs. Nothing of it goes into the kit's own environment."""
    print(f"Installing Streamlit, Panel and Solara into {VENV} (some minutes, 1.2 GB, only this once) ...")
    subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], check=True)
    for file in (ROOT / "requirements.lock", REQUIREMENTS):
        subprocess.run([PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", file], check=True)
    INSTALLED.write_text(REQUIREMENTS.read_text(encoding="utf-8"), encoding="utf-8")


def is_set_up() -> bool:
    return INSTALLED.is_file() and INSTALLED.read_text(encoding="utf-8") == REQUIREMENTS.read_text(encoding="utf-8")


def versions() -> dict[str, str]:
    """What is installed there: the three, and all that came with them."""
    site = [str(path) for path in VENV.glob("lib/python*/site-packages")]
    return {found.name: found.version for found in sorted(distributions(path=site), key=lambda found: found.name.lower())}


# --- measuring --------------------------------------------------------------------------------------------------

def measured(contender: Contender, load: Load, folder: Path) -> Result:
    """One load on one fresh server, which somebody has visited once before."""
    with contender.opens(folder) as served:
        contender.wait(folder)
        settle(served.pid)
        starting = cpu_seconds(served.pid)
        if load.is_real:
            visits = look(contender, served, 1 + load.times)[1:]
            return {"visits": [asdict(visit) for visit in visits], "starting CPU s": starting, **dict.fromkeys(USES)}
        bursts = [asyncio.run(burst(contender, one, turn, served, folder)) for turn, one in enumerate((Load(1), *[load] * load.times))][1:]
    return {"visits": [visit for one in bursts for visit in one["visits"]], "starting CPU s": starting,
            "CPU s": sum(one["CPU s"] for one in bursts) / load.visits, "MB all": bursts[-1]["MB all"],
            "MB each": None if contender.name == "ready" else bursts[0]["MB more"] / load.people}


async def burst(contender: Contender, load: Load, turn: int, served: Served, folder: Path) -> dict[str, Any]:
    """Everybody comes, other people each turn, and goes when all have been answered or given up. Work and memory are read
    while they are there: what a process has done is forgotten when it ends.
    """
    assert contender.guest
    contender.wait(folder)
    settle(served.pid)
    work, memory = cpu_seconds(served.pid), all_megabytes(served.pid)
    guests = [contender.guest(served.url, 1000 * turn + number) for number in range(load.people)]
    visits = await all_visits(guests, load.seconds)
    used = all_megabytes(served.pid)
    settle(served.pid)
    work = cpu_seconds(served.pid) - work
    await asyncio.gather(*(guest.go() for guest in guests))
    return {"visits": [asdict(visit) for visit in visits], "CPU s": work, "MB all": used, "MB more": used - memory}


def is_measured(name: str, contender: Contender) -> bool:
    """Ten crowds come to ours alone; stock Voila's other two notebooks are measured where they are judged."""
    if contender.name in ("cold", "plain"):
        return name == "30"
    if LOADS[name].times > 1 and not LOADS[name].is_real:
        return contender.name == "ours"
    return LOADS[name].is_real or contender.guest is not None


def measure(found: Found, runs: int, is_wanted: Callable[[str, Contender], bool]) -> None:
    """Load by load, the contenders in turn, so that a machine whose speed drifts treats them alike. Adds to what is found."""
    for name, contender in [(name, contender) for _ in range(runs) for name in LOADS for contender in CONTENDERS.values() if is_wanted(name, contender)]:
        began = monotonic()
        with tempfile.TemporaryDirectory() as folder:
            result = measured(contender, LOADS[name], Path(folder))
        found.setdefault(name, {}).setdefault(contender.name, []).append(result)
        print(f"{name} {contender.name}: {got_in(result['visits'])} ({monotonic() - began:.0f} s)", file=sys.stderr)


# --- telling ----------------------------------------------------------------------------------------------------

def tell(where: dict[str, Any], found: Found) -> dict[str, Any]:
    """Print the tables, what is reached, and where a peer is better; everything as plain data."""
    raw = {load: {name: figures(results, steps=STEPS, uses=USES) for name, results in row.items()} for load, row in found.items()}
    ratios = {load: {name: ratios_to(row["ours"], of) for name, of in row.items() if name != "ours"} for load, row in raw.items() if "ours" in row}
    came = {load: {name: got_in(visits_of(results)) for name, results in row.items()} for load, row in found.items()}
    reached, lower = verdict(raw, came), better(raw)
    print(told(where))
    for title, rows in (("Seconds (p50 / p95 / max), and per person", raw), ("How many times High Note's", ratios)):
        print(f"\n{title}", table([(load, name, came[load][name], of) for load, row in rows.items() for name, of in row.items()], steps=STEPS, uses=USES), sep="\n")
    print("\nWhat it must show", *reached, sep="\n")
    print("\nWhere a peer is better than High Note without waiting kernels", *(lower or ["nowhere, in what was measured"]), sep="\n")
    return {"machine": where, "figures": raw, "ratios": ratios, "got in": came, "wanted": reached, "better": lower, "runs": found}


def main() -> None:
    words = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    words.add_argument("--setup", action="store_true", help="install Streamlit, Panel and Solara, and measure nothing")
    words.add_argument("--runs", type=int, default=1)
    words.add_argument("--only", nargs="+", choices=(*CONTENDERS, *LOADS), default=[], help="these contenders, these loads")
    words.add_argument("--json", type=Path)
    asked = words.parse_args()
    if asked.setup:
        return set_up()
    names, loads = set(asked.only) & set(CONTENDERS) or set(CONTENDERS), set(asked.only) & set(LOADS) or set(LOADS)
    if names & NEED_VENV and not is_set_up():
        sys.exit(f"{', '.join(sorted(names & NEED_VENV))}: not installed. First run: python benchmarks/race.py --setup")
    if BROWSER is None:
        sys.exit("No browser: run tests/bring_browser.py first.")
    where = machine(runs=asked.runs, **{name.capitalize(): versions().get(name) for name in sorted(NEED_VENV)})
    found: Found = {}
    try:
        measure(found, asked.runs, lambda load, contender: load in loads and contender.name in names and is_measured(load, contender))
    finally:   # whatever breaks, what was measured is told
        everything = tell(where, found)
        if asked.json:
            asked.json.write_text(json.dumps({**everything, "installed": versions()}, indent=1), encoding="utf-8")
            print(f"Raw numbers: {asked.json}")


if __name__ == "__main__":
    main()
