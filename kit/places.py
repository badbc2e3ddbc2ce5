"""Where things are: the scenarios, the notebooks, and the folder in which the platform keeps an app's data."""

import json
import os
from pathlib import Path
from typing import Any

import platformdirs

PLAYBOOK = "playbook.yaml"
_PACKAGE = Path(__file__).resolve().parent


def scenarios_folder() -> Path:
    """`KIT_SCENARIOS` if set, else ./scenarios if it has a playbook, else the ones that came with the kit."""
    if named := os.environ.get("KIT_SCENARIOS"):
        return Path(named)
    here = Path("scenarios")
    return here if (here / PLAYBOOK).is_file() else shipped("scenarios")


def new_scenarios_folder() -> Path:
    """Where a new scenario is written: the library in use if it is somebody's own, else the folder one stands in."""
    if os.environ.get("KIT_SCENARIOS") or Path("scenarios").is_dir():
        return Path(os.environ.get("KIT_SCENARIOS") or "scenarios")
    return Path(".")


def notebooks_folder() -> Path:
    return shipped("notebooks")


def data_folder() -> Path:
    """`KIT_DATA` if set, else the platform's place for this app's data. Made on first use, for this user only."""
    folder = Path(os.environ.get("KIT_DATA") or platformdirs.user_data_path("high-note"))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def room_facts() -> dict[str, Any]:
    """What the desk may tell of the room that is served beside it: its name, link, code and QR rows. Empty without a room."""
    facts: dict[str, Any] = json.loads(os.environ.get("KIT_ROOM") or "{}")
    return facts


def shipped(name: str) -> Path:
    """Beside the package in a checkout, inside it when installed."""
    inside = _PACKAGE / f"shipped_{name}"
    return inside if inside.is_dir() else _PACKAGE.parent / name
