// A gateway without a spool: Node, package `mqtt`. What is not acknowledged when the power goes is lost.
const mqtt = require("mqtt"), crypto = require("crypto");
const [host, port, facility, gateway, password] = process.argv.slice(2);
const root = `anxin/v1/${facility}/${gateway}`, epoch = crypto.randomBytes(8).toString("hex"); // new at every start
const session = epoch, seq = { data: 0, urgent: 0 };
const now = () => new Date().toISOString();
const client = mqtt.connect({ host, port: +port, protocolVersion: 4, clientId: `direct-${facility}-${gateway}`,
  username: `${facility}.${gateway}`, password,
  will: { topic: `${root}/link`, payload: JSON.stringify({ up: false, session }), qos: 1 } });
function send(lane, ...data) {
  const n = ++seq[lane];
  const message = { id: `${lane}-${epoch}-${n}`, source: `/${facility}/${gateway}`, time: now(), data };
  return client.publishAsync(`${root}/${lane}/${epoch}/${n}`, JSON.stringify(message), { qos: 1 });
}
client.once("connect", async () => {
  await client.publishAsync(`${root}/link`, JSON.stringify({ up: true, session, time: now() }), { qos: 1 });
  await send("data", { type: "birth", time: now(), software: "direct 1", heartbeat_s: 15 });
  await send("data", { type: "observations", time: now(), devices: ["pad-1"], values: { heart_rate: [61], bed_occupied: [1] } });
  await send("urgent", { type: "call", device: "button-1", time: now(), call: "sos" });
  setInterval(() => send("data", { type: "heartbeat", time: now() }), 15000);
});
