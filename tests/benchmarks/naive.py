"""The naive peer: paho, json, one INSERT for each sample and a commit for each message. Run until killed.

    python -m tests.benchmarks.naive HOST PORT CONNINFO SESSION

It acknowledges by itself, as paho does by default, when its callback returns, so after the commit.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import paho.mqtt.client as paho
import psycopg
from paho.mqtt.enums import CallbackAPIVersion

INSERT = "insert into peer_sample (time, device, seq, heart_rate, respiratory_rate, movement, bed) values (%s, %s, %s, %s, %s, %s, %s)"  # noqa: E501


def main(host: str, port: int, conninfo: str, session: str) -> None:
    connection = psycopg.connect(conninfo)
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id=f"bench-naive-{session}", clean_session=False)
    client.max_inflight_messages_set(1_000)

    def take(_client: Any, _userdata: Any, message: paho.MQTTMessage) -> None:
        for row in json.loads(message.payload):
            connection.execute(INSERT, row)
        connection.commit()

    def connected(client: paho.Client, *_: Any) -> None:
        client.subscribe("peer/#", 1)
        print("ready", flush=True)

    client.on_message, client.on_connect = take, connected
    client.connect(host, port)
    client.loop_forever()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4])
