"""The story of an alert in words, Chinese and English. Pure.

Every sentence comes from a fact that was recorded when it happened, or from a rule that stands in the code; nothing is
guessed afterwards. People are named by their account's code.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from analytics.alerts.escalation import PLANS
from analytics.alerts.model import Action, Alert, HoldReason
from analytics.alerts.people import ARRIVE_WITHIN
from analytics.alerts.phrases import (
    ACTIONS,
    CHOICES,
    FATES,
    HOLDS,
    LINES,
    OUTCOMES,
    PLACES,
    POSTS,
    PRIORITIES,
    SCOPES,
    STATES,
    Phrase,
    say,
)  # fmt: skip
from analytics.alerts.reasons import in_chinese, part_in_chinese
from analytics.alerts.story import Line, Override, Story, Told
from analytics.parameters import BY_NAME
from anxin.catalogue import ALERTS
from anxin.vocabulary import AlertKind


def sentences(story: Story, language: str, now: datetime) -> list[str]:
    """Return the story, a sentence an item: what it is, the rules, what happened, why it rings now or does not."""
    lang = "zh" if language == "zh" else "en"
    history = [text for line in story.lines for text in _happened(story, line, lang)]
    rules = [_rules(story, lang), *([_overrides(story, lang)] if story.policies else [])]
    return [_heading(story, lang), *rules, *_fusion(story, lang), *history, _present(story, lang, now)]


def as_json(story: Story, now: datetime) -> dict[str, Any]:
    """Return the story for programs; times are ISO 8601 in UTC."""
    alert = story.alert
    plan = story.plan
    limit = ARRIVE_WITHIN[alert.spec.alert_class].get(alert.priority)
    return {
        "alert_id": alert.id,
        "kind": alert.kind.value,
        "class": alert.spec.alert_class.value,
        "priority": alert.priority.name.lower(),
        "state": alert.state.value,
        "about": dict(story.codes),
        "evidence": dict(alert.evidence),
        "stamps": {
            name: None if (moment := getattr(alert, f"{name}_at")) is None else moment.isoformat()
            for name in ("onset", "raised", "notified", "acknowledged", "arrived", "resolved")
        },
        "rules": {
            "latching": alert.latching,
            "life_safety": alert.life_safety,
            "arrive_within_s": None if limit is None else limit.total_seconds(),
            "levels": [
                {"after_s": level.after.total_seconds(), "posts": [post.value for post in level.posts]}
                for level in (plan.levels if plan else ())
            ],
            "repeat_s": plan.repeat.total_seconds() if plan else None,
        },
        "policies": [
            {"rule": policy.rule, "parameter": policy.parameter, "value": policy.value, "scope": policy.scope}
            for policy in story.policies
        ],
        "sources": dict(alert.sources),
        "parent_id": alert.parent_id,
        "children": [{"alert_id": id_, "kind": kind.value} for id_, kind in story.children],
        "held": None if alert.held is None else alert.held.value,
        "held_until": None if alert.held_until is None else alert.held_until.isoformat(),
        "history": [_json_line(story, line) for line in story.lines],
        "now": {"rings": alert.rings and plan is not None, "because": _because(alert)},
        "text": {lang: sentences(story, lang, now) for lang in ("zh", "en")},
    }


def _heading(story: Story, lang: str) -> str:
    alert = story.alert
    about = say(LINES["listed"], lang).join(
        f"{PLACES[name][lang]} {code}" for name, code in story.codes.items() if name in PLACES
    )
    kind = alert.spec.zh if lang == "zh" else alert.spec.en
    return say(
        LINES["heading"],
        lang,
        id=alert.id,
        kind=kind,
        about=about or story.codes.get("facility", "?"),
        priority=PRIORITIES[alert.priority][lang],
        state=STATES[alert.state][lang],
        count=alert.occurrences,
    )


def _rules(story: Story, lang: str) -> str:
    alert, plan = story.alert, story.plan
    parts = [say(LINES["life_safety" if alert.life_safety else "latching" if alert.latching else "clears"], lang)]
    if (limit := ARRIVE_WITHIN[alert.spec.alert_class].get(alert.priority)) is not None:
        parts.append(say(LINES["arrive_within"], lang, minutes=round(limit.total_seconds() / 60)))
    if plan is None:
        parts.append(say(LINES["worklist"], lang))
    else:
        after = 0.0
        for level in plan.levels:
            after += level.after.total_seconds()
            posts = say(LINES["and"], lang).join(POSTS[post][lang] for post in level.posts)
            parts.append(say(LINES["level"], lang, posts=posts, seconds=round(after)))
        parts.append(say(LINES["repeats"], lang, seconds=round(plan.repeat.total_seconds())))
    return say(LINES["rules"], lang) + say(LINES["comma"], lang).join(parts)


def _overrides(story: Story, lang: str) -> str:
    return say(LINES["policies"], lang) + say(LINES["comma"], lang).join(
        _set(policy, lang) for policy in story.policies
    )


def _set(policy: Override, lang: str) -> str:
    """One number or word of a rule, as people call it."""
    known = BY_NAME.get((policy.rule, policy.parameter))
    name = f"{policy.rule}.{policy.parameter}" if known is None else known.zh if lang == "zh" else known.en
    word = CHOICES[policy.value][lang] if policy.value in CHOICES else f"{policy.value}"
    unit = f" {known.unit}" if known is not None and known.unit in ("s", "min", "h", "%", "/min") else ""
    return say(LINES["set"], lang, name=name, value=word + unit, scope=SCOPES[policy.scope][lang])


def _fusion(story: Story, lang: str) -> list[str]:
    """What made it one alert: the sensors' words, its parent, its children."""
    alert, parts = story.alert, []
    if len(alert.sources) > 1:
        words = [
            say(
                LINES["sees" if word["present"] else "took_back"],
                lang,
                source=_device(story, name, lang),
                kind=_kind(str(word["kind"]), lang),
                at=_moment(story, word["at"]),
            )
            for name, word in alert.sources.items()
        ]
        parts.append(say(LINES["sources"], lang) + ", ".join(words))
    if alert.parent_id is not None:
        parts.append(say(LINES["parent"], lang, parent=alert.parent_id))
    if story.children:
        below = ", ".join(f"{id_} {_kind(kind.value, lang)}" for id_, kind in story.children)
        parts.append(say(LINES["children"], lang) + below)
    return parts


