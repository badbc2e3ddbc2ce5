"""What one server needs to know, and the secrets it keeps. Light: whoever starts servers needs no server in memory."""

import json
import os
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

MOST_MESSAGE = 64 * 1024   # bytes that a page may send at once; upstream takes 10 MB


@dataclass(frozen=True)
class Settings:
    """What one server needs to know. Goes to its process as JSON in an environment variable, never on a command line."""

    name: str                # room or desk
    notebook: str
    data: str
    ip: str
    port: int
    hosts: tuple[str, ...]
    code: str
    most_kernels: int
    verbose: bool = False
    most_message: int = MOST_MESSAGE
    idle_seconds: int = 20 * 60   # after which a kernel without a page is shut down; its person comes back to a new one
    ready: int | None = None      # for how many people kernels wait from the start; None: never any, as at the desk
    read_ahead: str = "kit.app"   # the module whose `read_ahead()` reads what kernels need, before they are forked; "": no forks

    def as_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Settings":
        read = json.loads(text)
        return cls(**{**read, "hosts": tuple(read["hosts"])})


def cookie_secret(data: Path, name: str) -> bytes:
    """The secret that signs this server's cookies: made once, kept in the data folder, for this user only."""
    return kept_secret(data / f"{name}-cookie-secret", lambda: secrets.token_bytes(32))


def kept_secret(path: Path, make: Callable[[], bytes]) -> bytes:
    """What the file holds; made and written (0600, whole or not at all) when it is not there yet, or empty."""
    if path.is_file() and path.stat().st_size:
        return path.read_bytes()
    new = path.with_name(f"{path.name}.{os.getpid()}.new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(make())
    new.replace(path)
    return path.read_bytes()
