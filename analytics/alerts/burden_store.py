"""Reads what the alarm burden is measured from, and says it as text and JSON."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from psycopg.rows import dict_row

from analytics.alerts.burden import SUGGESTIONS, Burden, Case, Share, Times, measure
from analytics.alerts.escalator import load_roster
from analytics.alerts.phrases import PRIORITIES
from anxin.catalogue import ALERTS
from anxin.db.connect import Connection
from anxin.db.sql import load
from anxin.vocabulary import AlertKind, Outcome, Priority

_queries = load("analytics.alerts", "burden.sql")


class NoSuchHomeError(LookupError):
    """No such facility, or several and none is named."""


def load_burden(connection: Connection, facility_id: int, days: float, now: datetime) -> Burden:
    """Return the burden of the last `days` days. The roster counts as it is now, with its absences' last two days."""
    since = now - timedelta(days=days)
    about = {"facility_id": facility_id, "since": since, "until": now}
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(_queries.cases, about).fetchall()
    known = {kind.value for kind in AlertKind}
    cases = [_case(row) for row in rows if row["kind"] in known]
    found = connection.execute(_queries.resident_days, about).fetchone()
    assert found is not None
    return measure(cases, load_roster(connection, facility_id, now), found[0], since, now)


def home_of(connection: Connection, code: str | None) -> int:
    """Return the id of a home. Raises NoSuchHomeError."""
    rows = connection.execute(_queries.home, {"code": code}).fetchall()
    if len(rows) != 1:
        raise NoSuchHomeError(f"there is no facility {code!r}" if code else "name one facility with --facility")
    return int(rows[0][0])


def as_json(burden: Burden) -> dict[str, Any]:
    """Return the burden for programs; seconds, shares from 0 to 1, null for unknown."""
    return {
        "since": burden.since.isoformat(),
        "until": burden.until.isoformat(),
        "alerts": {priority.name.lower(): count for priority, count in burden.alerts.items()},
        "resident_days": burden.resident_days,
        "carer_hours": burden.carer_hours,
        "per_resident_day": burden.per_resident_day,
        "told_per_carer_hour": burden.told_per_carer_hour,
        "told_per_carer_hour_at_night": burden.told_per_carer_hour_at_night,
        "false_share": {priority.name.lower(): _share(one) for priority, one in burden.false_share.items()},
        "acknowledge_s": _times(burden.taken),
        "arrive_s": _times(burden.arrived),
        "by_kind": {kind.value: _share(one) for kind, one in burden.by_kind.items()},
        "by_device": {device: _share(one) for device, one in burden.by_device.items()},
        "causes": [
            {
                "kind": cause.kind.value,
                "source": cause.source,
                "alerts": cause.alerts,
                **_share(cause.share),
                "ended_alone": cause.ended_alone,
                "suggestion": cause.suggestion,
                "try": None if cause.knob is None else ".".join(cause.knob),
            }
            for cause in burden.causes
        ],
    }


def as_text(burden: Burden, language: str) -> str:
    """Return the burden as lines in `zh` or `en`."""
    zh = language == "zh"
    shares = (
        ("；" if zh else "; ").join(f"{PRIORITIES[p][language]} {percent(burden.false_share[p])}" for p in Priority)
    )  # fmt: skip
    lines = [
        f"{burden.since:%Y-%m-%d} – {burden.until:%Y-%m-%d}",
        ("高/中/低：" if zh else "high/medium/low: ") + "/".join(str(burden.alerts[p]) for p in Priority),
        ("每位老人每天（高+中）：" if zh else "per resident-day (high and medium): ") + number(burden.per_resident_day),
        ("每护理小时通知：" if zh else "people told per carer-hour: ") + number(burden.told_per_carer_hour),
        ("其中夜间：" if zh else "at night: ") + number(burden.told_per_carer_hour_at_night),
        ("误报占比：" if zh else "false: ") + shares,
        ("接单 p50/p90（秒）：" if zh else "taken p50/p90 (s): ") + _pair(burden.taken),
        ("到场 p50/p90（秒）：" if zh else "arrived p50/p90 (s): ") + _pair(burden.arrived),
    ]
    for cause in burden.causes:
        name = ALERTS[cause.kind].zh if zh else ALERTS[cause.kind].en
        lines.append(f"{cause.alerts:5d}  {name} · {cause.source} ({percent(cause.share)})")
        lines.append(f"       {SUGGESTIONS[cause.suggestion][language]}")
    return "\n".join(lines)


def number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def percent(one: Share) -> str:
    """A share with what it is of: 2 of 8 is not 25 % of many."""
    return "–" if one.value is None else f"{one.value:.0%} ({one.wrong}/{one.judged})"


def _pair(one: Times) -> str:
    words = ["–" if value is None else f"{value:.0f}" for value in (one.p50, one.p90)]
    return "/".join(words) + (f" (–: {one.missing})" if one.missing else "")


def _share(one: Share) -> dict[str, Any]:
    return {"judged": one.judged, "wrong": one.wrong, "share": one.value}


def _times(one: Times) -> dict[str, Any]:
    return {"p50": one.p50, "p90": one.p90, "never": one.missing}


def _case(row: dict[str, Any]) -> Case:
    return Case(
        kind=AlertKind(row["kind"]),
        priority=Priority(row["priority"]),
        technical=row["technical"],
        device=row["device"] or (row["gateway"] if row["technical"] else None),
        place=row["place"],
        resident_id=row["resident_id"],
        raised_at=row["raised_at"],
        outcome=None if row["outcome"] is None else Outcome(row["outcome"]),
        taken_s=row["taken_s"],
        arrived_s=row["arrived_s"],
        lasted_s=row["lasted_s"],
        rings=tuple(zip(row["ring_times"], row["ring_counts"], strict=True)),
    )
