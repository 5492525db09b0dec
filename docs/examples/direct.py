# A gateway without a spool, for MicroPython (umqtt.simple). What is not acknowledged when the power goes is lost.
import json
import os
import sys
import time

from umqtt.simple import MQTTClient

host, port, facility, gateway, password = sys.argv[1:6]  # on a board: constants
root, epoch = f"anxin/v1/{facility}/{gateway}", os.urandom(8).hex()  # a new epoch at every start
seq = {"data": 0, "urgent": 0}


def now():  # needs the right time: ntptime.settime() first
    year, month, day, hour, minute, second = time.gmtime()[:6]
    return f"{year:04d}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}:{second:02d}Z"


def send(lane, *data):
    seq[lane] += 1
    name = f"{lane}-{epoch}-{seq[lane]}"
    message = {"id": name, "source": f"/{facility}/{gateway}", "time": now(), "data": data}
    client.publish(f"{root}/{lane}/{epoch}/{seq[lane]}", json.dumps(message), qos=1)


name = f"direct-{facility}-{gateway}"
client = MQTTClient(name, host, int(port), f"{facility}.{gateway}", password, keepalive=30)
client.set_last_will(root + "/link", json.dumps({"up": False, "session": epoch}), qos=1)
client.connect()
client.publish(root + "/link", json.dumps({"up": True, "session": epoch, "time": now()}), qos=1)
send("data", {"type": "birth", "time": now(), "software": "direct 1", "heartbeat_s": 15})
values = {"heart_rate": [61], "bed_occupied": [1]}
send("data", {"type": "observations", "time": now(), "devices": ["pad-1"], "values": values})
send("urgent", {"type": "call", "device": "button-1", "time": now(), "call": "sos"})
while True:
    time.sleep(15)
    send("data", {"type": "heartbeat", "time": now()})
