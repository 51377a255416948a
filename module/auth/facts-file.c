/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <spa/utils/defs.h>
#include <spa/utils/json.h>

#include "facts-file.h"
#include "module/util/conf.h"

static const char * const fact_names[N_FACTS] = {
	[FACT_LAST_ADDRESS] = "last-address",
	[FACT_TRANSPORT] = "transport",
	[FACT_TLS_PIN] = "tls-pin",
	[FACT_TLS_PIN_RTSP] = "tls-pin-rtsp",
	[FACT_BACKCHANNEL] = "backchannel",
	[FACT_NAME] = "name",
	[FACT_ID] = "id",
	[FACT_ENDPOINT] = "endpoint",
	[FACT_REFUSED] = "refused",
};

enum fact fact_find(const char *name)
{
	int i;

	for (i = 0; i < N_FACTS; i++)
		if (strcmp(name, fact_names[i]) == 0)
			break;
	return (enum fact)i;
}

int facts_check_text(const char *s, size_t max)
{
	struct str cur = str_from(s);
	uint32_t c;

	if (cur.len > max)
		return -E2BIG;
	while (cur.len > 0)
		if (str_utf8(&cur, &c) < 0 || c < 0x20 || c == 0x7f)
			return -EINVAL;
	return 0;
}

void facts_table_init(struct facts_table *t)
{
	*t = (struct facts_table){ 0 };
	spa_list_init(&t->cameras);
}

void facts_table_clear(struct facts_table *t)
{
	struct facts_camera *c;

	spa_list_consume(c, &t->cameras, link)
		facts_camera_free(t, c);
	explicit_bzero(t->key, sizeof(t->key));
	t->have_key = false;
}

struct facts_camera *facts_table_find(struct facts_table *t, const char *id)
{
	struct facts_camera *c;

	spa_list_for_each(c, &t->cameras, link)
		if (strcmp(c->id, id) == 0)
			return c;
	return NULL;
}

void facts_camera_free(struct facts_table *t, struct facts_camera *c)
{
	spa_list_remove(&c->link);
	t->n_cameras--;
	for (int i = 0; i < N_FACTS; i++)
		free(c->values[i]);
	free(c->id);
	free(c);
}

static void drop_oldest(struct facts_table *t)
{
	struct facts_camera *c, *oldest = spa_list_first(&t->cameras, struct facts_camera, link);

	spa_list_for_each(c, &t->cameras, link) {
		if (c->values[FACT_REFUSED] == NULL) {
			oldest = c;
			break;
		}
	}
	facts_camera_free(t, oldest);
}

struct facts_camera *facts_table_add(struct facts_table *t, const char *id)
{
	struct facts_camera *c = calloc(1, sizeof(*c));

	if (c == NULL || (c->id = strdup(id)) == NULL) {
		free(c);
		return NULL;
	}
	if (t->n_cameras >= FACTS_MAX_CAMERAS)
		drop_oldest(t);
	spa_list_append(&t->cameras, &c->link);
	t->n_cameras++;
	return c;
}

/* \return a copy of a text value, NULL with *res set */
static char *take_text(const char *pos, int len, int *res)
{
	char *s;

	if (len <= 0 || spa_json_is_container(pos, len)) {
		*res = -EBADMSG;
		return NULL;
	}
	if ((s = calloc(1, (size_t)len + 1)) == NULL)
		*res = -ENOMEM;
	else
		spa_json_parse_stringn(pos, len, s, len + 1);
	return s;
}

