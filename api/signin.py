"""The login page, signing out, language and type size of this screen."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from anxin.log import Log
from anxin.vocabulary import Role
from api.access import HOME
from api.people import COOKIE, FacilityUnclearError, check_password, close_session, login_facility, open_session
from api.web import LANGUAGE_COOKIE, TYPE_COOKIE, page, person_of, web_of
from api.words import LANGUAGES

router = APIRouter(include_in_schema=False)
_log = Log("api.signin")
_YEAR_S = 365 * 24 * 3600
Text = Annotated[str, Form(max_length=200)]


class SignInRefused(Exception):  # noqa: N818  an answer, not an error
    """The try failed; `text` is an English message that screens translate, `values` fill it."""

    def __init__(self, status: int, text: str, **values: object) -> None:
        super().__init__(text.format(**values))
        self.status, self.text, self.values = status, text, values


def sign_in(request: Request, account: str, password: str) -> tuple[str, Role]:
    """Return a new session's token and the role. Raises SignInRefused, throttled ones included."""
    web = web_of(request)
    now, address = web.clock.now(), request.client.host if request.client else ""
    if wait := web.throttle.wait(account, address, now):
        seconds = int(wait.total_seconds() / max(1.0, web.clock.speed)) + 1
        raise SignInRefused(429, "Too many wrong tries. Wait {n} seconds.", n=seconds)
    try:
        with web.store() as connection:
            facility = login_facility(connection, web.settings.api.facility)
            found = check_password(connection, facility, account, password)
            if found is None:
                web.throttle.failed(account, address, now)
                _log.warning("sign-in refused", address=address)
                raise SignInRefused(401, "Account or password is wrong.")
            token = open_session(connection, found[0], now, web.lasts)
    except FacilityUnclearError as error:
        raise SignInRefused(503, "{problem}", problem=str(error)) from error
    web.throttle.succeeded(account, address)
    _log.info("signed in", account_id=found[0], role=found[1])
    return token, found[1]


@router.get("/")
def home(request: Request) -> Response:
    return RedirectResponse(HOME[person_of(request).role], 303)


@router.get("/login")
def login_page(request: Request, next: str = "/") -> Response:
    return page(request, "login.html", next=own_path(next), problem=None, account="")


@router.post("/login")
def login(request: Request, account: Text, password: Text, next: Text = "/") -> Response:
    try:
        token, _ = sign_in(request, account.strip(), password)
    except SignInRefused as refusal:
        problem = (refusal.text, refusal.values)
        return page(request, "login.html", refusal.status, next=own_path(next), problem=problem, account=account)
    answer = RedirectResponse(own_path(next), 303)
    _set_cookie(request, answer, token)
    return answer


@router.post("/logout")
def logout(request: Request) -> Response:
    with web_of(request).store() as connection:
        close_session(connection, person_of(request))
    answer = RedirectResponse("/login", 303)
    answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
    return answer


@router.get("/session")
def session(request: Request) -> JSONResponse:
    """Pages ask this when their stream ended: is it the connection, or am I signed out (401)?"""
    return JSONResponse({"role": person_of(request).role})


@router.post("/appearance")
def appearance(request: Request, language: Text = "", type: Text = "", back: Text = "/") -> Response:
    """Language and type size belong to the screen, not to the account: a ward's tablet is shared."""
    answer = RedirectResponse(own_path(back), 303)
    secure = request.url.scheme == "https"
    if language in LANGUAGES:
        answer.set_cookie(LANGUAGE_COOKIE, language, _YEAR_S, httponly=True, samesite="strict", secure=secure)
    if type in ("large", "normal"):
        answer.set_cookie(TYPE_COOKIE, type, _YEAR_S, httponly=True, samesite="strict", secure=secure)
    return answer


def _set_cookie(request: Request, answer: Response, token: str) -> None:
    # The store decides when the session ends (a wall's is renewed there); the cookie only has to outlive it.
    answer.set_cookie(
        COOKIE, token, _YEAR_S, httponly=True, samesite="strict", secure=request.url.scheme == "https", path="/"
    )


def own_path(path: str) -> str:
    """Return a path of ours; never the address of another site."""
    ours = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path if ours else "/"
