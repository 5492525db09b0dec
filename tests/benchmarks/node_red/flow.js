// The peer Node-RED, run embedded as its manual shows: `node flow.js HOST PORT DBPORT DBNAME MODE FOLDER SESSION`.
// MODE `each`: one INSERT for each sample of a message, the loss-free flow. MODE `joined`: messages are joined (500 of
// them or half a second) and written by one INSERT ... SELECT from unnest: the fastest, which has acknowledged what it holds.
const [host, port, dbPort, dbName, mode, folder, session] = process.argv.slice(2);
const fs = require("fs");
const http = require("http");
const path = require("path");
const RED = require("node-red");
const { Pool } = require("pg");
const server = http.createServer();
const settings = {
  userDir: folder,
  flowFile: "flows.json",
  credentialSecret: "none is kept",
  mqttReconnectTime: 1000,
  httpAdminRoot: false,
  httpNodeRoot: false,
  logging: { console: { level: "warn" } },
  functionGlobalContext: {
    pool: new Pool({ host: "127.0.0.1", port: Number(dbPort), database: dbName, user: "postgres", max: 10 }),
  },
};
const columns = "(time, device, seq, heart_rate, respiratory_rate, movement, bed)";
const each = `const pool = global.get("pool"), rows = JSON.parse(msg.payload);
Promise.all(rows.map((row) => pool.query({name: "one", text: "insert into peer_sample ${columns} values ($1,$2,$3,$4,$5,$6,$7)",
  values: row}))).catch((error) => node.error(error));`;
const joined = `const pool = global.get("pool"), columns = [[],[],[],[],[],[],[]];
for (const text of msg.payload) for (const row of JSON.parse(text)) row.forEach((value, i) => columns[i].push(value));
pool.query({name: "many", text: "insert into peer_sample ${columns} select * from unnest($1::timestamptz[], $2::text[], $3::bigint[], $4::real[], $5::real[], $6::real[], $7::boolean[])",
  values: columns}).catch((error) => node.error(error));`;
const broker = {
  id: "broker", type: "mqtt-broker", broker: host, port, clientid: `bench-node-red-${session}`, autoConnect: true,
  protocolVersion: "4", keepalive: "60", cleansession: false, usetls: false,
};
const input = {
  id: "in", type: "mqtt in", z: "tab", topic: "peer/#", qos: "1", datatype: "utf8", broker: "broker",
  wires: [[mode === "each" ? "write-rows" : "join-messages"]],
};
const join = {
  id: "join-messages", type: "join", z: "tab", mode: "custom", build: "array", property: "payload", propertyType: "msg",
  joiner: "", joinerType: "str", accumulate: false, timeout: "0.5", count: "500", wires: [["write-rows"]],
};
const write = { id: "write-rows", type: "function", z: "tab", func: mode === "each" ? each : joined, outputs: 0, wires: [] };
const flows = [{ id: "tab", type: "tab", label: "bench" }, broker, input, ...(mode === "each" ? [] : [join]), write];
fs.mkdirSync(folder, { recursive: true });
fs.writeFileSync(path.join(folder, "flows.json"), JSON.stringify(flows));
RED.init(server, settings);
// Green: connected; the subscription follows at once.
RED.events.on("node-status", (event) => {
  if (event.id === "in" && event.status && event.status.fill === "green") setTimeout(() => console.log("ready"), 500);
});
RED.start();
