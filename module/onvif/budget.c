/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "module/onvif/budget.h"

#include <netinet/in.h>
#include <string.h>

#include <spa/utils/defs.h>

#include "module/util/random.h"

#define RESERVED_PER_S	(LIMIT_DATAGRAMS_PER_S / 4)
#define OTHERS_PER_S	(LIMIT_DATAGRAMS_PER_S - RESERVED_PER_S)
#define UNASKED_PER_S	(OTHERS_PER_S / 2)

static void init_bucket(struct bucket *b, uint32_t per_s, uint64_t now)
{
	bucket_init(b, SPA_NSEC_PER_SEC / per_s, per_s, now);
}

void budget_init(struct budget *b, uint64_t now)
{
	memset(b, 0, sizeof(*b));
	init_bucket(&b->all, OTHERS_PER_S, now);
	init_bucket(&b->unasked, UNASKED_PER_S, now);
	init_bucket(&b->reserved, RESERVED_PER_S, now);
	random_bytes(&b->key, sizeof(b->key));
}

static uint64_t mix(uint64_t h, const void *data, size_t size)
{
	const uint8_t *p = data;

	for (size_t i = 0; i < size; i++) {
		h = (h ^ p[i]) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 32;
	}
	return h;
}

/* The port is not part of it: one host has many. */
static uint64_t hash(const struct budget *b, const struct sockaddr_storage *ss)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)ss;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)ss;
	uint64_t h;

	if (ss->ss_family != AF_INET6)
		return mix(b->key, &in->sin_addr, sizeof(in->sin_addr)) | 1;
	h = mix(b->key, &in6->sin6_addr, sizeof(in6->sin6_addr));
	if (IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr))
		h = mix(h, &in6->sin6_scope_id, sizeof(in6->sin6_scope_id));
	return h | 1;
}

void budget_set_known(struct budget *b, const struct sockaddr_storage *address, uint32_t n)
{
	b->n_known = SPA_MIN(n, LIMIT_CAMERAS_MAX);
	for (uint32_t i = 0; i < b->n_known; i++)
		b->known[i] = hash(b, &address[i]);
}

static bool is_known(const struct budget *b, uint64_t h)
{
	for (uint32_t i = 0; i < b->n_known; i++)
		if (b->known[i] == h)
			return true;
	return false;
}

/* Forgetting somebody gives him a new share, no more: the sum of all is bounded. */
static struct budget_source *find_source(struct budget *b, uint64_t h, uint64_t now)
{
	struct budget_source *set = b->source[(h >> 16) % LIMIT_SOURCE_SETS], *oldest = set;

	for (uint32_t i = 0; i < LIMIT_SOURCE_WAYS; i++) {
		if (set[i].hash == h)
			return &set[i];
		if (set[i].hash == 0 || set[i].bucket.time < oldest->bucket.time)
			oldest = &set[i];
	}
	oldest->hash = h;
	bucket_init(&oldest->bucket, SPA_NSEC_PER_SEC / LIMIT_DATAGRAMS_PER_SOURCE_S,
			LIMIT_DATAGRAMS_PER_SOURCE, now);
	return oldest;
}

bool budget_take(struct budget *b, const struct sockaddr_storage *from, bool asked, uint64_t now)
{
	uint64_t h = hash(b, from);

	if (!bucket_take(&find_source(b, h, now)->bucket, now))
		return false;
	if (is_known(b, h) && bucket_take(&b->reserved, now))
		return true;
	return (asked || bucket_take(&b->unasked, now)) && bucket_take(&b->all, now);
}
