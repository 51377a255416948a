/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <spa/utils/json.h>
#include <spa/utils/string.h>

#include "module/settings-private.h"
#include "module/util/limits.h"
#include "module/util/uri.h"

int settings_token_text(struct str token, char *dst, size_t size)
{
	if (spa_json_is_container(token.p, (int)token.len))
		return -EINVAL;
	/* the decoded text is never longer than the token */
	if (token.len >= size)
		return -E2BIG;
	return spa_json_parse_stringn(token.p, (int)token.len, dst, (int)size) > 0 ? 0 : -EINVAL;
}

static bool has_control(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return true;
	return false;
}

static int check_uint(const struct settings_key *key, const char *text)
{
	uint64_t v;

	return str_to_uint(str_from(text), key->max, &v) == 0 && v >= key->min ? 0 : -EINVAL;
}

static int enum_index(const struct settings_key *key, const char *text)
{
	for (int i = 0; key->values[i]; i++)
		if (spa_streq(key->values[i], text))
			return i;
	return -EINVAL;
}

/* "rtsp://user:12/x@host" is host "user", port 12 by the book, but its author meant a
 * password with a '/' in it. Nothing of the kind without a ':', as in "rtsp://host/a@b". */
static bool has_login(const struct uri *uri)
{
	const char *p = uri->host.p + uri->host.len + (uri->is_ipv6 ? 1 : 0);

	if (uri->has_userinfo)
		return true;
	return *p == ':' && p[strcspn(p, "@?")] == '@';
}

static int check_uri(const char *text)
{
	static const char *const schemes[] = { "rtsp", "rtsps", "http", "https" };
	struct uri uri;

	if (uri_parse(str_from(text), &uri) < 0 || has_login(&uri) || uri.host.len == 0)
		return -EINVAL;
	for (size_t i = 0; i < SPA_N_ELEMENTS(schemes); i++)
		if (str_ieq(uri.scheme, str_from(schemes[i])))
			return 0;
	return -EINVAL;
}

/* "name", "192.0.2.1", "192.0.2.1:8080", "[2001:db8::1]:8080", "2001:db8::1" */
static int check_host(const char *text)
{
	char buf[LIMIT_URI_LEN];
	struct uri uri;
	const char *colon = strchr(text, ':');
	bool bare_v6 = text[0] != '[' && colon && strchr(colon + 1, ':');
	int n;

	n = snprintf(buf, sizeof(buf), bare_v6 ? "rtsp://[%s]" : "rtsp://%s", text);
	if (n < 0 || (size_t)n >= sizeof(buf) || uri_parse(str_from(buf), &uri) < 0)
		return -EINVAL;
	return uri.host.len > 0 && uri.path.len == 0 && !uri.has_userinfo &&
		strpbrk(text, "#?/") == NULL ? 0 : -EINVAL;
}

int settings_check_text(const struct settings_key *key, const char *text)
{
	size_t len = strlen(text);

	if (has_control(text))
		return -EINVAL;
	if (key->type == SETTINGS_BOOL)
		return spa_streq(text, "true") || spa_streq(text, "false") ? 0 : -EINVAL;
	if (key->type == SETTINGS_UINT)
		return check_uint(key, text);
	if (key->type == SETTINGS_ENUM)
		return enum_index(key, text) < 0 ? -EINVAL : 0;
	if (len < key->min || (key->type != SETTINGS_LIST && len > key->max))
		return -EINVAL;
	switch (key->type) {
	case SETTINGS_URI:
		return check_uri(text);
	case SETTINGS_HOST:
		return check_host(text);
	case SETTINGS_PATH:
		return text[0] == '/' || strncmp(text, "~/", 2) == 0 ? 0 : -EINVAL;
	case SETTINGS_OBJECT:
		return text[0] == '{' ? 0 : -EINVAL;
	default:
		return 0;
	}
}

static int check_list(const struct settings_key *key, struct str token)
{
	char text[LIMIT_URI_LEN];
	struct spa_json it[2];
	const char *p;
	uint32_t n = 0;
	int len;

	if (!spa_json_is_array(token.p, (int)token.len))
		return settings_token_text(token, text, sizeof(text)) < 0 ? -EINVAL :
			settings_check_text(key, text);
	spa_json_init(&it[0], token.p, token.len);
	spa_json_enter_array(&it[0], &it[1]);
	while ((len = spa_json_next(&it[1], &p)) > 0) {
		if (settings_token_text(str_make(p, (size_t)len), text, sizeof(text)) < 0 ||
		    text[0] == '\0' || has_control(text) || ++n > key->max)
			return -EINVAL;
	}
	return 0;
}

