"""The live stream, as server-sent events. The one async file.

A page starts with the newest history entry it was drawn with, so nothing falls between drawing and listening; after a
break the browser names the last entry it saw. Every beat carries the server's now: pages compute ages with it. A page
that reads too slowly is cut off and comes back the same way.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress
from typing import Any

import msgspec
from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response
from fastapi.sse import EventSourceResponse, format_sse_event

from analytics.alerts import store
from anxin.clock import monotonic_s
from anxin.db.connect import SERVICE_DOWN
from anxin.vocabulary import Role
from api.hub import MAX_REPLAY, Listener, News, read_news
from api.people import Person, find_person
from api.web import Web, person_of, web_of

BEAT_S = 2.0
CHECK_SESSION_S = 30.0
RETRY_MS = 1_000
CATCH_UP_S = 0.5
router = APIRouter()


@router.get("/live", include_in_schema=False)
@router.get("/api/v1/live", tags=["live"], summary="What happens to alerts, as server-sent events")
async def live(request: Request, last: int | None = None) -> Response:
    """Events: `alert` (id: entry of the alert history; data: what the alert is now), `beat` every 2 s, `reset` (too
    much was missed: read everything again), `bye` (the session ended). `last` or Last-Event-ID: replay what came after
    it."""
    web, person = web_of(request), person_of(request)
    header = request.headers.get("last-event-id", "")
    after = int(header) if header.isdigit() else last
    listener = Listener(person.facility_id, asyncio.get_running_loop())
    if not web.hub.join(listener):
        return PlainTextResponse("too many live streams are open, or the server stops; try again", 503)
    return EventSourceResponse(_stream(web, person, listener, after), headers={"x-accel-buffering": "no"})


class _Showing:
    """Notes beside the stream, which must not wait for it, that a page shows what rings."""

    def __init__(self, web: Web, person: Person) -> None:
        self._web, self._person = web, person
        self._again = False
        self._task: asyncio.Task[None] | None = None

    def note(self) -> None:
        """Called with every news: the note is taken at once, or once more after the one that is being written."""
        self._again = self._person.role is not Role.INTEGRATOR  # whose programs answer no call
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._write())

    async def _write(self) -> None:
        while self._again:
            self._again = False
            await to_thread.run_sync(_note_shown, self._web, self._person.facility_id)


async def _stream(web: Web, person: Person, listener: Listener, after: int | None) -> AsyncGenerator[bytes, None]:
    showing = _Showing(web, person)
    try:
        yield format_sse_event(retry=RETRY_MS)
        yield _beat(web)
        newest = after or 0
        missed: list[News] | None = [] if after is None else None
        while missed is None:
            # Read only once the hub follows: what comes between the reading and its first entry, nobody would hand on.
            if web.hub.following:
                missed = await to_thread.run_sync(_read_missed, web, person.facility_id, newest)
            if missed is None:
                if listener.overrun or web.hub.stopping:
                    return
                await asyncio.sleep(CATCH_UP_S)
                yield _beat(web)
        if len(missed) >= MAX_REPLAY:
            yield _event("reset", {})
        for item in missed:
            newest = item.id
            yield _news(item)
        showing.note()
        async for part in _follow(web, person, listener, showing, newest):
            yield part
    finally:
        web.hub.leave(listener)


async def _follow(web: Web, person: Person, listener: Listener, showing: _Showing, newest: int) -> AsyncIterator[bytes]:
    beat_at, check_at = monotonic_s() + BEAT_S, monotonic_s() + CHECK_SESSION_S
    while not listener.overrun:
        try:
            item = await asyncio.wait_for(listener.queue.get(), max(0.0, beat_at - monotonic_s()))
            if item is None:
                return
            if item.id > newest:
                newest = item.id
                yield _news(item)
                showing.note()
        except TimeoutError:
            beat_at = monotonic_s() + BEAT_S
            yield _beat(web)
        if monotonic_s() > check_at:
            check_at = monotonic_s() + CHECK_SESSION_S
            if not await to_thread.run_sync(_still_signed_in, web, person):
                yield _event("bye", {})
                return


def _read_missed(web: Web, facility_id: int, after: int) -> list[News] | None:
    """Return what came after an entry; None when the database cannot say."""
    try:
        with web.store() as connection:
            return read_news(connection, {facility_id: after})
    except SERVICE_DOWN:
        return None


def _note_shown(web: Web, facility_id: int) -> None:
    """A store that is away is told at the next news, or when the page comes back."""
    with suppress(*SERVICE_DOWN), web.store() as connection:
        store.shown_on_page(connection, facility_id, web.clock.now())


def _still_signed_in(web: Web, person: Person) -> bool:
    """A database that is away throws nobody out."""
    try:
        with web.store() as connection:
            return find_person(connection, person.token_hash, web.clock.now(), web.lasts) is not None
    except SERVICE_DOWN:
        return True


def _beat(web: Web) -> bytes:
    pulse = web.hub.pulse
    return _event(
        "beat",
        {
            "now": web.clock.now(),
            "speed": web.clock.speed,
            "store": pulse.store,
            "stored_at": pulse.stored_at,
            "read_at": pulse.read_at,
        },
    )


def _news(item: News) -> bytes:
    return format_sse_event(event="alert", id=str(item.id), data_str=msgspec.json.encode(item).decode())


def _event(name: str, data: dict[str, Any]) -> bytes:
    return format_sse_event(event=name, data_str=msgspec.json.encode(data).decode())
