"""Doors: who may come in, and as whom. A code opens the door once; a signed cookie keeps it open for this browser.

Subclasses of Jupyter Server's identity provider and login handler; each says what upstream does and why that
is not enough. Nothing here knows what is behind the door.
"""

import hashlib
import hmac
import json
import secrets
import time
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Any

from jupyter_server.auth import User
from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.base.handlers import JupyterHandler
from tornado.web import HTTPError, RequestHandler
from traitlets import Any as AnyTrait
from traitlets import List, Unicode
from voila.voila_identity_provider import VoilaIdentityProvider

from kit.codes import tidied

PERSON_HEADER = "X-Kit-Person"
GUESSES, PER_SECONDS = 8, 60   # wrong codes from one address, before it has to wait
MOST_WRONG = 2000              # wrong codes from everywhere, in the same time: finding one of 8 characters would take 800 years


class Visitors(VoilaIdentityProvider):
    """Everybody who has given the code is somebody: a random id in a signed cookie that scripts cannot read.

    Upstream lets anonymous users in, names the cookie after host and port, and does not tell the kernel who
    came. Here the cookie is given for the code alone and holds which code it was; the id goes to the kernel as
    a request header that the browser cannot set (whatever it sends under that name is overwritten).
    """

    code = Unicode(config=True, help="What opens the door.")
    hosts = List(Unicode(), config=True, help="The names and addresses under which this server may be asked (against DNS rebinding).")
    briefs = AnyTrait(None, allow_none=True, config=True, help="Code of a role-play's brief -> the brief as a page, or None.")
    resumes = AnyTrait(None, allow_none=True, config=True, help="Resume code -> the person's id, or None.")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.login_handler_class = Door
        self.wrong: dict[str, deque[float]] = defaultdict(deque)

    @property
    def auth_enabled(self) -> bool:
        """Always: upstream's "no token, everybody may" is not for us."""
        return True

    def get_handlers(self) -> list[tuple[str, Any]]:
        return [(r"/login", Door), (r"/join/([A-Za-z0-9_-]{1,80})", Link), (r"/leave", Leave),
                *([(r"/brief/([A-Za-z0-9_-]{1,80})", Brief)] if self.briefs else [])]

    async def _get_user(self, handler: RequestHandler) -> User | None:
        """Upstream also takes tokens from URLs and headers; here the cookie is all there is."""
        handler.request.headers.pop(PERSON_HEADER, None)
        host = handler.request.host.rsplit(":", 1)[0].strip("[]").lower()
        if self.hosts and host not in self.hosts:
            raise HTTPError(403, "This server is not asked by that name.")
        user = self.get_user_cookie(handler)
        if user is not None:
            handler.request.headers[PERSON_HEADER] = user.username
        return user

    def user_to_cookie(self, user: User) -> str:
        return json.dumps({"person": user.username, "door": self._door})

    def user_from_cookie(self, cookie_value: str) -> User | None:
        kept = json.loads(cookie_value)
        return visitor(kept["person"]) if kept["door"] == self._door else None

    @property
    def _door(self) -> str:
        return hashlib.sha256(self.code.encode()).hexdigest()[:16]

    def known_before(self, handler: RequestHandler) -> str | None:
        """The id in the cookie, even if it was for another code: the same person in another workshop."""
        cookie = handler.get_secure_cookie(self.get_cookie_name(handler), **self.get_secure_cookie_kwargs)
        return str(json.loads(cookie)["person"]) if cookie else None

    def opens(self, code: object) -> bool:
        wanted = tidied(self.code)
        return bool(wanted) and hmac.compare_digest(tidied(code).encode(), wanted.encode())

    def must_wait(self, address: str) -> bool:
        """Whether this address, or all together, have guessed wrong too often in the last minute."""
        now = time.monotonic()
        for name in (address, "*"):
            while self.wrong[name] and now - self.wrong[name][0] > PER_SECONDS:
                self.wrong[name].popleft()
        return len(self.wrong[address]) >= GUESSES or len(self.wrong["*"]) >= MOST_WRONG

    def guessed_wrong(self, address: str) -> None:
        for name in (address, "*"):
            self.wrong[name].append(time.monotonic())
        if len(self.wrong) > 10_000:   # addresses are not kept for ever
            self.wrong = defaultdict(deque, {"*": self.wrong["*"]})


