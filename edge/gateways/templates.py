"""Texts made of captures and paths: `{capture}`, `{$.path}`, `{@.path|filter}`."""

from __future__ import annotations

import re
from collections.abc import Callable

from edge.gateways.paths import STARTS, Getter, LanguageError, Scope, compile_path, plain

_PART = re.compile(r"\{([^{}]*)\}")


def _mac(text: str) -> str:
    return re.sub(r"[^0-9A-Za-z]", "", text).upper()


FILTERS: dict[str, Callable[[str], str]] = {
    "mac": _mac,
    "upper": str.upper,
    "lower": str.lower,
    "strip": str.strip,
    "last": lambda text: text.rsplit("/", 1)[-1],
}


Filler = Callable[[Scope], str | None]  # fills a template; None where a part of it is missing, null or empty


def _literal(text: str) -> Filler:
    return lambda scope: text


def _capture(name: str) -> Filler:
    return lambda scope: scope.names.get(name) or None


def _value(get: Getter) -> Filler:
    def fill(scope: Scope) -> str | None:
        value = get(scope)
        return value or None if type(value) is str else plain(value)

    return fill


def _filtered(fill: Filler, change: Callable[[str], str]) -> Filler:
    def filtered(scope: Scope) -> str | None:
        text = fill(scope)
        return None if text is None else change(text)

    return filtered


def _joined(parts: list[Filler]) -> Filler:
    def joined(scope: Scope) -> str | None:
        done: list[str] = []
        for fill in parts:
            text = fill(scope)
            if text is None:
                return None
            done.append(text)
        return "".join(done)

    return joined


def compile_template(text: str) -> Filler:
    """Return the function that fills a text with `{capture}`, `{$.path}` and `{@.path|filter}` parts.

    Raises LanguageError for an unknown filter or path.
    """
    parts: list[Filler] = []
    at = 0
    for found in _PART.finditer(text):
        if found.start() > at:
            parts.append(_literal(text[at : found.start()]))
        source, *filters = (piece.strip() for piece in found.group(1).split("|"))
        unknown = [name for name in filters if name not in FILTERS]
        if unknown:
            raise LanguageError(f"filter {unknown[0]!r} in {text!r}; there are {', '.join(FILTERS)}")
        part = _value(compile_path(source).get) if source[:1] in STARTS else _capture(source)
        for name in filters:
            part = _filtered(part, FILTERS[name])
        parts.append(part)
        at = found.end()
    if at < len(text):
        parts.append(_literal(text[at:]))
    return parts[0] if len(parts) == 1 else _joined(parts)


def first_of(templates: list[Filler]) -> Filler:
    """Return the function that fills the first template that can be filled."""
    if len(templates) == 1:
        return templates[0]

    def fill_first(scope: Scope) -> str | None:
        for fill in templates:
            text = fill(scope)
            if text is not None:
                return text
        return None

    return fill_first
