"""State that survives a round trip through JSON, for processors written as dataclasses.

A processor keeps its settings in fields whose metadata say `setting`; every other field is state. Nested `Stateful`
parts are walked; arrays become lists with their type and shape.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np

from edge.signals.model import SignalError, State

SETTING = {"setting": True}  # metadata of a field that is given by the factory, not by the past


def _freeze(value: Any) -> Any:
    if isinstance(value, Stateful):
        return {"__part__": value.state()}
    if isinstance(value, np.ndarray):
        return {"__array__": value.ravel().tolist(), "shape": list(value.shape), "dtype": str(value.dtype)}
    if isinstance(value, tuple):
        return {"__tuple__": [_freeze(item) for item in value]}
    if isinstance(value, list):
        return [_freeze(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _freeze(item) for key, item in value.items()}
    if isinstance(value, np.generic):
        return value.item()
    return value


def _thaw(old: Any, value: Any) -> Any:
    if isinstance(value, dict):
        if "__part__" in value:
            old.restore(value["__part__"])
            return old
        if "__array__" in value:
            return np.array(value["__array__"], dtype=value["dtype"]).reshape(value["shape"])
        if "__tuple__" in value:
            return tuple(_thaw(None, item) for item in value["__tuple__"])
        return {key: _thaw(None, item) for key, item in value.items()}
    if isinstance(value, list):
        return [_thaw(None, item) for item in value]
    return value


def _names(part: Any) -> list[str]:
    """Names of the fields that are state. TypeError for what is no dataclass."""
    return [f.name for f in fields(part) if "setting" not in f.metadata]


class Stateful:
    """Gives a dataclass `state` and `restore`; lists and dicts inside may hold plain values, tuples and arrays."""

    def state(self) -> State:
        """All fields that are not settings, as JSON values."""
        return {name: _freeze(getattr(self, name)) for name in _names(self)}

    def restore(self, state: State) -> None:
        """Put the fields back; SignalError when names are missing or unknown (another version's state)."""
        names = _names(self)
        if set(names) != set(state):
            raise SignalError(
                f"state of {type(self).__name__} does not fit, start anew: {sorted(set(names) ^ set(state))}"
            )
        for name in names:
            setattr(self, name, _thaw(getattr(self, name), state[name]))
