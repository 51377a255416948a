/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <spa/utils/defs.h>
#include <spa/utils/result.h>
#include <spa/utils/string.h>

#include "module/net/tunnel.h"
#include "module/session/session-impl.h"
#include "module/util/clock.h"
#include "module/util/limits.h"
#include "module/util/uri.h"

/*
 * Which way to the camera. Where the user says nothing: what worked last time, RTSP over
 * TLS where the camera offers it, TCP (crosses NAT and firewalls, and nearly all have it),
 * UDP (the only one that all must have, Streaming 5.1.1), the HTTP tunnel where the camera
 * names a URI for it. A way that led nowhere is followed by the next at once; when all
 * did, that is one failure.
 */

/* some cameras answer 401 to a request without User-Agent (go2rtc#235) */
#define USER_AGENT		"pipewire-onvif"
#define CONNECT_TIMEOUT_MS	5000u
#define RTSP_PORT		554u
#define RTSPS_PORT		322u
/* one may be of a packet that came before the camera listened */
#define UDP_ERRORS		3u
/* a camera that names no port, and sends nothing either, cannot be sent to */
#define UDP_BIND_NS		(UINT64_C(5) * SPA_NSEC_PER_SEC)

/* a tunnel that takes no sound breaks so soon */
#define BREAK_NS		(UINT64_C(2) * SPA_NSEC_PER_SEC)

#define TUNNELS			(SESSION_TRANSPORT_BIT(SESSION_TRANSPORT_HTTP) | SESSION_TRANSPORT_BIT(SESSION_TRANSPORT_HTTPS))
#define ENCRYPTED		(SESSION_TRANSPORT_BIT(SESSION_TRANSPORT_TLS) | SESSION_TRANSPORT_BIT(SESSION_TRANSPORT_HTTPS))

static const char * const names[SESSION_N_TRANSPORTS] = {
	[SESSION_TRANSPORT_AUTO] = "auto", [SESSION_TRANSPORT_TCP] = "tcp",
	[SESSION_TRANSPORT_UDP] = "udp", [SESSION_TRANSPORT_TLS] = "tls",
	[SESSION_TRANSPORT_HTTP] = "http", [SESSION_TRANSPORT_HTTPS] = "https",
};

const char *session_transport_name(enum session_transport transport)
{
	return (uint32_t)transport < SESSION_N_TRANSPORTS ? names[transport] : "?";
}

enum session_transport session_transport_find(const char *name)
{
	for (uint32_t i = 0; i < SESSION_N_TRANSPORTS; i++)
		if (spa_streq(names[i], name))
			return (enum session_transport)i;
	return SESSION_TRANSPORT_AUTO;
}

/* choice */

static bool has_scheme(const char *uri, const char *scheme)
{
	struct uri u;

	return uri && uri_parse(str_from(uri), &u) == 0 && str_ieq(u.scheme, str_from(scheme));
}

static bool is_tunnel(enum session_transport t)
{
	return SESSION_TRANSPORT_BIT(t) & TUNNELS;
}

static enum session_transport last_good(const struct session *s)
{
	return s->learned.transport ? s->learned.transport : s->settings.p.learned;
}

/* \return a set of bits */
static uint32_t candidates(const struct session *s)
{
	const struct session_settings *set = &s->settings;
	uint32_t mask = SESSION_TRANSPORT_BIT(SESSION_TRANSPORT_TCP) | SESSION_TRANSPORT_BIT(SESSION_TRANSPORT_UDP);

	if (set->p.transport != SESSION_TRANSPORT_AUTO)
		return SESSION_TRANSPORT_BIT(set->p.transport);
	if (has_scheme(s->uri, "rtsps"))
		return SESSION_TRANSPORT_BIT(SESSION_TRANSPORT_TLS);
	if (has_scheme(s->uri, "http"))
		return SESSION_TRANSPORT_BIT(SESSION_TRANSPORT_HTTP);
	if (has_scheme(s->uri, "https"))
		return SESSION_TRANSPORT_BIT(SESSION_TRANSPORT_HTTPS);
	if (set->uri_tls)
		mask |= SESSION_TRANSPORT_BIT(SESSION_TRANSPORT_TLS);
	if (set->uri_http)
		mask |= has_scheme(set->uri_http, "https") ?
			SESSION_TRANSPORT_BIT(SESSION_TRANSPORT_HTTPS) : SESSION_TRANSPORT_BIT(SESSION_TRANSPORT_HTTP);
	/* once sound went over TLS nobody talks us out of it */
	if (((set->p.tls != NET_TLS_NONE && SESSION_TRANSPORT_BIT(last_good(s)) & ENCRYPTED) || set->p.login_by_tls) &&
	    mask & ENCRYPTED)
		mask &= ENCRYPTED;
	return mask;
}

