/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <spa/utils/defs.h>

#include "module/net/mcast.h"
#include "module/onvif/discovery.h"
#include "module/onvif/wsd.h"
#include "module/util/buf.h"
#include "tests/lib/oom.h"
#include "tests/lib/test.h"
#include "tests/unit/onvif/real-loop.h"

/*
 * On the loopback interface of a network namespace of our own, where possible, so that
 * neither real cameras nor other tests take part.
 */
#define LO	1u

static bool own_namespace;
static uint32_t where_index = LO;

static struct events {
	struct discovery *d;
	const char *destroy_in;
	int match, hello, bye, changed, error, flood;
	uint64_t dropped;
	struct discovery_device device;
	char bye_id[LIMIT_ID_LEN], bye_address[ADDR_STRLEN];
	const char *message;
} ev;

static void maybe_destroy(const char *where)
{
	if (ev.destroy_in && strcmp(ev.destroy_in, where) == 0) {
		discovery_destroy(ev.d);
		ev.d = NULL;
	}
}

static void on_match(void *data, const struct discovery_device *device)
{
	ev.match++;
	ev.device = *device;
	maybe_destroy("match");
}

static void on_hello(void *data, const struct discovery_device *device)
{
	ev.hello++;
	ev.device = *device;
	maybe_destroy("hello");
}

static void on_bye(void *data, const char *id, const char *address)
{
	ev.bye++;
	str_copy(str_from(id), ev.bye_id, sizeof(ev.bye_id));
	str_copy(str_from(address), ev.bye_address, sizeof(ev.bye_address));
	maybe_destroy("bye");
}

static void on_changed(void *data)
{
	ev.changed++;
	maybe_destroy("changed");
}

static void on_error(void *data, const char *message)
{
	ev.error++;
	ev.message = message;
	maybe_destroy("error");
}

static void on_flood(void *data, uint64_t dropped, uint32_t seconds)
{
	ev.flood++;
	ev.dropped = dropped;
	check(seconds > 0);
	maybe_destroy("flood");
}

static uint32_t known(void *data, struct sockaddr_storage *address, uint32_t max)
{
	check_int(max, LIMIT_CAMERAS_MAX);
	check_int(addr_parse(STR_LIT("127.0.0.7"), 0, address), 0);
	return 1;
}

static const struct discovery_events events = {
	DISCOVERY_VERSION_EVENTS,
	.match = on_match, .hello = on_hello, .bye = on_bye,
	.network_changed = on_changed, .error = on_error,
	.flood = on_flood, .known = known,
};

/* the camera: what it heard, and sockets to speak with */
static struct camera {
	struct spa_loop_utils *loop;
	struct spa_source *source[2];
	int fd[2];
	int n_nvt, n_device;
	int probes[2];
	char message_id[2][64];
	char last[LIMIT_DATAGRAM_LEN];
	struct sockaddr_storage from;
} cam;

static void on_probe(void *data, int fd, uint32_t mask)
{
	ssize_t n = mcast_recv(fd, cam.last, sizeof(cam.last) - 1, &cam.from);
	char *id;
	int type;

	if (n < 0)
		return;
	cam.last[n] = '\0';
	if (!strstr(cam.last, "<d:Probe>"))
		return;
	check(n < 1400);
	check(!strchr(cam.last, '\n') && !strstr(cam.last, "<?"));
	type = strstr(cam.last, "tds:Device<") != NULL;
	check(type == (strstr(cam.last, "dn:Net") == NULL));
	id = strstr(cam.last, "<a:MessageID>");
	check(id != NULL);
	str_copy(str_make(id + 13, 45), cam.message_id[type], sizeof(cam.message_id[type]));
	cam.probes[fd == cam.fd[1]]++;
	if (type)
		cam.n_device++;
	else
		cam.n_nvt++;
}

static void set_lo(bool up)
{
	struct ifreq ifr = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	check(ioctl(fd, SIOCGIFFLAGS, &ifr) == 0);
	if (up)
		ifr.ifr_flags |= IFF_UP;
	else
		ifr.ifr_flags &= ~IFF_UP;
	check(ioctl(fd, SIOCSIFFLAGS, &ifr) == 0);
	close(fd);
}

static void listen_as_camera(int i, const char *group)
{
	cam.fd[i] = mcast_open_receiver(group, WSD_PORT, where_index);
	check(cam.fd[i] >= 0);
	cam.source[i] = spa_loop_utils_add_io(cam.loop, cam.fd[i], SPA_IO_IN, true, on_probe, NULL);
}

