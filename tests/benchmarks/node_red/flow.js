// The peer Node-RED, run embedded as its manual shows: `node flow.js HOST PORT DBPORT DBNAME MODE FOLDER SESSION`.
// Its node `mqtt in` acknowledges a message before the flow has it, so whatever follows loses what it holds when killed.
// MODE `safe`: the best that is loss-free: function nodes with connections of their own of Node-RED's own MQTT library,
// which acknowledges when the INSERT is committed; each takes one message at a time, so there are eight. MODE `joined`:
// `mqtt in`, messages joined (500 of them or half a second) and written by one INSERT: the fastest.
const [host, port, dbPort, dbName, mode, folder, session] = process.argv.slice(2);
const fs = require("fs");
const http = require("http");
const path = require("path");
const RED = require("node-red");
const { Pool } = require("pg");
const mqtt = require("mqtt");
const CONNECTIONS = 8, GATEWAYS = 400;
const server = http.createServer();
let connected = 0;
const settings = {
  userDir: folder,
  flowFile: "flows.json",
  credentialSecret: "none is kept",
  mqttReconnectTime: 1000,
  httpAdminRoot: false,
  httpNodeRoot: false,
  logging: { console: { level: "warn" } },
  functionGlobalContext: {
    mqtt,
    connected: () => { if (++connected === CONNECTIONS) console.log("ready"); },
    pool: new Pool({ host: "127.0.0.1", port: Number(dbPort), database: dbName, user: "postgres", max: 10 }),
  },
};
const columns = "(time, device, seq, heart_rate, respiratory_rate, movement, bed)";
const insert = `insert into peer_sample ${columns} select * from unnest($1::timestamptz[], $2::text[], $3::bigint[], $4::real[], $5::real[], $6::real[], $7::boolean[])`;
const gather = `const columns = [[],[],[],[],[],[],[]];
for (const text of texts) for (const row of JSON.parse(text)) row.forEach((value, i) => columns[i].push(value));
const write = () => pool.query({name: "many", text: "${insert}", values: columns});`;
const safe = (number) => `const pool = global.get("pool"), topics = [];
for (let gateway = ${number}; gateway < ${GATEWAYS}; gateway += ${CONNECTIONS}) topics.push("peer/gw-" + gateway);
const client = global.get("mqtt").connect({host: "${host}", port: ${port}, protocolVersion: 4, clean: false,
  clientId: "bench-node-red-${session}-${number}"});
client.handleMessage = (packet, done) => { const texts = [packet.payload]; ${gather}
  write().then(() => done(), (error) => { node.error(error); done(error); }); };
client.on("connect", () => client.subscribe(topics, {qos: 1}, (error) => error ? node.error(error) : global.get("connected")()));`;
const joined = `const pool = global.get("pool"), texts = msg.payload; ${gather}
write().catch((error) => node.error(error));`;
const functions = Array.from({ length: CONNECTIONS }, (_, number) => ({
  id: `safe-${number}`, type: "function", z: "tab", func: "", initialize: safe(number), outputs: 0, wires: [],
}));
const broker = {
  id: "broker", type: "mqtt-broker", broker: host, port, clientid: `bench-node-red-${session}`, autoConnect: true,
  protocolVersion: "4", keepalive: "60", cleansession: false, usetls: false,
};
const input = {
  id: "in", type: "mqtt in", z: "tab", topic: "peer/#", qos: "1", datatype: "utf8", broker: "broker",
  wires: [["join-messages"]],
};
const join = {
  id: "join-messages", type: "join", z: "tab", mode: "custom", build: "array", property: "payload", propertyType: "msg",
  joiner: "", joinerType: "str", accumulate: false, timeout: "0.5", count: "500", wires: [["write-rows"]],
};
const write = { id: "write-rows", type: "function", z: "tab", func: joined, outputs: 0, wires: [] };
const tab = { id: "tab", type: "tab", label: "bench" };
const flows = mode === "safe" ? [tab, ...functions] : [tab, broker, input, join, write];
fs.mkdirSync(folder, { recursive: true });
fs.writeFileSync(path.join(folder, "flows.json"), JSON.stringify(flows));
RED.init(server, settings);
// Green: connected; the subscription follows at once.
RED.events.on("node-status", (event) => {
  if (event.id === "in" && event.status && event.status.fill === "green") setTimeout(() => console.log("ready"), 500);
});
RED.start();
