"""The words on screens: English in the code, Chinese in `locale/zh.po`, read once at start."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from io import BytesIO

from babel.messages.pofile import read_po

LANGUAGES = ("zh", "en")
HTML_LANGUAGE = {"zh": "zh-CN", "en": "en"}
Translate = Callable[..., str]


class Words:
    """All translations. An English text that has no translation is shown in English (a test finds it)."""

    def __init__(self) -> None:
        self._texts: dict[str, dict[str, str]] = {"en": {}}
        for language in LANGUAGES:
            if language != "en":
                self._texts[language] = _read(language)

    def texts(self, language: str) -> dict[str, str]:
        """Return English → translation of one language."""
        return self._texts[language]

    def of(self, language: str) -> Translate:
        """Return the function `_(text, name=value)` of one language."""
        texts = self._texts[language]

        def translate(text: str, /, **values: object) -> str:
            shown = texts.get(text, text)
            return shown.format(**values) if values else shown

        return translate


def _read(language: str) -> dict[str, str]:
    data = files("api").joinpath(f"locale/{language}.po").read_bytes()
    catalog = read_po(BytesIO(data), locale=language)
    return {str(message.id): str(message.string) for message in catalog if message.id and message.string}