static void start_camera(void)
{
	memset(&ev, 0, sizeof(ev));
	memset(&cam, 0, sizeof(cam));
	if (own_namespace)
		set_lo(true);
	cam.loop = real_loop_new();
	listen_as_camera(0, WSD_GROUP_IPV4);
	listen_as_camera(1, WSD_GROUP_IPV6);
}

static void start(const char *interfaces)
{
	start_camera();
	ev.d = discovery_new(cam.loop, &(struct discovery_params) { interfaces, 60000 }, &events, NULL);
	check(ev.d != NULL);
	check_int(ev.error, 0);
}

static void stop(void)
{
	discovery_destroy(ev.d);
	spa_loop_utils_destroy_source(cam.loop, cam.source[0]);
	spa_loop_utils_destroy_source(cam.loop, cam.source[1]);
	real_loop_destroy();
}

static void say_from(const char *from, const struct sockaddr_storage *to, const char *text, size_t len)
{
	int fd = socket(to->ss_family, SOCK_DGRAM, 0);
	struct sockaddr_storage ss;

	if (from != NULL) {
		check_int(addr_parse(str_from(from), 0, &ss), 0);
		check_int(bind(fd, (struct sockaddr *)&ss, sizeof(struct sockaddr_in)), 0);
	}
	check(sendto(fd, text, len, 0, (const struct sockaddr *)to, sizeof(*to)) == (ssize_t)len ||
			to->ss_family == AF_INET6);
	close(fd);
}

static void say(const struct sockaddr_storage *to, const char *text, size_t len)
{
	say_from(NULL, to, text, len);
}

#define ENVELOPE "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" " \
	"xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\" " \
	"xmlns:d=\"http://schemas.xmlsoap.org/ws/2005/04/discovery\" " \
	"xmlns:dn=\"http://www.onvif.org/ver10/network/wsdl\">"
#define TARGET(id) "<a:EndpointReference><a:Address>" id "</a:Address></a:EndpointReference>" \
	"<d:Types>dn:NetworkVideoTransmitter</d:Types>" \
	"<d:Scopes>onvif://www.onvif.org/name/Front%20Door onvif://www.onvif.org/hardware/H1</d:Scopes>" \
	"<d:XAddrs>http://10.9.9.9:8080/onvif/device_service</d:XAddrs><d:MetadataVersion>3</d:MetadataVersion>"

static void say_match_from(const char *from, const char *relates_to, const char *target)
{
	struct buf b;

	buf_init(&b, LIMIT_DATAGRAM_LEN);
	buf_add_str(&b, ENVELOPE "<s:Header><a:RelatesTo>");
	buf_add_str(&b, relates_to);
	buf_add_str(&b, "</a:RelatesTo></s:Header><s:Body><d:ProbeMatches><d:ProbeMatch>");
	buf_add_str(&b, target);
	buf_add_str(&b, "</d:ProbeMatch></d:ProbeMatches></s:Body></s:Envelope>");
	say_from(from, &cam.from, b.data, b.len);
	buf_clear(&b);
}

static void say_match(const char *relates_to, const char *target)
{
	say_match_from(NULL, relates_to, target);
}

#define UNSOLICITED(what) ENVELOPE "<s:Body><d:" what ">" TARGET("urn:uuid:h") "</d:" what "></s:Body></s:Envelope>"

static void say_to_group(const char *text)
{
	int fd = mcast_open_sender(AF_INET, LO);

	check_int(mcast_send(fd, WSD_GROUP_IPV4, WSD_PORT, LO, text, strlen(text)), 0);
	close(fd);
}

static struct discovery_counters counters(void)
{
	struct discovery_counters c;

	discovery_get_counters(ev.d, &c);
	return c;
}

static void test_probes(void)
{
	char first[2][64];

	start("lo");
	check(real_loop_until(&cam.n_device, 1, 1000));
	check_int(cam.n_nvt, 1);
	check_int(cam.probes[0], 2);
	check_int(counters().probes, 2);
	memcpy(first, cam.message_id, sizeof(first));
	check(strcmp(first[0], first[1]) != 0);
	/* the repeat carries the same ids */
	check(real_loop_until(&cam.n_device, 2, 1000));
	check_int(cam.n_nvt, 2);
	check(memcmp(first, cam.message_id, sizeof(first)) == 0);
	real_loop_run(300);
	check_int(cam.n_device, 2);
	/* another round, a second after the first, however often it is asked for */
	discovery_probe(ev.d);
	discovery_probe(ev.d);
	check(real_loop_until(&cam.n_device, 4, 2000));
	check(memcmp(first, cam.message_id, sizeof(first)) != 0);
	real_loop_run(300);
	check_int(cam.n_device, 4);
	check_int(ev.error, 0);
	stop();
}

