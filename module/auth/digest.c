/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

#include <spa/utils/defs.h>

#include "digest.h"

static const struct {
	const char *name;	/* RFC 7616 6.1 */
	const char *sess_name;
	const char *evp;
} algorithms[] = {
	[DIGEST_MD5] = { "MD5", "MD5-sess", "MD5" },
	[DIGEST_SHA512_256] = { "SHA-512-256", "SHA-512-256-sess", "SHA512-256" },
	[DIGEST_SHA256] = { "SHA-256", "SHA-256-sess", "SHA256" },
};

const char *digest_name(enum digest_algorithm algorithm, bool sess)
{
	return sess ? algorithms[algorithm].sess_name : algorithms[algorithm].name;
}

int digest_find(struct str name, enum digest_algorithm *ret, bool *ret_sess)
{
	size_t i;
	EVP_MD *md;

	name = str_trim(name);
	if (name.len == 0)
		name = STR_LIT("MD5");
	for (i = 0; i < SPA_N_ELEMENTS(algorithms); i++) {
		bool sess = str_ieq(name, str_from(algorithms[i].sess_name));

		if (!sess && !str_ieq(name, str_from(algorithms[i].name)))
			continue;
		if ((md = EVP_MD_fetch(NULL, algorithms[i].evp, NULL)) == NULL)
			return -ENOTSUP;
		EVP_MD_free(md);
		*ret = (enum digest_algorithm)i;
		*ret_sess = sess;
		return 0;
	}
	return -ENOTSUP;
}

/* hex of H(parts joined by ':') */
static int hash(EVP_MD *md, const struct str *parts, size_t n, char ret_hex[DIGEST_HEX_LEN])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t sum[EVP_MAX_MD_SIZE];
	unsigned int len = 0, j;
	bool ok;
	size_t i;

	if (ctx == NULL)
		return -ENOMEM;
	ok = EVP_DigestInit_ex2(ctx, md, NULL) == 1;
	for (i = 0; i < n && ok; i++)
		ok = (i == 0 || EVP_DigestUpdate(ctx, ":", 1) == 1) &&
			EVP_DigestUpdate(ctx, parts[i].p, parts[i].len) == 1;
	ok = ok && EVP_DigestFinal_ex(ctx, sum, &len) == 1 && len * 2 < DIGEST_HEX_LEN;
	EVP_MD_CTX_free(ctx);
	for (j = 0; ok && j < len; j++)
		snprintf(ret_hex + 2 * j, 3, "%02x", sum[j]);
	explicit_bzero(sum, sizeof(sum));
	return ok ? 0 : -ENOTSUP;
}

static int hash_user(EVP_MD *md, const struct digest_request *r, char ha1[DIGEST_HEX_LEN])
{
	struct str parts[3] = { r->user, r->realm, str_from(r->password->value) };
	int res;

	if ((res = hash(md, parts, 3, ha1)) < 0 || !r->sess)
		return res;
	parts[0] = str_from(ha1);
	parts[1] = r->nonce;
	parts[2] = r->cnonce;
	return hash(md, parts, 3, ha1);
}

int digest_response(const struct digest_request *r, char ret_hex[DIGEST_HEX_LEN])
{
	char ha1[DIGEST_HEX_LEN], ha2[DIGEST_HEX_LEN], nc[9];
	const struct str a2[] = { r->method, r->uri };
	EVP_MD *md = EVP_MD_fetch(NULL, algorithms[r->algorithm].evp, NULL);
	int res;

	if (md == NULL)
		return -ENOTSUP;
	if ((res = hash_user(md, r, ha1)) < 0 || (res = hash(md, a2, 2, ha2)) < 0)
		goto done;
	snprintf(nc, sizeof(nc), "%08x", r->nc);
	if (r->qop_auth) {
		const struct str parts[] = { str_from(ha1), r->nonce, str_from(nc), r->cnonce,
			STR_LIT("auth"), str_from(ha2) };

		res = hash(md, parts, SPA_N_ELEMENTS(parts), ret_hex);
	} else {
		const struct str parts[] = { str_from(ha1), r->nonce, str_from(ha2) };

		res = hash(md, parts, SPA_N_ELEMENTS(parts), ret_hex);
	}
done:
	explicit_bzero(ha1, sizeof(ha1));
	EVP_MD_free(md);
	return res;
}
