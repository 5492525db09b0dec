// Alarm sounds after IEC 60601-1-8 (clinical.md 5.1): high 5 + 5 pulses, medium 3, low 2; fundamental 150 to 1000 Hz with
// harmonics; repeated while somebody is waiting. What rings is read from the list on the page, so the sound can never
// disagree with it. A pause lasts at most two minutes and is broken by anything more urgent, or by a new high alert.

const PAUSE_MS = 120000;
const GAP = 0.15;
const BURSTS = {
  1: { pulses: [0, 0.2, 0.4, 0.7, 0.9, 1.5, 1.7, 1.9, 2.2, 2.4], length: 0.12, notes: [523, 659, 784, 659, 784], every: 6000, level: 0.5 },
  2: { pulses: [0, 0.4, 0.8], length: 0.2, notes: [523, 440, 392], every: 12000, level: 0.4 },
  3: { pulses: [0, 0.4], length: 0.2, notes: [392, 330], every: 30000, level: 0.25 },
};

let lost = false;
let stalled = false;
let context = null;
let analyser = null;
let playedAt = {};
let pause = null;

export const counters = { bursts: { 1: 0, 2: 0, 3: 0 } };

export function ringing() {
  const text = document.getElementById("ringing")?.dataset.ringing.trim() ?? "";
  const items = text ? text.split(/\s+/).map((item) => ({ id: item, priority: Number(item.split(":")[1]) })) : [];
  if (stalled) items.push({ id: "watch", priority: 1 });
  return lost ? [...items, { id: "lost", priority: 2 }] : items;
}

// A page that cannot hear of alerts is itself an alarm: somebody has to look.
export function setLost(isLost, isStalled) {
  lost = isLost;
  stalled = isStalled;
}

export function isOn() {
  return context?.state === "running";
}

export function level() {
  if (!analyser) return 0;
  const samples = new Float32Array(analyser.fftSize);
  analyser.getFloatTimeDomainData(samples);
  return Math.max(...samples.map(Math.abs));
}

export async function turnOn() {
  if (!context) {
    context = new AudioContext();
    analyser = context.createAnalyser();
    analyser.connect(context.destination);
    context.addEventListener("statechange", step);
  }
  await context.resume();
  step();
}

export function togglePause() {
  const now = ringing();
  const worst = Math.min(...now.map((item) => item.priority));
  pause = pause || !now.length ? null : { until: performance.now() + PAUSE_MS, ids: new Set(now.map((item) => item.id)), worst };
  step();
}

export function pausedForS() {
  return pause ? Math.max(0, Math.ceil((pause.until - performance.now()) / 1000)) : 0;
}

function breaks(item) {
  return !pause.ids.has(item.id) && (item.priority < pause.worst || item.priority === 1);
}

// One look at what rings and what is due; called every half second and whenever the list changes.
export function step() {
  const now = ringing();
  if (pause && (performance.now() >= pause.until || now.some(breaks))) pause = null;
  if (!now.length) {
    pause = null;
    playedAt = {};
  }
  if (!now.length || pause || !isOn()) return;
  const priority = Math.min(...now.map((item) => item.priority));
  const burst = BURSTS[priority];
  if (performance.now() - (playedAt[priority] ?? -Infinity) < burst.every) return;
  playedAt = { [priority]: performance.now() };
  counters.bursts[priority] += 1;
  burst.pulses.forEach((at, index) => pulse(context.currentTime + GAP + at, burst, burst.notes[index % burst.notes.length]));
}

function pulse(at, burst, frequency) {
  const gain = context.createGain();
  gain.gain.setValueAtTime(0, at);
  gain.gain.linearRampToValueAtTime(burst.level, at + 0.02);
  gain.gain.setValueAtTime(burst.level, at + burst.length - 0.03);
  gain.gain.linearRampToValueAtTime(0, at + burst.length);
  gain.connect(analyser);
  const oscillator = context.createOscillator();
  const harmonics = new Float32Array([0, 1, 0.5, 0.4, 0.3, 0.25]);
  oscillator.setPeriodicWave(context.createPeriodicWave(harmonics, new Float32Array(harmonics.length)));
  oscillator.frequency.value = frequency;
  oscillator.connect(gain);
  oscillator.start(at);
  oscillator.stop(at + burst.length);
}
