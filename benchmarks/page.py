"""One visitor at one page, in real Chromium: High Note, stock Voila with plain ipywidgets, and a static page, in one run.

    python benchmarks/page.py [--runs 5] [--json FILE]

Every figure is the median of the runs (lowest to highest); a cold browser each time. The three pages show the same first
scene. Times depend on the machine; read the ratios. What the columns mean: benchmarks/README.md.
"""

import argparse
import base64
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from peers import HERE, ONLY_HERE, ROOT, machine, static_page, stock_voila, told  # first: it makes tests/ importable
from playwright.sync_api import Browser, Page, sync_playwright

from conftest import BROWSER, Room  # isort: skip

FIGURES = ("requests", "kB", "elsewhere", "models", "text ms", "option ms", "feedback ms")
CLICK = """async ([option, button, feedback]) => {   // from the click to the feedback in the page, in milliseconds
  document.querySelector(option).click();
  const start = performance.now(), before = document.querySelector(feedback)?.textContent;
  const there = new Promise((done) => {
    const look = () => { const now = document.querySelector(feedback); if (now && now.textContent.trim() && now.textContent !== before) done(performance.now()); };
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true });
    setInterval(look, 1);
  });
  document.querySelector(button).click();
  return (await there) - start;
}"""


def visit(browser: Browser, url: str, *, text: str, option: str, button: str, feedback: str, before: Any = None) -> dict[str, float]:
    """One cold visit: what it fetched, and when there was text, an option, and feedback."""
    context = browser.new_context()
    if before:
        before(context)
    page = context.new_page()
    seen = watch(page)
    start = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.get_by_text(text).first.wait_for(timeout=90_000)
    first_text = time.perf_counter()
    page.wait_for_selector(option, timeout=90_000, state="attached")
    first_option = time.perf_counter()
    page.wait_for_timeout(500)   # requests that come late count too
    took = page.evaluate(CLICK, [option, button, feedback])
    context.close()
    return {"requests": len(seen["urls"]), "kB": seen["bytes"] / 1000, "elsewhere": sum("127.0.0.1" not in u for u in seen["urls"]), "models": len(seen["models"]),
            "text ms": 1000 * (first_text - start), "option ms": 1000 * (first_option - start), "feedback ms": took}


def watch(page: Page) -> dict[str, Any]:
    """Requests, bytes over the wire, and widget models named on the websocket or in the page."""
    seen: dict[str, Any] = {"urls": [], "bytes": 0, "models": set()}
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.on("Network.requestWillBeSent", lambda e: seen["urls"].append(e["request"]["url"]) if e["request"]["url"].startswith("http") else None)
    session.on("Network.webSocketCreated", lambda e: seen["urls"].append(e["url"].replace("ws:", "http:")))
    session.on("Network.loadingFinished", lambda e: seen.__setitem__("bytes", seen["bytes"] + e["encodedDataLength"]))

    def frame(event: dict[str, Any]) -> None:
        raw = event["response"]["payloadData"]
        data = base64.b64decode(raw).decode("latin-1") if event["response"]["opcode"] == 2 else raw   # stock Voila speaks binary
        seen["bytes"] += len(data)
        for mark in ('"comm_id": "', '"comm_id":"'):
            seen["models"].update(part[:32] for part in data.split(mark)[1:])
    session.on("Network.webSocketFrameReceived", frame)
    session.on("Network.webSocketFrameSent", frame)
    return seen


def static_html() -> str:
    from kit.library import load

    scene = next(s for s in load(ROOT / "scenarios").scenarios if s.id == "the-rates-letter").scenes[0]
    options = "".join(f'<p><label><input type="radio" name="a"> {o.text}</label></p>' for o in scene.options)
    return (f"<!DOCTYPE html><html lang=en><meta charset=utf-8><title>A scene</title><main><p>{scene.situation}</p><form>{options}"
            f"<button type=button onclick=\"document.getElementById('told').textContent = '{scene.options[0].id}: heard.'\">Choose this</button></form><p id=told></p></main>")


def come_in_first(url: str) -> Any:
    """Come in and open the scene once, so that the measured visit returns straight to it, as after a refresh."""
    def before(context: Any) -> None:
        page = context.new_page()
        page.goto(url)
        page.get_by_role("button", name="Come in").click()
        page.get_by_role("button", name="Play: The rates letter").click()
        page.wait_for_selector(".hn-ask")
        page.close(run_before_unload=True)
        time.sleep(1)
    return before


def measure(browser: Browser, folder: Path, runs: int) -> dict[str, list[dict[str, float]]]:
    """Every page, run by run in turn, so that a machine whose speed drifts treats them alike."""
    found: dict[str, list[dict[str, float]]] = {"High Note": [], "stock Voila": [], "static page": []}
    (folder / "room").mkdir()
    room = Room(folder / "room")
    room.start()
    try:
        with stock_voila(folder, HERE / "plain.ipynb") as voila, static_page(folder, static_html()) as static:
            for _ in range(runs):
                found["High Note"].append(visit(browser, room.address, text="Practise ending", option=".hn-option input", button=".hn-ask button[type=submit]",
                                                feedback=".hn-card-label", before=come_in_first(room.url)))
                found["stock Voila"].append(visit(browser, voila.url, text="On Monday 3 November", option="input[type=radio]", button="button.jupyter-button", feedback=".feedback"))
                found["static page"].append(visit(browser, static.url, text="On Monday 3 November", option="input[type=radio]", button="button", feedback="#told"))
    finally:
        room.stop()
    return found


def table(found: dict[str, list[dict[str, float]]]) -> str:
    """Medians with their range, and what High Note is of stock Voila and of the static page."""
    middle = {name: {f: statistics.median(r[f] for r in rows) for f in FIGURES} for name, rows in found.items()}
    lines = [f"{'':14}" + "".join(f"{f:>20}" for f in FIGURES)]
    for name, rows in found.items():
        cells = [f"{middle[name][f]:.0f} ({min(r[f] for r in rows):.0f}-{max(r[f] for r in rows):.0f})" for f in FIGURES]
        lines.append(f"{name:14}" + "".join(f"{c:>20}" for c in cells))
    for other in ("stock Voila", "static page"):
        ratios = [f"{middle['High Note'][f] / middle[other][f]:.2f}" if middle[other][f] else "-" for f in FIGURES]
        lines.append(f"{'of ' + other[:11]:14}" + "".join(f"{r:>20}" for r in ratios))
    return "\n".join(lines)


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--runs", type=int, default=5)
    words.add_argument("--json", type=Path)
    asked = words.parse_args()
    if BROWSER is None:
        sys.exit("No browser: run tests/bring_browser.py first.")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=ONLY_HERE)
        where = machine(runs=asked.runs, Chromium=browser.version)
        found = measure(browser, Path(folder), asked.runs)
        browser.close()
    print(told(where), table(found), sep="\n")
    if asked.json:
        asked.json.write_text(json.dumps({"machine": where, "runs": found}, indent=1), encoding="utf-8")
        print(f"Raw numbers: {asked.json}")


if __name__ == "__main__":
    main()
