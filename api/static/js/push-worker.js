// Shows what was pushed, also when no page is open, and opens the alert when it is touched.

self.addEventListener("push", (event) => {
  const told = event.data ? event.data.json() : {};
  const shown = { tag: told.key, data: told.path, requireInteraction: true, renotify: Boolean(told.key) };
  event.waitUntil(self.registration.showNotification(told.text || "安心 Anxin", shown));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(self.clients.openWindow(event.notification.data || "/"));
});
