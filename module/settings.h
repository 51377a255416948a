/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_SETTINGS_H
#define ONVIF_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <pipewire/properties.h>

#include "module/net/net.h"
#include "module/util/str.h"

/*
 * What the user configured: pipewire-onvif.conf, the fragments in
 * pipewire-onvif.conf.d and the module's arguments, read alike whether the module
 * runs in a process of its own, inside the daemon or in pw-cli. Strict: what is
 * not understood is named (file, line, key, what would be right) and costs only
 * that key, that entry, or the file whose brackets do not match.
 * Main thread. No logging: texts go to settings_message_t.
 */

/** "FILE:LINE: what is wrong and what would be right". Never contains a password. */
typedef void (*settings_message_t)(void *data, const char *text);

struct settings {
	bool discovery;			/* onvif.discovery; of the base file only in its own process */
	char *interfaces;		/* onvif.interfaces: names with blanks between; none given: NULL */
	uint32_t probe_interval_ms;	/* onvif.probe.interval is in seconds */
	uint32_t max_cameras;		/* onvif.max-cameras */
	uint32_t expire_s;		/* onvif.expire.s */
	char *credentials_path;		/* onvif.credentials; "" when there is no home */
	char *state_path;		/* onvif-state.conf; "" when there is no home */
	struct pw_properties **cameras;	/* onvif.cameras: checked, merged, in order */
	uint32_t n_cameras;
	char *rules;			/* onvif.rules: checked, one array; for pw_conf_match_rules() */
};

/** Finds and reads everything.
 * \param args the module's arguments or NULL
 * \param config_name the host's config.name or NULL: when it is a path ("pipewire -c /x/y.conf") of a
 *	file with onvif.* sections, that is read in place of pipewire-onvif.conf
 * \return 0 or -ENOMEM. Mistakes in files are no errors: they are told. */
int settings_new(const char *args, const char *config_name, settings_message_t message,
		void *data, struct settings **ret);
void settings_free(struct settings *s);

/** The settings of one camera: facts < what matching rules say < its own entry.
 * Rules match on facts and entry together, the entry's word counting more. To be
 * called again when a fact arrives. Keys without a word from anybody are absent: see
 * camera_options_parse() for their defaults.
 * \param entry an element of cameras, or NULL
 * \return owned by the caller, or NULL: no memory */
struct pw_properties *settings_camera_props(const struct settings *s,
		const struct spa_dict *facts, const struct spa_dict *entry);

enum camera_transport {
	CAMERA_TRANSPORT_AUTO,
	CAMERA_TRANSPORT_TCP,
	CAMERA_TRANSPORT_UDP,
	CAMERA_TRANSPORT_TLS,
	CAMERA_TRANSPORT_HTTP,
	CAMERA_TRANSPORT_HTTPS,
};

enum camera_tls_verify {
	CAMERA_TLS_VERIFY_PIN,
	CAMERA_TLS_VERIFY_CA,
	CAMERA_TLS_VERIFY_NONE,
};

/** tls.verify, as the layers below have it; any thread */
enum net_security camera_tls_security(enum camera_tls_verify verify);

/* One camera's settings, with the defaults filled in. Strings belong to the props. */
struct camera_options {
	const char *address;		/* onvif.address or NULL */
	const char *profile;		/* onvif.profile or NULL */
	const char *uri;		/* rtsp.uri (rtsp, rtsps, http or https), no userinfo; or NULL */
	enum camera_transport transport;	/* rtsp.transport */
	bool forward_tracks;		/* rtsp.forward-tracks */
	const char *codec;		/* rtp.codec, "auto" */
	uint32_t ptime_ms;
	uint32_t preroll_ms, hold_ms, linger_ms, silence_ms;
	uint32_t reconnect_min_ms, reconnect_max_ms;	/* min <= max */
	enum camera_tls_verify tls_verify;
	bool basic;			/* auth.basic */
	bool configure;			/* onvif.configure: we may write to the camera */
	bool camera_volume;		/* onvif.volume = camera */
	const char *stream_props;	/* stream.props: an object in SPA-JSON, or NULL */
};

/** From what settings_camera_props() gave; a value out of range counts as absent. */
void camera_options_parse(const struct spa_dict *props, struct camera_options *ret);

/* One table of all keys: for the checker, the defaults, the documentation. */
enum settings_type {
	SETTINGS_BOOL,
	SETTINGS_UINT,		/* min..max, in unit */
	SETTINGS_ENUM,		/* one of values */
	SETTINGS_STRING,	/* at most max bytes */
	SETTINGS_LIST,		/* array of strings, or one string with blanks or commas */
	SETTINGS_OBJECT,	/* SPA-JSON object, passed on */
	SETTINGS_URI,		/* rtsp://, rtsps://, http:// or https://, no userinfo */
	SETTINGS_HOST,		/* name or address, with or without a port */
	SETTINGS_PATH,		/* begins with / or ~/ */
};

enum settings_place {
	SETTINGS_IN_PROPERTIES	= 1 << 0,	/* onvif.properties and module arguments */
	SETTINGS_IN_CAMERA	= 1 << 1,	/* an entry of onvif.cameras */
	SETTINGS_IN_RULE	= 1 << 2,	/* update-props of onvif.rules */
	SETTINGS_IN_MATCH	= 1 << 3,	/* matches of onvif.rules: what is known of a camera */
	SETTINGS_WHILE_RUNNING	= 1 << 4,	/* "set.<id>.<setting>" of the metadata, Props of the node */
};

struct settings_key {
	const char *name;
	enum settings_type type;
	uint32_t places;
	uint32_t min, max;
	const char *unit;		/* "ms", "s" or NULL */
	const char *def;		/* as it would be written, or NULL: none */
	const char *const *values;	/* SETTINGS_ENUM: ends with NULL */
	const char *help;		/* half a sentence for the documentation */
};

/** the table, sorted as documented */
const struct settings_key *settings_keys(size_t *ret_n);
/** \return NULL when there is no such key */
const struct settings_key *settings_key_find(const char *name);
/** Checks a value as it stands in a file (a token of SPA-JSON).
 * \return 0, or -EINVAL with a sentence in why, which quotes nothing that may be secret */
int settings_check_value(const struct settings_key *key, struct str token, char *why, size_t size);

#endif /* ONVIF_SETTINGS_H */
