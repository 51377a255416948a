/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include <spa/utils/defs.h>
#include <spa/utils/json.h>
#include <spa/utils/string.h>

#include "module/util/conf.h"
#include "module/util/text.h"
#include "tools/pw-onvif/out.h"
#include "tools/pw-onvif/service.h"

static const char * const speaker_names[] = {
	[SERVICE_SPEAKER_UNKNOWN] = "unknown",
	[SERVICE_SPEAKER_NO] = "no",
	[SERVICE_SPEAKER_YES] = "yes",
};

#define TEXT(member)	{ #member, offsetof(struct service_camera, member), \
				sizeof(((struct service_camera *)0)->member) }

/* in the order in which they are written */
static const struct text_member {
	const char *name;
	size_t offset, size;
} text_members[] = {
	TEXT(id), TEXT(name), TEXT(address), TEXT(manufacturer), TEXT(model), TEXT(state),
	TEXT(error), TEXT(codec), TEXT(transport), TEXT(node),
};

/* 0.3.65's readers have no bounds of their own: whatever is taken fits in here, decoded */
struct token {
	char text[SERVICE_MAX_VALUE];
};

static bool next_text(struct spa_json *it, struct token *ret)
{
	const char *value;
	int len;

	/* a container is an empty text; what is in it is skipped by the next call */
	if ((len = spa_json_next(it, &value)) <= 0)
		return false;
	if (spa_json_is_container(value, len))
		ret->text[0] = '\0';
	else if (spa_json_parse_stringn(value, len, ret->text, sizeof(ret->text)) < 0)
		return false;
	return true;
}

static int parse_number(struct str s, int64_t *ret)
{
	bool negative = str_char(&s, '-') == 0;
	uint64_t value;
	int res;

	if ((res = str_to_uint(s, INT64_MAX, &value)) < 0)
		return res;
	*ret = negative ? -(int64_t)value : (int64_t)value;
	return 0;
}

static void parse_counters(struct spa_json *it, struct service_camera *c)
{
	struct token name, value;
	struct service_counter *counter;

	while (next_text(it, &name) && next_text(it, &value)) {
		if (c->n_counters == SERVICE_MAX_COUNTERS)
			continue;
		counter = &c->counters[c->n_counters];
		if (parse_number(str_from(value.text), &counter->value) < 0)
			continue;
		if (text_sanitize(str_from(name.text), counter->name, sizeof(counter->name)) > 0)
			c->n_counters++;
	}
}

static enum service_speaker parse_speaker(const char *text)
{
	for (size_t i = 0; i < SPA_N_ELEMENTS(speaker_names); i++)
		if (spa_streq(text, speaker_names[i]))
			return (enum service_speaker)i;
	return SERVICE_SPEAKER_UNKNOWN;
}

static void set_member(struct service_camera *c, const char *name, const char *value)
{
	uint64_t seconds;

	if (spa_streq(name, "speaker"))
		c->speaker = parse_speaker(value);
	else if (spa_streq(name, "configured"))
		c->configured = spa_streq(value, "true");
	else if (spa_streq(name, "claimed"))
		c->claimed = spa_streq(value, "true");
	else if (spa_streq(name, "last-seen") && str_to_uint(str_from(value), INT64_MAX, &seconds) == 0)
		c->last_seen = seconds;
	for (size_t i = 0; i < SPA_N_ELEMENTS(text_members); i++)
		if (spa_streq(name, text_members[i].name) && !spa_streq(value, "null"))
			text_sanitize(str_from(value), SPA_PTROFF(c, text_members[i].offset, char),
					text_members[i].size);
}

static void parse_members(struct spa_json *object, struct service_camera *c)
{
	struct spa_json sub;
	struct token name, value;

	while (next_text(object, &name)) {
		if (!spa_streq(name.text, "counters")) {
			if (!next_text(object, &value))
				return;
			set_member(c, name.text, value.text);
		} else if (spa_json_enter_object(object, &sub) > 0) {
			parse_counters(&sub, c);
		}
	}
}

int service_camera_parse(const char *key, const char *value, struct service_camera *ret)
{
	struct service_camera c = { 0 };
	size_t len = strnlen(value, SERVICE_MAX_VALUE);
	struct conf_error error;
	struct spa_json it, object;

	if (len == SERVICE_MAX_VALUE || str_copy(str_from(key), c.key, sizeof(c.key)) < 0)
		return -E2BIG;
	/* PipeWire's reader takes anything: brackets that do not match are no object */
	if (conf_check("", value, len, &error) < 0)
		return -EBADMSG;
	spa_json_init(&it, value, len);
	if (spa_json_enter_object(&it, &object) <= 0)
		return -EBADMSG;
	parse_members(&object, &c);
	if (c.id[0] == '\0')
		text_sanitize(str_from(key), c.id, sizeof(c.id));
	*ret = c;
	return 0;
}

static void add_counters(struct buf *b, const struct service_camera *c)
{
	buf_add_str(b, ",\"counters\":{");
	for (uint32_t i = 0; i < c->n_counters; i++) {
		if (i > 0)
			buf_add_byte(b, ',');
		out_json_string(b, str_from(c->counters[i].name));
		buf_printf(b, ":%" PRIi64, c->counters[i].value);
	}
	buf_add_byte(b, '}');
}

int service_camera_json(struct buf *b, const struct service_camera *c)
{
	buf_add_byte(b, '{');
	for (size_t i = 0; i < SPA_N_ELEMENTS(text_members); i++)
		out_json_member(b, text_members[i].name,
				SPA_PTROFF(c, text_members[i].offset, const char));
	out_json_member(b, "speaker", speaker_names[c->speaker]);
	buf_printf(b, ",\"configured\":%s,\"claimed\":%s,\"last-seen\":%" PRIu64,
			c->configured ? "true" : "false", c->claimed ? "true" : "false", c->last_seen);
	if (c->n_counters > 0)
		add_counters(b, c);
	return buf_add_byte(b, '}');
}
