// Wires a page: times, the live stream, the sound, and what tells the reader when a part of the page could not be renewed.

import * as live from "./live.js";
import * as sound from "./sound.js";
import { fill, speed, writeTimes } from "./time.js";

const TICK_MS = 10000;
const words = document.body.dataset;
const title = document.title;

function showSound() {
  const button = document.getElementById("sound");
  if (!button) return;
  const on = sound.isOn();
  button.classList.toggle("off", !on);
  button.setAttribute("aria-pressed", String(on));
  button.textContent = on ? words.wordSoundOn : words.wordSoundOff;
  const pause = document.getElementById("pause");
  const rings = sound.ringing().length;
  pause.hidden = !on || !rings;
  const left = sound.pausedForS();
  pause.textContent = left ? fill(words.wordPaused, { n: left }) : words.wordPause;
  pause.classList.toggle("paused", left > 0);
  document.title = rings ? `(${rings}) ${title}` : title;
}

function step() {
  writeTimes();
  sound.setLost(live.isLost(), live.isStalled());
  sound.step();
  showSound();
}

// A picture of the whole home every 10 s of its time, but not more often than once a second.
let tickedAt = performance.now();
function tick() {
  if (performance.now() - tickedAt < Math.max(1000, TICK_MS / Math.max(1, speed()))) return;
  tickedAt = performance.now();
  if (!live.isLost()) document.body.dispatchEvent(new CustomEvent("anxin:tick"));
}

// Which parts of the page could not be renewed: said until each of them could. The next tick tries again.
const failed = new Set();
function onAnswer(event) {
  const { ctx } = event.detail;
  const status = ctx.response?.status ?? 0;
  if (status === 401) return live.signedOut();
  const part = event.target.closest?.("[hx-get]")?.id;
  if (status >= 200 && status < 400) {
    if (event.target.matches?.("[hx-get]")) failed.delete(part);
  } else failed.add(part);
  live.renewed(!failed.size);
  step();
}

async function keepAwake() {
  if (!words.wall || !("wakeLock" in navigator)) return;
  try {
    await navigator.wakeLock.request("screen");
  } catch {
    // Not allowed now (hidden, or no power); asked again when the page is shown.
  }
}

if (words.live) {
  document.getElementById("sound")?.addEventListener("click", () => sound.turnOn().then(showSound));
  document.getElementById("pause")?.addEventListener("click", () => { sound.togglePause(); showSound(); });
  document.addEventListener("pointerdown", () => { if (!sound.isOn()) sound.turnOn().then(showSound); }, { once: true });
  // A wall started as a kiosk may sound without being touched.
  if (words.wall) sound.turnOn().then(showSound).catch(() => {});
  document.addEventListener("htmx:finally:request", onAnswer);
  document.addEventListener("htmx:after:swap", step);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) keepAwake(); });
  live.start();
  keepAwake();
  setInterval(tick, 250);
}
step();
setInterval(step, 500);

// For tests: what sounds, without ears.
window.anxin = { sound: { counters: sound.counters, level: sound.level, isOn: sound.isOn, ringing: sound.ringing, pausedForS: sound.pausedForS } };
