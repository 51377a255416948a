/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <regex.h>
#include <stdio.h>
#include <string.h>

#include <spa/utils/json.h>
#include <spa/utils/string.h>

#include <pipewire/properties.h>

#include "module/settings-private.h"
#include "module/util/conf.h"
#include "module/util/limits.h"

#define KEY_LEN		64u
#define MAX_KEYS	64u

/* A text is read only after conf_check() found its brackets right, so that what
 * spa_json makes of it is what its author sees. */
struct text {
	struct settings_build *b;
	const char *file;
	const char *data;
};

struct pair {
	const char *pos;	/* of the key */
	char key[KEY_LEN];	/* fit to be shown; "" when it is no key at all */
	struct str value;	/* a word, a string with its quotes, a whole container */
	bool after_login;	/* { password = my secret ... }: it may be the rest of a password */
};

static const char * const sections[] = { "onvif.properties", "onvif.cameras", "onvif.rules" };

static uint32_t line_of(const struct text *t, const char *pos)
{
	return conf_line(t->data, pos);
}

static bool is_key(const char *s)
{
	if (*s == '\0')
		return false;
	for (; *s; s++)
		if (str_find(STR_LIT("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_"), *s) < 0)
			return false;
	return true;
}

static bool next_token(struct spa_json *it, struct str *ret)
{
	const char *p;
	int len;

	if ((len = spa_json_next(it, &p)) <= 0)
		return false;
	if (spa_json_is_container(p, len))
		len = spa_json_container_len(it, p, len);
	*ret = str_make(p, (size_t)len);
	return true;
}

static bool is_login(const char *key)
{
	static const char * const words[] = { "user", "username", "login", "password", "passwd", "pass", "keyring", "pin" };
	const char *dot = strrchr(key, '.');

	for (size_t i = 0; i < SPA_N_ELEMENTS(words); i++)
		if (strcasecmp(dot ? dot + 1 : key, words[i]) == 0)
			return true;
	return false;
}

/* \param ret the pair before, zeroes at first */
static bool next_pair(struct spa_json *it, struct pair *ret)
{
	struct str key;

	ret->after_login |= is_login(ret->key);
	if (!next_token(it, &key) || !next_token(it, &ret->value))
		return false;
	ret->pos = key.p;
	if (settings_token_text(key, ret->key, sizeof(ret->key)) < 0 || !is_key(ret->key))
		ret->key[0] = '\0';
	return true;
}

static bool is_object(struct str token)
{
	return spa_json_is_object(token.p, (int)token.len);
}

static bool is_array(struct str token)
{
	return spa_json_is_array(token.p, (int)token.len);
}

/* Stands in front of the first pair; PipeWire's files may lack the outermost braces. */
static void enter_text(struct spa_json it[2], const char *data, size_t size)
{
	spa_json_init(&it[0], data, size);
	if (spa_json_enter_object(&it[0], &it[1]) <= 0)
		spa_json_init(&it[1], data, size);
}

static void say_unknown(struct text *t, const struct pair *p, const char *const *known, size_t n_known)
{
	const char *near;

	if (p->key[0] == '\0')
		settings_say(t->b, t->file, line_of(t, p->pos), "this is no key");
	else if (p->after_login)
		settings_say(t->b, t->file, line_of(t, p->pos), "unknown key after a password");
	else if ((near = conf_suggest(p->key, known, n_known)) != NULL)
		settings_say(t->b, t->file, line_of(t, p->pos), "unknown key `%s`: did you mean `%s`?",
				p->key, near);
	else
		settings_say(t->b, t->file, line_of(t, p->pos), "unknown key `%s`", p->key);
}

/* All keys are candidates: find_key() later says where the right one belongs. */
static void say_unknown_setting(struct text *t, const struct pair *p, bool or_section)
{
	const char *names[MAX_KEYS];
	const struct settings_key *keys;
	size_t i, n_keys, n = 0;

	if (is_login(p->key) && !p->after_login) {
		settings_say(t->b, t->file, line_of(t, p->pos), "unknown key `%s`: "
				"user, password and tls.pin belong into onvif-credentials.conf", p->key);
		return;
	}
	keys = settings_keys(&n_keys);
	for (i = 0; or_section && i < SPA_N_ELEMENTS(sections); i++)
		names[n++] = sections[i];
	for (i = 0; i < n_keys && n < MAX_KEYS; i++)
		names[n++] = keys[i].name;
	say_unknown(t, p, names, n);
}

