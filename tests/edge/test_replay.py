"""Replaying: recordings are read, laid out in time and sent; messages are published as they were recorded."""

from __future__ import annotations

import argparse
import json
import secrets
import tarfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import numpy as np
import pytest

from anxin.clock import monotonic_s
from anxin.config import ConfigError, Source
from anxin.embedded.nats import Nats
from anxin.mqtt import Client, Received
from edge.__main__ import main
from edge.recordings import Recording, RecordingError, read
from edge.replay import prepared
from edge.sources.feed import FeedSource
from edge.translator import Raw
from tests.edge.support import published
from tests.support.servers import Mosquitto
from tests.support.waiting import PATIENCE_S

NOW = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)


def options(**given: object) -> argparse.Namespace:
    return argparse.Namespace(**{"as_recorded": False, "time_zone": "Asia/Shanghai", **given})


def weda(path: Path, trial: str, peak_at: float) -> Path:
    """Write an archive in WEDA-FALL's layout with one trial of 10 s at 50 Hz."""
    times = np.arange(500) / 50
    ones = np.ones(500)
    values = np.stack([times + 3.0, 0 * ones, 9.8 * ones, np.where(np.abs(times - peak_at) < 0.03, 40.0, 0.0)], axis=1)
    text = path.parent / "accel.csv"
    np.savetxt(text, values, delimiter=",", header="accel_time_list,accel_x_list,accel_y_list,accel_z_list")
    with tarfile.open(path, "w:xz") as archive:
        archive.add(text, f"{trial}_accel.csv")
    return path


def test_a_wrist_trial_is_read_from_its_archive(tmp_path: Path) -> None:
    recording = read(weda(tmp_path / "U01.tar.xz", "F01/U01_R01", 4.7), None)
    assert recording.name == "U01.tar.xz:F01/U01_R01_accel.csv"
    assert recording.unit == "m/s2"
    assert recording.values.shape == (500, 3)
    assert recording.times[0] == 0.0
    assert recording.impact_s == pytest.approx(4.7, abs=0.05)


def test_a_waist_trial_is_read_in_g(tmp_path: Path) -> None:
    counts = np.full((2_000, 3), [0, 256, 0], dtype=np.int16)
    counts[1_000] = [1_024, 0, 0]
    np.savez(tmp_path / "SA01.npz", D01_R01=counts, F05_R02=counts)
    recording = read(tmp_path / "SA01.npz", "F05_R02")
    assert (recording.unit, recording.impact_s) == ("g", 5.0)
    assert recording.values[1_000].tolist() == [4.0, 0.0, 0.0]
    assert read(tmp_path, None).name == "SA01.npz:F05_R02"


def test_errors_name_file_and_what_there_is(tmp_path: Path) -> None:
    path = weda(tmp_path / "U01.tar.xz", "F01/U01_R01", 4.7)
    with pytest.raises(RecordingError, match=r"U01\.tar\.xz: no trial F09/U01_R01; there are 1, such as F01/U01_R01"):
        read(path, "F09/U01_R01")
    (tmp_path / "x.tar.xz").write_bytes(b"nothing")
    with pytest.raises(RecordingError, match=r"x\.tar\.xz: cannot be read"):
        read(tmp_path / "x.tar.xz", None)
    with pytest.raises(RecordingError, match="not a recording"):
        read(tmp_path / "accel.csv.txt", None)


def even(seconds: float, impact: float) -> Recording:
    times = np.arange(round(seconds * 50)) / 50
    values = np.ones((len(times), 3))
    values[round(impact * 50)] = 5.0
    return Recording("test", times, values, "g")


@pytest.mark.parametrize("impact", [1.0, 4.0, 12.0])
@pytest.mark.parametrize("speed", [1.0, 4.0])
def test_nothing_is_sent_before_its_time_and_the_impact_is_soon(impact: float, speed: float) -> None:
    from edge.replay_signal import CHUNK_S, LEAD_S, plan

    recording = even(20.0, impact)
    chunks = list(plan(recording, NOW, speed))
    assert [chunk.first for chunk in chunks[1:]] == [chunk.last for chunk in chunks[:-1]]
    assert (chunks[0].first, chunks[-1].last) == (0, len(recording.times))
    for chunk in chunks:
        newest = chunk.t0 + timedelta(seconds=recording.times[chunk.last - 1] - recording.times[chunk.first])
        assert newest <= chunk.due + timedelta(milliseconds=1)
    hit = next(chunk for chunk in chunks if chunk.first <= round(impact * 50) < chunk.last)
    assert timedelta(0) <= hit.due - NOW <= timedelta(seconds=LEAD_S + CHUNK_S)
    if speed == 1.0:
        sent = hit.t0 + timedelta(seconds=impact - recording.times[hit.first])
        assert sent - NOW == pytest.approx(timedelta(seconds=min(impact, LEAD_S)), abs=timedelta(milliseconds=1))


def test_holding_repeats_the_last_second_without_a_step_in_time() -> None:
    from edge.replay_signal import held

    longer = held(even(3.0, 1.0), 40)
    steps = np.diff(longer.times)
    assert longer.times[-1] == pytest.approx(43.0, abs=0.05)
    assert steps.min() == pytest.approx(0.02)
    assert steps.max() == pytest.approx(0.02)
    assert len(longer.values) == len(longer.times)


