/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

/*
 * A metadata object "onvif" with what standard input says, for tests of who reads it:
 *	KEY VALUE	sets subject 0's KEY, as JSON
 *	KEY		removes it
 * Says "ready" when it can be seen, and "ok" after each line. Ends with standard input.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <pipewire/extensions/metadata.h>
#include <pipewire/impl.h>
#include <pipewire/pipewire.h>

struct publisher {
	struct pw_main_loop *loop;
	struct pw_impl_metadata *metadata;
	char line[65536];
	size_t len;
	int sync;
};

static void handle_line(struct publisher *p, char *line)
{
	char *value = strchr(line, ' ');

	if (value)
		*value++ = '\0';
	pw_impl_metadata_set_property(p->metadata, 0, line, value ? "Spa:String:JSON" : NULL, value);
	puts("ok");
	fflush(stdout);
}

static void on_input(void *data, int fd, uint32_t mask)
{
	struct publisher *p = data;
	ssize_t n = read(fd, p->line + p->len, sizeof(p->line) - 1 - p->len);
	char *end;

	if (n <= 0) {
		pw_main_loop_quit(p->loop);
		return;
	}
	p->len += (size_t)n;
	p->line[p->len] = '\0';
	while ((end = strchr(p->line, '\n'))) {
		*end++ = '\0';
		handle_line(p, p->line);
		p->len -= (size_t)(end - p->line);
		memmove(p->line, end, p->len + 1);
	}
}

static void on_done(void *data, uint32_t id, int seq)
{
	struct publisher *p = data;

	if (id != PW_ID_CORE || seq != p->sync)
		return;
	puts("ready");
	fflush(stdout);
}

static const struct pw_core_events core_events = {
	PW_VERSION_CORE_EVENTS,
	.done = on_done,
};

int main(int argc, char *argv[])
{
	struct publisher p = { 0 };
	struct pw_context *context;
	struct spa_hook listener = { 0 };
	struct pw_proxy *exported;
	struct pw_core *core;
	struct spa_dict_item items[] = { SPA_DICT_ITEM_INIT(PW_KEY_METADATA_NAME, "onvif") };
	struct spa_dict props = SPA_DICT_INIT_ARRAY(items);

	pw_init(&argc, &argv);
	p.loop = pw_main_loop_new(NULL);
	context = pw_context_new(pw_main_loop_get_loop(p.loop), NULL, 0);
	if (context == NULL || (core = pw_context_connect(context, NULL, 0)) == NULL)
		return 1;
	p.metadata = pw_context_create_metadata(context, "onvif", NULL, 0);
	if (p.metadata == NULL || (exported = pw_core_export(core, PW_TYPE_INTERFACE_Metadata, &props,
			pw_impl_metadata_get_implementation(p.metadata), 0)) == NULL)
		return 1;
	pw_core_add_listener(core, &listener, &core_events, &p);
	p.sync = pw_core_sync(core, PW_ID_CORE, 0);
	pw_loop_add_io(pw_main_loop_get_loop(p.loop), 0, SPA_IO_IN | SPA_IO_HUP, false, on_input, &p);
	pw_main_loop_run(p.loop);
	pw_proxy_destroy(exported);
	pw_core_disconnect(core);
	pw_impl_metadata_destroy(p.metadata);
	pw_context_destroy(context);
	pw_main_loop_destroy(p.loop);
	pw_deinit();
	return 0;
}
