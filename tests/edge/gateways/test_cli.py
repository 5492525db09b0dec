"""The integrator's command line: what it prints and with what it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edge.gateways.__main__ import main
from edge.gateways.catalogue import packaged
from tests.edge.gateways.support import CASES

Out = pytest.CaptureFixture[str]
OWN = """gateway = "cord"
[[rule]]
topic = "cords/{device}"
name = "cord"
device = "{device}"
fields = { pulled = "sos" }
"""


def test_list_names_every_gateway_in_the_chosen_language(capsys: Out) -> None:
    assert main(["--language", "zh", "list"]) == 0
    text = capsys.readouterr().out
    assert all(mapping.name in text and mapping.title_zh in text for mapping in packaged())


def test_check_tells_right_from_wrong_with_the_line(tmp_path: Path, capsys: Out) -> None:
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text(OWN, "utf-8")
    bad.write_text(OWN.replace('"sos"', '{ sgnal = "sos" }'), "utf-8")
    assert main(["check", str(good)]) == 0
    assert main(["check", str(good), str(bad)]) == 1
    assert f"{bad}:6" in capsys.readouterr().err


def test_check_hints_at_names_that_are_nearly_ours(tmp_path: Path, capsys: Out) -> None:
    file = tmp_path / "own.toml"
    names = '{ pulled = "sos", t = "temprature", k = { event = { a = "vibraton", b = "button_odd" } }, n = "co2" }'
    file.write_text("\ufeff" + OWN.replace('{ pulled = "sos" }', names), "utf-8")
    assert main(["--language", "en", "check", str(file)]) == 0
    text = capsys.readouterr().out
    assert f"{file}:6: rule[0].fields.t: 'temprature' is a signal of your own: shown, not sent; did you mean" in text
    assert "did you mean 'temperature'?" in text and "did you mean 'vibration'?" in text
    assert "'co2' is a signal of your own: shown, not sent\n" in text and "button_odd" not in text


def test_try_says_in_words_what_a_message_does(capsys: Out) -> None:
    assert main(["--language", "en", "try", "--topic", "zigbee2mqtt/b", "--payload", '{"action":"emergency"}']) == 0
    text = capsys.readouterr().out
    assert all(word in text for word in ("device: b", "event: sos", "would ring: live edge", "call sos [live]"))
    assert (
        main(["--language", "zh", "try", "--topic", "zigbee2mqtt/b", "--payload", '{"action":"emergency"}', "--retain"])
        == 0
    )
    text = capsys.readouterr().out
    assert "仅更新状态: 保留消息：代理重放" in text
    assert "call sos [retained]" in text


def test_try_gives_json_lines_and_ends_with_1_for_the_unknown(capsys: Out) -> None:
    assert main(["try", "--json", "--topic", "no/where", "--payload", '{"linkquality":1,"contact":true}']) == 1
    row = json.loads(capsys.readouterr().out)
    assert (row["unknown"], row["proposal"]) == (True, "looks like a Zigbee2MQTT contact sensor")


def test_try_reads_a_payload_without_topic_for_a_named_gateway(tmp_path: Path, capsys: Out) -> None:
    file = tmp_path / "up.json"
    file.write_text('{"deviceInfo": {"devEui": "E1"}, "object": {"magnet_status": "open"}}', "utf-8")
    assert main(["try", "--json", "--gateway", "chirpstack_v4", "--file", str(file)]) == 0
    row = json.loads(capsys.readouterr().out)
    assert (row["device"], row["signals"]) == ("E1", {"door": "open"})


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["try", "--topic", "a"], "--payload TEXT or with --file"),
        (["try", "--topic", "a", "--payload", "x", "--gateway", "nobody"], "no gateway 'nobody'; there are"),
        (["try", "--topic", "a", "--payload", "x", "--zone", "Mars/Base"], "is no time zone"),
        (["try", "--topic", "a", "--file", "/does/not/exist"], "No such file"),
    ],
)
def test_a_wrong_use_says_what_to_do(arguments: list[str], words: str, capsys: Out) -> None:
    assert main(arguments) == 2
    assert words in capsys.readouterr().err


def write_case(folder: Path, name: str, **changes: object) -> str:
    case = json.loads(CASES.read_text("utf-8").splitlines()[0]) | changes
    (folder / name).write_text(json.dumps(case), "utf-8")
    return str(folder / name)


def test_decode_prints_a_json_line_for_each_file(tmp_path: Path, capsys: Out) -> None:
    file = write_case(tmp_path, "a.json")
    assert main(["decode", file, file]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["file"] for row in rows] == [file, file]
    assert rows[0]["results"][0]["signals"]["door"] == "open"


def test_a_slip_in_an_expectation_is_named_and_one_tolerance_holds_for_all(tmp_path: Path, capsys: Out) -> None:
    expect = [{"device": "t", "signals": {"temperature": 21.4}, "tolerance": 0.2, "evnt": "sos"}]
    file = write_case(tmp_path, "t.json", topic="zigbee2mqtt/t", payload={"temperature": 21.5}, expect=expect)
    assert main(["decode", "--score", "--json", file]) == 0
    out = capsys.readouterr()
    assert json.loads(out.out)["exact"] == 1
    assert out.err == f"{file}: nobody reads 'evnt' in `expect`; did you mean 'event'?\n"


def test_score_counts_exact_false_and_lost(tmp_path: Path, capsys: Out) -> None:
    button = {"topic": "zigbee2mqtt/b", "payload": {"action": "emergency"}}
    quiet = [{"device": "b", "event": "sos", "alert": False}]
    files = [
        write_case(tmp_path, "right.json"),
        write_case(tmp_path, "false.json", **button, expect=quiet),
        write_case(
            tmp_path, "lost.json", topic="no/where", expect=[{"device": "x", "signals": {"fall": True}, "alert": True}]
        ),
    ]
    assert main(["decode", "--score", "--json", *files]) == 0
    score = json.loads(capsys.readouterr().out)
    assert {key: score[key] for key in ("files", "exact", "false_alarms", "lost")} == {
        "files": 3,
        "exact": 1,
        "false_alarms": 1,
        "lost": 1,
    }
    assert score["by_gateway"] == {"zigbee2mqtt": {"files": 3, "exact": 1, "false_alarms": 1, "lost": 1}}
    assert main(["--language", "zh", "decode", "--score", *files]) == 0
    assert "1 误报" in capsys.readouterr().out


def test_tolerance_is_respected(tmp_path: Path, capsys: Out) -> None:
    body = {"topic": "zigbee2mqtt/x", "payload": {"temperature": 21.04}}
    expect = [{"device": "x", "signals": {"temperature": 21}, "alert": False, "tolerance": {"temperature": 0.05}}]
    assert main(["decode", "--score", "--json", write_case(tmp_path, "a.json", **body, expect=expect)]) == 0
    assert json.loads(capsys.readouterr().out)["exact"] == 1


def test_a_broken_file_is_told_and_the_others_still_count(tmp_path: Path, capsys: Out) -> None:
    (tmp_path / "bad.json").write_text("{", "utf-8")
    (tmp_path / "kind.json").write_text('{"payload": "x", "payload_kind": "xml"}', "utf-8")
    (tmp_path / "deep.json").write_text("[" * 100_000, "utf-8")
    (tmp_path / "odd.json").write_text('{"payload": 1, "expect": 5, "topic": 7}', "utf-8")
    (tmp_path / "half.json").write_text('{"payload": {"action": "\\ud800"}, "topic": "zigbee2mqtt/\\ud800"}', "utf-8")
    names = ("bad.json", "kind.json", "deep.json", "odd.json", "nowhere.json", "half.json")
    good = write_case(tmp_path, "a.json")
    assert main(["decode", *(str(tmp_path / name) for name in names), str(tmp_path), good]) == 2
    output = capsys.readouterr()
    assert [Path(json.loads(line)["file"]).name for line in output.out.splitlines()] == ["half.json", "a.json"]
    assert all(f"{tmp_path / name}: " in output.err for name in names[:-1])
    assert "bad.json: not JSON" in output.err
    assert "payload_kind 'xml'" in output.err


def test_a_folder_without_mappings_and_a_file_that_is_missing_are_told(tmp_path: Path, capsys: Out) -> None:
    assert main(["list", "--mappings", str(tmp_path)]) == 2
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "cord.toml").write_text(OWN, "utf-8")
    nowhere = str(tmp_path / "nowhere.toml")
    assert main(["check", str(tmp_path), nowhere, str(tmp_path / "own")]) == 1
    output = capsys.readouterr()
    assert output.err.count("their names end in .toml") == 2 and f"{nowhere}: No such file" in output.err
    assert "cord is correct" in output.out
    assert main(["list", "--mappings", str(tmp_path / "own")]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines() if "cord.toml" in line] == ["cord"]


def test_a_message_file_given_to_try_is_known_as_one(tmp_path: Path, capsys: Out) -> None:
    main(["try", "--file", write_case(tmp_path, "a.json")])
    assert "anxin gateway decode reads it" in capsys.readouterr().err


def test_own_mappings_are_added_and_replace_packaged_ones(tmp_path: Path, capsys: Out) -> None:
    (tmp_path / "cord.toml").write_text(OWN, "utf-8")
    arguments = ["try", "--json", "--mappings", str(tmp_path), "--payload", '{"pulled": true}', "--topic"]
    assert main([*arguments, "cords/b3"]) == 0
    assert json.loads(capsys.readouterr().out)["alert"] is True
    (tmp_path / "z.toml").write_text(OWN.replace('"cord"', '"zigbee2mqtt"').replace("cords", "zigbee2mqtt"), "utf-8")
    assert main([*arguments, "zigbee2mqtt/b3"]) == 0
    assert json.loads(capsys.readouterr().out)["mapping"] == "zigbee2mqtt/zigbee2mqtt"
