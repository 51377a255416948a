/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "tests/lib/test.h"
#include "tests/lib/tls-server.h"

struct tls_server {
	SSL_CTX *ctx;
	const char *reply;
	void (*run)(struct tls_server *s, void *data);
	void *data;
	int fd;
	uint16_t port;
	char key[80];
	pthread_t thread;
	atomic_uint handshakes, bytes;
};

static EVP_PKEY *make_key(int rsa_bits)
{
	EVP_PKEY *key = rsa_bits ? EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)rsa_bits) :
		EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");

	check(key != NULL);
	return key;
}

static X509 *make_certificate(EVP_PKEY *key, const struct tls_server_params *p)
{
	X509 *cert = X509_new();
	X509_NAME *name;

	check(cert != NULL);
	name = X509_get_subject_name(cert);
	check_int(X509_set_version(cert, X509_VERSION_3), 1);
	check_int(ASN1_INTEGER_set(X509_get_serialNumber(cert), 1), 1);
	check(X509_gmtime_adj(X509_getm_notBefore(cert), p->not_before_s) != NULL);
	check(X509_gmtime_adj(X509_getm_notAfter(cert), p->not_after_s) != NULL);
	check_int(X509_set_pubkey(cert, key), 1);
	check_int(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
			(const unsigned char *)p->subject, -1, -1, 0), 1);
	check_int(X509_set_issuer_name(cert, name), 1);
	check(X509_sign(cert, key, EVP_get_digestbyname(p->digest ? p->digest : "SHA256")) > 0);
	return cert;
}

static void print_key(EVP_PKEY *key, char dst[80])
{
	unsigned char *der = NULL, sum[EVP_MAX_MD_SIZE];
	int len = i2d_PUBKEY(key, &der);
	size_t sum_len;

	check(len > 0);
	check_int(EVP_Q_digest(NULL, "SHA256", NULL, der, (size_t)len, sum, &sum_len), 1);
	memcpy(dst, "sha256//", 8);
	check_int(EVP_EncodeBlock((unsigned char *)dst + 8, sum, 32), 44);
	OPENSSL_free(der);
}

SSL *tls_server_accept(struct tls_server *s)
{
	struct timeval patience = { .tv_sec = 2 };
	SSL *ssl;
	int fd;

	while ((fd = accept(s->fd, NULL, NULL)) >= 0) {
		ssl = SSL_new(s->ctx);
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
		SSL_set_fd(ssl, fd);
		if (SSL_accept(ssl) == 1) {
			s->handshakes++;
			return ssl;
		}
		SSL_free(ssl);
		close(fd);
	}
	return NULL;
}

static void serve(struct tls_server *s, SSL *ssl)
{
	char request[65536];
	size_t len = 0;
	int n;

	while (len < sizeof(request) - 1 &&
	    (n = SSL_read(ssl, request + len, (int)(sizeof(request) - 1 - len))) > 0) {
		len += (size_t)n;
		s->bytes += (unsigned int)n;
		request[len] = '\0';
		if (strstr(request, "</end>") == NULL)
			continue;
		SSL_write(ssl, s->reply, (int)strlen(s->reply));
		SSL_shutdown(ssl);
		break;
	}
}

static void *run(void *data)
{
	struct tls_server *s = data;
	SSL *ssl;
	int fd;

	if (s->run) {
		s->run(s, s->data);
		return NULL;
	}
	while ((ssl = tls_server_accept(s)) != NULL) {
		fd = SSL_get_fd(ssl);
		serve(s, ssl);
		SSL_free(ssl);
		close(fd);
	}
	return NULL;
}

static void listen_somewhere(struct tls_server *s)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sin);

	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	check(s->fd >= 0);
	check_int(bind(s->fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	check_int(listen(s->fd, 8), 0);
	check_int(getsockname(s->fd, (struct sockaddr *)&sin, &len), 0);
	s->port = ntohs(sin.sin_port);
}

struct tls_server *tls_server_new(const struct tls_server_params *p)
{
	struct tls_server *s = calloc(1, sizeof(*s));
	EVP_PKEY *key = make_key(p->rsa_bits);
	X509 *cert = make_certificate(key, p);

	check(s != NULL);
	/* SSL_write() has no MSG_NOSIGNAL */
	signal(SIGPIPE, SIG_IGN);
	s->reply = p->reply;
	s->run = p->run;
	s->data = p->data;
	s->ctx = SSL_CTX_new(TLS_server_method());
	check(s->ctx != NULL);
	check_int(SSL_CTX_set_cipher_list(s->ctx, "ALL:@SECLEVEL=0"), 1);
	check_int(SSL_CTX_set_min_proto_version(s->ctx, TLS1_VERSION), 1);
	check_int(SSL_CTX_set_max_proto_version(s->ctx, p->max_version), 1);
	check_int(SSL_CTX_use_certificate(s->ctx, cert), 1);
	check_int(SSL_CTX_use_PrivateKey(s->ctx, key), 1);
	if (p->no_sessions) {
		SSL_CTX_set_num_tickets(s->ctx, 0);
		SSL_CTX_set_session_cache_mode(s->ctx, SSL_SESS_CACHE_OFF);
	}
	print_key(key, s->key);
	X509_free(cert);
	EVP_PKEY_free(key);
	listen_somewhere(s);
	check_int(pthread_create(&s->thread, NULL, run, s), 0);
	return s;
}

void tls_server_destroy(struct tls_server *s)
{
	shutdown(s->fd, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	close(s->fd);
	SSL_CTX_free(s->ctx);
	free(s);
}

uint16_t tls_server_port(struct tls_server *s)
{
	return s->port;
}

const char *tls_server_key(struct tls_server *s)
{
	return s->key;
}

void tls_server_put_key(struct tls_server *s, const char *text, char *dst, size_t size)
{
	const char *at = strstr(text, "%s");

	if (at)
		snprintf(dst, size, "%.*s%s%s", (int)(at - text), text, tls_server_key(s), at + 2);
	else
		snprintf(dst, size, "%s", text);
}

unsigned int tls_server_handshakes(struct tls_server *s)
{
	return s->handshakes;
}

unsigned int tls_server_bytes(struct tls_server *s)
{
	return s->bytes;
}
