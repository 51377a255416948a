/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "module/companions.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <pipewire/impl.h>
#include <spa/utils/list.h>
#include <spa/utils/string.h>

#include "module/log.h"

struct companions {
	struct pw_context *context;
	struct spa_list list;		/* struct companion: every module that was seen, ours too */
};

struct companion {
	struct spa_list link;
	char *name;
	char *args;			/* may be NULL */
	bool present;
};

static void free_companion(struct companion *m)
{
	spa_list_remove(&m->link);
	free(m->name);
	free(m->args);
	free(m);
}

static struct companion *find(struct companions *c, const struct pw_module_info *info)
{
	struct companion *m;

	spa_list_for_each(m, &c->list, link)
		if (!m->present && spa_streq(m->name, info->name) && spa_streq(m->args, info->args))
			return m;
	return NULL;
}

static struct companion *add(struct companions *c, const struct pw_module_info *info)
{
	struct companion *m;

	if ((m = calloc(1, sizeof(*m))) == NULL)
		return NULL;
	spa_list_append(&c->list, &m->link);
	m->name = strdup(info->name);
	m->args = info->args ? strdup(info->args) : NULL;
	if (m->name == NULL || (info->args && m->args == NULL)) {
		free_companion(m);
		return NULL;
	}
	return m;
}

static int on_global(void *data, struct pw_global *global)
{
	struct companions *c = data;
	const struct pw_module_info *info;
	struct companion *m;

	if (!pw_global_is_type(global, PW_TYPE_INTERFACE_Module))
		return 0;
	info = pw_impl_module_get_info(pw_global_get_object(global));
	if (info->name == NULL)
		return 0;
	if ((m = find(c, info)) == NULL && (m = add(c, info)) == NULL)
		pw_log_warn("can't remember module %s: %m", info->name);
	else
		m->present = true;
	return 0;
}

struct companions *companions_new(struct pw_context *context)
{
	struct companions *c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return NULL;
	c->context = context;
	spa_list_init(&c->list);
	return c;
}

void companions_destroy(struct companions *c)
{
	struct companion *m;

	if (c == NULL)
		return;
	spa_list_consume(m, &c->list, link)
		free_companion(m);
	free(c);
}

void companions_connected(struct companions *c)
{
	struct companion *m;

	spa_list_for_each(m, &c->list, link)
		m->present = false;
	pw_context_for_each_global(c->context, on_global, c);
	spa_list_for_each(m, &c->list, link) {
		if (m->present)
			continue;
		pw_log_info("loading %s again", m->name);
		if (pw_context_load_module(c->context, m->name, m->args, NULL) == NULL)
			pw_log_warn("can't load %s again: %m", m->name);
	}
}