/* what would be right */
static void describe(const struct settings_key *key, struct buf *b)
{
	switch (key->type) {
	case SETTINGS_BOOL:
		buf_add_str(b, "true or false");
		break;
	case SETTINGS_UINT:
		buf_printf(b, "a number from %u to %u", key->min, key->max);
		if (key->unit)
			buf_printf(b, " (%s)", key->unit);
		break;
	case SETTINGS_ENUM:
		for (int i = 0; key->values[i]; i++)
			buf_printf(b, "%s%s", i ? ", " : "one of ", key->values[i]);
		break;
	case SETTINGS_STRING:
		buf_printf(b, "a text of %u to %u bytes", key->min, key->max);
		break;
	case SETTINGS_LIST:
		buf_add_str(b, "a list of names as in [ \"eth0\" \"wlan0\" ]");
		break;
	case SETTINGS_OBJECT:
		buf_add_str(b, "an object as in { key = value }");
		break;
	case SETTINGS_URI:
		buf_add_str(b, "a URI as in \"rtsp://192.0.2.1/path\"");
		break;
	case SETTINGS_HOST:
		buf_add_str(b, "a host name or IP address, if need be with :port");
		break;
	case SETTINGS_PATH:
		buf_add_str(b, "a path that begins with / or ~/");
		break;
	}
}

/* Only a short word is quoted: anything else may hold a password in the wrong place. */
static bool may_show(const struct settings_key *key, const char *text)
{
	if (key->type != SETTINGS_BOOL && key->type != SETTINGS_UINT && key->type != SETTINGS_ENUM)
		return false;
	if (text[0] == '\0' || strlen(text) > 16)
		return false;
	for (; *text; text++)
		if (str_find(STR_LIT("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-+_"),
				*text) < 0)
			return false;
	return true;
}

int settings_check_value(const struct settings_key *key, struct str token, char *why, size_t size)
{
	char text[LIMIT_LINE_LEN] = "";
	struct buf b;
	int res;

	if (spa_json_is_null(token.p, (int)token.len))
		return 0;	/* "as if nobody had said anything" */
	if (key->type == SETTINGS_LIST)
		res = check_list(key, token);
	else if (key->type == SETTINGS_OBJECT)
		res = spa_json_is_object(token.p, (int)token.len) && token.len <= key->max ? 0 : -EINVAL;
	else if ((res = settings_token_text(token, text, sizeof(text))) == 0)
		res = settings_check_text(key, text);
	if (res == 0)
		return 0;

	if (key->type == SETTINGS_URI && strchr(text, '@')) {
		snprintf(why, size, "%s must not contain user:password: "
				"put them into onvif-credentials.conf", key->name);
		return -EINVAL;
	}
	buf_init(&b, size - 1);
	buf_printf(&b, "`%s`", key->name);
	if (may_show(key, text))
		buf_printf(&b, " = `%s`", text);
	buf_add_str(&b, ": ");
	describe(key, &b);
	snprintf(why, size, "%s", b.data ? b.data : key->name);
	buf_clear(&b);
	return -EINVAL;
}

const char *settings_lookup(const struct spa_dict *dict, const char *name)
{
	const struct settings_key *key = settings_key_find(name);
	const char *text = spa_dict_lookup(dict, name);

	return text && settings_check_text(key, text) == 0 ? text : key->def;
}

bool settings_lookup_bool(const struct spa_dict *dict, const char *name)
{
	return spa_streq(settings_lookup(dict, name), "true");
}

uint32_t settings_lookup_uint(const struct spa_dict *dict, const char *name)
{
	uint64_t v = 0;

	str_to_uint(str_from(settings_lookup(dict, name)), UINT32_MAX, &v);
	return (uint32_t)v;
}

uint32_t settings_lookup_enum(const struct spa_dict *dict, const char *name)
{
	return (uint32_t)enum_index(settings_key_find(name), settings_lookup(dict, name));
}
