/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_BUDGET_H
#define ONVIF_BUDGET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "module/util/bucket.h"
#include "module/util/limits.h"

/*
 * Which datagrams are looked at, before their XML is touched. Anybody can send any number
 * of them from any address, so there is a budget for all together, of which
 * - no source spends more than its share
 * - what nobody asked for spends no more than half
 * - a part is only for the addresses of cameras that are known
 * Pure.
 */

struct budget_source {
	uint64_t hash;		/* of its address; 0: unused */
	struct bucket bucket;
};

struct budget {
	struct bucket all;
	struct bucket unasked;
	struct bucket reserved;
	struct budget_source source[LIMIT_SOURCE_SETS][LIMIT_SOURCE_WAYS];
	uint64_t known[LIMIT_CAMERAS_MAX];	/* hashes */
	uint32_t n_known;
	uint64_t key;		/* nobody can choose addresses that share a set */
};

void budget_init(struct budget *b, uint64_t now);
/** The addresses that have a reserved part; the first LIMIT_CAMERAS_MAX of them. */
void budget_set_known(struct budget *b, const struct sockaddr_storage *address, uint32_t n);
/** asked: it may be the answer to a probe. \return false: drop it */
bool budget_take(struct budget *b, const struct sockaddr_storage *from, bool asked, uint64_t now);

#endif /* ONVIF_BUDGET_H */
