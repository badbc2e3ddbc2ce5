"""Many visitors at once at the trainee notebook: our room, stock Voila (cold, and with waiting kernels), and a static page.

    python benchmarks/join.py [--runs 1] [--only NAME ...] [--json FILE]

Simulated visitors over plain sockets, then real Chromium. Times depend on the machine; read the ratios. What is measured
how: benchmarks/README.md. A run takes 6 to 12 minutes on two cores.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict
from pathlib import Path
from time import monotonic
from typing import Any

from measuring import Load, all_visits, figures, got_in, ratios_to, table, visits_of
from peers import ONLY_HERE, PERSON_HEADER, ROOT, Served, cpu_seconds, kernel_megabytes, machine, our_room, saved_page, settle, static_page, stock_voila, told
from visitors import LIMIT, StockVisitor, Visit, Visitor

from conftest import BROWSER  # isort: skip
from playwright.async_api import Browser, Page, async_playwright
from playwright.async_api import Error as BrowserError
from playwright.async_api import TimeoutError as TookTooLong

PEERS = ("ours", "cold", "pool", "static")
LOADS = {"1": Load(1), "10": Load(10), "30": Load(30), "30in5s": Load(30, 5), "chromium1": Load(1, is_real=True), "chromium10": Load(10, is_real=True)}
NOT_MEASURED = {("chromium10", "pool"), ("chromium10", "static")}
STEPS = ("text", "view", "answer", "feedback")
USES = ("CPU s", "MB")
Found = dict[str, dict[str, list[dict[str, Any]]]]   # load -> peer -> one result a run


# --- the visits -------------------------------------------------------------------------------------------------

async def by_sockets(peer: str, load: Load, served: Served) -> tuple[list[Visit], float]:
    """Simulated visitors; their visits, and the kernels' memory while all are there."""
    visitors = [StockVisitor(served.url, n) if peer in ("cold", "pool") else Visitor(served.url, n, has_kernel=peer == "ours") for n in range(load.people)]
    visits = await all_visits(visitors, load.seconds)
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

def tell(where: dict[str, Any], found: Found) -> dict[str, Any]:
    """Print both tables; everything as plain data."""
    raw = {load: {peer: figures(results, steps=STEPS, uses=USES) for peer, results in row.items()} for load, row in found.items()}
    ratios = {load: {peer: ratios_to(row["cold"], of) for peer, of in row.items() if peer != "cold"} for load, row in raw.items() if "cold" in row}
    came = {load: {peer: got_in(visits_of(results)) for peer, results in row.items()} for load, row in found.items()}
    print(told(where))
    for title, rows in (("Seconds (p50 / p95 / max), and per person", raw), ("Of stock Voila, cold", ratios)):
        print(f"\n{title}", table([(load, peer, came[load][peer], of) for load, row in rows.items() for peer, of in row.items()], steps=STEPS, uses=USES), sep="\n")
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
