// Draws heart and respiratory rate of a night. Times are the facility's, 24 hours; a missing minute is a hole, never a line.

import uPlot from "../vendor/uplot-1.6.32.esm.js";

const element = document.getElementById("chart");
const words = element.dataset;

function summary(name, values) {
  const known = values.filter((value) => value !== null).sort((a, b) => a - b);
  if (!known.length) return `${name} ?`;
  const middle = known[Math.floor(known.length / 2)];
  return `${name} ${Math.round(known[0])}–${Math.round(known.at(-1))} (${Math.round(middle)})`;
}

function colours() {
  const style = getComputedStyle(document.documentElement);
  const named = (name) => style.getPropertyValue(name).trim();
  return { heart: named("--heart"), breath: named("--breath"), text: named("--ink-soft"), grid: named("--line") };
}

function draw(data) {
  const colour = colours();
  const clock = new Intl.DateTimeFormat("en-GB", { timeZone: data.zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const axis = { stroke: colour.text, grid: { stroke: colour.grid, width: 1 }, ticks: { stroke: colour.grid }, font: "14px system-ui, sans-serif" };
  const line = (label, stroke, dash) => ({ label, stroke, width: 2, dash, spanGaps: false, value: (_, value) => (value === null ? "–" : Math.round(value)) });
  const options = {
    width: element.clientWidth,
    height: 260,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), data.zone),
    scales: { y: { range: (_, low, high) => [Math.min(0, low ?? 0), Math.max(100, (high ?? 0) + 10)] } },
    axes: [{ ...axis, values: (_, ticks) => ticks.map((seconds) => clock.format(seconds * 1000)) }, { ...axis, label: "/min", labelSize: 20 }],
    series: [{ label: words.time, value: (_, seconds) => (seconds === null ? "–" : clock.format(seconds * 1000)) },
      line(words.heart, colour.heart), line(words.breath, colour.breath, [6, 4])],
  };
  const chart = new uPlot(options, [data.time, data.heart_rate, data.respiratory_rate], element);
  new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height: 260 })).observe(element);
}

async function start() {
  const text = document.getElementById("chart-text");
  try {
    const answer = await fetch(words.source);
    if (!answer.ok) throw new Error(String(answer.status));
    const data = await answer.json();
    if (![...data.heart_rate, ...data.respiratory_rate].some((value) => value !== null)) {
      text.textContent = words.none;
      return;
    }
    draw(data);
    text.textContent = `${summary(words.heart, data.heart_rate)} /min · ${summary(words.breath, data.respiratory_rate)} /min`;
  } catch {
    text.textContent = words.failed;
  }
}

start();
