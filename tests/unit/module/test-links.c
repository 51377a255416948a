/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <pipewire/pipewire.h>

#include "module/links.h"
#include "module/relays.h"
#include "tests/lib/test.h"

/* Links on a desktop that is made up: the registry and its proxies are ours, and so is what is a relay.
 * A relay takes in at node 2 n and plays at node 2 n + 1; the watched cameras are at nodes below 10. */

#define CAMERA		1u
#define RELAY(n)	(10 + 2 * (n))
#define N_RELAYS	20u
#define PLAYER		100u
#define MAX_LINKS	2048u

PW_LOG_TOPIC(onvif_topic, "mod.onvif");

struct fake_proxy {
	struct spa_hook_list listeners, object_listeners;
	uint32_t link_id;
};

static struct spa_hook_list globals;
static struct fake_proxy *bound[MAX_LINKS];
static uint32_t n_links, n_bound;
static bool relays_known;
static void (*relay_changed)(void *data, uint32_t node_id);
static void *relay_data;
static struct links_counts counts;

/* ---- the registry ---- */

static int registry_add_listener(void *object, struct spa_hook *listener, const struct pw_registry_events *events,
		void *data)
{
	spa_hook_list_append(&globals, listener, events, data);
	return 0;
}

static void *registry_bind(void *object, uint32_t id, const char *type, uint32_t version, size_t size)
{
	struct fake_proxy *p = calloc(1, sizeof(*p));

	check(p != NULL && id < MAX_LINKS && bound[id] == NULL);
	spa_hook_list_init(&p->listeners);
	spa_hook_list_init(&p->object_listeners);
	p->link_id = id;
	bound[id] = p;
	n_bound++;
	return p;
}

static const struct pw_registry_methods registry_methods = {
	PW_VERSION_REGISTRY_METHODS,
	.add_listener = registry_add_listener,
	.bind = registry_bind,
};

static struct spa_interface registry;

/* in place of PipeWire's */
void pw_proxy_add_listener(struct pw_proxy *proxy, struct spa_hook *listener, const struct pw_proxy_events *events,
		void *data)
{
	spa_hook_list_append(&((struct fake_proxy *)proxy)->listeners, listener, events, data);
}

void pw_proxy_add_object_listener(struct pw_proxy *proxy, struct spa_hook *listener, const void *events, void *data)
{
	spa_hook_list_append(&((struct fake_proxy *)proxy)->object_listeners, listener, events, data);
}

void pw_proxy_destroy(struct pw_proxy *proxy)
{
	struct fake_proxy *p = (struct fake_proxy *)proxy;

	bound[p->link_id] = NULL;
	n_bound--;
	free(p);
}

/* ---- what is a relay ---- */

static bool is_in(uint32_t node_id)
{
	return relays_known && node_id >= RELAY(0) && node_id < RELAY(N_RELAYS) && node_id % 2 == 0;
}

struct relays *relays_new(struct pw_registry *r, void (*changed)(void *data, uint32_t node_id), void *data)
{
	relay_changed = changed;
	relay_data = data;
	return (struct relays *)&registry;
}

void relays_destroy(struct relays *r)
{
}

void relays_ask(struct relays *r, uint32_t node_id)
{
}

enum relay relays_get(struct relays *r, uint32_t node_id)
{
	return node_id < RELAY(0) || node_id >= RELAY(N_RELAYS) ? RELAY_NOT : relays_known ? RELAY_YES : RELAY_UNKNOWN;
}

uint32_t relays_next_intake(struct relays *r, uint32_t node_id, uint32_t *cursor)
{
	return (*cursor)++ == 0 ? node_id - 1 : SPA_ID_INVALID;
}

bool relays_is_intake(struct relays *r, uint32_t node_id)
{
	return is_in(node_id);
}

/* ---- the desktop ---- */

static void add_links(uint32_t output, uint32_t input, uint32_t channels)
{
	char in[16], out[16];
	struct spa_dict_item items[] = {
		SPA_DICT_ITEM_INIT(PW_KEY_LINK_INPUT_NODE, in),
		SPA_DICT_ITEM_INIT(PW_KEY_LINK_OUTPUT_NODE, out),
	};

	snprintf(in, sizeof(in), "%u", input);
	snprintf(out, sizeof(out), "%u", output);
	while (channels-- > 0)
		spa_hook_list_call(&globals, struct pw_registry_events, global, 0, n_links++, PW_PERM_ALL,
				PW_TYPE_INTERFACE_Link, PW_VERSION_LINK,
				&SPA_DICT_INIT_ARRAY(items));
}

static void set_state(uint32_t id, enum pw_link_state state)
{
	struct pw_link_info info = { .id = id, .state = state };

	if (bound[id])
		spa_hook_list_call(&bound[id]->object_listeners, struct pw_link_events, info, 0, &info);
}

static void activate(void)
{
	for (uint32_t i = 0; i < n_links; i++)
		set_state(i, PW_LINK_STATE_ACTIVE);
}

