"""All English texts of the API's screens, as the code and templates name them."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import api
from api import labels, why
from edge.gateways import proposals

ROOT = Path(api.__file__).parent
_CALL = re.compile(r"""\b_\(\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')""")
# Texts that templates translate through a variable: the lists stand beside the `_(…)`.
_MENU = re.compile(r"""\("/[a-z]+", "([^"]+)"\)""")
_WORDS = re.compile(r"""set words = (\{[^%]*\})""")
_MESSAGES = {"signin.py": "SignInRefused", "app.py": "_message", "unassigned.py": "_Problem", "duty.py": "Refusal"}


def all_texts() -> set[str]:
    """Return every text that a screen may ask to have translated."""
    found = set(labels.texts()) | set(why.NAMES.values()) | proposals.SAID
    for path in ROOT.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        found |= {a or b for a, b in _CALL.findall(text)} | set(_MENU.findall(text))
        for table in _WORDS.findall(text):
            found |= set(ast.literal_eval(table).values())
    for path in ROOT.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        found |= {a or b for a, b in _CALL.findall(text)}
        if path.name in _MESSAGES:
            found |= _arguments(ast.parse(text), _MESSAGES[path.name])
    return found


def _arguments(tree: ast.AST, function: str) -> set[str]:
    """Return the texts given to a function, literally or through a variable named `text`."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _is(node.func, function)]
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Assign) and _is(node.targets[0], "text")]
    values = [argument for call in calls for argument in call.args] + [node.value for node in names]
    return {v.value for v in values if isinstance(v, ast.Constant) and isinstance(v.value, str) and len(v.value) > 1}


def _is(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name