def _kind(name: str, lang: str) -> str:
    if name not in set(AlertKind):
        return name or "?"
    spec = ALERTS[AlertKind(name)]
    return spec.zh if lang == "zh" else spec.en


def _device(story: Story, source: str, lang: str) -> str:
    """A sensor as people call it: what it is and where it stands."""
    words = story.devices.get(source, source)
    return part_in_chinese(words) if lang == "zh" else words


def _why(story: Story, reason: HoldReason, detail: Mapping[str, Any], lang: str) -> str:
    """Why it is held; detail: of the line that says so."""
    by, note = detail.get("by"), detail.get("note")
    text = say(HOLDS[reason], lang, parent=detail.get("parent_id"), by="–" if by is None else story.who(by))
    return text + say(LINES["noted"], lang, note=note) if note else text


def _look(until: str, lang: str) -> str:
    return say(LINES["look_with"], lang) if until == "–" else say(LINES["look_at"], lang, at=until)


def _happened(story: Story, line: Line, lang: str) -> list[str]:
    detail = line.detail
    values = {
        "who": "" if line.account_id is None else story.who(line.account_id),
        "reason": in_chinese(str(detail.get("reason", ""))) if lang == "zh" else detail.get("reason", ""),
        "occurrence": detail.get("occurrence", ""),
        "until": _moment(story, detail.get("until")),
        "outcome": OUTCOMES[detail["outcome"]][lang] if "outcome" in detail else "",
        "text": detail.get("text", ""),
        "assignee": story.who(detail.get("assigned_to")),
        "withdrawn": story.who(detail.get("withdrawn_from")),
        "level": detail.get("level", ""),
        "minutes": detail.get("minutes", ""),
        "before": _kind(str(detail.get("before", "")), lang) if line.action is Action.BECAME else "",
        "now": _kind(str(detail.get("now", "")), lang) if line.action is Action.BECAME else "",
        "look": _look(_moment(story, detail.get("until")), lang),
        "why": "",
        "posts": say(LINES["and"], lang).join(POSTS[post][lang] for post in detail.get("posts", ())),
    }
    if line.action is Action.HELD and "why" in detail:
        values["why"] = _why(story, HoldReason(detail["why"]), detail, lang)
    text = f"{story.clock(line.at)}  {say(_phrase(line), lang, **values)}"
    if detail.get("late"):
        text += say(LINES["late"], lang, at=_moment(story, detail.get("at")))
    if "withdrawn_from" in detail and line.action is not Action.ACKNOWLEDGEMENT_EXPIRED:
        text += say(LINES["withdrawn"], lang, who=values["withdrawn"])
    return [text, *(_told(story, told, lang) for told in story.told if told.history_id == line.id)]


