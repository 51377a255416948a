/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_TLS_SERVER_H
#define ONVIF_TLS_SERVER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <openssl/ssl.h>

/*
 * An HTTPS server on 127.0.0.1 with a certificate as cameras have them, in a thread of its own.
 * It answers every request alike and closes.
 */
struct tls_server;

struct tls_server_params {
	int rsa_bits;			/* 0: an elliptic curve, P-256 */
	int max_version;		/* TLS1_2_VERSION, ...; 0: whatever there is */
	long not_before_s, not_after_s;	/* relative to now */
	const char *subject;		/* common name */
	const char *digest;		/* of the signature, NULL: SHA256 */
	bool no_sessions;		/* none can be resumed */
	const char *reply;
	/* what the thread does instead: tls_server_accept() until that returns NULL */
	void (*run)(struct tls_server *s, void *data);
	void *data;
};

struct tls_server *tls_server_new(const struct tls_server_params *params);
void tls_server_destroy(struct tls_server *s);
/** The thread's: the next connection whose handshake is done, with its socket as SSL_get_fd(); the
 * caller's to SSL_free() and close. NULL: the server ends */
SSL *tls_server_accept(struct tls_server *s);
uint16_t tls_server_port(struct tls_server *s);
/** "sha256//base64" of its public key */
const char *tls_server_key(struct tls_server *s);
/** text with it in place of "%s", where that is in it */
void tls_server_put_key(struct tls_server *s, const char *text, char *dst, size_t size);
/** handshakes that were completed, bytes that were read after them */
unsigned int tls_server_handshakes(struct tls_server *s);
unsigned int tls_server_bytes(struct tls_server *s);

#endif /* ONVIF_TLS_SERVER_H */