/* \return SESSION_TRANSPORT_AUTO when there is none left */
static enum session_transport choose(const struct session *s)
{
	const enum session_transport order[] = {
		last_good(s), SESSION_TRANSPORT_TLS, SESSION_TRANSPORT_TCP, SESSION_TRANSPORT_UDP,
		SESSION_TRANSPORT_HTTP, SESSION_TRANSPORT_HTTPS,
	};
	uint32_t left = candidates(s) & ~s->route.tried;

	for (uint32_t i = 0; i < SPA_N_ELEMENTS(order); i++)
		if (order[i] != SESSION_TRANSPORT_AUTO && left & SESSION_TRANSPORT_BIT(order[i]))
			return order[i];
	return SESSION_TRANSPORT_AUTO;
}

void session_route_reset(struct session *s)
{
	s->route.tried = s->route.refused = 0;
	s->route.rtsp_port = false;
	s->route.redirected = false;
	s->route.redirect[0] = '\0';
	s->route.first_error[0] = s->route.last_error[0] = '\0';
}

static const char *uri_for(const struct session *s, enum session_transport t)
{
	const struct session_settings *set = &s->settings;

	if (s->route.redirect[0])
		return s->route.redirect;
	if (s->route.rtsp_port)
		return s->uri;
	if (t == SESSION_TRANSPORT_TLS && set->uri_tls && !has_scheme(s->uri, "rtsps"))
		return set->uri_tls;
	if (is_tunnel(t) && set->uri_http && !has_scheme(s->uri, "http") && !has_scheme(s->uri, "https"))
		return set->uri_http;
	return s->uri;
}

/* The tunnel belongs to the web server's port (Streaming 5.1.1), but live555's and
 * GStreamer's servers dig it at the RTSP port. */
static bool try_rtsp_port(struct session *s)
{
	if (s->route.rtsp_port || !(has_scheme(s->uri, "rtsp") || has_scheme(s->uri, "rtsps")) ||
	    s->route.tried & SESSION_TRANSPORT_BIT(SESSION_TRANSPORT_TCP))
		return false;
	return s->route.rtsp_port = true;
}

bool session_try_other(struct session *s, enum session_obstacle obstacle)
{
	struct session_route *r = &s->route;
	enum session_transport other;

	if (r->first_error[0] == '\0')
		memcpy(r->first_error, s->status.error, sizeof(r->first_error));
	if (obstacle == SESSION_NO_CONNECTION && is_tunnel(r->transport) && try_rtsp_port(s)) {
		session_clear_error(s);
		return true;
	}
	r->tried |= SESSION_TRANSPORT_BIT(r->transport);
	/* both are set up over the same connection */
	if (obstacle == SESSION_NO_CONNECTION && r->tried & SESSION_TRANSPORT_BIT(SESSION_TRANSPORT_TCP))
		r->tried |= SESSION_TRANSPORT_BIT(SESSION_TRANSPORT_UDP);
	if ((other = choose(s)) == SESSION_TRANSPORT_AUTO) {
		/* where nobody answers, the usual way says most */
		if (obstacle == SESSION_NO_CONNECTION)
			memcpy(s->status.error, r->first_error, sizeof(s->status.error));
		return false;
	}
	session_log(s, SPA_LOG_LEVEL_INFO, "no way by %s: trying %s",
			session_transport_name(r->transport), session_transport_name(other));
	/* who answers nothing there does not object to Require */
	if (obstacle == SESSION_NO_CONNECTION) {
		s->learned.no_require = false;
		s->learned.hangs = 0;
	}
	r->transport = other;
	r->rtsp_port = false;
	/* nobody needs to read of what may well work */
	memcpy(r->last_error, s->status.error, sizeof(r->last_error));
	session_clear_error(s);
	return true;
}

bool session_redirect(struct session *s, struct str location)
{
	struct session_route *r = &s->route;
	struct uri from, to;

	if (r->redirected || uri_parse(str_from(r->uri), &from) < 0 ||
	    uri_parse(str_trim(location), &to) < 0)
		return false;
	/* only the address that answered is dialled, and encryption is not given up */
	if ((!str_ieq(to.host, from.host) && !str_ieq(to.host, str_from(s->host)) &&
	     !str_ieq(to.host, str_from(s->status.address))) || !str_ieq(to.scheme, from.scheme))
		return false;
	to.host = from.host;
	to.is_ipv6 = from.is_ipv6;
	r->redirected = true;
	return uri_format(&to, r->redirect, sizeof(r->redirect)) >= 0;
}

/* connection */

