// Preloaded into Zigbee2MQTT (node -r): in place of a radio stick, an adapter that hears frames written to the standard
// input as JSON lines {address, endpoint, cluster, hex}. All above the radio is the program itself.
const path = require("node:path");
const readline = require("node:readline");
const herdsman = path.dirname(require.resolve("zigbee-herdsman/package.json", { paths: [process.env.ANXIN_TEST_NODE_MODULES] }));
const { Adapter } = require(path.join(herdsman, "dist/adapter/adapter.js"));
const { Header } = require(path.join(herdsman, "dist/zspec/zcl/index.js"));

class Air extends Adapter {
  async start() {
    readline.createInterface({ input: process.stdin }).on("line", (line) => {
      const { address, endpoint, cluster, hex } = JSON.parse(line);
      const data = Buffer.from(hex, "hex");
      const header = Header.fromBuffer(data);
      this.emit("zclPayload", { clusterID: cluster, address, header, data, endpoint, linkquality: 120, groupID: 0, wasBroadcast: false, destinationEndpoint: 1 });
    });
    return "resumed";
  }
  async stop() {}
  async getCoordinatorIEEE() { return "0x00124b0000000001"; }
  async getCoordinatorVersion() { return { type: "air", meta: {} }; }
  async getNetworkParameters() { return { panID: 6754, extendedPanID: "0xdddddddddddddddd", channel: 11, nwkUpdateID: 0 }; }
  async supportsBackup() { return false; }
  async backup() { throw new Error("no backup of air"); }
  async reset() {}
  async permitJoin() {}
  async addInstallCode() {}
  waitFor() { return { promise: new Promise(() => {}), cancel() {} }; }
  async sendZdo() { throw new Error("nobody answers"); }
  async sendZclFrameToEndpoint() { throw new Error("nobody answers"); }
  async sendZclFrameToGroup() {}
  async sendZclFrameToAll() {}
}
Adapter.create = async (network, serial, backup, options) => new Air(network, serial, backup, options);