static const char *place_name(uint32_t places)
{
	if (places & SETTINGS_IN_PROPERTIES)
		return "onvif.properties";
	if ((places & SETTINGS_IN_CAMERA) && (places & SETTINGS_IN_RULE))
		return "an entry of onvif.cameras or the update-props of a rule";
	if (places & SETTINGS_IN_CAMERA)
		return "an entry of onvif.cameras";
	if (places & SETTINGS_IN_RULE)
		return "the update-props of a rule";
	return "the matches of a rule";
}

/* \return the key when it may stand here */
static const struct settings_key *find_key(struct text *t, const struct pair *p, uint32_t place)
{
	const struct settings_key *key = settings_key_find(p->key);

	if (key && (key->places & place))
		return key;
	if (key)
		settings_say(t->b, t->file, line_of(t, p->pos), "`%s` belongs into %s, not into %s",
				p->key, place_name(key->places), place_name(place));
	else
		say_unknown_setting(t, p, false);
	return NULL;
}

/* Appends the pair as it stands when it is right. */
static void filter_pair(struct text *t, const struct pair *p, uint32_t place, struct buf *out)
{
	const struct settings_key *key = find_key(t, p, place);
	char why[LIMIT_ERROR_LEN];

	if (key == NULL)
		return;
	if (settings_check_value(key, p->value, why, sizeof(why)) < 0) {
		settings_say(t->b, t->file, line_of(t, p->pos), "%s", p->after_login ?
				"wrong value after a password" : why);
		return;
	}
	buf_printf(out, "%s = ", key->name);
	buf_add_slice(out, p->value);
	buf_add_byte(out, '\n');
}

static void filter_object(struct text *t, struct str object, uint32_t place, struct buf *out)
{
	struct spa_json it[2];
	struct pair p = { 0 };

	spa_json_init(&it[0], object.p, object.len);
	spa_json_enter_object(&it[0], &it[1]);
	while (next_pair(&it[1], &p))
		filter_pair(t, &p, place, out);
}

/* onvif.properties */

static void add_properties(struct text *t, struct buf *pairs)
{
	if (pairs->error < 0 || (pairs->len > 0 &&
	    pw_properties_update_string(t->b->properties, pairs->data, pairs->len) < 0))
		t->b->error = -ENOMEM;
}

static void read_properties(struct text *t, const struct pair *section)
{
	struct buf out;

	buf_init(&out, LIMIT_CONF_LEN);
	filter_object(t, section->value, SETTINGS_IN_PROPERTIES, &out);
	/* later pairs win */
	if (t->b->no_discovery)
		buf_add_str(&out, "onvif.discovery = null\n");
	add_properties(t, &out);
	buf_clear(&out);
}

/* onvif.cameras */

static void read_camera(struct text *t, struct str entry)
{
	struct buf out;
	int res;

	if (!is_object(entry)) {
		settings_say(t->b, t->file, line_of(t, entry.p),
				"an entry of onvif.cameras is { key = value ... }: left out");
		return;
	}
	buf_init(&out, LIMIT_CONF_LEN);
	filter_object(t, entry, SETTINGS_IN_CAMERA, &out);
	if (out.error < 0)
		t->b->error = -ENOMEM;
	else if ((res = settings_add_camera(t->b, buf_str(&out))) == -EINVAL)
		settings_say(t->b, t->file, line_of(t, entry.p), "this entry names no camera and is left out: "
				"it needs a right onvif.id, onvif.address or rtsp.uri");
	else if (res == -E2BIG)
		settings_say(t->b, t->file, line_of(t, entry.p), "more than %u cameras: this one is left out",
				LIMIT_CAMERAS_MAX);
	buf_clear(&out);
}

/* onvif.rules */

/* the repetitions of "{n}", "{n,}", "{n,m}" or "{,m}" at re, behind the brace */
static uint64_t bound(const char *re)
{
	struct str cur = str_from(re);
	uint64_t n = 0, m = 0;

	str_uint(&cur, UINT16_MAX, &n);
	if (str_char(&cur, ',') == 0 && str_uint(&cur, UINT16_MAX, &m) < 0)
		n++;
	return SPA_MAX(SPA_MAX(n, m), (uint64_t)1);
}

/* What is repeated is copied, once for each time: those inside each other multiply, and
 * regcomp() takes all memory for "a++++++++++++++++++++++++++++++". */
static bool is_modest(const char *re)
{
	uint64_t size = strlen(re);

	for (; *re && size <= LIMIT_REGEX_SIZE; re++) {
		if (*re == '\\' && re[1])
			re++;
		else if (*re == '+')
			size *= 2;
		else if (*re == '{')
			size *= bound(re + 1);
	}
	return size <= LIMIT_REGEX_SIZE;
}

