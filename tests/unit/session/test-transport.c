/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include <spa/utils/defs.h>

#include "module/rtp/rtp.h"
#include "module/util/clock.h"
#include "tests/lib/test.h"
#include "tests/unit/session/camera.h"

#define KEY	"sha256//AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="
#define KEY2	"sha256//AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI="

static struct cam cam;

static void start(struct cam *c)
{
	cam_start(c);
	cam_claim(c, true);
}

/* what came by UDP is whole, and nothing came the other way */
static void check_udp(struct cam *c)
{
	struct rtp_header h, first;
	uint32_t n = 0, rtcp = 0;

	for (uint32_t i = 0; i < c->n_frames; i++) {
		check(c->frames[i].udp);
		rtcp += c->frames[i].channel;
		if (c->frames[i].channel)
			continue;
		check_int(rtp_header_parse(c->frames[i].data, c->frames[i].len, &h), RTP_HEADER_LEN);
		if (n == 0)
			first = h;
		check_int(h.ssrc, 0x1234abcd);
		check_int((uint16_t)(h.seq - first.seq), n);
		n++;
	}
	check(n > 20);
	/* the first report at once: it opens the way for the camera's */
	check(rtcp >= 1);
}

static void test_tcp_then_udp(void)
{
	struct cam *c = &cam;

	cam_init(c);
	c->no_tcp = true;
	start(c);
	cam_run_to(c, FSM_STREAMING, 1000);
	cam_run(c, 500);
	check_str(c->requests, "OPTIONS DESCRIBE SETUP SETUP PLAY");
	check_str(c->status.transport, "udp");
	check_int(fake_net_count(c->net), 1);
	/* where it sends from is no place to send to */
	check_str(fake_net_udp_address(c->net), CAM_ADDRESS);
	check_int(fake_net_udp_peer(c->net, false), 6970);
	check_int(fake_net_udp_peer(c->net, true), 6971);
	check_udp(c);

	/* next time at once */
	cam_forget(c);
	fake_net_close(c->net, 0);
	cam_run_to(c, FSM_BACKOFF, 100);
	check_int(fake_net_n_udp(c->net), 0);
	cam_run_to(c, FSM_STREAMING, 1000);
	check_str(c->requests, "DESCRIBE SETUP PLAY");
	cam_claim(c, false);
	cam_run_to(c, FSM_IDLE, 5000);
	check_int(fake_net_n_udp(c->net), 0);
	check_str(c->status.error, "");
	cam_end(c);
}

static void test_udp_then_tcp(void)
{
	struct cam *c = &cam;

	cam_init(c);
	c->params.learned = SESSION_TRANSPORT_UDP;
	c->no_udp = true;
	start(c);
	cam_run_to(c, FSM_STREAMING, 1000);
	check_str(c->requests, "OPTIONS DESCRIBE SETUP SETUP PLAY");
	check_str(c->status.transport, "tcp");
	check_int(fake_net_n_udp(c->net), 0);
	check(c->n_frames > 10 && !c->frames[5].udp);
	cam_end(c);
}

/* what the user says is what is done, or said */
static void test_explicit(void)
{
	static const struct {
		enum session_transport transport;
		const char *error;
	} rows[] = {
		{ SESSION_TRANSPORT_UDP, "The camera refuses RTP over UDP (461): set rtsp.transport = auto" },
		{ SESSION_TRANSPORT_TCP, "The camera refuses RTP over the RTSP connection (461): "
			"set rtsp.transport = auto" },
	};
	struct cam *c = &cam;

	for (uint32_t i = 0; i < SPA_N_ELEMENTS(rows); i++) {
		cam_init(c);
		c->params.transport = rows[i].transport;
		c->no_udp = c->no_tcp = true;
		start(c);
		cam_run(c, 100);
		check_str(c->requests, "OPTIONS DESCRIBE SETUP");
		check_int(c->status.public_state, SESSION_REJECTED);
		check_str(c->status.error, rows[i].error);
		/* another setting is tried */
		c->no_udp = c->no_tcp = false;
		c->params.transport = SESSION_TRANSPORT_AUTO;
		check_int(session_update(c->session, &c->params), 0);
		cam_run_to(c, FSM_STREAMING, 1000);
		cam_end(c);
	}
}

