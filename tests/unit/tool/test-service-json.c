/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include <spa/utils/defs.h>

#include "tests/lib/test.h"
#include "tools/pw-onvif/service.h"
#include "tools/pw-onvif/tool.h"

void tool_error(const char *fmt, ...)
{
}

#define WHOLE								\
	"{\"id\":\"urn:uuid:1\",\"name\":\"Front \\\"Door\\\"\",\"address\":\"192.0.2.20\","	\
	"\"manufacturer\":\"Acme\",\"model\":\"DS-1\",\"state\":\"streaming\",\"error\":\"\","	\
	"\"codec\":\"PCMU\",\"transport\":\"tcp\",\"node\":\"onvif_output.1\",\"speaker\":\"yes\","	\
	"\"configured\":true,\"claimed\":true,\"last-seen\":1700000000,"	\
	"\"counters\":{\"packets\":12,\"silent-packets\":0,\"bytes\":1920}}"

static void what_is_written_is_what_was_read(void)
{
	struct service_camera c;
	struct buf b;

	check_int(service_camera_parse("urn:uuid:1", WHOLE, &c), 0);
	check_str(c.name, "Front \"Door\"");
	check_str(c.key, "urn:uuid:1");
	check_int(c.speaker, SERVICE_SPEAKER_YES);
	check_int(c.last_seen, 1700000000);
	check_int(c.n_counters, 3);
	check_int(c.counters[2].value, 1920);
	buf_init(&b, 4096);
	check_int(service_camera_json(&b, &c), 0);
	check_str(b.data, WHOLE);
	buf_clear(&b);
}

static void what_is_not_known_is_empty(void)
{
	struct service_camera c;
	struct buf b;

	check_int(service_camera_parse("x", "{}", &c), 0);
	check_str(c.id, "x");
	buf_init(&b, 4096);
	service_camera_json(&b, &c);
	check_str(b.data, "{\"id\":\"x\",\"name\":\"\",\"address\":\"\",\"manufacturer\":\"\","
			"\"model\":\"\",\"state\":\"\",\"error\":\"\",\"codec\":\"\",\"transport\":\"\","
			"\"node\":\"\",\"speaker\":\"unknown\",\"configured\":false,\"claimed\":false,"
			"\"last-seen\":0}");
	buf_clear(&b);
}

/* members of a later version, in every place */
static void what_is_new_is_passed_over(void)
{
	struct service_camera c;

	check_int(service_camera_parse("x", "{\"new\":{\"name\":\"no\",\"a\":[1,{\"b\":2}]},\"name\":\"yes\","
			"\"list\":[\"name\",\"no\"],\"counters\":{\"packets\":1,\"deep\":{\"bytes\":5},\"late\":-7},"
			"\"more\":[],\"state\":\"idle\"}", &c), 0);
	check_str(c.name, "yes");
	check_str(c.state, "idle");
	check_int(c.n_counters, 2);
	check_str(c.counters[1].name, "late");
	check_int(c.counters[1].value, -7);
}

static void other_types_are_nothing(void)
{
	struct service_camera c;

	check_int(service_camera_parse("x", "{\"name\":{\"a\":1},\"model\":null,\"configured\":\"maybe\","
			"\"last-seen\":-5,\"speaker\":[],\"counters\":7,\"state\":\"busy\"}", &c), 0);
	check_str(c.name, "");
	check_str(c.model, "");
	check_int(c.configured, false);
	check_int(c.last_seen, 0);
	check_int(c.speaker, SERVICE_SPEAKER_UNKNOWN);
	check_str(c.state, "busy");
}

static void what_is_no_object(void)
{
	static const char * const texts[] = {
		"", "[]", "\"x\"", "7", "{", "{\"name\":\"a\"", "{\"name\":\"a}", "[{}", "{\"name\":[}", "{}}",
	};
	struct service_camera c;

	for (size_t i = 0; i < SPA_N_ELEMENTS(texts); i++) {
		test_context("%s", texts[i]);
		memset(&c, 0x55, sizeof(c));
		check_int(service_camera_parse("x", texts[i], &c), -EBADMSG);
		check_int(c.name[0], 0x55);
	}
}

static void texts_are_made_fit_to_be_shown(void)
{
	struct service_camera c;

	check_int(service_camera_parse("x", "{\"name\":\"a\\u001b[2Jb\\n\\u009bc\",\"error\":\"\\u202ed\"}", &c), 0);
	for (const char *p = c.name; *p; p++)
		check((uint8_t)*p >= ' ');
	check(strstr(c.name, "\xc2\x9b") == NULL);
	check_str(c.error, "d");
}

static void everything_has_a_limit(void)
{
	static char text[3 * SERVICE_MAX_VALUE];
	struct service_camera c;
	char key[LIMIT_ID_LEN + 2];
	size_t len;

	memset(key, 'k', sizeof(key) - 1);
	key[sizeof(key) - 1] = '\0';
	check_int(service_camera_parse(key, "{}", &c), -E2BIG);

	len = (size_t)sprintf(text, "{\"name\":\"");
	memset(text + len, 'n', SERVICE_MAX_VALUE);
	strcpy(text + len + SERVICE_MAX_VALUE, "\"}");
	check_int(service_camera_parse("x", text, &c), -E2BIG);
	strcpy(text + SERVICE_MAX_VALUE - 3, "\"}");
	check_int(service_camera_parse("x", text, &c), 0);
	check_int(strlen(c.name), LIMIT_NAME_LEN - 1);

	len = (size_t)sprintf(text, "{\"counters\":{\"c\":0");
	for (int i = 0; i < 100; i++)
		len += (size_t)sprintf(text + len, ",\"c%d\":%d", i, i);
	strcpy(text + len, "},\"state\":\"idle\"}");
	check_int(service_camera_parse("x", text, &c), 0);
	check_int(c.n_counters, SERVICE_MAX_COUNTERS);
	check_str(c.state, "idle");
}

static const struct test tests[] = {
	{ "what_is_written_is_what_was_read", what_is_written_is_what_was_read },
	{ "what_is_not_known_is_empty", what_is_not_known_is_empty },
	{ "what_is_new_is_passed_over", what_is_new_is_passed_over },
	{ "other_types_are_nothing", other_types_are_nothing },
	{ "what_is_no_object", what_is_no_object },
	{ "texts_are_made_fit_to_be_shown", texts_are_made_fit_to_be_shown },
	{ "everything_has_a_limit", everything_has_a_limit },
};

int main(int argc, char **argv)
{
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