static int parse_camera(struct facts_table *t, struct spa_json *it, const char *id)
{
	struct facts_camera *c = facts_table_find(t, id);
	char name[128], *value;
	const char *pos;
	int len, res = 0;
	enum fact f;

	if (c == NULL && (c = facts_table_add(t, id)) == NULL)
		return -ENOMEM;
	while (spa_json_get_string(it, name, sizeof(name)) > 0) {
		len = spa_json_next(it, &pos);
		if ((value = take_text(pos, len, &res)) == NULL)
			return res;
		if ((f = fact_find(name)) == N_FACTS) {
			/* of a newer version */
			free(value);
			continue;
		}
		if (facts_check_text(value, LIMIT_TEXT_LEN) < 0) {
			free(value);
			return -EBADMSG;
		}
		free(c->values[f]);
		c->values[f] = value;
	}
	return 0;
}

static int parse_cameras(struct facts_table *t, struct spa_json *it)
{
	struct spa_json sub;
	const char *pos;
	char *id;
	int len, res = 0;

	while ((len = spa_json_next(it, &pos)) > 0) {
		if ((id = take_text(pos, len, &res)) == NULL)
			return res;
		if (id[0] == '\0' || facts_check_text(id, LIMIT_ID_LEN) < 0 ||
		    spa_json_enter_object(it, &sub) <= 0)
			res = -EBADMSG;
		else
			res = parse_camera(t, &sub, id);
		free(id);
		if (res < 0)
			return res;
	}
	return 0;
}

static int parse_secret(struct facts_table *t, struct spa_json *it)
{
	char hex[2 * FACTS_KEY_LEN + 8];	/* libspa counts the quotes too */
	struct str pair;
	uint64_t v = 0;
	int res = 0;
	size_t i;

	if (spa_json_get_string(it, hex, sizeof(hex)) <= 0 || strlen(hex) != 2 * FACTS_KEY_LEN)
		return -EBADMSG;
	for (i = 0; i < FACTS_KEY_LEN && res == 0; i++) {
		pair = str_make(hex + 2 * i, 2);
		if (str_hex(&pair, UINT8_MAX, &v) < 0 || pair.len != 0)
			res = -EBADMSG;
		t->key[i] = (uint8_t)v;
	}
	explicit_bzero(hex, sizeof(hex));
	t->have_key = res == 0;
	return res;
}

int facts_table_parse(struct facts_table *t, const char *data, size_t size)
{
	struct conf_error error;
	struct spa_json it, top, sub;
	const char *pos;
	char name[128];
	int res;

	if ((res = conf_check("", data, size, &error)) < 0)
		return res;
	spa_json_init(&it, data, size);
	if (spa_json_enter_object(&it, &top) <= 0)
		return -EBADMSG;
	while (spa_json_get_string(&top, name, sizeof(name)) > 0) {
		if (strcmp(name, "key") == 0)
			res = parse_secret(t, &top);
		else if (strcmp(name, "cameras") == 0)
			res = spa_json_enter_object(&top, &sub) > 0 ?
				parse_cameras(t, &sub) : -EBADMSG;
		else
			spa_json_next(&top, &pos);
		if (res < 0)
			return res;
	}
	return t->have_key ? 0 : -EBADMSG;
}

int facts_table_write(const struct facts_table *t, struct buf *dst)
{
	const struct facts_camera *c;
	size_t i;

	buf_add_str(dst, "# Written by pipewire-onvif: what it learned about cameras.\n"
			"# Edit only while it does not run.\n{\n    key = \"");
	for (i = 0; i < FACTS_KEY_LEN; i++)
		buf_printf(dst, "%02x", t->key[i]);
	buf_add_str(dst, "\"\n    cameras = {\n");
	spa_list_for_each(c, &t->cameras, link) {
		buf_add_str(dst, "        ");
		buf_add_quoted(dst, c->id);
		buf_add_str(dst, " = {\n");
		for (i = 0; i < N_FACTS; i++) {
			if (c->values[i] == NULL)
				continue;
			buf_printf(dst, "            %s = ", fact_names[i]);
			buf_add_quoted(dst, c->values[i]);
			buf_add_byte(dst, '\n');
		}
		buf_add_str(dst, "        }\n");
	}
	return buf_add_str(dst, "    }\n}\n");
}
