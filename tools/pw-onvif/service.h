/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_TOOL_SERVICE_H
#define ONVIF_TOOL_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

#include <pipewire/pipewire.h>

#include "module/util/buf.h"
#include "module/util/limits.h"

/*
 * What the running service knows of its cameras: it publishes it as the metadata object
 * "onvif", which anybody who talks to this PipeWire may have made. So it is looked at as
 * carefully as what comes from the network.
 */
#define SERVICE_METADATA	"onvif"

#define SERVICE_MAX_VALUE	8192u	/* bytes of one camera's JSON; what is longer is not looked at */
#define SERVICE_MAX_COUNTERS	32u
#define SERVICE_WORD_LEN	32u	/* state, codec, transport, names of counters */

enum service_speaker {
	SERVICE_SPEAKER_UNKNOWN,
	SERVICE_SPEAKER_NO,
	SERVICE_SPEAKER_YES,
};

struct service_counter {
	char name[SERVICE_WORD_LEN];
	int64_t value;
};

/* One camera. All texts are sanitised; "" where something is not known. */
struct service_camera {
	char key[LIMIT_ID_LEN];		/* what follows "camera." in its key; addresses "set." keys */
	char id[LIMIT_ID_LEN];
	char name[LIMIT_NAME_LEN];
	char address[LIMIT_HOST_LEN + 8];
	char manufacturer[LIMIT_TEXT_LEN];
	char model[LIMIT_TEXT_LEN];
	char state[SERVICE_WORD_LEN];	/* idle, connecting, streaming, offline, busy,
					 * login-required, unsupported or rejected */
	char error[LIMIT_ERROR_LEN];
	char codec[SERVICE_WORD_LEN];
	char transport[SERVICE_WORD_LEN];
	char node[LIMIT_ID_LEN + 32];	/* node.name of its sink */
	enum service_speaker speaker;
	bool configured;
	bool claimed;
	uint64_t last_seen;		/* seconds since 1970; 0: never */
	struct service_counter counters[SERVICE_MAX_COUNTERS];
	uint32_t n_counters;
};

/** Reads one camera's JSON. What is missing or of another type stays empty.
 * \param key what follows "camera."
 * \return 0, -EBADMSG: no object, -E2BIG: key or value too long */
int service_camera_parse(const char *key, const char *value, struct service_camera *ret);
/** Adds the object as the service writes it: the same members, in the same order; "counters"
 * only where there are some. \return 0 or the buffer's error */
int service_camera_json(struct buf *b, const struct service_camera *c);

struct service_events {
#define SERVICE_VERSION_EVENTS	0
	uint32_t version;
	/** For the first time when it is known whether there is a service and which cameras it
	 * has, then whenever either changes. From the loop; the service may be destroyed inside. */
	void (*changed)(void *data);
	/** PipeWire went away: only good for service_destroy() now, also from inside */
	void (*lost)(void *data, int res);
};

struct service;

/** Connects to PipeWire. remote: its name or NULL.
 * \return NULL with errno: EHOSTDOWN when no PipeWire runs there, ECONNREFUSED when one does
 * not answer (any more), ... */
struct service *service_new(struct pw_loop *loop, const char *remote,
		const struct service_events *events, void *data);
void service_destroy(struct service *s);
/** whether it runs; not known before the first changed() */
bool service_is_running(const struct service *s);
/** Changes a setting of a camera by its key, as pw-metadata would. changed() comes when it has
 * been told. \return 0, -ENOENT: the service does not run */
int service_set(struct service *s, const char *key, const char *setting, const char *value);
/** sorted by name, then key; valid until control returns to the loop */
const struct service_camera *service_cameras(const struct service *s, uint32_t *ret_n);

/** All of them at one moment. Runs the loop meanwhile.
 * \param ret owned by the caller (free()); NULL when there are none
 * \return 0, -ENOENT: PipeWire runs, the service does not; -EHOSTDOWN, -ECONNREFUSED: as
 * service_new(); -ETIMEDOUT: no answer; -ENOMEM, ... */
int service_snapshot(struct pw_main_loop *main_loop, const char *remote, uint32_t timeout_ms,
		struct service_camera **ret, uint32_t *ret_n);
/** a half sentence for what service_new() and service_snapshot() return */
const char *service_strerror(int res);

#endif /* ONVIF_TOOL_SERVICE_H */
