"""Many visitors at once at the trainee notebook: our room, stock Voila (cold, and with waiting kernels), and a static page.

    python benchmarks/join.py [--runs 1] [--only NAME ...] [--json FILE]

Simulated visitors over plain sockets, then real Chromium. Times depend on the machine; read the ratios. What is measured
how: benchmarks/README.md. A run takes 6 to 12 minutes on two cores.
"""

import argparse
import asyncio
import json
import math
import sys
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from peers import ONLY_HERE, PERSON_HEADER, ROOT, Served, cpu_seconds, kernel_megabytes, machine, our_room, saved_page, settle, static_page, stock_voila, told
from visitors import LIMIT, StockVisitor, Visit, Visitor

from conftest import BROWSER  # isort: skip
from playwright.async_api import Browser, Page, async_playwright
from playwright.async_api import Error as BrowserError
from playwright.async_api import TimeoutError as TookTooLong


@dataclass(frozen=True)
class Load:
    """So many visitors, evenly over so many seconds."""

    people: int
    seconds: float = 0
    is_real: bool = False   # in Chromium


PEERS = ("ours", "cold", "pool", "static")
LOADS = {"1": Load(1), "10": Load(10), "30": Load(30), "30in5s": Load(30, 5), "chromium1": Load(1, is_real=True), "chromium10": Load(10, is_real=True)}
NOT_MEASURED = {("chromium10", "pool"), ("chromium10", "static")}
STEPS = ("text", "view", "answer", "feedback")
QUANTILES = {"p50": 0.5, "p95": 0.95, "max": 1.0}
USES = ("requests", "kB", "CPU s", "MB")
Found = dict[str, dict[str, list[dict[str, Any]]]]   # load -> peer -> one result a run


# --- the visits -------------------------------------------------------------------------------------------------

async def by_sockets(peer: str, load: Load, served: Served) -> tuple[list[Visit], float]:
    """Simulated visitors; their visits, and the kernels' memory while all are there."""
    visitors = [StockVisitor(served.url, n) if peer in ("cold", "pool") else Visitor(served.url, n, has_kernel=peer == "ours") for n in range(load.people)]

    async def arrive(number: int) -> Visit:
        await asyncio.sleep(number * load.seconds / load.people)
        return await visitors[number].visit()

    visits = await asyncio.gather(*map(arrive, range(load.people)))
    memory = kernel_megabytes(served.pid)
    for visitor in visitors:
        visitor.leave()
    return visits, memory


async def by_chromium(peer: str, load: Load, served: Served) -> tuple[list[Visit], float]:
    """The same in tabs of one browser, each as private as a browser of its own."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=BROWSER, args=ONLY_HERE)
        pages = [await new_page(browser, number) for number in range(load.people)]
        await asyncio.sleep(1)   # the browser, too, has started
        visits = await asyncio.gather(*(look(page, served.url) for page in pages))
        memory = kernel_megabytes(served.pid)
        await browser.close()
    return visits, memory


async def new_page(browser: Browser, number: int) -> Page:
    context = await browser.new_context(extra_http_headers={PERSON_HEADER: f"guest-{number}"})
    return await context.new_page()


async def look(page: Page, url: str) -> Visit:
    """Until there is a heading to read, and a button to press."""
    seen, began = Visit(), monotonic()
    page.on("request", lambda _: setattr(seen, "requests", seen.requests + 1))
    page.on("websocket", lambda _: setattr(seen, "requests", seen.requests + 1))
    page.set_default_timeout(1000 * LIMIT)
    try:
        await page.goto(url, wait_until="commit")
        await page.get_by_role("heading", name="High Note").wait_for()
        seen.text = monotonic() - began
        await page.wait_for_selector(".hn-screen button")
        seen.view = monotonic() - began
    except TookTooLong:
        seen.trouble = "hung"
    except BrowserError as error:
        seen.trouble = error.message.splitlines()[0]
    return seen


# --- measuring --------------------------------------------------------------------------------------------------

def measured(peer: str, load: Load, served: Served) -> dict[str, Any]:
    """One load on one fresh server: what everybody met, and what it took, the server's work afterwards included."""
    settle(served.pid)   # started, and its waiting kernels too
    before = cpu_seconds(served.pid)
    visits, memory = asyncio.run((by_chromium if load.is_real else by_sockets)(peer, load, served))
    settle(served.pid)
    return {"visits": [asdict(visit) for visit in visits], "CPU s": (cpu_seconds(served.pid) - before) / load.people, "MB": memory / load.people}


def opened(peer: str, load: Load, folder: Path, saved: str) -> AbstractContextManager[Served]:
    pool = load.people if peer == "pool" else 0
    if peer == "ours":
        return our_room(folder)
    return static_page(folder, saved) if peer == "static" else stock_voila(folder, ROOT / "notebooks" / "trainee.ipynb", pool=pool)


