/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <spa/utils/defs.h>

#include "module/auth/credentials-file.h"
#include "module/auth/facts-file.h"
#include "module/settings-private.h"
#include "module/util/conf.h"
#include "module/util/uri.h"
#include "tests/fuzz/fuzz.h"

/* What users and we ourselves write into files. The first byte says which, 'a' to 'f'.
 * Whatever is wrong with a file is told with its line, and no password is told. */
#define CANARY	"s3cr3t-canary"

/* what stands before a password */
static bool is_secret(struct str before)
{
	static const struct str places[] = {
		STR_LIT("password = "), STR_LIT("password = \""), STR_LIT("password = my "),
		STR_LIT("rtsp://u:"), STR_LIT("rtsps://u:a@"),
	};

	for (size_t i = 0; i < SPA_N_ELEMENTS(places); i++)
		if (before.len >= places[i].len &&
		    str_eq(str_make(before.p + before.len - places[i].len, places[i].len), places[i]))
			/* (the name of a key ends in it: another key) */
			return before.len == places[i].len || places[i].p[0] != 'p' ||
				strchr(" \t\n{[,", before.p[before.len - places[i].len - 1]) != NULL;
	return false;
}

/* Only where it is nothing but a password, it must not be told: as the name of a key it is. */
static bool hides_canary(struct str text)
{
	struct str rest = text;
	ptrdiff_t at;

	while ((at = str_search(rest, STR_LIT(CANARY))) >= 0) {
		const char *p = rest.p + at;

		if (!is_secret(str_make(text.p, (size_t)(p - text.p))))
			return false;
		rest = str_make(p + 1, rest.len - (size_t)at - 1);
	}
	return true;
}

static void check_message(const char *message, bool hides)
{
	struct str s = str_from(message);
	uint32_t c;

	fuzz_assert(s.len > 0);
	fuzz_assert(!hides || strstr(message, CANARY) == NULL);
	/* it may be cut inside of a character */
	while (s.len >= 4)
		fuzz_assert(str_utf8(&s, &c) == 0 && c >= ' ' && c != 0x7f);
}

static void check_error(const struct conf_error *error, struct str text, int res)
{
	fuzz_assert(res == -EBADMSG || res == -E2BIG);
	fuzz_assert(error->file != NULL && strcmp(error->file, "file") == 0);
	fuzz_assert(error->line >= 1 && error->line <= conf_line(text.p, text.p + text.len));
	fuzz_assert(memchr(error->message, '\0', sizeof(error->message)) != NULL);
	check_message(error->message, hides_canary(text));
}

static void fuzz_conf(struct str in)
{
	struct conf_error error = { 0 };
	int res = conf_check("file", in.p, in.len, &error);

	if (res < 0)
		check_error(&error, in, res);
	else
		fuzz_assert(str_find(in, '\0') < 0);
}

static void fuzz_credentials(struct str in)
{
	struct credential_list list, again;
	struct conf_error error = { 0 };
	int res = credential_list_parse("file", in.p, in.len, &list, &error);

	if (res < 0) {
		check_error(&error, in, res);
		return;
	}
	fuzz_assert(list.n_entries <= LIMIT_CREDENTIALS);
	for (uint32_t i = 0; i < list.n_entries; i++) {
		const struct credential_entry *e = &list.entries[i];

		fuzz_assert(e->id != NULL || e->address != NULL);
		fuzz_assert(e->user != NULL && e->user[0] != '\0' && strlen(e->user) <= LIMIT_CREDENTIAL_LEN);
		fuzz_assert(e->password.value != NULL && strlen(e->password.value) <= LIMIT_CREDENTIAL_LEN);
		fuzz_assert(e->tls_pin == NULL || str_has_prefix(str_from(e->tls_pin), STR_LIT("sha256//")));
		fuzz_assert(fuzz_is_line(str_from(e->user)) && str_find(str_from(e->user), '\t') < 0);
		fuzz_assert(e->line >= 1 && (i == 0 || e->line >= list.entries[i - 1].line));
	}
	fuzz_assert(credential_list_parse("file", in.p, in.len, &again, &error) == 0);
	fuzz_assert(credential_list_equal(&list, &again));
	credential_list_clear(&again);
	credential_list_clear(&list);
}

/* What was learned is not lost: what is written is what is read. */
static void fuzz_facts(struct str in)
{
	struct facts_table a, b;
	struct buf first, second;

	facts_table_init(&a);
	facts_table_init(&b);
	buf_init(&first, LIMIT_CONF_LEN);
	buf_init(&second, LIMIT_CONF_LEN);
	if (facts_table_parse(&a, in.p, in.len) == 0) {
		fuzz_assert(a.have_key && a.n_cameras <= FACTS_MAX_CAMERAS);
		fuzz_assert(facts_table_write(&a, &first) == 0);
		fuzz_assert(facts_table_parse(&b, first.data, first.len) == 0);
		fuzz_assert(memcmp(a.key, b.key, sizeof(a.key)) == 0 && a.n_cameras == b.n_cameras);
		fuzz_assert(facts_table_write(&b, &second) == 0);
		fuzz_assert(str_eq(buf_str(&first), buf_str(&second)));
	}
	buf_clear(&first);
	buf_clear(&second);
	facts_table_clear(&a);
	facts_table_clear(&b);
}

struct reading {
	const char *name;	/* what each message begins with */
	bool hides;
	uint32_t n_messages;
};

