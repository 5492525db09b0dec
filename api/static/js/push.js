// Switches push messages on in this browser: asks for leave, subscribes, and tells our server where to post.

const box = document.getElementById("push");
const word = document.getElementById("push-word");

function bytes(text) {
  const raw = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(raw, (sign) => sign.charCodeAt(0));
}

async function turnOn() {
  const worker = await navigator.serviceWorker.register("/static/js/push-worker.js");
  const wanted = { userVisibleOnly: true, applicationServerKey: bytes(box.dataset.key) };
  const subscription = await worker.pushManager.subscribe(wanted);
  const answer = await fetch("/duty/push", {
    method: "POST", body: JSON.stringify(subscription), headers: { "content-type": "application/json" },
  });
  if (!answer.ok) throw new Error(String(answer.status));
}

document.getElementById("push-on").addEventListener("click", () => {
  turnOn().then(() => { word.textContent = box.dataset.on; }, () => { word.textContent = box.dataset.refused; });
});
