"""On duty: who is there today and tomorrow, does my phone ring, I am ill, swaps, push messages in this browser."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Form, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from psycopg.rows import dict_row

from analytics.alerts.escalator import load_roster
from analytics.alerts.roster import Post, Roster, Turn
from anxin.channel_settings import WebPush, pushes_to
from anxin.config import Settings
from anxin.db.connect import Connection
from anxin.db.sql import load
from anxin.vocabulary import Role
from api.web import page, person_of, web_of

router = APIRouter(include_in_schema=False)
_queries = load("api.staff")
Text = Annotated[str, Form(max_length=200)]
ILL_FOR = timedelta(hours=24)
_DAYS_TO_SWAP = 14
_POSTS = list(Post)


class Refusal(msgspec.Struct, frozen=True):
    """What cannot be done, in words that the page translates."""

    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A shift as the page shows it. who: None, nobody does it. instead_of: whose shift it was."""

    turn: Turn
    ward: str | None
    who: str | None
    instead_of: str | None
    now: bool


class Subscription(msgspec.Struct, frozen=True):
    """What a browser says when it agrees to be told."""

    endpoint: str
    keys: dict[str, str]


@router.get("/duty")
def duty(request: Request) -> Response:
    return _page(request)


@router.post("/duty/confirm")
def confirm(request: Request) -> Response:
    """My phone rang."""
    person, web = person_of(request), web_of(request)
    with web.store() as connection:
        connection.execute(_queries.confirm_tests, {"account": person.account_id, "now": web.clock.now()})
    return RedirectResponse("/duty", 303)


@router.post("/duty/absent")
def absent(request: Request, account: Text = "", hours: Text = "24") -> Response:
    """Somebody is ill from now on: she herself, or anybody, noted by a manager."""
    person, now = person_of(request), web_of(request).clock.now()
    who = int(account) if account.isdecimal() and person.role is Role.MANAGER else person.account_id
    length = timedelta(hours=float(hours)) if hours in ("8", "24", "72") else ILL_FOR
    return _note(request, who, None, now, now + length, "ill")


@router.post("/duty/swap")
def swap(request: Request, turn: Text = "", colleague: Text = "") -> Response:
    """A colleague takes one of my shifts. turn: its beginning, as the form gave it."""
    person, web = person_of(request), web_of(request)
    with web.store() as connection:
        roster = load_roster(connection, person.facility_id, web.clock.now())
    mine = [one for one in _mine(roster, person.account_id, web.clock.now()) if one.starts_at.isoformat() == turn]
    if not mine or not colleague.isdecimal() or int(colleague) == person.account_id:
        return _page(request, Refusal("Choose one of your shifts and a colleague."))
    return _note(request, person.account_id, int(colleague), mine[0].starts_at, mine[0].ends_at, "swap")


@router.post("/duty/back")
def back(request: Request, absence: Text = "") -> Response:
    """She is back, or the swap is off."""
    person, web = person_of(request), web_of(request)
    about = {
        "id": int(absence) if absence.isdecimal() else 0,
        "facility": person.facility_id,
        "account": person.account_id,
        "any": person.role is Role.MANAGER,
        "now": web.clock.now(),
    }
    with web.store() as connection:
        connection.execute(_queries.end_absence, about)
    return RedirectResponse("/duty", 303)


@router.post("/duty/push")
async def push(request: Request) -> Response:
    """A browser's subscription, as its push service gave it: only services of the settings, only real keys."""
    body = await request.body()
    try:
        wanted = msgspec.json.decode(body[:10_000], type=Subscription)
        keys = {name: wanted.keys[name] for name in ("p256dh", "auth")}
        sizes = {name: len(urlsafe_b64decode(key + "=" * (-len(key) % 4))) for name, key in keys.items()}
    except (msgspec.DecodeError, KeyError, binascii.Error, ValueError):
        return JSONResponse({"detail": "not a subscription"}, 400)
    one = push_settings(web_of(request).settings)
    if one is None or sizes != {"p256dh": 65, "auth": 16} or not pushes_to(one, wanted.endpoint):
        return JSONResponse({"detail": "this push service is not in the settings"}, 400)
    person, web = person_of(request), web_of(request)
    row = {"endpoint": wanted.endpoint, "facility": person.facility_id, "account": person.account_id, **keys}
    with web.store() as connection:
        connection.execute(_queries.put_push, {**row, "now": web.clock.now()})
    return JSONResponse({"detail": "on"})


