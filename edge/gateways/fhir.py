"""FHIR R4 Observation, alone or in a Bundle, as records by LOINC code (hl7.org, observation-vitalsigns)."""

from __future__ import annotations

from typing import Any

from edge.gateways.convert import unit_change
from edge.gateways.model import Memory
from edge.gateways.paths import MISSING, Scope

MAX_ENTRIES = 1_000
MISTAKEN = ("entered-in-error", "cancelled", "registered")
# UCUM code of a quantity → its unit in our words, and the unit the signal has
UCUM = {"[degF]": ("F", "Cel"), "K": ("K", "Cel"), "kPa": ("kPa", "mm[Hg]"), "[lb_av]": ("lb", "kg"), "g": ("g", "kg")}


def observations(root: Any, scope: Scope, memory: Memory) -> Any:
    """Return {observations: [{device, time, values: {LOINC: number or None}}]}; MISSING for other resources.

    A value that is absent with a reason is None: explicitly unknown. A mistaken, cancelled or only registered one
    has {mistaken: true} and no values.
    """
    if not isinstance(root, dict):
        return MISSING
    kind = root.get("resourceType")
    if kind == "Bundle" and isinstance(root.get("entry"), list):
        resources = [entry.get("resource") for entry in root["entry"][:MAX_ENTRIES] if isinstance(entry, dict)]
    elif kind == "Observation":
        resources = [root]
    else:
        return MISSING
    return {"observations": [found for resource in resources if (found := _observation(resource)) is not None]}


def _observation(resource: Any) -> dict[str, Any] | None:
    if not isinstance(resource, dict) or resource.get("resourceType") != "Observation":
        return None
    period = resource.get("effectivePeriod")
    time = resource.get("effectiveDateTime") or resource.get("effectiveInstant")
    if time is None and isinstance(period, dict):
        time = period.get("end") or period.get("start")
    if resource.get("status") in MISTAKEN:
        return {"device": _who(resource), "mistaken": True}
    values: dict[str, Any] = {}
    components = resource.get("component")
    for part in [resource, *(components if isinstance(components, list) else [])]:
        values |= _values(part)
    return {"device": _who(resource), "time": time or resource.get("issued"), "values": values}


def _values(part: Any) -> dict[str, Any]:
    if not isinstance(part, dict):
        return {}
    quantity = part.get("valueQuantity")
    value = quantity.get("value") if isinstance(quantity, dict) else part.get("valueInteger", MISSING)
    if value is MISSING and "dataAbsentReason" in part:
        value = None
    if value is MISSING:
        return {}
    unit = quantity.get("code") or quantity.get("unit") if isinstance(quantity, dict) else None
    if isinstance(unit, str) and unit in UCUM and isinstance(value, (int, float)) and not isinstance(value, bool):
        factor, offset = unit_change(*UCUM[unit])
        value = round(value * factor + offset, 4)
    code = part.get("code")
    codings = code.get("coding") if isinstance(code, dict) else None
    listed = codings if isinstance(codings, list) else []
    return {str(item["code"]): value for item in listed if isinstance(item, dict) and "code" in item}


def _who(resource: dict[str, Any]) -> str | None:
    """The device that measured; without one nobody can be asked, and the subject is the resident's business."""
    device = resource.get("device")
    if not isinstance(device, dict):
        return None
    identifier = device.get("identifier")
    named = identifier.get("value") if isinstance(identifier, dict) else None
    found = named or device.get("reference") or device.get("display")
    return str(found).removeprefix("Device/") if found else None