static bool check_regex(struct text *t, const struct pair *p, const char *text)
{
	regex_t re;

	if (!is_modest(text)) {
		settings_say(t->b, t->file, line_of(t, p->pos), "`%s`: a regular expression with too many "
				"repetitions: the rule is left out", p->key);
		return false;
	}
	if (regcomp(&re, text, REG_EXTENDED | REG_NOSUB) == 0)
		regfree(&re);
	else
		settings_say(t->b, t->file, line_of(t, p->pos), "`%s`: not a regular expression, "
				"nothing matches it", p->key);
	return true;
}

/* \return false: the rule must not be used. (A condition is not taken out of it, whatever it
 * is: it would match more than it should.) */
static bool check_condition(struct text *t, const struct pair *p)
{
	char text[LIMIT_LINE_LEN];
	bool known = find_key(t, p, SETTINGS_IN_MATCH) != NULL;

	if (spa_json_is_null(p->value.p, (int)p->value.len))
		return true;
	/* PipeWire reads no more than 1023 bytes */
	if (p->value.len >= 1024 || settings_token_text(p->value, text, sizeof(text)) < 0) {
		if (known)
			settings_say(t->b, t->file, line_of(t, p->pos), "`%s`: a text, or a regular "
					"expression as in \"~Reolink.*\"", p->key);
		return true;
	}
	/* newer ones know "!~", too */
	return text[strspn(text, "!")] != '~' || check_regex(t, p, text + strspn(text, "!") + 1);
}

/* object: conditions that have to hold together. \return as check_condition() */
static bool check_conditions(struct text *t, struct str object)
{
	struct spa_json it[2];
	struct pair p = { 0 };
	bool any = false, use = true;

	spa_json_init(&it[0], object.p, object.len);
	spa_json_enter_object(&it[0], &it[1]);
	while (next_pair(&it[1], &p)) {
		use &= check_condition(t, &p);
		any = true;
	}
	if (!any)
		settings_say(t->b, t->file, line_of(t, object.p), "{ } matches no camera: what is for all "
				"of them belongs into `onvif.properties`");
	return use;
}

/* \return false: that is no list of conditions; *ret_use: whether the rule can be used */
static bool check_matches(struct text *t, struct str matches, bool *ret_use)
{
	struct spa_json it[2];
	struct str item;
	uint32_t n = 0;

	if (!is_array(matches))
		return false;
	spa_json_init(&it[0], matches.p, matches.len);
	spa_json_enter_array(&it[0], &it[1]);
	while (next_token(&it[1], &item)) {
		if (!is_object(item))
			return false;
		*ret_use &= check_conditions(t, item);
		n++;
	}
	return n > 0;
}

static void filter_actions(struct text *t, struct str actions, struct buf *out)
{
	static const char * const known[] = { "update-props" };
	struct spa_json it[2];
	struct pair p = { 0 };

	spa_json_init(&it[0], actions.p, actions.len);
	spa_json_enter_object(&it[0], &it[1]);
	while (next_pair(&it[1], &p)) {
		if (!spa_streq(p.key, known[0]))
			settings_say(t->b, t->file, line_of(t, p.pos), "unknown action `%s`: "
					"the only one is `update-props`", p.key);
		else if (!is_object(p.value))
			settings_say(t->b, t->file, line_of(t, p.pos), "`update-props`: "
					"an object as in { key = value }");
		else
			filter_object(t, p.value, SETTINGS_IN_RULE, out);
	}
}

static void add_rule(struct text *t, struct str matches, struct buf *props)
{
	struct buf rule;

	buf_init(&rule, LIMIT_CONF_LEN);
	buf_add_str(&rule, "{ matches = ");
	buf_add_slice(&rule, matches);
	buf_add_str(&rule, " actions = { update-props = {\n");
	buf_add_slice(&rule, buf_str(props));
	buf_add_str(&rule, "} } }\n");
	if (rule.error < 0 || props->error < 0 || buf_add_slice(&t->b->rules, buf_str(&rule)) == -ENOMEM)
		t->b->error = -ENOMEM;
	else if (t->b->rules.error < 0)
		settings_say(t->b, t->file, line_of(t, matches.p), "too many rules: this one is left out");
	buf_clear(&rule);
}

