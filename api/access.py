"""Who may open what: one visible table. A route that does not stand here is refused to everybody."""

from __future__ import annotations

from anxin.vocabulary import Role

Roles = frozenset[Role]

# Open to everybody, also without signing in.
PUBLIC = frozenset({"/health/live", "/health/ready", "/login", "/appearance", "/api/v1/session", "/api/v1/enrol"})

_CARE: Roles = frozenset({Role.NURSE, Role.MANAGER})
_WATCH: Roles = _CARE | {Role.WALL}
_TECHNICAL: Roles = frozenset({Role.MANAGER, Role.INTEGRATOR})
_FAMILY: Roles = frozenset({Role.RELATIVE})
_MANAGER: Roles = frozenset({Role.MANAGER})
_INTEGRATOR: Roles = frozenset({Role.INTEGRATOR})
_ALL: Roles = frozenset(Role)

# Open to the named roles only.
ACCESS: dict[str, Roles] = {
    "/logout": _ALL,
    "/": _ALL,
    "/session": _ALL,
    "/live": _WATCH,
    "/console": _CARE,
    "/console/worklist": _CARE,
    "/beds": _CARE,
    "/beds/tiles": _CARE,
    "/alerts/{alert_id}": _CARE,
    "/alerts/{alert_id}/facts": _CARE,
    "/alerts/{alert_id}/acknowledge": _CARE,
    "/alerts/{alert_id}/arrive": _CARE,
    "/alerts/{alert_id}/arrive/button": _CARE,
    "/alerts/{alert_id}/resolve": _CARE,
    "/alerts/{alert_id}/comment": _CARE,
    "/alerts/{alert_id}/release": _CARE,
    "/alerts/{alert_id}/sheet": _CARE,
    "/burden": _CARE,
    "/alerts/{alert_id}/assign": _CARE,
    "/alerts/{alert_id}/shelve": _CARE,
    "/tasks/{task_id}/tick": _CARE,
    "/holds/{hold_id}/end": _CARE,
    "/handover": _CARE,
    "/handover/begin": _CARE,
    "/handover/{handover_id}/sign": _CARE,
    "/burden/ask": _MANAGER,
    "/arrive": _CARE,
    "/arrive/{code}": _CARE,
    "/arrive/{code}/present": _CARE,
    "/care": _CARE,
    "/care/{code}": _CARE,
    "/coverage": _CARE | _TECHNICAL,
    "/residents/{resident_id}": _CARE,
    "/residents/{resident_id}/vitals": _CARE,
    "/wall": _WATCH,
    "/wall/board": _WATCH,
    "/family": _FAMILY,
    "/duty": _CARE,
    "/duty/confirm": _CARE,
    "/duty/absent": _CARE,
    "/duty/swap": _CARE,
    "/duty/back": _CARE,
    "/duty/push": _CARE,
    "/duty/push-off": _CARE,
    "/accounts": _MANAGER,
    "/equipment": _TECHNICAL,
    "/unassigned": _TECHNICAL,
    "/unassigned/assign": _TECHNICAL,
    "/unassigned/enrol": _TECHNICAL,
    "/unassigned/revoke": _TECHNICAL,
    "/quarantine": _TECHNICAL,
    "/quarantine/{quarantine_id}": _INTEGRATOR,
    "/api/openapi.json": _TECHNICAL,
    "/api/v1/live": _WATCH | _INTEGRATOR,
    "/api/v1/alerts": _WATCH | _INTEGRATOR,
    "/api/v1/alerts/{alert_id}": _WATCH | _INTEGRATOR,
    "/api/v1/alerts/{alert_id}/acknowledge": _CARE,
    "/api/v1/alerts/{alert_id}/arrive": _CARE,
    "/api/v1/alerts/{alert_id}/resolve": _CARE,
    "/api/v1/entries": _CARE | _INTEGRATOR,
    "/api/v1/coverage": _CARE | _TECHNICAL,
    "/api/v1/beds": _WATCH | _INTEGRATOR,
    "/api/v1/residents/{resident_id}/night": _CARE,
}

HOME: dict[Role, str] = {
    Role.NURSE: "/console",
    Role.MANAGER: "/console",
    Role.RELATIVE: "/family",
    Role.WALL: "/wall",
    Role.INTEGRATOR: "/equipment",
}


def is_public(route: str) -> bool:
    """Whether everybody may open the route."""
    return route in PUBLIC


def may_open(role: Role, route: str) -> bool:
    """Whether somebody with this role may open the route (its template, such as `/alerts/{alert_id}`)."""
    return route in PUBLIC or role in ACCESS.get(route, frozenset())
