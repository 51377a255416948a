/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_FACTS_FILE_H
#define ONVIF_FACTS_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include <spa/utils/list.h>

#include "module/util/buf.h"
#include "module/util/limits.h"

#define FACTS_KEY_LEN		32u
/* with every text at its limit and escaped this is below LIMIT_CONF_LEN */
#define FACTS_MAX_CAMERAS	(LIMIT_CAMERAS_MAX + LIMIT_CAMERAS_DEFAULT)

enum fact {
	FACT_LAST_ADDRESS,
	FACT_TRANSPORT,
	FACT_TLS_PIN,
	FACT_TLS_PIN_RTSP,
	FACT_BACKCHANNEL,
	FACT_NAME,
	FACT_ID,
	FACT_ENDPOINT,
	FACT_REFUSED,		/* not by name: a keyed hash */
	N_FACTS,
};

struct facts_camera {
	struct spa_list link;
	char *id;
	char *values[N_FACTS];
};

struct facts_table {
	uint8_t key[FACTS_KEY_LEN];
	bool have_key;
	struct spa_list cameras;	/* the one changed last at the end */
	uint32_t n_cameras;
};

void facts_table_init(struct facts_table *t);
void facts_table_clear(struct facts_table *t);
struct facts_camera *facts_table_find(struct facts_table *t, const char *id);
/** a new one, instead of the oldest without a refused password where there are too many.
 * \return NULL without memory */
struct facts_camera *facts_table_add(struct facts_table *t, const char *id);
void facts_camera_free(struct facts_table *t, struct facts_camera *c);

/** What the file's reader would refuse must not get into it.
 * \return 0, -E2BIG over max bytes, -EINVAL: no UTF-8, or control characters */
int facts_check_text(const char *s, size_t max);
/** \return N_FACTS when there is none of that name */
enum fact fact_find(const char *name);
/** \return 0, -EBADMSG (also where a text is one that we would not have written), -ENOMEM;
 * t then holds what was read so far */
int facts_table_parse(struct facts_table *t, const char *data, size_t size);
/** \return 0 or dst's error */
int facts_table_write(const struct facts_table *t, struct buf *dst);

#endif /* ONVIF_FACTS_FILE_H */
