/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_CAMERA_PRIVATE_H
#define ONVIF_CAMERA_PRIVATE_H

#include "module/camera.h"
#include "module/presence.h"
#include "module/sink.h"
#include "module/util/addr.h"
#include "module/util/limits.h"

/* what camera.c, camera-query.c, camera-session.c and camera-sink.c share */

#define CAMERA_ADDRESS_LEN	(ADDR_STRLEN + 8)	/* with an optional :port */
#define CAMERA_NODE_NAME_LEN	128

struct camera {
	const struct camera_env *env;
	const struct camera_events *events;
	void *data;

	/* who it is */
	struct pw_properties *entry;	/* as configured; NULL: discovered */
	struct pw_properties *facts;	/* what the camera said about itself: onvif.*, rtsp.server */
	struct pw_properties *overrides;	/* set while we run */
	struct pw_properties *props;	/* defaults, facts, rules, entry, overrides: what is in force */
	char id[LIMIT_ID_LEN];		/* endpoint reference or the entry's onvif.id; "" not known */
	char key[LIMIT_ID_LEN];	/* for the learned facts: the same after every restart */
	char address[CAMERA_ADDRESS_LEN];	/* to dial; "" for a bare rtsp.uri */
	char xaddr[LIMIT_URI_LEN];	/* device service, or "" */
	char xaddr_tls[LIMIT_URI_LEN];	/* the same by https, or "" */
	uint16_t http_port;		/* of the device service that answered; 0 unknown */
	bool https;			/* that is TLS */
	char node_name[CAMERA_NODE_NAME_LEN];	/* once there was a sink: never changes */
	char base_name[2 * LIMIT_NAME_LEN];
	char name[2 * LIMIT_NAME_LEN + CAMERA_ADDRESS_LEN + 4];	/* as shown */
	bool show_address;
	char announced[LIMIT_ID_LEN];	/* the id that datagrams from its address name */
	uint64_t last_seen;		/* CLOCK_MONOTONIC ns; at first the time of our start */
	uint64_t since;			/* when that was */
	struct presence *presence;	/* being looked for, or NULL */
	uint64_t looked;		/* for it, CLOCK_MONOTONIC ns */
	uint32_t missed;		/* looked for in vain, in a row */
	int absent;			/* why it counts as gone: -errno; 0: it does not */
	uint32_t metadata_version;
	uint64_t last_changed;		/* when another one made us ask it again */

	/* how it is */
	enum session_public_state state;
	char error[LIMIT_ERROR_LEN];
	enum session_public_state query_state;
	char query_error[LIMIT_ERROR_LEN];
	char handle[CAMERA_ADDRESS_LEN];	/* see camera_handle() */
	char hint[LIMIT_ERROR_LEN];	/* why there may be no backchannel */
	char setting_error[LIMIT_ERROR_LEN];	/* what is wrong with what was set while we run */

	/* logging in */
	char *user;
	struct secret password;
	uint32_t login;			/* counts their changes */
	enum keyring_status keyring;	/* where the password is that is not known */
	bool refused;			/* exactly these, by this camera */
	char *tls_pin;			/* of the credentials entry, or NULL */
	bool address_bound;		/* the credentials entry names an address */
	bool id_bound;			/* the credentials entry names an id */
	uint32_t worked_login;		/* the login that the camera took last; 0: none yet */
	uint32_t doubts;		/* refusals in a row of what worked before */
	uint64_t doubted;		/* when the last one was */

	/* asking it by SOAP */
	struct device_query *query;
	struct device_query *moved_query;	/* does the old address still answer? */
	char moved_address[CAMERA_ADDRESS_LEN];
	char moved_xaddr[LIMIT_URI_LEN];
	char moved_xaddr_tls[LIMIT_URI_LEN];
	bool moved_blocked;		/* it is gone, but its credentials may not follow */
	uint64_t moved_denied;		/* when a claim was found wrong last; 0: never */
	uint64_t moved_checked;		/* when a claim was looked into last */
	bool queried;			/* successfully, at this address */
	bool learned;			/* its address, before our restart */
	bool id_confirmed;		/* asked for its id, it names the one that is announced */
	bool resolving;			/* the session waits for the answer */
	struct spa_source *look_timer;
	bool look_armed;
	uint32_t look_failures;
	uint64_t last_kick;

