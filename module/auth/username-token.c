/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <openssl/evp.h>

#include <spa/utils/defs.h>

#include "auth.h"
#include "module/util/clock.h"
#include "module/util/random.h"

#define WSS	"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
#define NONCE_LEN	16u	/* longer ones are refused (Hikvision iDS) */
#define SHA1_LEN	20u
#define SHA256_LEN	32u

/* WS-Security UsernameToken 1.1, 3.1; more digits than milliseconds are refused
 * (Hikvision iDS) */
static int format_created(uint64_t realtime_ns, char dst[40])
{
	time_t t = (time_t)(realtime_ns / SPA_NSEC_PER_SEC);
	struct tm tm;
	size_t len;

	if (gmtime_r(&t, &tm) == NULL)
		return -EINVAL;
	len = strftime(dst, 32, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(dst + len, 40 - len, ".%03uZ",
			(unsigned int)(realtime_ns % SPA_NSEC_PER_SEC / NSEC_PER_MSEC));
	return 0;
}

static int password_digest(const uint8_t nonce[NONCE_LEN], const char *created,
		const struct secret *password, uint8_t sum[SHA1_LEN])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_MD *md = EVP_MD_fetch(NULL, "SHA1", NULL);
	struct str secret = str_from(password ? password->value : NULL);
	unsigned int len = 0;
	bool ok;

	ok = ctx != NULL && md != NULL && EVP_DigestInit_ex2(ctx, md, NULL) == 1 &&
		EVP_DigestUpdate(ctx, nonce, NONCE_LEN) == 1 &&
		EVP_DigestUpdate(ctx, created, strlen(created)) == 1 &&
		EVP_DigestUpdate(ctx, secret.p, secret.len) == 1 &&
		EVP_DigestFinal_ex(ctx, sum, &len) == 1 && len == SHA1_LEN;
	EVP_MD_CTX_free(ctx);
	EVP_MD_free(md);
	return ok ? 0 : -ENOTSUP;
}

int auth_username_token(struct buf *dst, const char *user, const struct secret *password,
		uint64_t realtime_ns)
{
	uint8_t nonce[NONCE_LEN], sum[SHA1_LEN];
	char created[40];
	int res;

	random_bytes(nonce, sizeof(nonce));
	if ((res = format_created(realtime_ns, created)) < 0 ||
	    (res = password_digest(nonce, created, password, sum)) < 0)
		return res;
	buf_add_str(dst, "<wsse:Security xmlns:wsse=\"" WSS "wssecurity-secext-1.0.xsd\" "
		"xmlns:wsu=\"" WSS "wssecurity-utility-1.0.xsd\" "
		"xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" s:mustUnderstand=\"1\">"
		"<wsse:UsernameToken><wsse:Username>");
	buf_add_xml(dst, str_from(user));
	buf_add_str(dst, "</wsse:Username><wsse:Password Type=\"" WSS
		"username-token-profile-1.0#PasswordDigest\">");
	buf_add_base64(dst, sum, sizeof(sum));
	buf_add_str(dst, "</wsse:Password><wsse:Nonce EncodingType=\"" WSS
		"soap-message-security-1.0#Base64Binary\">");
	buf_add_base64(dst, nonce, sizeof(nonce));
	return buf_printf(dst, "</wsse:Nonce><wsu:Created>%s</wsu:Created>"
		"</wsse:UsernameToken></wsse:Security>", created);
}

int auth_keyed_hash(const void *key, size_t key_len, const struct str *parts, uint32_t n_parts,
		char ret_hex[65])
{
	uint8_t sum[SHA256_LEN], len[8];
	size_t sum_len = 0, i, j;
	struct buf text;
	bool ok;

	buf_init(&text, LIMIT_CONF_LEN);
	for (i = 0; i < n_parts; i++) {
		for (j = 0; j < sizeof(len); j++)
			len[j] = (uint8_t)((uint64_t)parts[i].len >> (56 - 8 * j));
		buf_add(&text, len, sizeof(len));
		buf_add_slice(&text, parts[i]);
	}
	if (text.error < 0 || buf_add(&text, "", 0) < 0) {
		int res = text.error;

		buf_clear_secret(&text);
		return res;
	}
	ok = EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, key, key_len,
			(const uint8_t *)text.data, text.len, sum, sizeof(sum), &sum_len) != NULL &&
		sum_len == SHA256_LEN;
	buf_clear_secret(&text);
	for (i = 0; ok && i < SHA256_LEN; i++)
		snprintf(ret_hex + 2 * i, 3, "%02x", sum[i]);
	return ok ? 0 : -ENOTSUP;
}