/* smolrtsp names no port */
static void test_no_server_port(void)
{
	static const uint8_t report[8] = { 0x80, 201, 0, 1, 0, 0, 0, 9 };
	struct cam *c = &cam;

	cam_init(c);
	c->no_tcp = c->no_server_port = true;
	start(c);
	cam_run(c, 1000);
	check_int(c->status.state, FSM_STREAMING);
	check_int(c->n_frames, 0);
	fake_net_udp_say(c->net, false, report, sizeof(report));
	fake_net_udp_say(c->net, true, report, sizeof(report));
	cam_run(c, 6000);
	check_int(c->status.state, FSM_STREAMING);
	check_udp(c);
	cam_end(c);

	/* nor sends anything */
	cam_init(c);
	c->no_tcp = c->no_server_port = true;
	start(c);
	cam_run(c, 6000);
	check_int(c->status.public_state, SESSION_REJECTED);
	check_contains(c->status.error, "names no UDP port");
	check_contains(c->requests, "TEARDOWN");
	cam_end(c);

	/* but takes TCP */
	cam_init(c);
	c->no_server_port = true;
	c->params.learned = SESSION_TRANSPORT_UDP;
	start(c);
	cam_run_to(c, FSM_STREAMING, 1000);
	check_str(c->requests, "OPTIONS DESCRIBE SETUP TEARDOWN DESCRIBE SETUP PLAY");
	check_str(c->status.transport, "tcp");
	cam_end(c);
}

static void test_udp_refused_by_icmp(void)
{
	struct cam *c = &cam;

	cam_init(c);
	c->params.learned = SESSION_TRANSPORT_UDP;
	start(c);
	cam_run_to(c, FSM_STREAMING, 1000);
	check_str(c->status.transport, "udp");
	/* one is forgiven */
	fake_net_udp_fail(c->net, -ECONNREFUSED);
	cam_run(c, 100);
	check_int(c->status.state, FSM_STREAMING);
	fake_net_udp_fail(c->net, -ECONNREFUSED);
	fake_net_udp_fail(c->net, -ECONNREFUSED);
	cam_run_to(c, FSM_STREAMING, 1000);
	cam_run(c, 500);
	check_str(c->status.transport, "tcp");
	check_contains(c->requests, "PLAY TEARDOWN DESCRIBE SETUP PLAY");
	cam_end(c);

	cam_init(c);
	c->params.transport = SESSION_TRANSPORT_UDP;
	start(c);
	cam_run_to(c, FSM_STREAMING, 1000);
	for (uint32_t i = 0; i < 3; i++)
		fake_net_udp_fail(c->net, -ECONNREFUSED);
	cam_run(c, 10);
	check_int(c->status.state, FSM_BACKOFF);
	check_contains(c->status.error, "does not listen on the UDP port");
	cam_end(c);

	/* no sockets to be had */
	cam_init(c);
	c->params.transport = SESSION_TRANSPORT_UDP;
	fake_net_set_udp_error(c->net, -EMFILE);
	start(c);
	cam_run(c, 10);
	check_int(c->status.state, FSM_BACKOFF);
	check_contains(c->status.error, "UDP sockets");
	cam_end(c);
}

/* asked for one, answers with the other */
static void test_other_than_asked(void)
{
	struct cam *c = &cam;

	cam_init(c);
	c->answer[CAM_SETUP] = "RTSP/1.0 200 OK\r\nSession: 5e55107\r\n"
		"Transport: RTP/AVP;unicast;client_port=50000-50001;server_port=6970-6971;"
		"ssrc=1234ABCD\r\n\r\n";
	start(c);
	cam_run_to(c, FSM_STREAMING, 1000);
	check_str(c->requests, "OPTIONS DESCRIBE SETUP TEARDOWN DESCRIBE SETUP PLAY");
	check_str(c->status.transport, "udp");
	cam_end(c);

	cam_init(c);
	c->params.transport = SESSION_TRANSPORT_UDP;
	c->answer[CAM_SETUP] = "RTSP/1.0 200 OK\r\nSession: 5e55107\r\n"
		"Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n";
	start(c);
	cam_run(c, 100);
	check_int(c->status.public_state, SESSION_REJECTED);
	check_contains(c->status.error, "RTP over TCP, which was not asked for");
	check_contains(c->requests, "SETUP TEARDOWN");
	cam_end(c);
}

