/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_TOOL_TARGET_H
#define ONVIF_TOOL_TARGET_H

#include "module/auth/credentials.h"
#include "module/auth/facts.h"
#include "module/onvif/device.h"
#include "module/settings.h"
#include "module/util/addr.h"
#include "module/util/limits.h"
#include "tools/pw-onvif/service.h"
#include "tools/pw-onvif/tool.h"

/*
 * The camera that a command is about: from what the user calls it to where it is, its settings,
 * its login, what the module learned about it, and what the running service says of it. Reads files,
 * writes none, does not ask the camera
 * (but for its port, where that is not known and nobody is at the usual one).
 */
#define TARGET_ADDRESS_LEN	(LIMIT_HOST_LEN + 16)	/* with an optional :port */

struct target {
	struct settings *settings;
	struct facts *facts;			/* the module's: to look at */
	struct credentials *credentials;
	struct pw_main_loop *waiting;		/* runs until the keyring answered */
	struct service_camera *published;	/* what the running service knows, of all cameras */
	uint32_t n_published;

	char handle[2 * LIMIT_NAME_LEN + LIMIT_HOST_LEN];	/* as an argument for another command */
	char key[LIMIT_ID_LEN];			/* in the learned facts */
	char id[LIMIT_ID_LEN];			/* or "" */
	char address[TARGET_ADDRESS_LEN];	/* to dial; "" for a bare stream */
	char host[LIMIT_HOST_LEN + 1];		/* of address or uri */
	uint16_t port;				/* of the address, or of the stream */
	bool port_found;			/* by asking, and anybody may have answered */
	bool reached;				/* somebody listens there: it was tried */
	uint64_t reach_ns;			/* and took so long */
	char uri[LIMIT_URI_LEN];		/* the stream, where the user or an entry names it; or "" */

	struct pw_properties *entry;		/* of onvif.cameras, or NULL */
	struct pw_properties *told;		/* what the camera says about itself */
	struct pw_properties *props;		/* all, with rules */
	struct camera_options options;		/* of props */

	char *user;				/* NULL: none */
	struct secret password;
	char *tls_pin;				/* of the credentials' entry, or NULL */
	bool refused;				/* this camera refused exactly these before */
	bool denied;				/* there are some, for where it was before */
	enum keyring_status keyring;		/* why the password of its entry is not known */
};

/** name: ADDRESS[:PORT], a camera's name or id, rtsp://... or rtsps://...; what is wrong with it
 * or with the files is told. \return TOOL_OK, TOOL_USAGE, TOOL_NOT_FOUND or TOOL_FAILED */
int target_new(struct tool *tool, const char *name, struct target **ret);
void target_free(struct target *t);

/** The camera told who it is: runs the rules again. \return true when there is a login for it,
 * now that its id is known */
bool target_take_info(struct target *t, const struct device_info *info);
/** its RTSP server's name, likewise */
void target_take_server(struct target *t, const char *server);
/** Calls for each rule that applies, with what it sets ("session.linger.ms = 500"). */
void target_rules(const struct target *t, void (*applies)(void *data, const char *text), void *data);
/** what the running service knows of it; NULL: nothing, or it does not run */
const struct service_camera *target_service_camera(const struct target *t);
/** the same, where it has an output for exactly what is meant; else NULL */
const struct service_camera *target_output(const struct target *t);
/** its speaker is claimed by the running service: somebody plays to it */
bool target_is_served(const struct target *t);
/** the key that its web service, or its RTSPS service, must show; NULL: the first one seen */
const char *target_web_pin(const struct target *t);
const char *target_rtsp_pin(const struct target *t);
/** whose endpoint reference it must be; NULL: anybody's */
const char *target_expect_id(const struct target *t);

#endif /* ONVIF_TOOL_TARGET_H */
