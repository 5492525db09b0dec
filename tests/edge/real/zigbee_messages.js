// Prints, as JSON lines, what Zigbee2MQTT's own converters make of standard Zigbee messages, for real device models.
// Needs the npm package zigbee-herdsman-converters (NODE_PATH). A line: {model, vendor, kind, raw, payload}.
const zhc = require("zigbee-herdsman-converters");

// kind of device (what it exposes) → raw messages [cluster, type, data], normal state first, then the event
const zone = (bits) => ["ssIasZone", "commandStatusChangeNotification", { zonestatus: bits, extendedstatus: 0 }];
const RAW = {
  contact: [zone(0), zone(1)],
  water_leak: [zone(0), zone(1)],
  smoke: [zone(0), zone(1)],
  occupancy: [zone(0), zone(1), ["msOccupancySensing", "attributeReport", { occupancy: 1 }]],
  temperature: [["msTemperatureMeasurement", "attributeReport", { measuredValue: 2150 }]],
  humidity: [["msRelativeHumidity", "attributeReport", { measuredValue: 4520 }]],
};
const PER_KIND = 15;

async function main() {
  const endpoint = { ID: 1, inputClusters: [], supportsInputCluster: () => false, getClusterAttributeValue: () => undefined };
  const device = { ieeeAddr: "0xa4c138abcdef0123", endpoints: [endpoint], getEndpoint: () => endpoint, meta: {}, save() {} };
  const { default: index } = await import("zigbee-herdsman-converters/devices/index").catch(() => ({ default: null }));
  const bases = index ?? require("zigbee-herdsman-converters/devices/index").default;
  const count = {};
  for (const base of bases) {
    let definition;
    try { definition = zhc.prepareDefinition(base); } catch { continue; }
    const exposes = typeof definition.exposes === "function" ? definition.exposes({ isDummyDevice: true }, {}) : definition.exposes;
    const names = new Set(exposes.flatMap((e) => [e.name, ...(e.features ?? []).map((f) => f.name)]));
    for (const [kind, messages] of Object.entries(RAW)) {
      if (!names.has(kind) || (count[kind] ?? 0) >= PER_KIND) continue;
      let told = false;
      for (const [cluster, type, data] of messages) {
        const payload = {};
        for (const converter of definition.fromZigbee ?? []) {
          const types = Array.isArray(converter.type) ? converter.type : [converter.type];
          if (converter.cluster !== cluster || !types.includes(type)) continue;
          const meta = { device, state: {}, logger: console, options: {}, deviceExposesChanged() {} };
          const message = { cluster, type, data, endpoint, device, meta: {}, groupID: 0, linkquality: 100 };
          try { Object.assign(payload, await converter.convert(definition, message, () => {}, {}, meta)); } catch { /* asks more of the radio than we have */ }
        }
        if (payload[kind] === undefined) continue;
        told = true;
        console.log(JSON.stringify({ model: definition.model, vendor: definition.vendor, kind, raw: data, payload }));
      }
      if (told) count[kind] = (count[kind] ?? 0) + 1;
    }
  }
}
main().then(() => process.exit(0), (error) => { console.error(error); process.exit(1); });
