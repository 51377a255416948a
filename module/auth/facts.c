/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <spa/utils/defs.h>

#include "auth.h"
#include "facts.h"
#include "facts-file.h"
#include "module/util/clock.h"
#include "module/util/compat.h"
#include "module/util/conf.h"
#include "module/util/random.h"
#include "module/util/text.h"

#define SAVE_DELAY_MS	UINT64_C(2000)
#define HASH_LEN	65u

struct facts {
	struct spa_loop_utils *loop;
	char *path;
	struct spa_source *timer;
	bool dirty, armed;
	bool reader;		/* the file is another process's */
	char warning[LIMIT_ERROR_LEN + 512];
	struct facts_table table;
};

static int save(struct facts *f)
{
	struct buf b;
	int res;

	if (f->path == NULL || f->reader || !f->dirty)
		return 0;
	timer_disarm(f->loop, f->timer);
	f->armed = false;
	buf_init(&b, LIMIT_CONF_LEN);
	if ((res = facts_table_write(&f->table, &b)) == 0)
		res = conf_write_file(f->path, 0600, b.data, b.len);
	buf_clear_secret(&b);
	/* what could not be written is tried again with the next change */
	if (res == 0)
		f->dirty = false;
	return res;
}

static void on_timer(void *data, uint64_t expirations)
{
	save(data);
}

/* not postponed by later changes */
static void changed(struct facts *f)
{
	f->dirty = true;
	if (f->path == NULL || f->reader || f->armed)
		return;
	f->armed = true;
	timer_arm(f->loop, f->timer, SAVE_DELAY_MS * NSEC_PER_MSEC);
}

static void complain(struct facts *f, const char *why)
{
	snprintf(f->warning, sizeof(f->warning), "%s cannot be used (%s)", f->path, why);
}

static void set_aside(struct facts *f, const char *why)
{
	struct buf bad;
	bool kept;

	buf_init(&bad, LIMIT_CONF_LEN);
	kept = buf_printf(&bad, "%s.bad", f->path) == 0 && rename(f->path, bad.data) == 0;
	snprintf(f->warning, sizeof(f->warning), "%s cannot be used (%s)%s%s: what was learned "
			"about cameras is learned anew", f->path, why,
			kept ? " and is kept as " : "", kept ? bad.data : "");
	buf_clear(&bad);
}

/* \return 0, also with a warning, or -ENOMEM: nothing is wrong with the file, and it stays */
static int load(struct facts *f)
{
	char *data;
	size_t size;
	int res;

	if ((res = conf_read_file(f->path, &data, &size)) == -ENOENT || res == -ENOTDIR)
		return 0;
	if (res == 0) {
		res = facts_table_parse(&f->table, data, size);
		explicit_bzero(data, size);
		free(data);
	}
	if (res == 0 || res == -ENOMEM)
		return res;
	facts_table_clear(&f->table);
	(f->reader ? complain : set_aside)(f, res == -EBADMSG ? "it is damaged" : strerror(-res));
	return 0;
}

static int open_file(struct facts *f, const char *path)
{
	if ((f->path = strdup(path)) == NULL)
		return -ENOMEM;
	if ((f->timer = compat_add_timer(f->loop, on_timer, f)) == NULL)
		return -errno;
	return load(f);
}

static struct facts *new_facts(struct spa_loop_utils *loop, const char *path, bool reader,
		const char **ret_warning)
{
	struct facts *f = calloc(1, sizeof(*f));
	int res;

	if (f == NULL)
		return NULL;
	f->loop = loop;
	f->reader = reader;
	facts_table_init(&f->table);
	if (path != NULL && (res = open_file(f, path)) < 0) {
		facts_destroy(f);
		errno = -res;
		return NULL;
	}
	if (!f->table.have_key) {
		random_bytes(f->table.key, sizeof(f->table.key));
		f->table.have_key = true;
	}
	if (ret_warning != NULL)
		*ret_warning = f->warning[0] ? f->warning : NULL;
	return f;
}

struct facts *facts_new(struct spa_loop_utils *loop, const char *path, const char **ret_warning)
{
	return new_facts(loop, path, false, ret_warning);
}

struct facts *facts_new_reader(struct spa_loop_utils *loop, const char *path, const char **ret_warning)
{
	return new_facts(loop, path, true, ret_warning);
}