static void on_changed(void *data, const struct links_counts *c)
{
	counts = *c;
}

static struct links *begin(bool known)
{
	struct links *l;

	registry.cb = SPA_CALLBACKS_INIT(&registry_methods, NULL);
	spa_hook_list_init(&globals);
	n_links = 0;
	relays_known = known;
	spa_zero(counts);
	check((l = links_new((struct pw_registry *)&registry)) != NULL);
	return l;
}

static struct links_watch *watch(struct links *l, uint32_t node_id)
{
	struct links_watch *w = links_watch_new(l, node_id, on_changed, NULL);

	check(w != NULL);
	return w;
}

#define check_counts(n, m) \
	do { check_int(counts.total, n); check_int(counts.active, m); } while (0)

/* ---- */

static void test_player(void)
{
	struct links *l = begin(true);
	struct links_watch *w = watch(l, CAMERA);

	add_links(PLAYER, CAMERA, 2);
	check_counts(2, 0);
	set_state(0, PW_LINK_STATE_ACTIVE);
	check_counts(2, 1);
	set_state(0, PW_LINK_STATE_PAUSED);
	check_counts(2, 0);
	spa_hook_list_call(&globals, struct pw_registry_events, global_remove, 0, 0);
	check_counts(1, 0);
	links_watch_destroy(w);
	links_destroy(l);
	check_int(n_bound, 0);
}

/* One before the other, all of eight channels: the number of ways through them is of 16 digits. */
static void test_row_of_relays(void)
{
	struct links *l = begin(true);
	struct links_watch *w = watch(l, CAMERA);
	uint32_t last;

	add_links(RELAY(0) + 1, CAMERA, 8);
	for (uint32_t i = 1; i < N_RELAYS; i++)
		add_links(RELAY(i) + 1, RELAY(i - 1), 8);
	activate();
	check_counts(0, 0);
	last = n_links;
	add_links(PLAYER, RELAY(N_RELAYS - 1), 1);
	check_counts(8, 0);
	set_state(last, PW_LINK_STATE_ACTIVE);
	check_counts(8, 8);
	/* (all channels of one in between) */
	for (uint32_t i = 40; i < 48; i++)
		set_state(i, PW_LINK_STATE_PAUSED);
	check_counts(8, 0);
	links_watch_destroy(w);
	links_destroy(l);
	check_int(n_bound, 0);
}

/* Three that play to each other and themselves are heard by nobody until somebody plays to one. */
static void test_feedback(void)
{
	struct links *l = begin(true);
	struct links_watch *w = watch(l, CAMERA);

	for (uint32_t i = 0; i < 3; i++) {
		add_links(RELAY(i) + 1, CAMERA, 1);
		for (uint32_t k = 0; k < 3; k++)
			add_links(RELAY(i) + 1, RELAY(k), 8);
	}
	activate();
	check_counts(0, 0);
	add_links(PLAYER, RELAY(2), 2);
	check_counts(3, 0);
	activate();
	check_counts(3, 3);
	links_watch_destroy(w);
	links_destroy(l);
	check_int(n_bound, 0);
}

/* It is not known yet what plays: that counts as nobody. */
static void test_unknown_relay(void)
{
	struct links *l = begin(false);
	struct links_watch *w = watch(l, CAMERA);

	add_links(PLAYER, RELAY(0), 1);
	add_links(RELAY(0) + 1, CAMERA, 1);
	activate();
	check_counts(0, 0);
	relays_known = true;
	relay_changed(relay_data, RELAY(0));
	check_counts(1, 0);
	activate();
	check_counts(1, 1);
	links_watch_destroy(w);
	links_destroy(l);
	check_int(n_bound, 0);
}

/* What leads into relays is followed as long as anything is watched, and from then on again. */
static void test_last_watch(void)
{
	struct links *l = begin(true);
	struct links_watch *first = watch(l, CAMERA), *second = watch(l, CAMERA + 1);

	add_links(PLAYER, RELAY(0), 2);
	add_links(RELAY(0) + 1, CAMERA, 1);
	add_links(RELAY(0) + 1, CAMERA + 1, 1);
	check_int(n_bound, 4);
	links_watch_destroy(first);
	check_int(n_bound, 3);
	links_watch_destroy(second);
	check_int(n_bound, 0);
	add_links(PLAYER, RELAY(0), 1);
	relay_changed(relay_data, RELAY(0));
	check_int(n_bound, 0);

	first = watch(l, CAMERA);
	check_int(n_bound, 4);
	spa_zero(counts);
	activate();
	check_counts(1, 1);
	links_destroy(l);
	check_int(n_bound, 0);
	links_watch_destroy(first);
}

static const struct test tests[] = {
	{ "player", test_player },
	{ "row_of_relays", test_row_of_relays },
	{ "feedback", test_feedback },
	{ "unknown_relay", test_unknown_relay },
	{ "last_watch", test_last_watch },
};

int main(int argc, char *argv[])
{
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
