"""Where a gateway's box turns its one-time code into a password of its own. Open to everybody who has a code."""

from __future__ import annotations

import os
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field

from anxin.db import admission
from anxin.log import Log
from api.web import web_of

router = APIRouter(tags=["gateways"])
_log = Log("api.enrol")


class Code(BaseModel):
    """The one-time code, as a person was shown it."""

    code: str = Field(max_length=64)


@router.post("/api/v1/enrol")
def enrol(request: Request, body: Code) -> Response:
    """Return the gateway's user name and password, this once. 403: the code is not valid; 429: too many wrong ones."""
    web = web_of(request)
    now, address = web.clock.now(), request.client.host if request.client else ""
    wait = web.throttle.wait("enrol", address, now)
    if wait:
        return JSONResponse({"detail": "too many wrong codes from this address; wait"}, 429, {"Retry-After": "300"})
    try:
        with web.store() as connection:
            given = admission.redeem(connection, body.code, now)
            if web.settings.broker.embedded and web.settings.broker.secrets is not None:
                _keep(Path(web.settings.broker.secrets) / given.user, given.password)
    except admission.AdmissionError as error:
        web.throttle.failed("enrol", address, now)
        return JSONResponse({"detail": str(error)}, 403)
    web.throttle.succeeded("enrol", address)
    _log.info("gateway enrolled", facility=given.facility, gateway=given.gateway)
    return JSONResponse(
        {"facility": given.facility, "gateway": given.gateway, "user": given.user, "password": given.password}
    )


def _keep(path: Path, password: str) -> None:
    """The embedded broker takes its users' passwords from the secrets folder of this machine."""
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(password)
    os.replace(part, path)
