/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include <pipewire/pipewire.h>

#include "tests/lib/oom.h"
#include "tests/unit/module/fixture.h"

/* Settings are read while the n-th of our allocations fails: they are whole, or there are none. */

static struct fixture f;

static void on_message(void *data, const char *text)
{
	(*(uint32_t *)data)++;
}

static void run(void *data)
{
	struct settings_dirs dirs = { .etc = f.etc, .share = { f.share, f.our_share } };
	uint32_t n_messages = 0;
	struct settings *s = NULL;
	struct pw_properties *props;
	int res;

	oom_start();
	res = settings_new_in(&dirs, "{ onvif.max-cameras = 7 }", NULL, on_message, &n_messages, &s);
	if (res < 0) {
		oom_stop();
		check_int(res, -ENOMEM);
		check(oom_failed() && s == NULL);
		return;
	}
	props = settings_camera_props(s, NULL, &s->cameras[0]->dict);
	oom_stop();
	/* the one that is misspelt; and what could not be read was told */
	check_int(n_messages, 1);
	check_int(s->max_cameras, 7);
	check_str(s->interfaces, "eth0 eth1");
	check_int(s->n_cameras, 2);
	check_contains(s->rules, "rtp.ptime = 40");
	check_contains(s->rules, "rtp.ptime = 60");
	check_contains(s->state_path, "onvif-state.conf");
	if (props)
		check_str(pw_properties_get(props, "rtp.codec"), "PCMA");
	pw_properties_free(props);
	settings_free(s);
}

static void test_settings(void)
{
	fixture_init(&f);
	fixture_write(&f, "share/pipewire-onvif.conf", "onvif.properties = { onvif.interfaces = [ eth0 eth1 ] }\n");
	fixture_write(&f, FILE_U, "onvif.cameras = [ { onvif.id = x rtp.codec = PCMA } { rtsp.uri = \"https://h/1\" rtp.ptim = 3 } ]\n"
			"onvif.rules = [ { matches = [ { onvif.model = a } ] actions = { update-props = { rtp.ptime = 40 } } } ]\n");
	fixture_write(&f, USER_D "v.conf", "onvif.cameras = [ { onvif.id = x onvif.configure = true } ]\n"
			"onvif.rules = [ { matches = [ { onvif.model = b } ] actions = { update-props = { rtp.ptime = 60 } } } ]\n");
	check(oom_sweep(OOM_ONCE, run, NULL) > 10);
	check(oom_sweep(OOM_FROM_THERE, run, NULL) > 10);
	fixture_clear(&f);
}

static const struct test tests[] = {
	{ "settings", test_settings },
};

int main(int argc, char **argv)
{
	pw_init(NULL, NULL);
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
