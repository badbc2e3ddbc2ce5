"""Find a Chromium for the browser tests, or bring one: the system's package where we may, else Playwright's own.

Says in one line what it found. Without a browser the tests still run, and say at the end what was not run.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find() -> str | None:
    """The path of a Chromium on this machine, Playwright's own included."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def bring() -> str | None:
    """Install one, the first way that works."""
    ways = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if shutil.which("apt-get") and os.geteuid() == 0:
        ways.insert(0, ["sh", "-c", "apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium"])
    for way in ways:
        print("Bringing a browser:", " ".join(way), flush=True)
        try:
            subprocess.run(way, timeout=600, check=False, stdout=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            continue
        if found := find():
            return found
    return None


if __name__ == "__main__":
    browser = find() or bring()
    print(f"Browser for the tests: {browser}" if browser else "NO BROWSER could be found or installed: the browser tests will not be run.")