static void test_match(void)
{
	start("eth77, lo");
	check(real_loop_until(&cam.n_device, 1, 1000));
	say_match(cam.message_id[1], TARGET("urn:uuid:a"));
	check(real_loop_until(&ev.match, 1, 1000));
	check_str(ev.device.id, "urn:uuid:a");
	check_str(ev.device.address, "127.0.0.1");
	check_str(ev.device.xaddr, "http://127.0.0.1:8080/onvif/device_service");
	check_str(ev.device.name, "Front Door");
	check_str(ev.device.hardware, "H1");
	check_str(ev.device.location, "");
	check_int(ev.device.metadata_version, 3);
	check(ev.device.is_nvt);

	/* the other socket's copy */
	say_match(cam.message_id[0], TARGET("urn:uuid:a"));
	real_loop_run(50);
	check_int(ev.match, 1);
	say_match(cam.message_id[0], TARGET("urn:uuid:b"));
	check(real_loop_until(&ev.match, 2, 1000));
	stop();
}

static void test_dropped(void)
{
	struct discovery_counters before;

	start("lo");
	check(real_loop_until(&cam.n_device, 2, 1000));
	real_loop_run(50);
	/* our own probes came back to us */
	before = counters();
	say_match("urn:uuid:00000000-0000-4000-8000-000000000000", TARGET("urn:uuid:a"));
	say_match("", TARGET("urn:uuid:a"));
	say(&cam.from, UNSOLICITED("Hello"), sizeof(UNSOLICITED("Hello")) - 1);
	real_loop_run(50);
	check_int(counters().dropped_unrelated - before.dropped_unrelated, 3);

	say(&cam.from, "junk", 4);
	say(&cam.from, "", 0);
	say_match(cam.message_id[0], "<a:EndpointReference/>");
	say_match(cam.message_id[0], TARGET("urn:\xe2\x80\xae" "evil"));
	memset(cam.last, ' ', sizeof(cam.last));
	say(&cam.from, cam.last, sizeof(cam.last));
	real_loop_run(50);
	check_int(counters().dropped_malformed, 5);
	check_int(counters().datagrams - before.datagrams, 8);
	check_int(ev.match + ev.hello, 0);
	stop();
}

static void test_too_long(void)
{
	char big[LIMIT_DATAGRAM_LEN + 1];

	memset(big, ' ', sizeof(big));
	start("lo");
	check(real_loop_until(&cam.n_device, 2, 1000));
	say(&cam.from, big, sizeof(big));
	real_loop_run(50);
	check_int(counters().dropped_malformed, 1);
	stop();
}

static void test_hello_bye(void)
{
	start("lo");
	check(real_loop_until(&cam.n_device, 1, 1000));
	say_to_group(UNSOLICITED("Hello"));
	check(real_loop_until(&ev.hello, 1, 1000));
	check_str(ev.device.id, "urn:uuid:h");
	check_str(ev.device.address, "127.0.0.1");
	say_to_group(UNSOLICITED("Bye"));
	check(real_loop_until(&ev.bye, 1, 1000));
	check_str(ev.bye_id, "urn:uuid:h");
	check_str(ev.bye_address, "127.0.0.1");
	/* our own probes came back to us on 3702 */
	check(counters().dropped_unrelated >= 2);
	stop();
}

/* as fast as they are read, each from another address, or all from one */
static void flood(const char *from)
{
	char address[ADDR_STRLEN];

	for (int i = 0; i < 600; i++) {
		snprintf(address, sizeof(address), "127.1.%d.%d", i / 200, i % 200 + 1);
		say_from(from ? from : address, &cam.from, "junk", 4);
		if (i % 40 == 0)
			real_loop_run(15);
	}
	real_loop_run(100);
}

