/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

/*
 * Plays what one node gives (the monitor of a sink) to all nodes whose name begins with a
 * prefix, channel by channel; a mono node gets the left one.
 *
 *	fan-out SOURCE PREFIX
 *
 * Says "node NAME NS" for each node that can be linked, in nanoseconds of CLOCK_MONOTONIC.
 * Commands on standard input: "link" links all there are, then says "linked N NS" (the
 * time before the first was asked for); "unlink" takes all links away, "unlinked N NS". It ends with its input.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <pipewire/pipewire.h>
#include <spa/utils/string.h>

struct node {
	struct spa_list link;
	uint32_t id;
	bool source, announced;
	char name[256];
};

struct port {
	struct spa_list link;
	uint32_t id, node;
	bool output;
	char channel[16];
};

struct fan {
	struct pw_main_loop *loop;
	struct pw_core *core;
	struct spa_list nodes, ports;
	const char *source, *prefix;
	struct pw_proxy **links;
	size_t n_links;
};

static unsigned long long now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (unsigned long long)ts.tv_sec * 1000000000u + (unsigned long long)ts.tv_nsec;
}

static struct node *find_node(struct fan *f, uint32_t id)
{
	struct node *n;

	spa_list_for_each(n, &f->nodes, link)
		if (n->id == id)
			return n;
	return NULL;
}

static void add_node(struct fan *f, uint32_t id, const struct spa_dict *props)
{
	const char *name = spa_dict_lookup(props, PW_KEY_NODE_NAME);
	struct node *n;
	bool source;

	if (name == NULL)
		return;
	source = spa_streq(name, f->source);
	if (!source && !spa_strstartswith(name, f->prefix))
		return;
	if ((n = calloc(1, sizeof(*n))) == NULL)
		exit(1);
	n->id = id;
	n->source = source;
	snprintf(n->name, sizeof(n->name), "%s", name);
	spa_list_append(&f->nodes, &n->link);
}

static void add_port(struct fan *f, uint32_t id, const struct spa_dict *props)
{
	const char *node = spa_dict_lookup(props, PW_KEY_NODE_ID);
	const char *channel = spa_dict_lookup(props, PW_KEY_AUDIO_CHANNEL);
	const char *direction = spa_dict_lookup(props, PW_KEY_PORT_DIRECTION);
	struct node *n = node ? find_node(f, (uint32_t)atoi(node)) : NULL;
	bool output = spa_streq(direction, "out");
	struct port *p;

	if (n == NULL || output != n->source || (p = calloc(1, sizeof(*p))) == NULL)
		return;
	p->id = id;
	p->node = n->id;
	p->output = output;
	snprintf(p->channel, sizeof(p->channel), "%s", channel && strcmp(channel, "MONO") ? channel : "FL");
	spa_list_append(&f->ports, &p->link);
	if (!n->source && !n->announced) {
		n->announced = true;
		printf("node %s %llu\n", n->name, now());
		fflush(stdout);
	}
}

static void on_global(void *data, uint32_t id, uint32_t permissions, const char *type, uint32_t version,
		const struct spa_dict *props)
{
	struct fan *f = data;

	if (props == NULL)
		return;
	if (spa_streq(type, PW_TYPE_INTERFACE_Node))
		add_node(f, id, props);
	else if (spa_streq(type, PW_TYPE_INTERFACE_Port))
		add_port(f, id, props);
}

static void on_global_remove(void *data, uint32_t id)
{
	struct fan *f = data;
	struct node *n, *next_node;
	struct port *p, *next_port;

	spa_list_for_each_safe(n, next_node, &f->nodes, link) {
		if (n->id != id)
			continue;
		spa_list_remove(&n->link);
		free(n);
	}
	spa_list_for_each_safe(p, next_port, &f->ports, link) {
		if (p->id != id)
			continue;
		spa_list_remove(&p->link);
		free(p);
	}
}

static const struct pw_registry_events registry_events = {
	PW_VERSION_REGISTRY_EVENTS,
	.global = on_global,
	.global_remove = on_global_remove,
};

static void add_link(struct fan *f, const struct port *from, const struct port *to)
{
	struct pw_properties *props = pw_properties_new(NULL, NULL);
	struct pw_proxy **grown = realloc(f->links, (f->n_links + 1) * sizeof(*f->links));

	if (grown == NULL || props == NULL)
		exit(1);
	f->links = grown;
	pw_properties_setf(props, PW_KEY_LINK_OUTPUT_PORT, "%u", from->id);
	pw_properties_setf(props, PW_KEY_LINK_INPUT_PORT, "%u", to->id);
	f->links[f->n_links++] = pw_core_create_object(f->core, "link-factory", PW_TYPE_INTERFACE_Link,
			PW_VERSION_LINK, &props->dict, 0);
	pw_properties_free(props);
}

static void link_all(struct fan *f)
{
	struct port *from, *to;
	unsigned long long begin = now();

	spa_list_for_each(to, &f->ports, link)
		spa_list_for_each(from, &f->ports, link)
			if (from->output && !to->output && spa_streq(from->channel, to->channel))
				add_link(f, from, to);
	printf("linked %zu %llu\n", f->n_links, begin);
}

static void unlink_all(struct fan *f)
{
	size_t i;

	for (i = 0; i < f->n_links; i++)
		if (f->links[i] != NULL)
			pw_proxy_destroy(f->links[i]);
	printf("unlinked %zu %llu\n", f->n_links, now());
	f->n_links = 0;
}

static void on_input(void *data, int fd, uint32_t mask)
{
	struct fan *f = data;
	char line[64];
	ssize_t n = read(fd, line, sizeof(line) - 1);

	if (n <= 0) {
		pw_main_loop_quit(f->loop);
		return;
	}
	line[n] = '\0';
	if (spa_strstartswith(line, "link"))
		link_all(f);
	else if (spa_strstartswith(line, "unlink"))
		unlink_all(f);
	fflush(stdout);
}

static void on_error(void *data, uint32_t id, int seq, int res, const char *message)
{
	struct fan *f = data;

	fprintf(stderr, "fan-out: %u: %s\n", id, message);
	if (id == PW_ID_CORE)
		pw_main_loop_quit(f->loop);
}

static const struct pw_core_events core_events = {
	PW_VERSION_CORE_EVENTS,
	.error = on_error,
};

int main(int argc, char *argv[])
{
	struct fan f = { 0 };
	struct spa_hook registry_listener = { 0 }, core_listener = { 0 };
	struct pw_context *context;
	struct pw_registry *registry;

	if (argc != 3) {
		fprintf(stderr, "usage: fan-out SOURCE PREFIX\n");
		return 2;
	}
	f.source = argv[1];
	f.prefix = argv[2];
	spa_list_init(&f.nodes);
	spa_list_init(&f.ports);
	pw_init(&argc, &argv);
	f.loop = pw_main_loop_new(NULL);
	context = pw_context_new(pw_main_loop_get_loop(f.loop), NULL, 0);
	if (context == NULL || (f.core = pw_context_connect(context, NULL, 0)) == NULL) {
		perror("fan-out");
		return 1;
	}
	pw_core_add_listener(f.core, &core_listener, &core_events, &f);
	registry = pw_core_get_registry(f.core, PW_VERSION_REGISTRY, 0);
	pw_registry_add_listener(registry, &registry_listener, &registry_events, &f);
	pw_loop_add_io(pw_main_loop_get_loop(f.loop), 0, SPA_IO_IN | SPA_IO_HUP, false, on_input, &f);
	pw_main_loop_run(f.loop);
	pw_context_destroy(context);
	pw_main_loop_destroy(f.loop);
	pw_deinit();
	return 0;
}
