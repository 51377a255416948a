/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "module/camera-private.h"

#include <stdlib.h>
#include <string.h>

#include <spa/utils/string.h>

#include "module/log.h"
#include "module/util/uri.h"

/* A camera's user, password and key: where they come from, and what a change of them sets off. */

static void camera_host(struct camera *c, char *dst, size_t size)
{
	const char *str = camera_prop(c, "rtsp.uri");
	struct uri uri;

	dst[0] = '\0';
	if (str == NULL && c->entry)
		str = pw_properties_get(c->entry, "rtsp.uri");
	if (c->address[0])
		camera_host_of(c->address, dst, size);
	else if (str && uri_parse(str_from(str), &uri) == 0)
		str_copy(uri.host, dst, size);
}

static int find_credential(struct camera *c, struct credential *cred)
{
	const char *id = c->id[0] ? c->id : NULL;
	char host[LIMIT_URI_LEN];

	if (c->env->credentials == NULL)
		return -ENOENT;
	camera_host(c, host, sizeof(host));
	return credentials_find(c->env->credentials, id, host[0] ? host : NULL, cred);
}

bool camera_lacks_password(const struct camera *c)
{
	return c->keyring != KEYRING_NONE && c->keyring != KEYRING_FOUND;
}

enum session_public_state camera_login_state(const struct camera *c)
{
	/* (until it is clear whether the password comes, nobody need be troubled) */
	return c->refused || (camera_lacks_password(c) && c->keyring != KEYRING_ASKED) ?
		SESSION_LOGIN_REQUIRED : SESSION_IDLE;
}

bool camera_load_credentials(struct camera *c)
{
	struct credential cred = { 0 };
	struct secret none = { NULL };
	const struct secret *password;
	char *user = NULL, *pin = NULL;

	if (find_credential(c, &cred) < 0)
		spa_zero(cred);
	password = cred.user && cred.password ? cred.password : &none;
	c->address_bound = cred.address != NULL;
	c->id_bound = cred.id != NULL;
	if (spa_streq(cred.user, c->user) && secret_equal(password, &c->password) &&
	    spa_streq(cred.tls_pin, c->tls_pin) && cred.keyring == c->keyring)
		return false;
	if ((cred.user && (user = strdup(cred.user)) == NULL) ||
	    (cred.tls_pin && (pin = strdup(cred.tls_pin)) == NULL) ||
	    secret_copy(&c->password, password) < 0) {
		free(user);
		free(pin);
		pw_log_warn("%s: out of memory, credentials not used", c->key);
		return false;
	}
	free(c->user);
	free(c->tls_pin);
	c->user = user;
	c->tls_pin = pin;
	c->keyring = cred.keyring;
	c->login++;
	c->refused = user && !camera_lacks_password(c) && facts_is_refused(c->env->facts, c->key, user, &c->password);
	return true;
}

void camera_credentials_changed(struct camera *c)
{
	bool changed = camera_load_credentials(c);

	if (c->moved_blocked && camera_moved_login(c))
		return;
	if (changed)
		camera_use_credentials(c);
}

void camera_use_credentials(struct camera *c)
{
	if (!c->refused && !camera_lacks_password(c))
		facts_clear_refused(c->env->facts, c->key);
	c->look_failures = 0;
	c->doubts = 0;
	c->query_state = camera_login_state(c);
	c->query_error[0] = '\0';
	c->moved_blocked = false;
	camera_query_clear(c);
	camera_update_session(c);
	camera_update_state(c);
	camera_update_sink(c);
	camera_look(c);
}

const char *camera_web_pin(struct camera *c)
{
	struct camera_options o;

	camera_options_parse(&c->props->dict, &o);
	if (o.tls_verify != CAMERA_TLS_VERIFY_PIN)
		return NULL;
	return c->tls_pin ? c->tls_pin : facts_get(c->env->facts, c->key, "tls-pin");
}