static void on_message(void *data, const char *text)
{
	struct reading *r = data;
	size_t len = strlen(r->name);

	fuzz_assert(strncmp(text, r->name, len) == 0 && text[len] == ':');
	/* a line, and what is wrong there */
	fuzz_assert(text[len + 1] >= '1' && text[len + 1] <= '9');
	check_message(text + len, r->hides);
	r->n_messages++;
}

/* whatever was written, what is used is in range and names no password */
static void check_options(const struct spa_dict *props)
{
	struct camera_options o;
	struct uri uri;

	camera_options_parse(props, &o);
	fuzz_assert(o.ptime_ms >= 10 && o.ptime_ms <= 160 && o.hold_ms <= 8000 && o.preroll_ms <= 5000);
	fuzz_assert(o.reconnect_min_ms >= 100 && o.reconnect_min_ms <= o.reconnect_max_ms);
	fuzz_assert(o.transport <= CAMERA_TRANSPORT_HTTPS && o.tls_verify <= CAMERA_TLS_VERIFY_NONE);
	fuzz_assert(o.codec != NULL && strlen(o.codec) < 32);
	fuzz_assert(o.uri == NULL || (uri_parse(str_from(o.uri), &uri) == 0 && !uri.has_userinfo));
	fuzz_assert(o.address == NULL || fuzz_is_line(str_from(o.address)));
}

static void check_settings(const struct settings *s)
{
	static const struct spa_dict_item items[] = {
		{ "onvif.id", "urn:uuid:1" }, { "onvif.model", "RLC-1" }, { "onvif.name", "Front Door" },
		{ "rtsp.server", "Rtsp Server/2.0" },
	};
	static const struct spa_dict facts = SPA_DICT_INIT_ARRAY(items);
	struct pw_properties *props;

	fuzz_assert(s->n_cameras <= LIMIT_CAMERAS_MAX && s->max_cameras <= LIMIT_CAMERAS_MAX);
	fuzz_assert(s->probe_interval_ms >= 5000 && s->expire_s >= 60);
	fuzz_assert((props = settings_camera_props(s, &facts, NULL)) != NULL);
	check_options(&props->dict);
	pw_properties_free(props);
	for (uint32_t i = 0; i < s->n_cameras; i++) {
		const struct spa_dict *entry = &s->cameras[i]->dict;

		check_options(entry);
		fuzz_assert((props = settings_camera_props(s, &facts, entry)) != NULL);
		check_options(&props->dict);
		pw_properties_free(props);
	}
}

/* no files but the one that is named */
static const struct settings_dirs nowhere = { .etc = "/nonexistent", .share = { "/nonexistent", "/nonexistent" } };

static void read_settings(const char *args, const char *file, struct str text, struct settings **ret)
{
	struct reading r = { .name = file ? file : SETTINGS_ARGS_NAME, .hides = hides_canary(text) };

	setenv("PIPEWIRE_CONFIG_DIR", "/nonexistent", 1);
	fuzz_assert(settings_new_in(&nowhere, args, file, on_message, &r, ret) == 0);
	check_settings(*ret);
}

static void fuzz_arguments(struct str in)
{
	char *args = strndup(in.p ? in.p : "", in.len);
	struct settings *s;

	fuzz_assert(args != NULL);
	read_settings(args, NULL, str_from(args), &s);
	settings_free(s);
	free(args);
}

/* Rules that were taken over are taken over again as they are. */
static void check_rules(const struct settings *s)
{
	struct settings *again;
	char *args = NULL;

	fuzz_assert(asprintf(&args, "onvif.rules = %s", s->rules) > 0);
	fuzz_assert(settings_new_in(&nowhere, args, NULL, NULL, NULL, &again) == 0);
	fuzz_assert(strcmp(s->rules, again->rules) == 0);
	settings_free(again);
	free(args);
}

static void fuzz_settings(struct str in)
{
	static char path[64];
	static int fd = -1;
	struct settings *s;

	if (fd < 0) {
		fuzz_assert((fd = memfd_create("settings", MFD_CLOEXEC)) >= 0);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	}
	fuzz_assert(ftruncate(fd, 0) == 0);
	fuzz_assert(pwrite(fd, in.p, in.len, 0) == (ssize_t)in.len);
	read_settings(NULL, path, in, &s);
	check_rules(s);
	settings_free(s);
}

static void fuzz_suggest(struct str in)
{
	static const char * const known[] = { "id", "address", "user", "password", "tls.pin", "onvif.probe.interval" };
	char *word = strndup(in.p ? in.p : "", in.len);
	const char *meant;
	bool found = false;

	fuzz_assert(word != NULL);
	meant = conf_suggest(word, known, SPA_N_ELEMENTS(known));
	for (size_t i = 0; i < SPA_N_ELEMENTS(known); i++) {
		found |= meant == known[i];
		if (strcmp(word, known[i]) == 0)
			fuzz_assert(meant == known[i]);
	}
	fuzz_assert(found || meant == NULL);
	free(word);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const targets[])(struct str in) = {
		fuzz_conf, fuzz_credentials, fuzz_facts, fuzz_settings, fuzz_arguments, fuzz_suggest,
	};
	struct str in = str_make((const char *)data, size);
	uint8_t which = fuzz_byte(&in);

	targets[(uint8_t)(which - 'a') % SPA_N_ELEMENTS(targets)](in);
	return 0;
}
