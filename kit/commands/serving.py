"""`kit serve`: content checked, room and desk started, links and QR code told, health shown until Ctrl-C."""

import json
import os
import signal
import socket
import sys
import time
import webbrowser
from pathlib import Path

import click

from kit import places
from kit.codes import grouped, new_code
from kit.library import Library, NoPlaybook, load
from kit.serve import network, opening
from kit.serve.settings import Settings, kept_secret
from kit.serve.workshop import SETTINGS_VARIABLE, DidNotStart, Process, health_line, running
from kit.store.store import NotSaved, Store

HEALTH_SECONDS = 5
READY_SECONDS = 45   # for kernels to be ready before the doors open
DESK_KERNELS = 4
DESK_MESSAGE = 256 * 1024   # bytes: a whole scenario or playbook is sent from the studio


class CannotServe(Exception):
    """The workshop cannot start; the text says why and what to do."""


def serve_workshop(*, name: str, port: int, people: int, ready: int, scenarios: Path | None, here_only: bool, desk_on_network: bool, hosts: tuple[str, ...],
                   new_code: bool, open_browser: bool, verbose: bool) -> None:
    """Serve until Ctrl-C. Raises CannotServe."""
    if ready > people:
        raise CannotServe(f"--ready {ready} is more than the {people} people who may be in at once. Give --people {ready} too, or a smaller number.")
    for told_to_stop in (signal.SIGINT, signal.SIGTERM):   # both like Ctrl-C, also where a script's `&` has Ctrl-C ignored
        signal.signal(told_to_stop, signal.default_int_handler)
    library = _library(scenarios)
    data = _data_folder()
    opening.clear(data)
    if new_code:
        (data / "room-code").unlink(missing_ok=True)
    room, desk = _settings(data, port=port, people=people, ready=ready, here_only=here_only, desk_on_network=desk_on_network, hosts=hosts, verbose=verbose)
    link, desk_link = (f"http://{_shown_host(server)}:{server.port}/join/{server.code}" for server in (room, desk))
    os.environ["KIT_ROOM"] = json.dumps({"name": name, "link": link, "code_grouped": grouped(room.code), "qr": network.qr_lines(link), "people": people})
    try:
        with running(room, desk) as processes:
            _make_ready(data, ready)
            _tell(name, library, link, room, desk_link, desk)
            if open_browser:
                webbrowser.open(f"http://localhost:{room.port}/join/{room.code}")
            _watch(processes)
    except DidNotStart as error:
        raise CannotServe(str(error)) from None
    except KeyboardInterrupt:
        pass
    click.echo("\nStopped. What was answered is kept.")


def serve_here() -> None:
    """Be one of the servers, as the environment says."""
    from kit.serve.server import serve

    settings = Settings.from_json(os.environ.pop(SETTINGS_VARIABLE))
    store = Store(places.data_folder())
    if settings.name == "room":   # functions, not methods: a configuration is copied deeply, and a store cannot be
        serve(settings, resumes=lambda code: store.who_resumes(code), briefs=lambda code: brief_page(store, code))
    else:
        serve(settings)


def brief_page(store: Store, code: str) -> str | None:
    """A player's brief as a page; None when no role-play has this code."""
    from kit.report.page import page
    from kit.store.roleplays import RolePlays
    from kit.ui.roleplay_views import brief

    found = RolePlays(store).with_code(code)
    return page(brief(*found)) if found else None


def _library(scenarios: Path | None) -> Library:
    """The content, checked; its folder goes to the kernels by the environment."""
    folder = (scenarios or places.scenarios_folder()).resolve()
    os.environ["KIT_SCENARIOS"] = str(folder)
    try:
        library = load(folder)
    except NoPlaybook as none:
        raise CannotServe(f"The playbook cannot be used, so there is nothing to play:\n{none}") from None
    for finding in library.findings:
        click.echo(str(finding), err=True)
    return library


def _data_folder() -> Path:
    try:
        data = places.data_folder()
        Store(data)
    except (NotSaved, OSError) as error:
        raise CannotServe(f"Nothing can be kept: {error}") from None
    return data


def _settings(data: Path, *, port: int, people: int, ready: int, here_only: bool, desk_on_network: bool, hosts: tuple[str, ...], verbose: bool) -> tuple[Settings, Settings]:
    """The room's and the desk's settings: ports that are free, codes, and the names they answer to."""
    address = None if here_only else network.own_address()
    ip = "0.0.0.0" if address else "127.0.0.1"
    local = ("localhost", "127.0.0.1")
    mine = tuple(h.lower() for h in ([address, socket.gethostname(), f"{socket.gethostname()}.local"] if address else []))
    code = kept_secret(data / "room-code", lambda: new_code(8).encode()).decode()
    room_port = network.free_port(ip, port)
    notebooks = places.notebooks_folder()
    names = (*local, *mine, *(h.lower() for h in hosts))
    desk_ip, desk_names = (ip, names) if desk_on_network else ("127.0.0.1", local)
    room = Settings("room", str(notebooks / "trainee.ipynb"), str(data), ip, room_port, names, code, people + 2, verbose, ready=ready)
    desk = Settings("desk", str(notebooks / "desk.ipynb"), str(data), desk_ip, network.free_port(desk_ip, room_port + 1), desk_names, new_code(24), DESK_KERNELS, verbose, DESK_MESSAGE)
    return room, desk


def _make_ready(data: Path, ready: int) -> None:
    """Before anybody is told the link: wait until so many kernels wait, or say how many do."""
    if not ready:
        return
    click.echo(f"Getting {ready} places ready ...")
    deadline = time.monotonic() + READY_SECONDS
    while (waiting := (opening.told(data) or (0, 0))[0]) < ready and time.monotonic() < deadline:
        time.sleep(0.1)
    if waiting < ready:
        click.echo(f"{waiting} of {ready} places are ready; the others will come in a little slower. (Kernels can wait on Linux only, and only while there is memory for them.)", err=True)


def _shown_host(server: Settings) -> str:
    return next((h for h in server.hosts if h not in ("localhost", "127.0.0.1")), "localhost")


def _tell(name: str, library: Library, link: str, room: Settings, desk_link: str, desk: Settings) -> None:
    """What a facilitator needs, on one screen."""
    whom = "only here" if desk.ip == "127.0.0.1" else "from any device on the network"
    if sys.stdout.isatty() or os.environ.get("KIT_QR"):
        click.echo(network.qr_for_terminal(link))
    click.echo(f"{name or 'High Note'}: {len(library.ready)} scenarios from {os.environ['KIT_SCENARIOS']}\n\n"
               f"    Join   {link}\n    Code   {grouped(room.code)}\n    Desk   {desk_link}   ({whom}; keep it to yourself)\n\n"
               "Ctrl-C stops it. What is answered is kept, and whoever comes back finds their place.")


def _watch(processes: list[Process]) -> None:
    """The health line, until a server ends."""
    while all(process.child.poll() is None for process in processes):
        if sys.stdout.isatty():
            click.echo(f"\r\x1b[K{health_line(processes)}", nl=False)
        time.sleep(HEALTH_SECONDS if sys.stdout.isatty() else 0.5)
    ended = next(p for p in processes if p.child.poll() is not None)
    raise DidNotStart(f"The {ended.settings.name} has ended by itself; its last words stand above.")
