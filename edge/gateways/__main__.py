"""`anxin gateway …`: what an integrator needs to connect a gateway without programming."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from anxin.clock import SystemClock
from anxin.config import ConfigError
from anxin.mqtt import Received
from anxin.toml_lines import TomlError
from edge import enrolment, listening
from edge.gateways.catalogue import installed, load
from edge.gateways.decoder import Decoder
from edge.gateways.events import Site, known_devices, to_events
from edge.gateways.model import Memory, RawMessage
from edge.gateways.report import describe_events, describe_mapping, describe_result, say
from edge.gateways.score import Case, CaseError, Tally, decode_case, judge, read_case, slips


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; 0 = fine, 1 = something to look at, 2 = wrong use or a broken file."""
    options = _parser().parse_args(argv)
    try:
        result: int = options.run(options)
    except (TomlError, CaseError, ConfigError) as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{error.filename}: {error.strerror}" if error.filename else error, file=sys.stderr)
        return 2
    return result


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="anxin gateway", description=__doc__)
    language = "zh" if os.environ.get("LANG", "").startswith("zh") else "en"
    parser.add_argument("--language", choices=("en", "zh"), default=language, help="words of the output / 输出语言")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    speech = argparse.ArgumentParser(add_help=False)  # also after the command
    speech.add_argument("--language", choices=("en", "zh"), default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    own = argparse.ArgumentParser(add_help=False, parents=[speech])
    own.add_argument("--mappings", metavar="DIR", type=Path, action="append", default=[], help="your own mapping files")

    part = commands.add_parser("list", parents=[own], help="the gateway kinds that are understood / 支持的网关")
    part.set_defaults(run=_list)
    part = commands.add_parser("check", parents=[speech], help="check a mapping file / 检查映射文件")
    part.add_argument("files", metavar="FILE", type=Path, nargs="+")
    part.set_defaults(run=_check)
    part = commands.add_parser("try", parents=[own], help="show what one message becomes / 试解一条消息")
    part.add_argument("--gateway", metavar="NAME", help="kind of gateway it comes from; without it all are asked")
    part.add_argument("--topic", metavar="T", help="MQTT topic; without it the message came by HTTP")
    part.add_argument("--payload", metavar="P", help="the payload as text")
    part.add_argument("--file", metavar="FILE", type=Path, help="a file with the payload")
    part.add_argument("--retain", action="store_true", help="the delivery carries the retain flag")
    part.add_argument("--zone", metavar="ZONE", default="Asia/Shanghai", help="time zone of the site")
    part.add_argument("--json", action="store_true", help="JSON lines instead of words")
    part.set_defaults(run=_try)
    part = commands.add_parser("decode", parents=[own], help="decode message files / 解码消息文件")
    part.add_argument("files", metavar="FILE", type=Path, nargs="+")
    part.add_argument("--score", action="store_true", help="compare with what the files expect")
    part.add_argument("--json", action="store_true", help="with --score: the totals as JSON")
    part.set_defaults(run=_decode)
    _add_live(commands, own)
    enrolment.add_commands(commands)
    return parser


def _add_live(commands: argparse._SubParsersAction[argparse.ArgumentParser], own: argparse.ArgumentParser) -> None:
    broker = listening.broker_arguments()
    part = commands.add_parser("listen", parents=[own, broker], help="show a broker's messages live / 实时查看")
    part.add_argument("--gateway", metavar="NAME", help="kind of gateway they come from; without it all are asked")
    part.add_argument("--topic", metavar="FILTER", action="append", default=[], help="MQTT filter (default: #)")
    part.add_argument("--zone", metavar="ZONE", default="Asia/Shanghai", help="time zone of the site")
    part.add_argument("--json", action="store_true", help="JSON lines instead of words")
    part.set_defaults(run=_listen)
    part = commands.add_parser("conformance", parents=[broker], help="what is wrong with our contract / 检查接入数据流")
    part.add_argument("--listen", action="store_true", required=True, help="judge what comes from now on")
    part.add_argument("--facility", metavar="CODE", help="only this home")
    part.add_argument("--facility-file", metavar="FILE", type=Path, help="to know which devices are registered")
    part.set_defaults(run=listening.conformance)


def _decoder(options: argparse.Namespace) -> Decoder:
    for folder in options.mappings:
        _see_files(folder)
    return Decoder(installed(options.mappings))


def _see_files(folder: Path) -> None:
    """Raise ConfigError for a folder without a mapping: nothing in it would be read, and nothing would be said."""
    if folder.is_dir() and not any(folder.glob("*.toml")):
        raise ConfigError(f"{folder}: no mapping file in this folder; their names end in .toml")


def _list(options: argparse.Namespace) -> int:
    own = {mapping.name: mapping.source for mapping in load(options.mappings)}
    for mapping in sorted(_decoder(options).mappings, key=lambda mapping: mapping.name):
        print(describe_mapping(mapping, options.language, own.get(mapping.name, "")))
    return 0


def _check(options: argparse.Namespace) -> int:
    wrong = 0
    for file in options.files:
        try:
            _see_files(file)
            for mapping in load([file]):
                print(f"{file}: {mapping.name} {say('fine', options.language)}: {len(mapping.rules)}", end=" ")
                print(say("rules", options.language))
                print("".join(f"  {note}\n" for note in mapping.notes), end="", flush=True)
        except (TomlError, ConfigError) as error:
            wrong += 1
            print(error, file=sys.stderr, flush=True)
        except OSError as error:
            wrong += 1
            print(f"{file}: {error.strerror}", file=sys.stderr, flush=True)
    return 1 if wrong else 0


def _listen(options: argparse.Namespace) -> int:
    """Messages that come one after the other share a memory: a level that is known already says so."""
    decoder, memory, zone = _told(options), Memory(), _zone(options)
    clock, unknown = SystemClock(), 0

    def take(received: Received) -> None:
        nonlocal unknown
        if not options.json:
            print(f"── {received.topic}" + (" (retained)" if received.retain else ""))
        message = RawMessage(received.topic, received.payload, received.retain, clock.now())
        unknown += _show(options, decoder, memory, message, zone)
        sys.stdout.flush()

    listening.listen(options, tuple(options.topic) or ("#",), take, lambda: None)
    return 1 if unknown else 0


def _zone(options: argparse.Namespace) -> ZoneInfo:
    try:
        return ZoneInfo(options.zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise ConfigError(f"--zone {options.zone!r} is no time zone; write it as Asia/Shanghai") from None


def _told(options: argparse.Namespace) -> Decoder:
    """Return the decoder of the kind of gateway that was named, so that no other answers; of all where none was."""
    decoder = _decoder(options)
    if options.gateway is None:
        return decoder
    named = [mapping for mapping in decoder.mappings if mapping.name == options.gateway]
    if not named:
        known = ", ".join(sorted(mapping.name for mapping in decoder.mappings))
        raise ConfigError(f"no gateway {options.gateway!r}; there are {known}")
    return Decoder(named)


def _try(options: argparse.Namespace) -> int:
    if (options.payload is None) == (options.file is None):
        print("try: say the payload with --payload TEXT or with --file FILE, one of them", file=sys.stderr)
        return 2
    decoder, memory, now, zone = _told(options), Memory(), SystemClock().now(), _zone(options)
    payload = options.file.read_bytes() if options.file else os.fsencode(options.payload)
    if options.file and b'"payload"' in payload and b'"payload_kind"' in payload:
        print(f"{options.file}: this is a message file, not a payload: anxin gateway decode reads it", file=sys.stderr)
    return _show(options, decoder, memory, RawMessage(options.topic, payload, options.retain, now), zone)


def _show(options: argparse.Namespace, decoder: Decoder, memory: Memory, message: RawMessage, zone: ZoneInfo) -> int:
    results = decoder.decode(message, memory, options.gateway)
    site = Site(zone, devices=known_devices(memory))
    for number, result in enumerate(results, 1):
        if options.json:
            _print_json(result.to_dict())
            continue
        print(f"{number}/{len(results)}")
        print("\n".join(describe_result(result, options.language)))
        print("\n".join(describe_events(to_events([result], message.arrival, site), options.language)))
    return 1 if any(result.unknown for result in results) else 0


def _print_json(row: dict[str, Any]) -> None:
    """Print a JSON line; half a surrogate pair, which some senders make of a character, stays escaped."""
    text = json.dumps(row, ensure_ascii=False)
    print(text if text.isprintable() else json.dumps(row))


def _decode(options: argparse.Namespace) -> int:
    decoder, now = _decoder(options), SystemClock().now()
    cases = [case for file in options.files if (case := _read(file, now, options.score)) is not None]
    if options.score:
        _score(options, decoder, cases)
    else:
        for case in cases:
            rows = [result.to_dict() for result in decode_case(decoder, case)]
            _print_json({"file": case.name, "results": rows})
    return 0 if len(cases) == len(options.files) else 2


def _read(file: Path, now: datetime, expected: bool) -> Case | None:
    """Read a message file; a broken one is told and left out, the others still count."""
    try:
        case = read_case(file.read_text("utf-8-sig"), str(file), now)
    except UnicodeDecodeError as error:
        print(f"{file}: not UTF-8 text at byte {error.start}", file=sys.stderr)
    except CaseError as error:
        print(error, file=sys.stderr)
    except OSError as error:
        print(f"{file}: {error.strerror}", file=sys.stderr)
    else:
        if case.expect is not None or not expected:
            print("".join(f"{slip}\n" for slip in slips(case)), end="", file=sys.stderr)
            return case
        print(f"{file}: has no list `expect` to compare with", file=sys.stderr)
    return None


def _score(options: argparse.Namespace, decoder: Decoder, cases: list[Case]) -> None:
    total = Tally()
    by_gateway: dict[str, Tally] = {}
    for case in cases:
        verdict = judge(decode_case(decoder, case), case.expect or [])
        for tally in (total, by_gateway.setdefault(case.gateway or "?", Tally())):
            tally.add(verdict)
        if not options.json:
            for difference in verdict.differences:
                print(f"{case.name}: {difference}")
    if options.json:
        rows = {name: tally.to_dict() for name, tally in sorted(by_gateway.items())}
        print(json.dumps(total.to_dict() | {"by_gateway": rows}))
    else:
        for name, tally in [*sorted(by_gateway.items()), ("", total)]:
            words = [f"{count} {say(word, options.language)}" for word, count in tally.to_dict().items()]
            print(f"{name:28} {', '.join(words)}")


if __name__ == "__main__":
    sys.exit(main())