static bool is_http(struct str scheme)
{
	return str_ieq(scheme, STR_LIT("http")) || str_ieq(scheme, STR_LIT("https"));
}

static uint16_t web_port(const struct session *s, const struct uri *u)
{
	const struct session_params *p = &s->settings.p;
	bool encrypted = s->route.transport == SESSION_TRANSPORT_HTTPS;

	if (s->route.rtsp_port || str_ieq(u->scheme, encrypted ? STR_LIT("https") : STR_LIT("http")))
		return uri_port(u);
	if (encrypted)
		return p->https_port ? p->https_port : 443;
	return p->http_port ? p->http_port : 80;
}

static uint16_t port_for(const struct session *s, const struct uri *u)
{
	if (is_tunnel(s->route.transport))
		return web_port(s, u);
	/* rtsp:// with rtsp.transport = tls: an unusual port is meant for it */
	if (s->route.transport == SESSION_TRANSPORT_TLS && str_ieq(u->scheme, STR_LIT("rtsp")) &&
	    (u->port == 0 || u->port == RTSP_PORT))
		return RTSPS_PORT;
	return uri_port(u);
}

static const char *pin_of(const struct session *s)
{
	if (s->settings.tls_pin)
		return s->settings.tls_pin;
	return s->status.tls_pin[0] ? s->status.tls_pin : NULL;
}

/* What is dialled, and s->route.uri, which requests name. */
static int make_target(struct session *s, struct net_target *target, struct uri *u)
{
	const struct session_settings *set = &s->settings;
	enum session_transport t = s->route.transport;
	bool encrypted = SESSION_TRANSPORT_BIT(t) & ENCRYPTED;
	struct uri named;
	struct str host;
	int res;

	s->host[0] = '\0';
	if ((res = uri_parse(str_from(uri_for(s, t)), u)) < 0)
		return res;
	host = set->address && set->address[0] ? str_from(set->address) : u->host;
	if ((res = str_copy(host, s->host, sizeof(s->host))) < 0)
		return res;
	*target = (struct net_target) {
		.host = s->host,
		.port = port_for(s, u),
		.security = encrypted ? set->p.tls : NET_PLAIN,
		.pin = encrypted && set->p.tls == NET_TLS_PIN ? pin_of(s) : NULL,
		.connect_timeout_ms = CONNECT_TIMEOUT_MS,
	};
	named = *u;
	if (is_http(u->scheme))
		named.port = target->port;
	else if (t == SESSION_TRANSPORT_TLS && str_ieq(u->scheme, STR_LIT("rtsp")))
		named.port = target->port == RTSPS_PORT ? 0 : target->port;
	named.scheme = t == SESSION_TRANSPORT_TLS ? STR_LIT("rtsps") : STR_LIT("rtsp");
	return uri_format(&named, s->route.uri, sizeof(s->route.uri));
}

static bool may_use_basic(const struct session *s)
{
	return s->settings.p.allow_basic ||
		(SESSION_TRANSPORT_BIT(s->route.transport) & ENCRYPTED && s->settings.p.tls != NET_TLS_NONE);
}

static int start_client(struct session *s)
{
	const struct session_settings *set = &s->settings;
	char path[LIMIT_URI_LEN + 1];
	struct net_tunnel_target tunnel = { .path = path, .user_agent = USER_AGENT,
		.frames_by_get = s->learned.frames_by_get };
	struct rtsp_client_params params = {
		.net = s->env.net,
		.user_agent = USER_AGENT,
		.password = &set->password,
		.allow_basic = may_use_basic(s),
		.nonce_per_uri = s->learned.nonce_per_uri,
		.trace = s->env.trace,
		.trace_data = s->env.log_data,
	};
	struct uri u;
	int res;

	if (!set->p.login_by_tls || SESSION_TRANSPORT_BIT(s->route.transport) & ENCRYPTED)
		params.user = set->user;

	if ((res = make_target(s, &params.target, &u)) < 0 ||
	    (res = str_copy(u.path.len > 0 ? u.path : STR_LIT("/"), path, sizeof(path))) < 0)
		return res;
	if (is_tunnel(s->route.transport)) {
		tunnel.target = params.target;
		params.tunnel = &tunnel;
	}
	return rtsp_client_new(s->env.loop, &params, &session_client_events, s, &s->client);
}

/* Streaming Specification 2.10 wanted the backchannel's frames by the GET's connection, not
 * in the POST; GStreamer tries both, too. */
bool session_tunnel_broke(struct session *s)
{
	if (!is_tunnel(s->route.transport) || last_good(s) == s->route.transport ||
	    clock_monotonic() - s->alive.started > BREAK_NS)
		return false;
	return s->learned.frames_by_get = !s->learned.frames_by_get;
}