/* trust on first use */
static void test_tls(void)
{
	struct cam *c = &cam;

	cam_init(c);
	c->params.transport = SESSION_TRANSPORT_TLS;
	c->params.tls = NET_TLS_PIN;
	fake_net_set_auto(c->net, 1);
	fake_net_set_message(c->net, KEY);
	cam_start(c);
	session_claim(c->session, true);
	vloop_flush(c->loop);
	check_int(fake_net_target(c->net)->port, 322);
	check_int(fake_net_target(c->net)->security, NET_TLS_PIN);
	check(fake_net_target(c->net)->pin == NULL);
	fake_net_refuse(c->net, -ENOKEY);
	vloop_flush(c->loop);
	check_int(fake_net_count(c->net), 2);
	check_str(fake_net_target(c->net)->pin, KEY);
	fake_net_accept(c->net);
	cam_run(c, 0);
	check_int(c->status.state, FSM_PREROLL);
	check_str(c->status.tls_pin, KEY);
	check_str(c->status.transport, "tls");
	check_contains(c->last[0] ? c->last : "PLAY rtsps://", "rtsps://");

	/* told about it: nothing new */
	c->params.tls_pin = KEY;
	check_int(session_update(c->session, &c->params), 0);
	cam_run_to(c, FSM_STREAMING, 1000);
	check_int(fake_net_count(c->net), 2);

	/* another key */
	fake_net_set_auto(c->net, -EKEYREJECTED);
	fake_net_set_message(c->net, KEY2);
	fake_net_close(c->net, 0);
	cam_run(c, 2000);
	check_int(c->status.public_state, SESSION_REJECTED);
	check_contains(c->status.error, "is not the one that it had before");
	check_contains(c->status.error, "tls.pin = \"" KEY2 "\"");
	check_int(fake_net_count(c->net), 3);
	/* not tried again and again, nor without TLS */
	cam_run(c, 3600000);
	check_int(fake_net_count(c->net), 3);
	/* until the user says that it is right */
	c->params.tls_pin = KEY2;
	fake_net_set_auto(c->net, 0);
	check_int(session_update(c->session, &c->params), 0);
	cam_run_to(c, FSM_STREAMING, 1000);
	check_str(fake_net_target(c->net)->pin, KEY2);
	cam_end(c);
}

/* where the camera offers it */
static void test_tls_offered(void)
{
	struct cam *c = &cam;

	cam_init(c);
	c->params.uri_tls = "rtsps://192.0.2.20:8322/stream";
	c->params.tls = NET_TLS_PIN;
	c->params.tls_pin = KEY;
	start(c);
	cam_run_to(c, FSM_STREAMING, 1000);
	check_int(fake_net_target(c->net)->port, 8322);
	check_int(fake_net_target(c->net)->security, NET_TLS_PIN);
	check_str(c->status.transport, "tls");
	/* once it worked nobody talks us out of it */
	fake_net_set_auto(c->net, -ECONNREFUSED);
	fake_net_close(c->net, 0);
	cam_run(c, 60000);
	check_int(fake_net_target(c->net)->port, 8322);
	check_int(c->status.public_state, SESSION_OFFLINE);
	fake_net_set_auto(c->net, 0);
	cam_run_to(c, FSM_STREAMING, 61000);
	check_str(c->status.transport, "tls");
	cam_end(c);

	/* it is only said: nobody listens there */
	cam_init(c);
	c->params.uri_tls = "rtsps://192.0.2.20:8322/stream";
	c->params.tls = NET_TLS_PIN;
	fake_net_set_auto(c->net, 1);
	start(c);
	vloop_flush(c->loop);
	check_int(fake_net_target(c->net)->port, 8322);
	fake_net_refuse(c->net, -ECONNREFUSED);
	vloop_flush(c->loop);
	check_int(fake_net_count(c->net), 2);
	check_int(fake_net_target(c->net)->port, 554);
	check_int(fake_net_target(c->net)->security, NET_PLAIN);
	fake_net_accept(c->net);
	cam_run_to(c, FSM_STREAMING, 1000);
	check_str(c->status.transport, "tcp");
	check_str(c->states, "connecting streaming");
	cam_end(c);
}

