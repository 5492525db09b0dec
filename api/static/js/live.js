// Listens to the live stream and never lets a page look alive when it is not: without a beat for 5.5 s (three missed, they
// come every 2 s) the page says so until the next one. The browser's own EventSource does the reconnecting; where it gives
// up (an HTTP error) or hangs (a dead line), it is opened again by hand with the last entry seen.

import { hear, serverNow, speed, timeOfDay } from "./time.js";

const LOST_AFTER_MS = 5500;
const REOPEN_AFTER_MS = 9000;
// As in api/health.py: a minute without any message stored, or readers of the log 20 s behind it; real seconds.
const STORED_WITHIN_MS = 60000;
const READ_WITHIN_MS = 20000;
// What lasts a minute longer than that is no hesitation: the watch stands still, nobody is watched, and pages ring high.
const STALLED_AFTER_MS = 60000;

const state = { source: null, last: null, beatAt: null, openedAt: 0, lost: false, signedOut: false, notRenewed: false, beat: null, awaySince: null };

export function start() {
  state.last = document.body.dataset.tip;
  state.beatAt = performance.now();
  open();
  setInterval(watch, 500);
}

export function isLost() {
  return state.lost;
}

// Whether the store, ingest or a reader of the log has been down for so long that people must look for themselves. The
// watch cannot ring about itself then; whoever has a page open is told by the page.
export function isStalled() {
  const beat = state.beat;
  if (!beat || state.lost) return false;
  if (!beat.store) return performance.now() - state.awaySince > STALLED_AFTER_MS;
  return behind(beat, STALLED_AFTER_MS);
}

function open() {
  state.source?.close();
  state.openedAt = performance.now();
  const source = new EventSource(`${document.body.dataset.live}?last=${state.last}`);
  state.source = source;
  source.addEventListener("beat", (event) => onBeat(JSON.parse(event.data)));
  source.addEventListener("alert", (event) => {
    state.last = event.lastEventId;
    document.body.dispatchEvent(new CustomEvent("anxin:alert", { detail: JSON.parse(event.data) }));
    changed();
  });
  source.addEventListener("reset", changed);
  source.addEventListener("bye", signedOut);
  source.addEventListener("error", () => {
    if (source.readyState === EventSource.CLOSED) askWhy();
  });
}

function changed() {
  document.body.dispatchEvent(new CustomEvent("anxin:changed"));
}

function onBeat(beat) {
  state.beatAt = performance.now();
  state.beat = beat;
  state.awaySince = beat.store ? null : (state.awaySince ?? state.beatAt);
  hear(beat.now, beat.speed);
  if (state.lost) {
    state.lost = false;
    changed();
  }
  show();
}

function watch() {
  const silent = performance.now() - state.beatAt;
  if (silent > LOST_AFTER_MS && !state.lost) {
    state.lost = true;
    state.lostSince = serverNow() - silent * speed();
    show();
  }
  if (silent > REOPEN_AFTER_MS && performance.now() - state.openedAt > REOPEN_AFTER_MS && !state.signedOut) open();
}

async function askWhy() {
  try {
    const answer = await fetch("/session", { cache: "no-store" });
    if (answer.status === 401) return signedOut();
  } catch {
    // The server is away; it is asked again below.
  }
  setTimeout(() => {
    if (!state.signedOut && state.source.readyState === EventSource.CLOSED) open();
  }, 2000);
}

// A part of the page could (not) be renewed, although the stream lives.
export function renewed(done) {
  if (state.notRenewed === !done) return;
  state.notRenewed = !done;
  show();
}

export function signedOut() {
  state.signedOut = true;
  state.lost = true;
  state.source?.close();
  show();
}

// Whether ingest or a reader of the log is later than it may be, by so much more.
function behind(beat, more) {
  const scale = Math.max(1, beat.speed);
  const late = (from, to, within) => from === null || to - Date.parse(from) > (within + more) * scale;
  return late(beat.stored_at, serverNow(), STORED_WITHIN_MS) || late(beat.read_at, Date.parse(beat.stored_at), READ_WITHIN_MS);
}

function problem() {
  const beat = state.beat;
  if (!beat) return "";
  const words = document.body.dataset;
  if (isStalled()) return words.wordStalled;
  if (!beat.store) return words.wordStore;
  return behind(beat, 0) ? words.wordWatch : "";
}

function show() {
  document.documentElement.classList.toggle("is-lost", state.lost);
  const banner = document.getElementById("lost");
  if (!banner) return;
  banner.hidden = !state.lost;
  document.getElementById("sign-in-again").hidden = !state.signedOut;
  if (state.lost) document.getElementById("lost-since").textContent = timeOfDay(state.lostSince ?? serverNow());
  const words = document.body.dataset;
  const trouble = state.lost ? "" : problem() || (state.notRenewed ? words.wordNotRenewed : "");
  const stale = document.getElementById("stale");
  stale.hidden = !trouble;
  if (stale.textContent !== trouble) stale.textContent = trouble;
  const connection = document.getElementById("connection");
  connection.classList.toggle("on", !state.lost && !trouble);
  const word = state.lost ? banner.querySelector("strong").textContent : words.wordOn;
  const element = document.getElementById("connection-word");
  if (element.textContent !== word) element.textContent = word;
}
