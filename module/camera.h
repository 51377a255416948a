/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_CAMERA_H
#define ONVIF_CAMERA_H

#include <stdbool.h>
#include <stdint.h>

#include <pipewire/pipewire.h>

#include "module/auth/credentials.h"
#include "module/auth/facts.h"
#include "module/links.h"
#include "module/media.h"
#include "module/net/http.h"
#include "module/no-output.h"
#include "module/onvif/device.h"
#include "module/onvif/discovery.h"
#include "module/session/session.h"
#include "module/settings.h"

/*
 * One camera: what is known about it, its session on the media thread and, once it
 * is known to have a loudspeaker, its sink. Main thread. No event comes from
 * inside a call of this header, except as noted.
 */
struct camera;

/* What cameras share; the same struct for all, changed only by its owner. */
struct strangers;

struct camera_env {
	struct pw_context *context;
	struct pw_loop *loop;
	const struct settings *settings;
	struct media *media;
	struct http *http;
	struct facts *facts;
	struct credentials *credentials;	/* or NULL */
	struct strangers *strangers;		/* made and destroyed by the cameras */
	/* while connected to PipeWire and its registry is known; else NULL */
	struct pw_core *core;
	struct links *links;
	struct no_output *no_output;
	uint32_t *sinks_coming;			/* made and not announced yet; the cameras count */
};

struct camera_events {
#define CAMERA_VERSION_EVENTS	0
	uint32_t version;
	/** something that is shown changed; also from inside calls */
	void (*changed)(void *data, struct camera *c);
	/** its name or id is another now: compare it with the others; also from inside calls */
	void (*renamed)(void *data, struct camera *c);
};

/* What is shown about a camera. Strings belong to the camera. */
struct camera_status {
	const char *id, *name, *address, *model, *manufacturer, *node_name;
	enum session_public_state state;
	const char *error, *codec, *transport;
	enum session_backchannel backchannel;
	uint64_t last_seen;	/* CLOCK_REALTIME ns, 0: never */
	bool has_sink, claimed;
	uint32_t links;		/* that end in its sink */
	bool configured;
};

/** A camera from a configuration entry (onvif.id, onvif.address, rtsp.uri ...).
 * \return 0, -EINVAL when the entry names no camera, -ENOMEM */
int camera_new_configured(const struct camera_env *env, const struct spa_dict *entry,
		const struct camera_events *events, void *data, struct camera **ret);
/** A camera that answered a probe. \return 0 or -ENOMEM */
int camera_new_discovered(const struct camera_env *env, const struct discovery_device *device,
		const struct camera_events *events, void *data, struct camera **ret);
void camera_destroy(struct camera *c);

/** what it is called in the learned facts: the same after every restart */
const char *camera_key(struct camera *c);
bool camera_has_id(struct camera *c, const char *id);
/** its id is not known, but datagrams from its address say this one */
bool camera_was_announced_as(struct camera *c, const char *id);
/** its name without the address that tells equal names apart */
const char *camera_base_name(struct camera *c);
/** the same device: same id, or same address where one id is not known */
bool camera_matches(struct camera *c, const struct discovery_device *device);
/** A ProbeMatch of the camera. */
void camera_seen(struct camera *c, const struct discovery_device *device);
/** Something may be different now (Hello, network change): look, don't wait. */
void camera_kick(struct camera *c);
/** Looks whether an idle camera that gave no sign of life for an interval, and some, is still there.
 * \return CLOCK_MONOTONIC of the next time when that may be due; UINT64_MAX: not as it is now */
uint64_t camera_check_presence(struct camera *c, uint64_t interval_ns);
/** The credentials file changed. */
void camera_credentials_changed(struct camera *c);

/** Changes a setting (value NULL: back to what the files say) until the module ends, or
 * "reconnect"s, or "release"s it for so many seconds. What is wrong with it is shown as the camera's error.
 * \return true when nothing is to remain of it */
bool camera_set(struct camera *c, const char *setting, const char *value);
/** what is in force by camera_set() */
const struct spa_dict *camera_get_overrides(struct camera *c);

/** env has a core now: sinks may be made. Also when env->no_output settled. */
void camera_core_ready(struct camera *c);
/** The core is lost: sink and session go, with TEARDOWN; both come back. */
void camera_core_lost(struct camera *c);

/** Appends the address to the name shown, for cameras with equal names. */
void camera_show_address(struct camera *c, bool show);
/** More than datagrams say that it exists: it is configured, or answered over TCP, be it
 * before our restart. */
bool camera_is_proven(struct camera *c);
/** It is not, and is being asked now. */
bool camera_is_asked(struct camera *c);
/** \return 0, or -ENOENT: it is not proven, or its address is not known */
int camera_get_address(struct camera *c, struct sockaddr_storage *ret);
/** Only an unauthenticated datagram says that it exists: it was asked, in vain.
 * \return CLOCK_MONOTONIC of the last sign of life, 0: it is more than that */
uint64_t camera_is_hearsay(struct camera *c);
/** May be forgotten: discovered, no credentials, no sign of life for so long, nobody linked. */
bool camera_is_expired(struct camera *c, uint64_t expire_ns);

void camera_get_status(struct camera *c, struct camera_status *ret);
void camera_get_counters(struct camera *c, struct session_counters *ret);

#endif /* ONVIF_CAMERA_H */
