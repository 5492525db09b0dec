"""What every request can reach: settings, clock, connections, words, templates; and the guard at the door."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from psycopg_pool import ConnectionPool

from analytics.alerts.phrases import POSTS
from analytics.alerts.roster import Post
from anxin import __version__
from anxin.clock import Clock
from anxin.config import Database, Settings
from anxin.db.connect import Connection, conninfo, patient
from api import access, labels, shown
from api.hub import Hub
from api.people import COOKIE, Person, find_person, lifetime, token_hash
from api.throttle import Throttle
from api.words import HTML_LANGUAGE, LANGUAGES, Words

LANGUAGE_COOKIE, TYPE_COOKIE = "anxin_language", "anxin_type"
_Pool = ConnectionPool[Connection]


class SignInNeeded(Exception):  # noqa: N818  an answer, not an error
    """Nobody is signed in."""


class Refused(Exception):  # noqa: N818  an answer, not an error
    """Who is signed in may not open this."""


class NotFound(Exception):  # noqa: N818  an answer, not an error
    """There is no such thing in this facility."""


def _pool(database: Database, role: str, most: int) -> _Pool:
    return ConnectionPool[Connection](
        kwargs=conninfo(database, role), connection_class=Connection, min_size=1, max_size=most, open=False, timeout=5,
        name=role, configure=lambda connection: _bound(connection, database),
    )  # fmt: skip


def _bound(connection: Connection, database: Database) -> None:
    patient(connection, database)


@dataclass
class Web:
    """The one object the application carries. `open` and `close` frame its life."""

    settings: Settings
    clock: Clock
    on_bug: Callable[[], None] = lambda: None
    words: Words = field(default_factory=Words)

    def __post_init__(self) -> None:
        self.pool = _pool(self.settings.database, "anxin_api", 8)
        self.family_pool = _pool(self.settings.database, "anxin_family", 2)
        self.hub = Hub(self.settings.database, self.on_bug)
        self.throttle = Throttle(self.clock.speed)
        self.lasts = lifetime(self.settings.api.session_hours, self.clock)
        folders = [f"{__file__.rpartition('/')[0]}/{name}" for name in _TEMPLATE_FOLDERS]
        self.templates = Environment(
            loader=FileSystemLoader(folders), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
            lstrip_blocks=True,
        )  # fmt: skip
        self.templates.filters["post_name"] = lambda post, language: POSTS[Post(post)][language]

    def open(self) -> None:
        """Start connecting; does not wait for the database."""
        self.pool.open(wait=False)
        self.family_pool.open(wait=False)
        self.hub.start()

    def close(self) -> None:
        self.hub.stop()
        self.pool.close(timeout=1)
        self.family_pool.close(timeout=1)

    @contextmanager
    def store(self) -> Iterator[Connection]:
        """One transaction as anxin_api. Raises one of SERVICE_DOWN when the database is away."""
        with self.pool.connection() as connection:
            yield connection


_TEMPLATE_FOLDERS = (
    "templates",
    "console/templates",
    "wall/templates",
    "family/templates",
    "integrator/templates",
    "staff/templates",
    "care/templates",
)


def web_of(request: Request) -> Web:
    web = request.app.state.web
    assert isinstance(web, Web)
    return web


def person_of(request: Request) -> Person:
    """Return who is signed in. Only for routes that are not public."""
    person = request.state.person
    assert isinstance(person, Person)
    return person


def guard(request: Request) -> None:
    """Let nobody past who may not open the route; runs before every route of the application.

    Raises SignInNeeded or Refused; a database that is away lets nobody in.
    """
    route: str = request.scope["route"].path
    if access.is_public(route):
        return
    hashed = presented_token(request)
    if hashed is None:
        raise SignInNeeded
    web = web_of(request)
    with web.store() as connection:
        person = find_person(connection, hashed, web.clock.now(), web.lasts)
    if person is None:
        raise SignInNeeded
    request.state.person = person
    if not access.may_open(person.role, route):
        raise Refused


def presented_token(request: Request) -> bytes | None:
    """Return the hash of the token a request carries, as a bearer or in the cookie."""
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    token = bearer.strip() if scheme.lower() == "bearer" else request.cookies.get(COOKIE, "")
    return token_hash(token) if token else None


def language_of(request: Request) -> str:
    """Return the language to answer in: chosen on this screen, else the account's, else the browser's first."""
    person: Person | None = getattr(request.state, "person", None)
    browser = request.headers.get("accept-language", "zh")[:2].lower()
    for wish in (request.cookies.get(LANGUAGE_COOKIE), person.language if person else None, browser):
        if wish in LANGUAGES:
            return wish
    return "en" if person is None and browser else "zh"


def page(request: Request, name: str, status: int = 200, **values: Any) -> HTMLResponse:
    """Render a template with what every page knows: words, person, now, the facility's time zone."""
    web = web_of(request)
    person: Person | None = getattr(request.state, "person", None)
    language = language_of(request)
    _ = web.words.of(language)
    now = values.pop("now", None) or web.clock.now()
    zone = person.zone if person else ZoneInfo("Asia/Shanghai")
    context = {
        "_": _, "language": language, "html_language": HTML_LANGUAGE[language], "person": person, "now": now,
        "simulated": web.settings.api.simulated, "large": request.cookies.get(TYPE_COOKIE) == "large",
        "version": __version__, "path": request.url.path, "labels": labels,
        "age": lambda at: shown.age(at, now, _), "moment": lambda at: shown.moment(at, now, zone),
        "moment_of": lambda text: shown.moment(datetime.fromisoformat(text), now, zone),
        "span": lambda length: shown.span(length, _), "clock_time": lambda at: shown.clock_time(at, zone),
        "place_name": shown.place,
        "day_time": lambda at: shown.day_time(at, zone),
        "may": lambda route: person is not None and access.may_open(person.role, route),
    }  # fmt: skip
    return HTMLResponse(web.templates.get_template(name).render({**context, **values}), status)


def is_fragment(request: Request) -> bool:
    """Whether htmx asks for a part of a page."""
    return "hx-request" in request.headers