void session_connect(struct session *s)
{
	int res;

	if (s->route.tried == 0 && !s->route.redirect[0] && !s->route.rtsp_port) {
		s->route.transport = choose(s);
		s->route.rtsp_port = is_tunnel(s->route.transport) && s->learned.rtsp_port;
	}
	if ((res = start_client(s)) == 0)
		return;
	s->client = NULL;
	session_set_error(s, "Cannot reach %s: %s", s->host, spa_strerror(res));
	session_event(s, FSM_EV_CLOSED);
}

void session_close(struct session *s)
{
	struct rtsp_client_stats stats;

	session_udp_close(s);
	if (s->client) {
		rtsp_client_get_stats(s->client, &stats);
		s->counters.dropped_packets += stats.frames_dropped;
		s->learned.nonce_per_uri |= rtsp_client_has_nonce_per_uri(s->client);
		rtsp_client_destroy(s->client);
	}
	s->client = NULL;
	s->connected = false;
	explicit_bzero(s->id, sizeof(s->id));
}

/* media */

static void on_datagram(void *data, bool rtcp, const void *bytes, size_t size)
{
	struct session *s = data;

	s->udp_bound = true;
	if (rtcp && s->id[0] != '\0')
		session_audio_rtcp(s, str_make(bytes, size));
}

/* what was insisted on is the user's to change */
static const char *other_than_udp(const struct session *s)
{
	return s->settings.p.transport == SESSION_TRANSPORT_AUTO ? "allow RTP over TCP in its settings" :
		"set rtsp.transport = auto";
}

/* ICMP: nobody listens where the camera said that it does */
static void on_udp_error(void *data, int res)
{
	struct session *s = data;

	/* (what is said of our BYE matters no more) */
	if (++s->udp_errors != UDP_ERRORS || s->state == FSM_TEARDOWN)
		return;
	session_set_error(s, "%s does not listen on the UDP port that it names (%s): %s", s->host,
			spa_strerror(res), other_than_udp(s));
	session_event(s, session_try_other(s, SESSION_NO_TRANSPORT) ? FSM_EV_AGAIN : FSM_EV_CLOSED);
}

static const struct net_udp_events udp_events = {
	NET_VERSION_UDP_EVENTS,
	.datagram = on_datagram,
	.error = on_udp_error,
};

/* the camera's own sound and picture are not for us */
static void on_forward_datagram(void *data, bool rtcp, const void *bytes, size_t size)
{
}

static const struct net_udp_events forward_events = {
	NET_VERSION_UDP_EVENTS,
	.datagram = on_forward_datagram,
};

static const char *peer(const struct session *s)
{
	return s->status.address[0] ? s->status.address : s->host;
}

int session_udp_open(struct session *s)
{
	if (s->udp)
		return 0;
	s->udp_bound = false;
	s->udp_errors = 0;
	return net_open_udp(s->env.net, peer(s), &udp_events, s, &s->udp);
}

uint16_t session_udp_open_forward(struct session *s, uint32_t track)
{
	struct net_udp **udp = &s->forward_udp[track];

	if (*udp == NULL && net_open_udp(s->env.net, peer(s), &forward_events, s, udp) < 0)
		return 0;
	return (*udp)->port;
}

void session_udp_close(struct session *s)
{
	net_udp_destroy(s->udp);
	s->udp = NULL;
	for (uint32_t i = 0; i < LIMIT_FORWARD_TRACKS; i++) {
		net_udp_destroy(s->forward_udp[i]);
		s->forward_udp[i] = NULL;
	}
}

void session_udp_bind(struct session *s, uint16_t rtp_port, uint16_t rtcp_port)
{
	s->udp_bound = rtp_port != 0;
	s->udp_started = clock_monotonic();
	net_udp_set_peer(s->udp, rtp_port, rtcp_port);
}

int session_send_media(struct session *s, bool rtcp, const void *data, size_t len)
{
	if (s->client == NULL || !s->connected)
		return -ENOTCONN;
	if (s->udp)
		return net_udp_send(s->udp, rtcp, data, len);
	return rtsp_client_send_frame(s->client, s->media.channel[rtcp], data, len);
}

void session_transport_tick(struct session *s, uint64_t now)
{
	if (s->udp == NULL || s->udp_bound || now - s->udp_started < UDP_BIND_NS)
		return;
	/* said once: what follows ends this session */
	s->udp_bound = true;
	session_set_error(s, "%s names no UDP port to send to: %s", s->host, other_than_udp(s));
	session_event(s, session_try_other(s, SESSION_NO_TRANSPORT) ?
			FSM_EV_AGAIN : FSM_EV_REJECTED);
}
