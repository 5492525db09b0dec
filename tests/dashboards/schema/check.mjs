// Checks the committed dashboards against schema.json, and that the schema finds what is broken. See docs/dashboards.md.
// usage: node check.mjs DASHBOARD.json...
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import fs from 'fs';

const ajv = new Ajv({ strict: false });
addFormats(ajv);
const holds = ajv.compile(JSON.parse(fs.readFileSync('schema.json')));
const first = (d, type) => d.panels.find((panel) => panel.type === type);
const broken = {
  'option typo': (d) => (first(d, 'stat').options.graphMod = 'none'),
  'bad enum': (d) => (first(d, 'stat').options.graphMode = 'spark'),
  'custom typo': (d) => (first(d, 'timeseries').fieldConfig.defaults.custom.spanNull = true),
  'no width': (d) => delete first(d, 'table').gridPos.w,
  'unknown panel': (d) => (first(d, 'table').type = 'tabel'),
  'target typo': (d) => (first(d, 'table').targets[0].rawSQL = 'select 1'),
  'bad format': (d) => (first(d, 'table').targets[0].format = 'long'),
  'bad source': (d) => (first(d, 'table').targets[0].datasource.type = 'postgres'),
  'bad refresh': (d) => (d.templating.list[1].refresh = 7),
};

let wrong = 0;
for (const path of process.argv.slice(2)) {
  const dashboard = JSON.parse(fs.readFileSync(path));
  if (!holds(dashboard)) {
    wrong++;
    console.log(`${path}: does not fit Grafana's types`, holds.errors);
  }
  for (const [name, damage] of Object.entries(broken)) {
    const copy = structuredClone(dashboard);
    damage(copy);
    if (holds(copy)) {
      wrong++;
      console.log(`${path}: the schema does not see: ${name}`);
    }
  }
}
console.log(wrong ? `${wrong} wrong` : 'all fit, and every damage is seen');
process.exit(wrong ? 1 : 0);