def measure(found: Found, runs: int, is_wanted: Callable[[str, str], bool]) -> None:
    """Load by load, the peers in turn, so that a machine whose speed drifts treats them alike. Adds to what is found."""
    with tempfile.TemporaryDirectory() as kept:
        saved = saved_page(Path(kept))
    for name, peer in [(name, peer) for _ in range(runs) for name in LOADS for peer in PEERS if is_wanted(name, peer)]:
        with tempfile.TemporaryDirectory() as folder, opened(peer, LOADS[name], Path(folder), saved) as served:
            result = measured(peer, LOADS[name], served)
        found.setdefault(name, {}).setdefault(peer, []).append(result)
        print(f"{name} {peer}: {got_in(visits_of([result]))}", file=sys.stderr)


# --- telling ----------------------------------------------------------------------------------------------------

def visits_of(results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [visit for result in results for visit in result["visits"]]


def got_in(visits: list[dict[str, Any]]) -> str:
    hung = sum(visit["trouble"] == "hung" for visit in visits)
    others = sorted({visit["trouble"] for visit in visits} - {"", "hung"})
    return f"{sum(not visit['trouble'] for visit in visits)}/{len(visits)}" + (f", {hung} hung" if hung else "") + (f" ({'; '.join(others)})" if others else "")


def quantile(numbers: list[float], share: float) -> float | None:
    """The smallest number that at least this share do not exceed."""
    return sorted(numbers)[math.ceil(share * len(numbers)) - 1] if numbers else None


def figures(results: list[dict[str, Any]]) -> dict[str, float | None]:
    """Quantiles over all visits that got so far; the rest a mean per person."""
    visits = visits_of(results)
    reached = {step: [visit[step] for visit in visits if visit[step] is not None] for step in STEPS}
    times = {f"{step} {word}": quantile(reached[step], share) for step in STEPS for word, share in QUANTILES.items()}
    kilobytes = mean([visit["bytes"] / 1000 for visit in visits])
    return {**times, "requests": mean([visit["requests"] for visit in visits]), "kB": kilobytes or None,
            **{use: mean([result[use] for result in results]) for use in ("CPU s", "MB")}}


def mean(numbers: list[float]) -> float:
    return sum(numbers) / len(numbers)


def table(rows: list[tuple[str, str, str, dict[str, float | None]]]) -> str:
    """Times as p50 / p95 / max; no figure is a dash."""
    wide = max((len(came) for _, _, came, _ in rows), default=0) + 2
    lines = [f"{'load':12}{'peer':8}{'in':{wide}}" + "".join(f"{step:>24}" for step in STEPS) + "".join(f"{use:>10}" for use in USES)]
    for load, peer, came, row in rows:
        times = [" / ".join(shown(row[f"{step} {word}"]) for word in QUANTILES) for step in STEPS]
        lines.append(f"{load:12}{peer:8}{came:{wide}}" + "".join(f"{cell:>24}" for cell in times) + "".join(f"{shown(row[use]):>10}" for use in USES))
    return "\n".join(lines)


def shown(number: float | None) -> str:
    return "-" if number is None else f"{number:.0f}" if number >= 100 else f"{number:.2f}" if number >= 1 else f"{number:.3f}"


def ratios_to(other: dict[str, float | None], row: dict[str, float | None]) -> dict[str, float | None]:
    return {figure: number / base if number is not None and (base := other[figure]) else None for figure, number in row.items()}


def tell(where: dict[str, Any], found: Found) -> dict[str, Any]:
    """Print both tables; everything as plain data."""
    raw = {load: {peer: figures(results) for peer, results in row.items()} for load, row in found.items()}
    ratios = {load: {peer: ratios_to(row["cold"], of) for peer, of in row.items() if peer != "cold"} for load, row in raw.items() if "cold" in row}
    came = {load: {peer: got_in(visits_of(results)) for peer, results in row.items()} for load, row in found.items()}
    print(told(where))
    for title, rows in (("Seconds (p50 / p95 / max), and per person", raw), ("Of stock Voila, cold", ratios)):
        print(f"\n{title}", table([(load, peer, came[load][peer], of) for load, row in rows.items() for peer, of in row.items()]), sep="\n")
    return {"machine": where, "figures": raw, "ratios": ratios, "got in": came, "runs": found}


def main() -> None:
    words = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    words.add_argument("--runs", type=int, default=1)
    words.add_argument("--only", nargs="+", choices=(*PEERS, *LOADS), default=[], help="these peers, these loads")
    words.add_argument("--json", type=Path)
    asked = words.parse_args()
    peers, loads = set(asked.only) & set(PEERS) or set(PEERS), set(asked.only) & set(LOADS) or set(LOADS)
    if BROWSER is None:
        sys.exit("No browser: run tests/bring_browser.py first.")
    where = machine(runs=asked.runs)
    found: Found = {}
    try:
        measure(found, asked.runs, lambda load, peer: load in loads and peer in peers and (load, peer) not in NOT_MEASURED)
    finally:   # whatever breaks, what was measured is told
        everything = tell(where, found)
        if asked.json:
            asked.json.write_text(json.dumps(everything, indent=1), encoding="utf-8")
            print(f"Raw numbers: {asked.json}")


if __name__ == "__main__":
    main()