static void test_flood_from_one(void)
{
	struct discovery_counters c;

	start("lo");
	check(real_loop_until(&cam.n_device, 2, 1000));
	real_loop_run(100);
	flood("127.0.0.66");
	c = counters();
	check(c.dropped_malformed >= LIMIT_DATAGRAMS_PER_SOURCE);
	check(c.dropped_malformed < 2 * LIMIT_DATAGRAMS_PER_SOURCE);
	check(c.dropped_malformed + c.dropped_rate + c.dropped_unrelated == c.datagrams);
	/* nobody else is concerned */
	say_match(cam.message_id[0], TARGET("urn:uuid:a"));
	check(real_loop_until(&ev.match, 1, 1000));
	stop();
}

static void test_flood_from_many(void)
{
	struct discovery_counters c;

	start("lo");
	check(real_loop_until(&cam.n_device, 2, 1000));
	real_loop_run(100);
	flood(NULL);
	c = counters();
	check(c.dropped_malformed >= 140);
	check(c.dropped_malformed < 2 * LIMIT_DATAGRAMS_PER_S);
	check(c.dropped_rate > 200);
	check(c.dropped_malformed + c.dropped_rate + c.dropped_unrelated == c.datagrams);
	/* who is known is heard in the middle of it */
	say_match_from("127.0.0.7", cam.message_id[0], TARGET("urn:uuid:known"));
	check(real_loop_until(&ev.match, 1, 100));
	check_str(ev.device.address, "127.0.0.7");
	/* it is told once, and how much it was */
	check(real_loop_until(&ev.flood, 1, 3000));
	check_int(ev.dropped, c.dropped_rate);
	/* and back to normal */
	say_match(cam.message_id[0], TARGET("urn:uuid:a"));
	check(real_loop_until(&ev.match, 2, 1000));
	real_loop_run(100);
	check_int(ev.flood, 1);
	stop();
}

/* more than are read in one turn: the rest follows */
static void test_burst(void)
{
	start("lo");
	check(real_loop_until(&cam.n_device, 2, 1000));
	real_loop_run(100);
	for (int i = 0; i < 100; i++) {
		char address[ADDR_STRLEN];

		snprintf(address, sizeof(address), "127.1.0.%d", i + 1);
		say_match_from(address, cam.message_id[0], TARGET("urn:uuid:a"));
	}
	check(real_loop_until(&ev.match, 100, 1000));
	check_int(counters().dropped_rate, 0);
	stop();
}

/* each probe makes every device on the network answer */
static void test_asked_for_too_often(void)
{
	start("lo");
	for (int i = 0; i < 50; i++) {
		discovery_probe(ev.d);
		real_loop_run(100);
	}
	/* the first round, two more, each twice; the next one waits */
	check_int(cam.n_nvt, 6);
	check_int(cam.n_device, 6);
	stop();
}

static void test_interface_lost_and_found(void)
{
	if (!own_namespace)
		test_skip("needs a network namespace");
	start("lo");
	check(real_loop_until(&cam.n_device, 2, 1000));
	set_lo(false);
	check(real_loop_until(&ev.error, 1, 3000));
	check_int(ev.changed, 1);
	check_contains(ev.message, "onvif.interfaces");
	set_lo(true);
	/* what was joined is joined no more on some kernels: only our own sending counts */
	check(real_loop_until(&ev.error, 2, 3000));
	check(ev.message == NULL);
	check(ev.changed >= 2);
	real_loop_run(300);
	check(counters().probes > 4);
	stop();
}

/* a new interface, both families; its IPv6 address comes seconds after the interface */
static void test_new_interface(void)
{
	if (!own_namespace || system("ip link add on0 type veth peer name on1 >/dev/null 2>&1") != 0)
		test_skip("needs a network namespace, ip and veth");
	start(NULL);
	check(real_loop_until(&ev.error, 1, 1000));
	check_contains(ev.message, "no network");
	check(system("ip addr add 198.51.100.1/24 dev on0; ip link set on1 up; ip link set on0 up") == 0);
	check(real_loop_until(&ev.changed, 1, 3000));
	check(real_loop_until(&ev.error, 2, 3000));
	check(ev.message == NULL);

	spa_loop_utils_destroy_source(cam.loop, cam.source[1]);
	where_index = if_nametoindex("on0");
	listen_as_camera(1, WSD_GROUP_IPV6);
	where_index = LO;
	if (!real_loop_until(&cam.probes[1], 2, 6000)) {
		check(system("ip link del on0") == 0);
		stop();
		test_skip("no IPv6 here");
	}
	check_int(cam.from.ss_family, AF_INET6);
	/* the camera's own address may not be ready yet */
	for (int i = 0; i < 50 && ev.match == 0; i++) {
		say_match(cam.message_id[1], TARGET("urn:uuid:six"));
		real_loop_until(&ev.match, 1, 100);
	}
	check_int(ev.match, 1);
	check_contains(ev.device.address, "fe80::");
	check_contains(ev.device.address, "%on");
	check_contains(ev.device.xaddr, "http://[fe80::");
	check(strchr(ev.device.xaddr, '%') == NULL);
	check(system("ip link del on0") == 0);
	stop();
}

