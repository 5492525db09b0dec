"""Makes the application: routes, door guard, headers, and an answer for every way a request can fail."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

from anyio import to_thread
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles

from analytics.alerts.refusal import Refused as ActionRefused
from anxin import __version__
from anxin.clock import Clock
from anxin.config import Settings
from anxin.db.connect import SERVICE_DOWN
from anxin.log import Log
from api import health, live, signin
from api.care import routes as care
from api.console import duties
from api.console import routes as console
from api.family import routes as family
from api.integrator import enrol, unassigned
from api.integrator import routes as integrator
from api.rest import routes as rest
from api.security import Security
from api.staff import burden, duty, sheet
from api.wall import routes as wall
from api.web import NotFound, Refused, SignInNeeded, Web, guard, is_fragment, language_of, page, web_of

_log = Log("api")
_document = APIRouter(include_in_schema=False)
ROUTERS = (
    health.router,
    signin.router,
    live.router,
    console.router,
    duties.router,
    wall.router,
    family.router,
    integrator.router,
    unassigned.router,
    enrol.router,
    duty.router,
    burden.router,
    sheet.router,
    care.router,
    rest.router,
    _document,
)


def create(settings: Settings, clock: Clock, on_bug: Callable[[], None] = lambda: None) -> FastAPI:
    """Return the application. on_bug: called when a background thread of it dies."""
    web = Web(settings, clock, on_bug)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        web.open()
        yield
        await to_thread.run_sync(web.close)

    app = FastAPI(
        title="Anxin", version=__version__, summary="Alerts and beds of a care home", lifespan=life,
        openapi_url=None, docs_url=None, redoc_url=None, dependencies=[Depends(guard)],
    )  # fmt: skip
    app.state.web = web
    for router in ROUTERS:
        app.include_router(router)
    app.mount("/static", StaticFiles(packages=[("api", "static")]), name="static")
    app.add_middleware(Security)
    _add_answers(app)
    return app


@_document.get("/api/openapi.json")
def openapi(request: Request) -> JSONResponse:
    """The OpenAPI document; it loads nothing from elsewhere."""
    return JSONResponse(request.app.openapi())


def _add_answers(app: FastAPI) -> None:
    app.add_exception_handler(SignInNeeded, _sign_in)
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(NotFound, _not_found)
    app.add_exception_handler(404, _not_found)
    app.add_exception_handler(ActionRefused, rest.refused)
    for error in SERVICE_DOWN:
        app.add_exception_handler(error, _away)
    app.add_exception_handler(Exception, _bug)


def _wants_page(request: Request) -> bool:
    return not request.url.path.startswith(("/api/", "/health", "/live", "/session")) and not is_fragment(request)


def _sign_in(request: Request, _: Exception) -> Response:
    if not _wants_page(request):
        return JSONResponse({"detail": "sign in first"}, 401, {"www-authenticate": "Bearer"})
    wanted = request.url.path if request.method == "GET" else "/"
    if request.url.query and request.method == "GET":
        wanted += f"?{request.url.query}"
    return RedirectResponse(f"/login?next={quote(wanted)}", 303)


def _refused(request: Request, _: Exception) -> Response:
    return _message(request, 403, "Not for this account", "This page is for other roles.")


def _not_found(request: Request, _: Exception) -> Response:
    return _message(request, 404, "Not found", "There is nothing here (any more).")


def _away(request: Request, error: Exception) -> Response:
    _log.warning("database is away", error=type(error).__name__)
    text = "The database does not answer. Alerts cannot be shown. Use the nurse call; try again in a moment."
    return _message(request, 503, "Database away", text)


def _bug(request: Request, error: Exception) -> Response:
    # The server logs the traceback: Starlette raises the error again after this answer.
    _log.error("request failed", route=getattr(request.scope.get("route"), "path", "?"), error=type(error).__name__)
    return _message(request, 500, "Something went wrong", "The error has been logged. Try again.")


def _message(request: Request, status: int, heading: str, text: str) -> Response:
    if not _wants_page(request):
        return JSONResponse({"detail": text}, status)
    _ = web_of(request).words.of(language_of(request))
    values: dict[str, Any] = {"heading": _(heading), "text": _(text), "link": "/", "link_text": _("To the start page")}
    return page(request, "message.html", status, **values)
