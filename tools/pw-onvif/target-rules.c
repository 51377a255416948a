/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "tools/pw-onvif/target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <spa/utils/json.h>
#include <spa/utils/string.h>

#include <pipewire/conf.h>

#include "module/util/buf.h"
#include "module/util/text.h"

/* Which rules apply to a camera: each is tried by itself. */

struct rule_call {
	void (*applies)(void *data, const char *text);
	void *data;
};

/* "{ a = 1 b = 2 }" as "a = 1, b = 2" */
static int on_rule(void *data, const char *location, const char *action, const char *str, size_t len)
{
	struct rule_call *call = data;
	struct pw_properties *props = pw_properties_new(NULL, NULL);
	const struct spa_dict_item *item;
	char shown[LIMIT_ERROR_LEN];
	struct buf b;

	if (props == NULL || !spa_streq(action, "update-props") ||
	    pw_properties_update_string(props, str, len) < 0) {
		pw_properties_free(props);
		return 0;
	}
	buf_init(&b, LIMIT_LINE_LEN);
	spa_dict_for_each(item, &props->dict)
		buf_printf(&b, "%s%s = %s", b.len ? ", " : "", item->key, item->value);
	text_sanitize(buf_str(&b), shown, sizeof(shown));
	call->applies(call->data, shown);
	buf_clear(&b);
	pw_properties_free(props);
	return 0;
}

static void try_rule(const struct spa_dict *subject, const char *rule, size_t len, struct rule_call *call)
{
	char *text;
	int n = asprintf(&text, "[ %.*s ]", (int)len, rule);

	if (n < 0)
		return;
	pw_conf_match_rules(text, (size_t)n, "onvif", subject, on_rule, call);
	free(text);
}

void target_rules(const struct target *t, void (*applies)(void *data, const char *text), void *data)
{
	struct rule_call call = { applies, data };
	struct pw_properties *subject = pw_properties_copy(t->told);
	struct spa_json it[2];
	const char *value;
	int len;

	if (subject && t->entry)
		pw_properties_update(subject, &t->entry->dict);
	spa_json_init(&it[0], t->settings->rules, strlen(t->settings->rules));
	if (subject && spa_json_enter_array(&it[0], &it[1]) > 0) {
		while ((len = spa_json_next(&it[1], &value)) > 0) {
			if (spa_json_is_container(value, len))
				len = spa_json_container_len(&it[1], value, len);
			try_rule(&subject->dict, value, (size_t)SPA_MAX(len, 0), &call);
		}
	}
	pw_properties_free(subject);
}
