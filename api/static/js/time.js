// The server's now on this page, and everything that is written with it. The machine's own clock never counts: a tablet
// with a wrong clock must not make an old value look new. Between beats performance.now() counts on, at the server's speed.

let anchor = { server: Date.parse(document.body.dataset.now), local: performance.now(), speed: 1 };

export function hear(now, speed) {
  anchor = { server: Date.parse(now), local: performance.now(), speed };
}

export function serverNow() {
  return anchor.server + (performance.now() - anchor.local) * anchor.speed;
}

export function speed() {
  return anchor.speed;
}

export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

// The same words as api/shown.py writes.
export function age(sinceMs) {
  const words = document.body.dataset;
  const seconds = Math.max(0, Math.floor((serverNow() - sinceMs) / 1000));
  const minutes = Math.floor(seconds / 60);
  if (seconds < 60) return fill(words.wordS, { n: seconds });
  if (minutes < 60) return fill(words.wordMin, { n: minutes });
  if (minutes < 48 * 60) return fill(words.wordH, { h: Math.floor(minutes / 60), m: minutes % 60 });
  return fill(words.wordDays, { n: Math.floor(minutes / 1440) });
}

export function timeOfDay(ms) {
  const zone = document.body.dataset.zone || "UTC";
  return new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(ms);
}

export function writeTimes() {
  for (const element of document.querySelectorAll("[data-age]")) {
    const text = age(Date.parse(element.dataset.age));
    if (element.textContent !== text) element.textContent = text;
  }
  const clock = document.getElementById("clock");
  if (clock) clock.textContent = timeOfDay(serverNow());
}
