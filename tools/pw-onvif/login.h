/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_TOOL_LOGIN_H
#define ONVIF_TOOL_LOGIN_H

#include "module/auth/keyring-helper.h"
#include "tools/pw-onvif/target.h"

/* What login and logout share, and how a login is tried. */

/** As target_new(). A name that only the resolver knows becomes the address that it stands for: as the
 * service will call a camera that it finds by itself, and as the entry has to name it. */
int login_target(struct tool *tool, const char *name, struct target **ret);

/** what the service calls the camera, as far as that can be told from here; or NULL */
const char *login_service_id(const struct target *t);

enum login_verdict {
	LOGIN_TAKEN,
	LOGIN_REFUSED,
	LOGIN_NOT_ASKED,	/* it lets everybody in */
	LOGIN_UNUSABLE,		/* it asks in a way that we may not, or cannot, answer */
	LOGIN_UNREACHABLE,
	LOGIN_UNTRUSTED,	/* it is not who it was */
	LOGIN_FAILED,
};

struct login_result {
	enum login_verdict verdict;
	char message[LIMIT_ERROR_LEN];	/* a sentence; or "" */
	char id[LIMIT_ID_LEN];		/* that it told; or "" */
	char tls_pin[2 * HTTP_TLS_KEY_LEN];	/* of its TLS services, where it was asked by TLS; or "" */
	bool only_basic;		/* UNUSABLE: auth.basic would help */
};

/** Tries user and password at that camera, once. Runs the loop meanwhile. \return 0 or -errno */
int login_verify(struct tool *tool, struct target *t, const char *user, const struct secret *password,
		struct login_result *ret);

/** The same by DESCRIBE of a stream (login-stream.c). web_key: the key that its web service showed, or
 * NULL: who shows it here, too, is that camera. */
int login_verify_stream(struct tool *tool, struct target *t, const char *uri, const char *web_key,
		const char *user, const struct secret *password, struct login_result *ret);

/** Puts a password into the keyring, in place of one that is there for the same (login-keyring.c). Blocks, also
 * while somebody is asked to unlock it. \return 0 or -errno with a phrase: "the keyring is locked: unlock it" */
int login_keyring_store(const struct keyring_ref *ref, const char *label, const struct secret *password,
		char message[LIMIT_ERROR_LEN]);
/** Takes out all of that camera, but for user's; NULL: really all. None there is no error. Otherwise likewise. */
int login_keyring_forget(const struct keyring_ref *ref, char message[LIMIT_ERROR_LEN]);

#endif /* ONVIF_TOOL_LOGIN_H */
