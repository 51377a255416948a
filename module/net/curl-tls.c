/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <string.h>

#include "module/net/curl-tls.h"
#include "module/util/str.h"

#define PIN_PREFIX	"sha256//"

/* no key has this hash: the handshake ends with the peer's in catch_key() */
#define NO_PIN		PIN_PREFIX "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

/* The only place where libcurl tells the key that it compares with a pin. The whole line
 * counts: other lines quote the certificate, where anything may stand. */
static int catch_key(CURL *easy, curl_infotype type, char *data, size_t size, void *user)
{
	static const struct str mark = STR_LIT("public key hash: ");
	struct curl_tls *t = user;
	struct str text = str_trim(str_make(data, size));

	if (type != CURLINFO_TEXT || t->key[0] != '\0' || !str_has_prefix(text, mark))
		return 0;
	text = str_make(text.p + mark.len, text.len - mark.len);
	if (str_has_prefix(text, STR_LIT(PIN_PREFIX)) && text.len == sizeof(NO_PIN) - 1)
		str_copy(text, t->key, sizeof(t->key));
	return 0;
}

static bool pins_valid(const char *pin)
{
	struct str rest = str_from(pin), one;

	while (str_token(&rest, ";", &one) == 0)
		if (!str_has_prefix(one, STR_LIT(PIN_PREFIX)))
			return false;
	return pin[0] != '\0' && pin[0] != ';';
}

static bool is_openssl(void)
{
	const char *name = curl_version_info(CURLVERSION_NOW)->ssl_version;

	return name && strstr(name, "OpenSSL");
}

/* Keys of 1024 bits, SHA-1 signatures, TLS 1.0: old and cheap cameras have nothing better, and
 * the alternative is no encryption at all. */
static CURLcode allow_weak(CURL *easy)
{
	CURLcode code = curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_0);

	if (code == CURLE_OK && is_openssl())
		code = curl_easy_setopt(easy, CURLOPT_SSL_CIPHER_LIST, "DEFAULT@SECLEVEL=0");
	return code == CURLE_OUT_OF_MEMORY ? code : CURLE_OK;
}

int curl_tls_set(struct curl_tls *t, CURL *easy, enum net_security security, const char *pin)
{
	*t = (struct curl_tls) { 0 };
	if (security == NET_PLAIN || security == NET_TLS_CA)
		return 0;
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
	if (allow_weak(easy) != CURLE_OK)
		return -ENOMEM;
	if (security == NET_TLS_NONE)
		return 0;
	if (pin && !pins_valid(pin))
		return -EINVAL;
	t->show_key = pin == NULL;
	t->pinned = true;
	if (curl_easy_setopt(easy, CURLOPT_PINNEDPUBLICKEY, pin ? pin : NO_PIN) != CURLE_OK)
		return -ENOMEM;
	curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);
	curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, catch_key);
	curl_easy_setopt(easy, CURLOPT_DEBUGDATA, t);
	return 0;
}

int curl_tls_failure(const struct curl_tls *t, CURLcode code, const char **ret_message)
{
	switch (code) {
	case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
		*ret_message = t->key[0] ? t->key : "it shows no key";
		return t->show_key && t->key[0] ? -ENOKEY : -EKEYREJECTED;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_ISSUER_ERROR:
		*ret_message = "its certificate is not valid";
		return -EKEYREJECTED;
	case CURLE_SSL_CACERT_BADFILE:
		*ret_message = "no certificate authorities are known here";
		return -EKEYREJECTED;
	default:
		return 0;
	}
}