def visitor(person: str) -> User:
    return User(username=person, name=person, display_name="visitor")


def told_path(path: str) -> str:
    """The path as it may stand in a log: without the code that a link carries."""
    return next((f"{start}..." for start in ("/join/", "/brief/") if path.startswith(start)), path)


class InWords:
    """Errors as a page of ours, and no code in the log. Upstream's page asks for Jupyter's styles and may show a
    traceback; its log has whole addresses.
    """

    def _request_summary(self: Any) -> str:
        return f"{self.request.method} {told_path(self.request.path)}"

    def write_error(self: Any, status_code: int, **kwargs: Any) -> None:
        self.set_header("Content-Type", "text/html")
        self.finish(plain_page(self, "trouble.html"))


def plain_page(handler: RequestHandler, name: str, **facts: Any) -> str:
    """One of the pages that need no kernel."""
    return str(handler.settings["voila_jinja2_env"].get_template(name).render(base_url=handler.settings["base_url"], **facts))


class Door(InWords, JupyterHandler):
    """Asks for the code. Upstream's login page asks for a token or password and loads Jupyter's styles."""

    provider: Visitors

    def initialize(self, **_: Any) -> None:
        self.provider = self.settings["identity_provider"]

    @allow_unauthenticated
    def get(self) -> None:
        self._ask("")

    @allow_unauthenticated
    def post(self) -> None:
        self._let_in(self.get_body_argument("code", ""), self.get_body_argument("resume", ""))

    def _let_in(self, code: str, resume: str = "") -> None:
        address = self.request.remote_ip or ""
        if self.provider.must_wait(address):
            self.set_status(429)
            return self._ask("Too many wrong codes. Please wait a minute and try again.")
        person = self._person(resume) if self.provider.opens(code) else None   # a resume code is not used up at a shut door
        if person is None:
            self.provider.guessed_wrong(address)
            self.set_status(403)
            return self._ask("That code is not right. It stands on the screen in the room." if not resume else "One of the two codes is not right.")
        self.provider.set_login_cookie(self, visitor(person))
        self.redirect(self.base_url)

    def _person(self, resume: str) -> str | None:
        """Whom to let in: who the resume code says, who they were before, or somebody new."""
        if resume:
            find: Callable[[str], str | None] | None = self.provider.resumes
            return find(tidied(resume)) if find else None
        return self.provider.known_before(self) or secrets.token_hex(16)

    def _ask(self, problem: str) -> None:
        self.finish(plain_page(self, "door.html", problem=problem, xsrf=self.xsrf_token.decode(), resumes=self.provider.resumes is not None))


class Link(Door):
    """The link with the code in it: lets in, and goes on to an address without the code."""

    @allow_unauthenticated
    def get(self, code: str) -> None:  # type: ignore[override]
        if self.provider.get_user_cookie(self) is not None:
            return self.redirect(self.base_url)
        self._let_in(code)


class Leave(Door):
    """Not me: this browser forgets who it was."""

    @allow_unauthenticated
    def post(self) -> None:
        self.provider.clear_login_cookie(self)
        self.redirect(self.base_url)


class Brief(InWords, JupyterHandler):
    """A player's brief for a role-play: whoever has its code may read it, in the room or not. Needs no kernel."""

    @allow_unauthenticated
    def get(self, code: str) -> None:
        provider: Visitors = self.settings["identity_provider"]
        address = self.request.remote_ip or ""
        if provider.must_wait(address):
            raise HTTPError(429)
        found = provider.briefs(tidied(code))
        if found is None:
            provider.guessed_wrong(address)
            raise HTTPError(404)
        self.set_header("Cache-Control", "no-store")
        self.finish(found)