static void read_rule(struct text *t, struct str rule)
{
	static const char * const known[] = { "matches", "actions" };
	struct str matches = { 0 }, actions = { 0 };
	struct spa_json it[2];
	struct pair p = { 0 };
	struct buf props;
	bool use = true;

	if (is_object(rule)) {
		spa_json_init(&it[0], rule.p, rule.len);
		spa_json_enter_object(&it[0], &it[1]);
		while (next_pair(&it[1], &p)) {
			if (spa_streq(p.key, "matches"))
				matches = p.value;
			else if (spa_streq(p.key, "actions"))
				actions = p.value;
			else
				say_unknown(t, &p, known, SPA_N_ELEMENTS(known));
		}
	}
	if (!check_matches(t, matches, &use) || !is_object(actions)) {
		settings_say(t->b, t->file, line_of(t, rule.p), "a rule is { matches = [ { ... } ] "
				"actions = { update-props = { ... } } }: left out");
		return;
	}
	buf_init(&props, LIMIT_CONF_LEN);
	filter_actions(t, actions, &props);
	if (use && (props.len > 0 || props.error < 0))
		add_rule(t, matches, &props);
	buf_clear(&props);
}

/* the text as a whole */

static void read_list(struct text *t, const struct pair *section, void (*item)(struct text *t, struct str item))
{
	struct spa_json it[2];
	struct str token;

	spa_json_init(&it[0], section->value.p, section->value.len);
	spa_json_enter_array(&it[0], &it[1]);
	while (next_token(&it[1], &token))
		item(t, token);
}

/* Sections of PipeWire itself, and of other modules, are none of our business. */
static void check_foreign(struct text *t, const struct pair *p, bool args)
{
	const struct settings_key *key = settings_key_find(p->key);
	const char *near;

	if (args && spa_streq(p->key, "remote.name"))
		return;
	if (key)
		settings_say(t->b, t->file, line_of(t, p->pos), "`%s` belongs into %s",
				p->key, place_name(key->places));
	else if (args)
		say_unknown_setting(t, p, true);
	else if (strncasecmp(p->key, "onvif", 5) == 0 && (near = conf_suggest(p->key, sections,
			SPA_N_ELEMENTS(sections))) != NULL)
		settings_say(t->b, t->file, line_of(t, p->pos), "unknown section `%s`: did you mean `%s`?",
				p->key, near);
	else if (strncmp(p->key, "onvif.", 6) == 0)
		settings_say(t->b, t->file, line_of(t, p->pos), "unknown section `%s`: there are "
				"onvif.properties, onvif.cameras and onvif.rules", p->key);
}

static void read_section(struct text *t, const struct pair *p, bool args)
{
	const struct settings_key *key = settings_key_find(p->key);
	struct buf out;

	if (spa_streq(p->key, sections[0]) && is_object(p->value)) {
		read_properties(t, p);
	} else if (spa_streq(p->key, sections[1]) && is_array(p->value)) {
		read_list(t, p, read_camera);
	} else if (spa_streq(p->key, sections[2]) && is_array(p->value)) {
		read_list(t, p, read_rule);
	} else if (spa_streq(p->key, sections[0])) {
		settings_say(t->b, t->file, line_of(t, p->pos), "`%s` is { key = value ... }: left out", p->key);
	} else if (spa_streq(p->key, sections[1]) || spa_streq(p->key, sections[2])) {
		settings_say(t->b, t->file, line_of(t, p->pos), "`%s` is [ { ... } ... ]: left out", p->key);
	} else if (args && key && (key->places & SETTINGS_IN_PROPERTIES)) {
		buf_init(&out, LIMIT_CONF_LEN);
		filter_pair(t, p, SETTINGS_IN_PROPERTIES, &out);
		add_properties(t, &out);
		buf_clear(&out);
	} else {
		check_foreign(t, p, args);
	}
}

void settings_read_text(struct settings_build *b, const char *file, const char *data, size_t size,
		bool args)
{
	struct text t = { .b = b, .file = file, .data = data };
	struct conf_error error;
	struct spa_json it[2];
	struct pair p = { 0 };

	if (conf_check(file, data, size, &error) < 0) {
		settings_say(b, file, error.line, "%s. Nothing in %s is used", error.message,
				args ? "the arguments" : "this file");
		return;
	}
	enter_text(it, data, size);
	while (next_pair(&it[1], &p))
		read_section(&t, &p, args);
}

bool settings_concerns_us(const char *data, size_t size)
{
	struct spa_json it[2];
	struct pair p = { 0 };

	enter_text(it, data, size);
	while (next_pair(&it[1], &p))
		if (strncmp(p.key, "onvif.", 6) == 0)
			return true;
	return false;
}