void facts_destroy(struct facts *f)
{
	if (f == NULL)
		return;
	if (f->timer != NULL) {
		save(f);
		spa_loop_utils_destroy_source(f->loop, f->timer);
	}
	facts_table_clear(&f->table);
	free(f->path);
	free(f);
}

static int set_value(struct facts *f, const char *id, enum fact fact, const char *value)
{
	struct facts_camera *c = facts_table_find(&f->table, id);
	const char *old = c ? c->values[fact] : NULL;
	char *copy = NULL;

	if (old == value || (old && value && strcmp(old, value) == 0))
		return 0;
	if (value != NULL && (copy = strdup(value)) == NULL)
		return -ENOMEM;
	if (c == NULL && (c = facts_table_add(&f->table, id)) == NULL) {
		free(copy);
		return -ENOMEM;
	}
	free(c->values[fact]);
	c->values[fact] = copy;
	spa_list_remove(&c->link);
	spa_list_append(&f->table.cameras, &c->link);
	changed(f);
	return 0;
}

const char *facts_get(struct facts *f, const char *id, const char *name)
{
	struct facts_camera *c = facts_table_find(&f->table, id);
	enum fact fact = fact_find(name);

	return c && fact < FACT_REFUSED ? c->values[fact] : NULL;
}

/* the port may be left out */
static bool is_place(const char *known, const char *place)
{
	size_t len = strlen(place);

	if (strcmp(known, place) == 0)
		return true;
	if (known[0] == '[')
		return strncmp(known + 1, place, len) == 0 && known[1 + len] == ']';
	return strchr(place, ':') == NULL && strncmp(known, place, len) == 0 && known[len] == ':' &&
		strchr(known + len + 1, ':') == NULL;
}

static bool is_value(enum fact fact, const char *known, const char *value)
{
	if (fact == FACT_ID || fact == FACT_ENDPOINT)
		return text_id_equal(known, value);
	return fact == FACT_LAST_ADDRESS ? is_place(known, value) : strcmp(known, value) == 0;
}

const char *facts_find(struct facts *f, const char *name, const char *value)
{
	enum fact fact = fact_find(name);
	struct facts_camera *c;

	if (fact >= FACT_REFUSED)
		return NULL;
	spa_list_for_each_reverse(c, &f->table.cameras, link)
		if (c->values[fact] && is_value(fact, c->values[fact], value))
			return c->id;
	return NULL;
}

int facts_set(struct facts *f, const char *id, const char *name, const char *value)
{
	enum fact fact = fact_find(name);
	int res;

	if (fact >= FACT_REFUSED || id[0] == '\0')
		return -EINVAL;
	if ((res = facts_check_text(id, LIMIT_ID_LEN)) < 0 ||
	    (value != NULL && (res = facts_check_text(value, LIMIT_TEXT_LEN)) < 0))
		return res;
	return set_value(f, id, fact, value);
}

void facts_forget(struct facts *f, const char *id)
{
	struct facts_camera *c = facts_table_find(&f->table, id);

	if (c == NULL)
		return;
	facts_camera_free(&f->table, c);
	changed(f);
}

static int hash_login(struct facts *f, const char *id, const char *user,
		const struct secret *password, char hex[HASH_LEN])
{
	const struct str parts[] = { str_from(id), str_from(user),
		str_from(password ? password->value : NULL) };

	return auth_keyed_hash(f->table.key, sizeof(f->table.key), parts,
			SPA_N_ELEMENTS(parts), hex);
}

int facts_set_refused(struct facts *f, const char *id, const char *user,
		const struct secret *password)
{
	char hex[HASH_LEN];
	int res;

	if (id[0] == '\0')
		return -EINVAL;
	if ((res = facts_check_text(id, LIMIT_ID_LEN)) < 0 ||
	    (res = hash_login(f, id, user, password, hex)) < 0 ||
	    (res = set_value(f, id, FACT_REFUSED, hex)) < 0)
		return res;
	return save(f);
}

bool facts_is_refused(struct facts *f, const char *id, const char *user,
		const struct secret *password)
{
	struct facts_camera *c = facts_table_find(&f->table, id);
	char hex[HASH_LEN];

	return c != NULL && c->values[FACT_REFUSED] != NULL &&
		hash_login(f, id, user, password, hex) == 0 &&
		strcmp(hex, c->values[FACT_REFUSED]) == 0;
}

void facts_clear_refused(struct facts *f, const char *id)
{
	if (facts_table_find(&f->table, id) != NULL)
		set_value(f, id, FACT_REFUSED, NULL);
}