@router.post("/duty/push-off")
def push_off(request: Request) -> Response:
    with web_of(request).store() as connection:
        connection.execute(_queries.drop_push, {"account": person_of(request).account_id})
    return RedirectResponse("/duty", 303)


def push_settings(settings: Settings) -> WebPush | None:
    """Return the push channel of the settings, if there is one."""
    return next((one for one in settings.notify.channels if isinstance(one, WebPush)), None)


def _note(
    request: Request, who: int, substitute: int | None, starts_at: datetime, ends_at: datetime, reason: str
) -> Response:
    person, web = person_of(request), web_of(request)
    row = {
        "facility": person.facility_id,
        "account": who,
        "substitute": substitute,
        "starts_at": starts_at,
        "ends_at": ends_at,
        "reason": reason,
        "noted_by": person.account_id,
        "now": web.clock.now(),
    }
    with web.store() as connection:
        noted = connection.execute(_queries.put_absence, row).fetchone()
    if noted is None:
        return _page(request, Refusal("This person cannot be on duty here."))
    return RedirectResponse("/duty", 303)


def _page(request: Request, problem: Refusal | None = None) -> Response:
    person, web = person_of(request), web_of(request)
    now = web.clock.now()
    about = {"facility": person.facility_id, "account": person.account_id, "now": now}
    with web.store() as connection:
        roster = load_roster(connection, person.facility_id, now)
        people = _rows(connection, _queries.people, about)
        absences = _rows(connection, _queries.absences, about)
        tests = _rows(connection, _queries.my_tests, about)
        wards = {row["id"]: row["name"] for row in _rows(connection, _queries.wards, about)}
        pushes = _rows(connection, _queries.push_count, about)[0]["count"]
    names = {row["id"]: row["name"] for row in people}
    today = now.astimezone(person.zone).date()
    days = [(day, _lines(roster, day, now, names, wards)) for day in (today, today + timedelta(days=1))]
    one = push_settings(web.settings)
    return page(
        request, "duty.html", 409 if problem else 200, problem=problem, days=days, people=people, absences=absences,
        tests=tests, mine=list(_mine(roster, person.account_id, now)), pushes=pushes,
        unconfirmed=any(test["confirmed_at"] is None for test in tests),
        push_key=one.public_key if one else None,
        gaps=_gaps(roster, now), is_manager=person.role is Role.MANAGER,
    )  # fmt: skip


def _mine(roster: Roster, account_id: int, now: datetime) -> list[Turn]:
    today = now.date()
    turns = [turn for back in range(-1, _DAYS_TO_SWAP) for turn in roster.turns(today + timedelta(days=back))]
    mine = [turn for turn in turns if turn.duty.account_id == account_id and turn.ends_at > now]
    return sorted(mine, key=lambda turn: turn.starts_at)


def _lines(roster: Roster, day: date, now: datetime, names: dict[int, str], wards: dict[int, str]) -> list[Line]:
    """The shifts that begin on a day, and those from the day before that still run."""
    lines = []
    before = [turn for turn in roster.turns(day - timedelta(days=1)) if turn.starts_at <= now < turn.ends_at]
    for turn in (*before, *roster.turns(day)):
        running = turn.starts_at <= now < turn.ends_at
        who = roster.instead_of(turn.duty.account_id, now) if running else turn.account_id
        other = None if who == turn.duty.account_id else names.get(turn.duty.account_id, "?")
        ward = None if turn.duty.ward_id is None else wards.get(turn.duty.ward_id, "?")
        lines.append(Line(turn, ward, None if who is None else names.get(who, "?"), other, running))
    return sorted(lines, key=lambda line: (line.turn.starts_at, _POSTS.index(line.turn.duty.post), line.ward or ""))


def _gaps(roster: Roster, now: datetime) -> list[Post]:
    """Posts that the roster knows and at which nobody is now."""
    planned = {duty.post for duty in roster.duties}
    return [post for post in _POSTS if post in planned and not roster.on_duty((post,), None, now)]


def _rows(connection: Connection, query: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query, values).fetchall()