static void test_no_interface(void)
{
	start("nosuch0");
	check(real_loop_until(&ev.error, 1, 1000));
	check_contains(ev.message, "onvif.interfaces");
	real_loop_run(50);
	check_int(ev.error, 1);
	stop();
	if (!own_namespace)
		return;
	start(NULL);
	check(real_loop_until(&ev.error, 1, 1000));
	check_contains(ev.message, "no network");
	stop();
}

static void test_destroy_in_events(void)
{
	static const char *const events_[] = { "match", "hello", "bye", "error", "changed" };

	for (size_t i = 0; i < SPA_N_ELEMENTS(events_); i++) {
		bool down = i >= 3;

		if (down && !own_namespace)
			break;
		start("lo");
		ev.destroy_in = events_[i];
		check(real_loop_until(&cam.n_device, 1, 1000));
		if (down) {
			set_lo(false);
		} else {
			say_match(cam.message_id[0], TARGET("urn:uuid:a") "</d:ProbeMatch><d:ProbeMatch>" TARGET("urn:uuid:b"));
			say_to_group(UNSOLICITED("Hello"));
			say_to_group(UNSOLICITED("Bye"));
		}
		real_loop_run(down ? 1200 : 100);
		check(ev.d == NULL);
		stop();
	}
	/* before its first turn */
	start("lo");
	stop();
	discovery_destroy(NULL);
}

/* What found no memory is missing until the next round; the rest works, and all of it once
 * there is memory. */
static void run_without_memory(void *data)
{
	start_camera();
	oom_start();
	ev.d = discovery_new(cam.loop, &(struct discovery_params) { "lo", 60000 }, &events, NULL);
	check(ev.d != NULL || (oom_failed() && errno == ENOMEM));
	if (ev.d && real_loop_until(&cam.n_nvt, 1, 100)) {
		oom_pause();
		say_match(cam.message_id[0], TARGET("urn:uuid:a"));
		oom_resume();
		real_loop_until(&ev.match, 1, 100);
		oom_stop();
		check(ev.match == 1 || oom_failed());
		say_match(cam.message_id[0], TARGET("urn:uuid:b"));
		check(real_loop_until(&ev.match, ev.match + 1, 1000));
		check_str(ev.device.id, "urn:uuid:b");
	}
	oom_stop();
	stop();
}

static void test_memory(void)
{
	if (!own_namespace)
		test_skip("needs a network namespace of its own");
	check(oom_sweep(OOM_FROM_THERE, run_without_memory, NULL) > 10);
	check(oom_sweep(OOM_ONCE, run_without_memory, NULL) > 10);
}

static const struct test tests[] = {
	{ "probes", test_probes },
	{ "match", test_match },
	{ "dropped", test_dropped },
	{ "too long", test_too_long },
	{ "hello and bye", test_hello_bye },
	{ "flood from one", test_flood_from_one },
	{ "flood from many", test_flood_from_many },
	{ "burst", test_burst },
	{ "asked for too often", test_asked_for_too_often },
	{ "interface lost and found", test_interface_lost_and_found },
	{ "no interface", test_no_interface },
	{ "new interface", test_new_interface },
	{ "destroy in every event", test_destroy_in_events },
	{ "without memory", test_memory },
};

static bool enter_namespace(void)
{
	uid_t uid = getuid();
	FILE *f;

	if (unshare(CLONE_NEWNET) == 0)
		return true;
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
		return false;
	/* without a map the capabilities end at exec() */
	if ((f = fopen("/proc/self/uid_map", "w")) != NULL) {
		fprintf(f, "0 %u 1", uid);
		fclose(f);
	}
	return true;
}

int main(int argc, char **argv)
{
	own_namespace = enter_namespace();
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