def test_a_recording_reaches_the_feed_of_a_running_agent(tmp_path: Path) -> None:
    counts = np.full((400, 3), [0, 256, 0], dtype=np.int16)
    counts[200] = [1_024, 0, 0]
    np.savez(tmp_path / "SA01.npz", F01_R01=counts)
    got: list[Raw] = []

    def offer(raw: Raw) -> bool:
        got.append(raw)
        return True

    feed = FeedSource(Source("feed", "feed", port=0), offer)
    options = ["--device", "watch-1", "--placement", "waist", "--speed", "100", "--feed", f"127.0.0.1:{feed.port}"]
    assert main(["replay", "--signal", str(tmp_path), *options]) == 0
    while not got or feed._senders:
        feed.poll(5.0)
    feed.close()
    lines = [json.loads(raw.payload) for raw in got]
    assert [row for line in lines for row in line["samples"]] == (counts / 256).tolist()
    assert {(line["device"], line["placement"], line["unit"]) for line in lines} == {("watch-1", "waist", "g")}
    ends = [line["t0"] + line["times"][-1] for line in lines]
    assert abs(ends[-1] - datetime.now(UTC).timestamp()) < PATIENCE_S
    assert ends == sorted(ends)


def case(path: Path, **fields: object) -> Path:
    path.write_text(json.dumps({"topic": "t", "payload": {}, "payload_kind": "json", "retain": False, **fields}))
    return path


def test_a_recorded_message_is_published_with_its_times_moved(tmp_path: Path) -> None:
    body = {"action": "emergency", "last_seen": "2026-04-17T15:33:22Z", "battery": 100}
    file = case(tmp_path / "a.json", payload=body, retain=True, expect=[{"at": "2026-04-17T15:33:22Z"}])
    assert prepared(file, NOW, options()) == (
        "t", b'{"action":"emergency","last_seen":"2026-03-01T18:00:00Z","battery":100}', True,
    )  # fmt: skip
    assert b"2026-04-17T15:33:22Z" in prepared(file, NOW, options(as_recorded=True))[1]


def test_bare_times_are_of_the_site(tmp_path: Path) -> None:
    file = case(tmp_path / "a.json", payload={"time": "2025-08-18 20:44:34"}, expect=[{"at": "2025-08-18T20:44:34"}])
    assert prepared(file, NOW, options())[1] == b'{"time":"2026-03-02 02:00:00"}'


def test_text_and_bytes_stay_as_they_are(tmp_path: Path) -> None:
    assert prepared(case(tmp_path / "a.json", payload="", payload_kind="text"), NOW, options())[1] == b""
    assert (
        prepared(case(tmp_path / "b.json", payload="AAH/", payload_kind="base64"), NOW, options())[1] == b"\x00\x01\xff"
    )


def test_a_file_that_is_no_message_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{}")
    with pytest.raises(ConfigError, match=r"x\.json: not a recorded message: .*topic"):
        prepared(tmp_path / "x.json", NOW, options())


@pytest.mark.broker
def test_a_folder_of_messages_reaches_the_foreign_broker_as_recorded(broker: Nats | Mosquitto, tmp_path: Path) -> None:
    blank = " " if isinstance(broker, Mosquitto) else "-"  # the embedded broker drops a client over a blank
    root = f"z2m-{secrets.token_hex(4)}"
    case(tmp_path / "1.json", topic=f"{root}/{blank}FP1", payload={"presence_event": "approach"})
    case(tmp_path / "2.json", topic=f"{root}/bridge", payload="offline", payload_kind="text", retain=True)
    heard: list[Received] = []
    client = Client(
        broker.broker, f"listener-{root}", user="test", subscriptions=(f"{root}/#",), on_message=heard.append
    )
    client.start()
    assert client.wait_up(PATIENCE_S)
    secret = broker.broker.password("test")
    arguments = ["replay", "--messages", str(tmp_path), "--broker", f"127.0.0.1:{broker.port}", "--interval", "0"]
    if secret is not None:
        (tmp_path / "secret").write_text(secret)
        arguments += ["--user", "test", "--password-file", str(tmp_path / "secret")]
    until = monotonic_s() + PATIENCE_S
    while len({received.topic for received in heard}) < 2:
        # More than once: what comes before the broker has set up the subscription is lost, as with a real gateway.
        assert main(arguments) == 0
        assert monotonic_s() < until
    client.stop()
    found = {received.topic: received.payload for received in heard}
    assert found == {f"{root}/{blank}FP1": b'{"presence_event":"approach"}', f"{root}/bridge": b"offline"}


def test_a_broker_that_does_not_answer_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case(tmp_path / "1.json")
    assert main(["replay", "--messages", str(tmp_path), "--broker", "nowhere"]) == 2
    assert "needs --broker host:port" in capsys.readouterr().err


@pytest.mark.parametrize(("name", "trial"), [("weda_fall/U01.tar.xz", "F01/U01_R01"), ("sisfall/SA02.npz", "F01_R01")])
def test_real_recordings_are_read(name: str, trial: str) -> None:
    recording = read(published(name), trial)
    size = np.sqrt(np.square(recording.values).sum(axis=1)) / (9.80665 if recording.unit == "m/s2" else 1.0)
    assert 0.7 < float(np.median(size)) < 1.3
    assert float(size.max()) > 2.0


def test_every_real_message_can_be_published() -> None:
    files = sorted(published("gateway_messages").rglob("*.json"))
    assert len(files) >= 100
    for file in files:
        recorded = msgspec.json.decode(file.read_bytes())
        topic, payload, retain = prepared(file, NOW, options())
        assert (topic, retain) == (recorded["topic"], recorded["retain"])
        if recorded["payload_kind"] == "json":
            assert isinstance(msgspec.json.decode(payload), type(recorded["payload"]))