	/* its session */
	struct media_session *session;
	struct session_status status;
	char uri[LIMIT_URI_LEN];	/* from the device; rtsp.uri in props wins */
	char uri_tls[LIMIT_URI_LEN];	/* rtsps://, from the device, or "" */
	char uri_http[LIMIT_URI_LEN];	/* for RTSP over HTTP: rtsp://, http:// or https://; or "" */
	enum session_backchannel backchannel;

	/* its sink */
	struct sink *sink;
	struct links_watch *watch;
	struct links_counts counts;
	bool claimed;
	bool released;			/* to somebody else, for a while: not claimed meanwhile */
	struct spa_source *release_timer;
	struct spa_source *sink_timer;
	uint32_t sink_failures;
	bool sink_coming;		/* made, not announced yet */
	bool contested;			/* no_output_is_contested(), as the node says */
};

/* camera.c */
/** facts or address changed: runs the rules again, passes on what came of it */
void camera_update_props(struct camera *c);
/** composes onvif.state and onvif.error from what query and session say */
void camera_update_state(struct camera *c);
bool camera_is_configured(struct camera *c);
const char *camera_prop(struct camera *c, const char *key);
/** a fact that the camera told; "" changes nothing */
void camera_set_fact(struct camera *c, const char *key, const char *value);
/** for sentences: what the user calls this camera with pw-onvif */
const char *camera_handle(struct camera *c);

/** what discovery says, as far as the camera itself did not say better */
void camera_take_device(struct camera *c, const struct discovery_device *device);

/* camera-seen.c */
/** credentials changed while a move waits for a login: follows if they allow it.
 * \return true when something came of it */
bool camera_moved_login(struct camera *c);

/* camera-login.c */
/** \return true when user, password or pin are others than before */
bool camera_load_credentials(struct camera *c);
/** its password is in the keyring, and did not come from there: it is not asked without */
bool camera_lacks_password(const struct camera *c);
/** the state that follows from the login alone */
enum session_public_state camera_login_state(const struct camera *c);
/** begins anew with the credentials that were loaded */
void camera_use_credentials(struct camera *c);
/** the key that its web service must show: the entry's, else the one learned; or NULL */
const char *camera_web_pin(struct camera *c);

/* camera-query.c */
/** the host of "host", "host:port", "[v6]:port" or "v6" */
void camera_host_of(const char *address, char *dst, size_t size);
/** learns where it is, with the port at which it can be asked */
void camera_learn_address(struct camera *c);
/** asks, without credentials, whether the camera still answers where it was */
int camera_query_old_address(struct camera *c, device_done_t done);
/** asks, without credentials, whether the key that is known is that of who claims to be it
 * at the new address */
int camera_query_new_address(struct camera *c, device_done_t done);
/** forgets where its streams are */
void camera_clear_uris(struct camera *c);
/** finds out what is not known yet: SOAP, or OPTIONS and DESCRIBE */
void camera_look(struct camera *c);
void camera_look_later(struct camera *c);
void camera_query_start(struct camera *c);
void camera_query_clear(struct camera *c);
void camera_on_look_timer(void *data, uint64_t expirations);

/* camera-presence.c */
/** a sign of life */
void camera_is_there(struct camera *c);

/* camera-set.c */
/** forgets what went wrong, a refused login included, and begins anew */
void camera_reconnect(struct camera *c);

/* camera-session.c */
bool camera_has_uri(struct camera *c);
/** the session, made when there is none yet. \return 0 or -errno */
int camera_ensure_session(struct camera *c);
void camera_update_session(struct camera *c);
void camera_end_session(struct camera *c);

/* camera-sink.c */
/** makes the sink if it should and can be there */
void camera_update_sink(struct camera *c);
/** What the graph is told: waiting_ms of samples in the ring, 0: nothing flows. */
void camera_tell_latency(struct camera *c, uint32_t waiting_ms);
/** tells the node what changed */
void camera_update_node(struct camera *c);
void camera_end_sink(struct camera *c);
/** lets go of the camera at once, and stays off it for so long; 0: no longer */
void camera_release(struct camera *c, uint32_t seconds);
void camera_on_release_timer(void *data, uint64_t expirations);
void camera_on_sink_timer(void *data, uint64_t expirations);

#endif /* ONVIF_CAMERA_PRIVATE_H */
