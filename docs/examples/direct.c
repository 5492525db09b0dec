/* A gateway without a spool: C with libmosquitto (cc direct.c -lmosquitto). Waits for each PUBACK in turn. */
#include <mosquitto.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
static struct mosquitto *m; static volatile int taken; static const char *fac, *gw; static char epoch[20]; static int seq[2];
static const char *lanes[] = {"data", "urgent"};
static const char *now(void) { static char s[32]; time_t t = time(NULL); strftime(s, sizeof s, "%FT%TZ", gmtime(&t)); return s; }
static void on_connect(struct mosquitto *who, void *mine, int reason) { (void)who; (void)mine; taken = reason == 0; }
static void send_event(int lane, const char *event) {
  char topic[200], body[2000]; int n = ++seq[lane];
  snprintf(topic, sizeof topic, "anxin/v1/%s/%s/%s/%s/%d", fac, gw, lanes[lane], epoch, n);
  int size = snprintf(body, sizeof body, "{\"id\":\"%s-%s-%d\",\"source\":\"/%s/%s\",\"time\":\"%s\",\"data\":[%s]}",
                      lanes[lane], epoch, n, fac, gw, now(), event);
  mosquitto_publish(m, NULL, topic, size, body, 1, false);
}
int main(int argc, char **argv) {
  char e[300], link[160], user[130], id[140]; if (argc < 6) return 2;
  fac = argv[3]; gw = argv[4]; snprintf(epoch, sizeof epoch, "%lx%x", (long)time(NULL), (unsigned)getpid());
  snprintf(user, sizeof user, "%s.%s", fac, gw); snprintf(id, sizeof id, "direct-%s-%s", fac, gw);
  snprintf(link, sizeof link, "anxin/v1/%s/%s/link", fac, gw);
  mosquitto_lib_init(); m = mosquitto_new(id, true, NULL); mosquitto_username_pw_set(m, user, argv[5]);
  int size = snprintf(e, sizeof e, "{\"up\":false,\"session\":\"%s\"}", epoch);
  mosquitto_will_set(m, link, size, e, 1, false); mosquitto_connect_callback_set(m, on_connect);
  if (mosquitto_connect(m, argv[1], atoi(argv[2]), 30) || mosquitto_loop_start(m)) return 1;
  while (!taken) usleep(10000); /* what is published before the broker has taken us may get lost */
  size = snprintf(e, sizeof e, "{\"up\":true,\"session\":\"%s\",\"time\":\"%s\"}", epoch, now());
  mosquitto_publish(m, NULL, link, size, e, 1, false);
  snprintf(e, sizeof e, "{\"type\":\"birth\",\"time\":\"%s\",\"software\":\"direct 1\",\"heartbeat_s\":15}", now()); send_event(0, e);
  snprintf(e, sizeof e, "{\"type\":\"observations\",\"time\":\"%s\",\"devices\":[\"pad-1\"],\"values\":{\"heart_rate\":[61],\"bed_occupied\":[1]}}", now()); send_event(0, e);
  snprintf(e, sizeof e, "{\"type\":\"call\",\"device\":\"button-1\",\"time\":\"%s\",\"call\":\"sos\"}", now()); send_event(1, e);
  for (;;) { sleep(15); snprintf(e, sizeof e, "{\"type\":\"heartbeat\",\"time\":\"%s\"}", now()); send_event(0, e); }
}
