/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <ctype.h>
#include <limits.h>

#include <spa/utils/defs.h>
#include <spa/utils/string.h>

#include "module/util/conf.h"
#include "tests/unit/module/fixture.h"

/*
 * README.md's table of keys and the lists of the man pages are what settings_keys() says.
 * After a change there, from the top of the source:
 *	build/tests/unit/module/test-settings-readme --update
 */

#define PAGE5	"doc/pipewire-onvif.conf.5.rst"
#define PAGE7	"doc/libpipewire-module-onvif.7.rst"

static void add_value(struct buf *b, const struct settings_key *key)
{
	static const char * const types[] = {
		[SETTINGS_BOOL] = "true, false",
		[SETTINGS_STRING] = "text",
		[SETTINGS_LIST] = "names",
		[SETTINGS_OBJECT] = "object",
		[SETTINGS_URI] = "URI",
		[SETTINGS_HOST] = "name or address",
		[SETTINGS_PATH] = "path",
	};

	if (key->type == SETTINGS_UINT)
		buf_printf(b, "%u to %u%s%s", key->min, key->max, key->unit ? " " : "",
				key->unit ? key->unit : "");
	else if (key->type == SETTINGS_ENUM)
		for (size_t i = 0; key->values[i]; i++)
			buf_printf(b, "%s%s", i ? ", " : "", key->values[i]);
	else
		buf_add_str(b, types[key->type]);
}

/* (what is no number has a length in a man page, where there is room for it) */
static void add_length(struct buf *b, const struct settings_key *key)
{
	if (key->type == SETTINGS_LIST)
		buf_printf(b, ", %u at most", key->max);
	else if (key->type != SETTINGS_BOOL && key->type != SETTINGS_UINT && key->type != SETTINGS_ENUM)
		buf_printf(b, " of %u to %u bytes", key->min, key->max);
}

static void add_places(struct buf *b, const struct settings_key *key)
{
	static const struct {
		uint32_t place;
		const char *name;
	} places[] = {
		{ SETTINGS_IN_PROPERTIES, "properties" },
		{ SETTINGS_IN_CAMERA, "camera" },
		{ SETTINGS_IN_RULE, "rule" },
		{ SETTINGS_IN_MATCH, "match" },
		{ SETTINGS_WHILE_RUNNING, "running" },
	};
	const char *comma = "";

	for (size_t i = 0; i < SPA_N_ELEMENTS(places); i++) {
		if (key->places & places[i].place) {
			buf_printf(b, "%s%s", comma, places[i].name);
			comma = ", ";
		}
	}
}

static void add_row(struct buf *b, const struct settings_key *key)
{
	buf_printf(b, "| `%s` | ", key->name);
	add_places(b, key);
	buf_add_str(b, " | ");
	add_value(b, key);
	buf_printf(b, " | %s | %s |\n", key->def ? key->def : "", key->help);
}

static void add_definition(struct buf *b, const struct settings_key *key)
{
	buf_printf(b, "**%s** = ", key->name);
	add_value(b, key);
	add_length(b, key);
	buf_printf(b, "\n    %c%s.", toupper(key->help[0]), key->help + 1);
	if (key->def)
		buf_printf(b, " Default: %s.", key->def);
	if (key->places != SETTINGS_IN_PROPERTIES) {
		buf_add_str(b, " Places: ");
		add_places(b, key);
		buf_add_byte(b, '.');
	}
	buf_add_byte(b, '\n');
}

static void add_name(struct buf *b, const struct settings_key *key)
{
	buf_printf(b, "| **%s**\n", key->name);
}

/* what stands between two lines of a document */
static const struct list {
	const char *file, *begin, *end, *head;
	uint32_t places;
	void (*add)(struct buf *b, const struct settings_key *key);
} lists[] = {
	{ "README.md", "<!-- keys: begin -->\n", "<!-- keys: end -->\n",
		"| key | where | value | default | what |\n|---|---|---|---|---|\n", UINT32_MAX, add_row },
	{ PAGE5, ".. properties - begin\n", ".. properties - end\n", "\n",
		SETTINGS_IN_PROPERTIES, add_definition },
	{ PAGE5, ".. cameras - begin\n", ".. cameras - end\n", "\n",
		~SETTINGS_IN_PROPERTIES, add_definition },
	{ PAGE7, ".. arguments - begin\n", ".. arguments - end\n", "\n",
		SETTINGS_IN_PROPERTIES, add_name },
	{ PAGE7, ".. running - begin\n", ".. running - end\n", "\n",
		SETTINGS_WHILE_RUNNING, add_name },
};

static void make_list(struct buf *b, const struct list *l)
{
	const struct settings_key *keys;
	size_t n;

	keys = settings_keys(&n);
	buf_add_str(b, l->head);
	for (size_t i = 0; i < n; i++)
		if (keys[i].places & l->places)
			l->add(b, &keys[i]);
	if (l->add != add_row)
		buf_add_byte(b, '\n');
	check_int(b->error, 0);
}

/* The file; where its list begins and ends. */
static char *read_document(const struct list *l, char **ret_begin, char **ret_end)
{
	char path[PATH_MAX], *text;
	size_t size;

	snprintf(path, sizeof(path), SOURCE_DIR "/%s", l->file);
	check_int(conf_read_file(path, &text, &size), 0);
	*ret_begin = strstr(text, l->begin);
	*ret_end = strstr(text, l->end);
	check(*ret_begin && *ret_end && *ret_begin < *ret_end);
	*ret_begin += strlen(l->begin);
	return text;
}

static void documents_have_the_lists(void)
{
	char *text, *begin, *end;
	struct buf list;

	for (size_t i = 0; i < SPA_N_ELEMENTS(lists); i++) {
		buf_init(&list, LIMIT_CONF_LEN);
		make_list(&list, &lists[i]);
		text = read_document(&lists[i], &begin, &end);
		*end = '\0';
		check_str(begin, list.data);
		free(text);
		buf_clear(&list);
	}
}

static int update(void)
{
	char path[PATH_MAX], *text, *begin, *end;
	struct buf all;
	int res = 0;

	for (size_t i = 0; i < SPA_N_ELEMENTS(lists) && res == 0; i++) {
		text = read_document(&lists[i], &begin, &end);
		buf_init(&all, LIMIT_CONF_LEN);
		buf_add(&all, text, (size_t)(begin - text));
		make_list(&all, &lists[i]);
		buf_add_str(&all, end);
		snprintf(path, sizeof(path), SOURCE_DIR "/%s", lists[i].file);
		res = conf_write_file(path, 0644, all.data, all.len);
		free(text);
		buf_clear(&all);
	}
	return res;
}

/* as an example or a default, ready to be taken over */
static void shipped_file_shows_all_keys(void)
{
	const struct settings_key *keys;
	char *conf;
	size_t n, size;

	keys = settings_keys(&n);
	check_int(conf_read_file(SOURCE_DIR "/conf/pipewire-onvif.conf", &conf, &size), 0);
	for (size_t i = 0; i < n; i++)
		check_contains(conf, keys[i].name);
	free(conf);
}

static const struct test tests[] = {
	{ "README.md and the man pages have the lists", documents_have_the_lists },
	{ "the shipped file shows all keys", shipped_file_shows_all_keys },
};

int main(int argc, char **argv)
{
	if (argc == 2 && spa_streq(argv[1], "--update"))
		return update() < 0;
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