static void test_tls_ca(void)
{
	struct cam *c = &cam;

	cam_init(c);
	c->params.uri = "rtsps://camera.example/stream";
	c->params.tls = NET_TLS_CA;
	fake_net_set_auto(c->net, -EKEYREJECTED);
	fake_net_set_message(c->net, "self-signed certificate");
	start(c);
	cam_run(c, 100);
	check_int(fake_net_target(c->net)->security, NET_TLS_CA);
	check_str(fake_net_target(c->net)->host, "camera.example");
	check_contains(c->status.error, "Nobody vouches");
	check_contains(c->status.error, "tls.verify = pin");
	cam_end(c);
}

/* GET, then POST; at the web server's port, then at the RTSP port */
static void test_http(void)
{
	static const char ok[] = "HTTP/1.0 200 OK\r\nContent-Type: application/x-rtsp-tunnelled\r\n\r\n";
	struct cam *c = &cam;
	const char *body;

	cam_init(c);
	c->params.transport = SESSION_TRANSPORT_HTTP;
	fake_net_set_auto(c->net, 1);
	start(c);
	vloop_flush(c->loop);
	check_int(fake_net_target(c->net)->port, 80);
	fake_net_refuse(c->net, -ECONNREFUSED);
	vloop_flush(c->loop);
	check_int(fake_net_count(c->net), 2);
	check_int(fake_net_target(c->net)->port, 554);
	fake_net_accept(c->net);
	vloop_flush(c->loop);
	check(str_has_prefix(fake_net_sent(c->net), STR_LIT("GET /stream HTTP/1.0\r\n")));
	fake_net_say(c->net, ok, sizeof(ok) - 1);
	vloop_flush(c->loop);
	check_int(fake_net_count(c->net), 3);
	fake_net_accept(c->net);
	vloop_flush(c->loop);
	check_int(c->status.state, FSM_OPTIONS);
	check_int(fake_net_n_open(c->net), 2);
	check(str_has_prefix(fake_net_sent(c->net), STR_LIT("POST /stream HTTP/1.0\r\n")));
	body = strstr(fake_net_sent(c->net).p, "\r\n\r\n");
	check(body != NULL);
	/* "OPTIONS rtsp://192.0.2.20/stream RTSP/1.0" */
	check(strncmp(body + 4, "T1BUSU9OUyBydHNwOi8vMTkyLjAuMi4yMC9zdHJlYW0gUlRTUC8xLjAN", 56) == 0);
	cam_end(c);

	/* what the camera names for it */
	cam_init(c);
	c->params.transport = SESSION_TRANSPORT_HTTPS;
	c->params.uri_http = "https://192.0.2.20/onvif?x=1";
	c->params.tls = NET_TLS_NONE;
	fake_net_set_auto(c->net, 1);
	start(c);
	vloop_flush(c->loop);
	check_int(fake_net_target(c->net)->port, 443);
	check_int(fake_net_target(c->net)->security, NET_TLS_NONE);
	fake_net_accept(c->net);
	vloop_flush(c->loop);
	check(str_has_prefix(fake_net_sent(c->net), STR_LIT("GET /onvif?x=1 HTTP/1.0\r\n")));
	/* and there is none */
	fake_net_say(c->net, "HTTP/1.1 404 Not Found\r\n\r\n", 26);
	vloop_flush(c->loop);
	check_int(fake_net_target(c->net)->port, 554);
	fake_net_refuse(c->net, -ECONNREFUSED);
	vloop_flush(c->loop);
	check_int(c->status.state, FSM_BACKOFF);
	check_contains(c->status.error, "the web server answered 404");
	cam_end(c);
}

