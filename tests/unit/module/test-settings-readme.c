/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <spa/utils/defs.h>
#include <spa/utils/string.h>

#include "module/util/conf.h"
#include "tests/unit/module/fixture.h"

/*
 * README.md's table of keys is what settings_keys() says. After a change there:
 *	build/tests/unit/module/test-settings-readme --print
 * between the two comments in README.md.
 */

#define BEGIN	"<!-- keys: begin -->\n"
#define END	"<!-- keys: end -->\n"

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

static void make_table(struct buf *b)
{
	const struct settings_key *keys;
	size_t n;

	keys = settings_keys(&n);
	buf_add_str(b, "| key | where | value | default | what |\n|---|---|---|---|---|\n");
	for (size_t i = 0; i < n; i++) {
		buf_printf(b, "| `%s` | ", keys[i].name);
		add_places(b, &keys[i]);
		buf_add_str(b, " | ");
		add_value(b, &keys[i]);
		buf_printf(b, " | %s | %s |\n", keys[i].def ? keys[i].def : "", keys[i].help);
	}
	check_int(b->error, 0);
}

static void readme_has_the_table(void)
{
	struct buf table;
	char *readme, *begin, *end;
	size_t size;

	buf_init(&table, LIMIT_CONF_LEN);
	make_table(&table);
	check_int(conf_read_file(SOURCE_DIR "/README.md", &readme, &size), 0);
	begin = strstr(readme, BEGIN);
	end = strstr(readme, END);
	check(begin && end && begin < end);
	*end = '\0';
	check_str(begin + strlen(BEGIN), table.data);
	free(readme);
	buf_clear(&table);
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
	{ "README.md has the table", readme_has_the_table },
	{ "the shipped file shows all keys", shipped_file_shows_all_keys },
};

int main(int argc, char **argv)
{
	struct buf table;

	if (argc == 2 && spa_streq(argv[1], "--print")) {
		buf_init(&table, LIMIT_CONF_LEN);
		make_table(&table);
		fputs(table.data, stdout);
		buf_clear(&table);
		return 0;
	}
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
