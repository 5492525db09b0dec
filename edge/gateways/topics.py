"""Topic filters of a mapping, with captures.

    zigbee2mqtt/{device...}/availability     {name...} takes one or more levels
    tele/{topic}/SENSOR                      {name} takes one level
    home/+/BTtoMQTT/{mac}                    + any level, # any rest (also none), as in MQTT
    {gateway}_Health                         a capture may be a part of a level

Levels may hold blanks, may be empty (`/devices/…`) and are compared exactly unless the rule says `ignore_case`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from edge.gateways.paths import LanguageError

_PIECE = re.compile(r"\{([A-Za-z_]\w*)(\.\.\.)?\}|\{[^}]*\}|(\+)|(#)")


@dataclass(frozen=True, slots=True)
class TopicFilter:
    """A compiled filter. first: the first level where it is literal, to find candidates by."""

    text: str
    pattern: re.Pattern[str]
    first: str | None
    literals: int

    def match(self, topic: str) -> dict[str, str] | None:
        """Return the captures, or None where the topic is another one."""
        found = self.pattern.fullmatch(topic)
        return found.groupdict() if found else None


def compile_topic(text: str, ignore_case: bool = False) -> TopicFilter:
    """Raises LanguageError where a capture or wildcard is malformed."""
    pattern, at = "", 0
    for found in _PIECE.finditer(text):
        literal = text[at : found.start()]
        name, rest, plus, hash_sign = found.groups()
        if hash_sign:
            if found.end() != len(text) or (literal and not literal.endswith("/")):
                raise LanguageError(f"topic {text!r}: # stands only as the last level")
            pattern += re.escape(literal.removesuffix("/")) + ("(?:/.*)?" if found.start() else ".*")
        elif name:
            pattern += re.escape(literal) + f"(?P<{name}>{'.+' if rest else '[^/]+'})"
        elif plus:
            pattern += re.escape(literal) + "[^/]*"
        else:
            raise LanguageError(f"topic {text!r}: {found.group()} is no capture; write {{name}} or {{name...}}")
        at = found.end()
    if "{" in text[at:] or "}" in text[at:]:
        raise LanguageError(f"topic {text!r}: a brace is not closed; write {{name}} or {{name...}}")
    pattern += re.escape(text[at:])
    try:
        compiled = re.compile(pattern, re.IGNORECASE | re.DOTALL if ignore_case else re.DOTALL)
    except re.error as error:
        raise LanguageError(f"topic {text!r}: {error}") from error
    levels = text.split("/")
    literal_first = None if ignore_case or _PIECE.search(levels[0]) else levels[0]
    return TopicFilter(text, compiled, literal_first, sum(not _PIECE.search(level) for level in levels))


def mqtt_filter(text: str) -> str:
    """Return the MQTT subscription that covers the filter (a capture inside a level becomes a whole +)."""
    levels: list[str] = []
    for level in text.split("/"):
        if "..." in level or level == "#":
            return "/".join([*levels, "#"])
        levels.append("+" if _PIECE.search(level) else level)
    return "/".join(levels)