def _phrase(line: Line) -> Phrase:
    """Two actions read otherwise without a person or a deadline."""
    if line.action is Action.RESOLVED and line.account_id is None:
        return LINES["self_cleared"]
    if line.action is Action.ACKNOWLEDGED and line.detail.get("until") is None:
        return LINES["taken"]
    return ACTIONS[line.action]


def _told(story: Story, told: Told, lang: str) -> str:
    _, _, account = told.recipient.partition("account:")
    to = story.who(int(account)) if account else say(LINES["home"], lang)
    text = f"    {told.channel} → {to}: {FATES[told.state][lang]}"
    if told.done_at is not None:
        text += f" {story.clock(told.done_at)}"
    if told.attempts > 1:
        text += say(LINES["attempts"], lang, count=told.attempts)
    return text + (f" ({told.last_error})" if told.last_error else "")


def _because(alert: Alert) -> str:
    if alert.resolved_at is not None:
        return "resolved"
    if alert.arrived_at is not None:
        return "arrived"
    if alert.acknowledged_at is not None:
        return "acknowledged"
    if alert.held is not None:
        return "held"
    return "unanswered" if alert.priority in PLANS else "worklist"


def _present(story: Story, lang: str, now: datetime) -> str:
    alert = story.alert
    values = {
        "now": story.clock(now),
        "who": story.who(alert.acknowledged_by),
        "arrived_by": story.who(alert.arrived_by),
        "since": story.clock(alert.rang_at),
        "until": story.clock(alert.acknowledged_until),
        "next": story.clock(alert.next_step_at),
        "resolved": story.clock(alert.resolved_at),
        "why": "",
        "look": _look("–" if alert.held_until is None else story.clock(alert.held_until), lang),
    }
    if alert.held is not None:
        values["why"] = _why(story, alert.held, {**_held_last(story), "parent_id": alert.parent_id}, lang)
    because = _because(alert)
    if because == "acknowledged" and alert.acknowledged_until is None:
        because = "acknowledged_without_end"
    return say(LINES[f"now_{because}"], lang, **values)


def _held_last(story: Story) -> Mapping[str, Any]:
    """What the history says of the newest hold: who, and with what reason."""
    return next((line.detail for line in reversed(story.lines) if line.action is Action.HELD), {})


def _moment(story: Story, text: Any) -> str:
    return "–" if text is None else story.clock(datetime.fromisoformat(text))


def _json_line(story: Story, line: Line) -> dict[str, Any]:
    return {
        "id": line.id,
        "at": line.at.isoformat(),
        "action": line.action.value,
        "account": None if line.account_id is None else story.who(line.account_id),
        "detail": dict(line.detail),
        "told": [
            {
                "channel": told.channel,
                "recipient": told.recipient,
                "state": told.state,
                "attempts": told.attempts,
                "done_at": None if told.done_at is None else told.done_at.isoformat(),
                "last_error": told.last_error,
            }
            for told in story.told
            if told.history_id == line.id
        ],
    }