/* a firewall in front of the RTSP port */
static void test_tunnel_as_the_last_way(void)
{
	struct cam *c = &cam;

	cam_init(c);
	c->params.uri_http = "http://192.0.2.20:8080/stream";
	fake_net_set_auto(c->net, 1);
	start(c);
	vloop_flush(c->loop);
	check_int(fake_net_target(c->net)->port, 554);
	vloop_run(c->loop, 5010);
	check_int(fake_net_count(c->net), 2);
	check_int(fake_net_target(c->net)->port, 8080);
	fake_net_refuse(c->net, -ECONNREFUSED);
	vloop_flush(c->loop);
	check_int(c->status.state, FSM_BACKOFF);
	/* what the usual way led to */
	check_str(c->status.error, "Cannot reach 192.0.2.20: no answer");
	/* the next attempt begins with it again */
	vloop_run(c->loop, 1010);
	check_int(fake_net_target(c->net)->port, 554);
	/* a host that is away is not asked at every port */
	fake_net_refuse(c->net, -EHOSTUNREACH);
	vloop_flush(c->loop);
	check_int(c->status.state, FSM_BACKOFF);
	check_int(fake_net_count(c->net), 3);
	cam_end(c);
}

/* a password that belongs to a key goes to nobody else */
static void test_login_by_tls(void)
{
	struct cam *c = &cam;

	for (uint32_t tls = 0; tls < 2; tls++) {
		cam_init(c);
		c->params.user = "user";
		c->params.password = &c->password;
		c->params.login_by_tls = true;
		c->params.tls = NET_TLS_PIN;
		c->params.tls_pin = KEY;
		c->params.uri_tls = tls ? "rtsps://192.0.2.20/stream" : NULL;
		c->answer[CAM_DESCRIBE] = "RTSP/1.0 401 Unauthorized\r\n"
			"WWW-Authenticate: Digest realm=\"x\", nonce=\"abc\"\r\n\r\n";
		start(c);
		cam_run(c, 100);
		check_int(c->status.public_state, SESSION_LOGIN_REQUIRED);
		check_str(c->requests, tls ? "OPTIONS DESCRIBE DESCRIBE" : "OPTIONS DESCRIBE");
		check_int(fake_net_target(c->net)->port, tls ? 322 : 554);
		check_contains(c->status.error, tls ? "refused the user" : "here is no TLS");
		check_int(c->status.credentials_refused, tls);
		cam_end(c);
	}
}

static void test_redirect(void)
{
	static const struct { const char *location; uint16_t port; } rows[] = {
		{ "rtsp://192.0.2.20:8554/other", 8554 },
		{ "rtsp://192.0.2.20/other", 554 },
		{ "rtsp://203.0.113.1/other", 0 },	/* another host */
		{ "rtsp://192.0.2.20.example/", 0 },
		{ "http://192.0.2.20/", 0 },
		{ "junk", 0 },
	};
	struct cam *c = &cam;
	char answer[256];

	for (uint32_t i = 0; i < SPA_N_ELEMENTS(rows); i++) {
		cam_init(c);
		snprintf(answer, sizeof(answer), "RTSP/1.0 302 Moved\r\nLocation: %s\r\n\r\n",
				rows[i].location);
		c->answer[CAM_DESCRIBE] = answer;
		start(c);
		cam_run(c, 10);
		check_int(fake_net_count(c->net), rows[i].port ? 2 : 1);
		/* once: it leads to itself */
		check_int(c->status.public_state, SESSION_REJECTED);
		check_contains(c->status.error, "redirects");
		check_int(fake_net_target(c->net)->port, rows[i].port ? rows[i].port : 554);
		check_str(fake_net_target(c->net)->host, CAM_ADDRESS);
		cam_end(c);
	}
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{ "TCP refused: UDP", test_tcp_then_udp },
		{ "UDP refused: TCP", test_udp_then_tcp },
		{ "by the user", test_explicit },
		{ "no server_port", test_no_server_port },
		{ "UDP port closed", test_udp_refused_by_icmp },
		{ "other than asked", test_other_than_asked },
		{ "TLS, first use", test_tls },
		{ "TLS, offered", test_tls_offered },
		{ "TLS, by authority", test_tls_ca },
		{ "HTTP", test_http },
		{ "HTTP last", test_tunnel_as_the_last_way },
		{ "a login by TLS", test_login_by_tls },
		{ "redirect", test_redirect },
	};
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
