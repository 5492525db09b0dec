"""Generates what integrators read: JSON Schema of a message, AsyncAPI document of the wire, the reference page."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import msgspec

from anxin import event, reference
from anxin.topic import ROOT
from anxin.vocabulary import OBSERVATIONS, Lane

FOLDER = Path("docs/contract")


def main(argv: list[str]) -> int:
    """Write the documents, or with --check say whether they are what the types give."""
    parser = argparse.ArgumentParser("anxin contract")
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a file differs")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    arguments = parser.parse_args(argv)
    stale = []
    documents = {"message.schema.json": _json(message_schema()), "asyncapi.json": _json(asyncapi())}
    for name, text in {**documents, "reference.md": reference.page()}.items():
        path = arguments.folder / name
        if arguments.check:
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                stale.append(str(path))
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    if stale:
        print(f"not what the types give: {', '.join(stale)}; run make contract", file=sys.stderr)
    return 1 if stale else 0


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def message_schema() -> dict[str, Any]:
    """Return the JSON Schema of a message, with the known observation kinds, their units and ranges."""
    document = event.schema()
    document["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    document["title"] = f"Anxin message, schema version {event.SCHEMA_VERSION}"
    columns = document["$defs"]["Observations"]["properties"]["values"]
    columns["properties"] = {
        kind.value: {
            **columns["additionalProperties"],
            "description": f"{spec.en} / {spec.zh}; unit {spec.unit}; {spec.low:g} to {spec.high:g}",
        }
        for kind, spec in OBSERVATIONS.items()
    }
    return document


def asyncapi() -> dict[str, Any]:
    """Return the AsyncAPI 3 document: channels, who sends and who receives, the messages' schemas."""
    parameters = {
        name: {"description": text}
        for name, text in (
            ("facility", "code of the home"),
            ("gateway", "code of the gateway"),
            ("epoch", "random id made when the gateway's spool was new"),
            ("seq", "number of the message in its lane and epoch, from 1"),
            ("lane", "urgent or data"),
        )
    }
    parameters["lane"]["enum"] = [lane.value for lane in Lane]  # type: ignore[assignment]
    schemas, components = msgspec.json.schema_components(
        [event.Message, event.Committed, event.Link], ref_template="#/components/schemas/{name}"
    )
    names = ("message", "committed", "link")
    addresses = ("{lane}/{epoch}/{seq}", "committed/{lane}/{epoch}", "link")
    qos = {"mqtt": {"qos": 1}}
    channels = {
        name: {
            "address": f"{ROOT}/{{facility}}/{{gateway}}/{address}",
            "messages": {name: {"$ref": f"#/components/messages/{name}"}},
            "parameters": {k: v for k, v in parameters.items() if f"{{{k}}}" in f"{{facility}}{{gateway}}{address}"},
        }
        for name, address in zip(names, addresses, strict=True)
    }
    actions = {"message": "send", "committed": "receive", "link": "send"}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Anxin gateway contract",
            "version": str(event.SCHEMA_VERSION),
            "description": "From the gateway's side. A message is kept until the watermark has reached its number.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": {
            name: {"action": action, "channel": {"$ref": f"#/channels/{name}"}, "bindings": qos}
            for name, action in actions.items()
        },
        "components": {
            "messages": {name: {"payload": schema} for name, schema in zip(names, schemas, strict=True)},
            "schemas": components,
        },
    }
