"""Who races: how each is started, as its own users start it, and who visits it. Each is one process tree."""

import asyncio
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from page import static_html
from peers import HERE, ROOT, Served, free_port, our_room, process, static_page, stock_voila, wait_for
from platformdirs import user_cache_path

from kit.serve import opening
from racing.apps import scene
from racing.guests import TOLD, Guest, OurGuest, OurNotebookGuest, PanelGuest, SolaraGuest, StreamlitGuest, VoilaGuest

APPS = HERE / "racing" / "apps"
VENV = user_cache_path("high-note") / "race"   # where the peers are installed: no part of the product, and not in its folder
PYTHON = VENV / "bin" / "python"
WORDS = """from types import SimpleNamespace as Words

first_scene = lambda: Words(scenario=Words(title={title!r}), scene=Words(question={question!r}))
before = lambda run: {before!r}
options = lambda run: {options!r}
after = lambda run, option: {after!r}[option]
"""
WAITING = 34                                   # kernels, for "ready"
Opens = Callable[[Path], AbstractContextManager[Served]]


@dataclass(frozen=True)
class Contender:
    """Somebody in the race. `asks` names the buttons between a newcomer and the scene; `guest` is None where only Chromium looks."""

    name: str
    title: str
    opens: Opens
    guest: type[Guest] | None = None
    asks: tuple[str, ...] = ()
    is_ours: bool = False
    comes_back: bool = False   # Chromium's visitor has opened the scene before, and gets it as the first view, as after a refresh
    told: str = TOLD           # what is said to the answer, in Chromium; "" where nothing is
    wait: Callable[[Path], None] = lambda folder: None   # until it is as it should be before anybody comes


@contextmanager
def _served(folder: Path, command: list[str], path: str, ready: str) -> Iterator[Served]:
    """One of the peers on a free port, which the command names PORT. Up when it answers at the address `ready`."""
    address = f"http://127.0.0.1:{(port := free_port())}"
    words = ["-m", *(word.replace("PORT", str(port)) for word in command)]
    with process(words, folder, python=str(PYTHON), PYTHONPATH=f"{ROOT}:{APPS}", SOLARA_TELEMETRY_MIXPANEL_ENABLE="False") as pid:
        wait_for(address + ready)
        yield Served(address + path, pid)


def _streamlit(folder: Path) -> AbstractContextManager[Served]:
    return _served(folder, ["streamlit", "run", f"{APPS}/streamlit_app.py", "--server.headless=true", "--browser.gatherUsageStats=false",
                            "--server.address=127.0.0.1", "--server.port=PORT"], "/", "/_stcore/health")


def _panel(folder: Path) -> AbstractContextManager[Served]:
    return _served(folder, ["panel", "serve", f"{APPS}/panel_app.py", "--address=127.0.0.1", "--port=PORT", "--allow-websocket-origin=127.0.0.1:PORT"],
                   "/panel_app", "/panel_app")


def _solara(folder: Path) -> AbstractContextManager[Served]:
    return _served(folder, ["solara", "run", f"{APPS}/solara_app.py", "--production", "--no-open", "--no-check-version", "--host=127.0.0.1", "--port=PORT"], "/", "/readyz")


@contextmanager
def _plain(folder: Path) -> Iterator[Served]:
    """Stock Voila's best case: the same notebook, its words beside it as they are, so that no kernel reads or judges anything."""
    (folder / "plain").mkdir()
    notebook = shutil.copy(APPS / "voila.ipynb", folder / "plain")
    run = scene.first_scene()
    words = {"title": run.scenario.title, "question": run.scene.question, "before": scene.before(run), "options": scene.options(run)}
    after = {option: scene.after(run, option) for option in scene.options(run)}
    (folder / "plain" / "scene.py").write_text(WORDS.format(**words, after=after), encoding="utf-8")
    with stock_voila(folder, Path(notebook)) as served:
        yield served


def _ready(folder: Path) -> AbstractContextManager[Served]:
    return our_room(folder, "--ready", str(WAITING))


def _all_wait(folder: Path) -> None:
    """Until as many kernels wait as should."""
    deadline = time.monotonic() + 90
    while (opening.told(folder) or (0, 0))[0] < WAITING:
        assert time.monotonic() < deadline, f"{WAITING} kernels should wait, and do not"
        time.sleep(0.2)


def _static(folder: Path) -> AbstractContextManager[Served]:
    return static_page(folder, static_html())


@contextmanager
def _saved(folder: Path) -> Iterator[Served]:
    """Our own page, saved when it shows the scene: it draws itself as ever, and no kernel has to come."""
    with our_room(folder) as room:
        html = asyncio.run(_page_at_the_scene(room.url))
    with static_page(folder, html) as served:
        yield served


async def _page_at_the_scene(url: str) -> str:
    guest, pieces = OurGuest(url, 0), [""]
    guest.began = time.monotonic()
    await guest.see()
    await guest.open_scene()
    await guest.fetch("/", pieces.append)
    await guest.go()
    return pieces[-1]


_ASKS = ("Come in", "Play: The rates letter")
CONTENDERS = {contender.name: contender for contender in (
    Contender("ours", "High Note", our_room, OurGuest, _ASKS, is_ours=True),
    Contender("ready", "High Note, kernels waiting", _ready, OurGuest, _ASKS, is_ours=True, wait=_all_wait),
    Contender("voila", "stock Voila", partial(stock_voila, notebook=APPS / "voila.ipynb"), VoilaGuest),
    Contender("cold", "stock Voila, our notebook", partial(stock_voila, notebook=ROOT / "notebooks" / "trainee.ipynb"), OurNotebookGuest),
    Contender("plain", "stock Voila, texts in the notebook", _plain, VoilaGuest),
    Contender("streamlit", "Streamlit", _streamlit, StreamlitGuest),
    Contender("panel", "Panel", _panel, PanelGuest),
    Contender("solara", "Solara", _solara, SolaraGuest),
    Contender("static", "a static page", _static, told=": heard"),
    Contender("saved", "our page, saved", _saved, told=""),
    Contender("ours-back", "High Note, who comes back", our_room, is_ours=True, comes_back=True),
    Contender("ready-back", "High Note, kernels waiting, who comes back", _ready, is_ours=True, comes_back=True),
)}
NEED_VENV = {"streamlit", "panel", "solara"}
