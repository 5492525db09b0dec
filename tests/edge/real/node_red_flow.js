// Node-RED run embedded as its manual shows, with a flow as an integrator draws it: what a line of the standard input says
// ({topic, payload, retain}) goes through a function node to `mqtt out`. `node node_red_flow.js PORT FOLDER`.
const [port, folder] = process.argv.slice(2);
const fs = require("fs"), http = require("http"), path = require("path"), readline = require("readline");
const RED = require(require.resolve("node-red", { paths: [process.env.ANXIN_TEST_NODE_MODULES] }));
const broker = {
  id: "broker", type: "mqtt-broker", broker: "127.0.0.1", port, clientid: "node-red", autoConnect: true, protocolVersion: "4",
  keepalive: "60", cleansession: true, usetls: false, birthTopic: "home/red/status", birthPayload: "online", birthRetain: "true",
  birthQos: "1", closeTopic: "home/red/status", closePayload: "offline", closeRetain: "true", closeQos: "1", willTopic: "home/red/status", willPayload: "offline", willRetain: "true", willQos: "1",
};
const flows = [
  { id: "tab", type: "tab", label: "gateway" },
  broker,
  { id: "in", type: "link in", z: "tab", x: 1, y: 1, name: "in", links: [], wires: [["shape"]] }, // without x and y: a setting
  { id: "shape", type: "function", z: "tab", x: 2, y: 1, func: "msg.qos = 1; return msg;", outputs: 1, wires: [["out"]] },
  { id: "out", type: "mqtt out", z: "tab", x: 3, y: 1, topic: "", qos: "", retain: "", broker: "broker", wires: [] },
];
fs.writeFileSync(path.join(folder, "flows.json"), JSON.stringify(flows));
const server = http.createServer();
RED.init(server, {
  userDir: folder, flowFile: "flows.json", httpAdminRoot: false, httpNodeRoot: false, credentialSecret: "none",
  telemetry: { enabled: false, updateNotification: false }, logging: { console: { level: "warn" } },
});
RED.start().then(() => {
  readline.createInterface({ input: process.stdin }).on("line", (line) => RED.nodes.getNode("in")?.send(JSON.parse(line)));
});
process.on("SIGTERM", () => RED.stop().then(() => process.exit(0)));
