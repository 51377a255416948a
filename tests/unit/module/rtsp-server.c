/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#include "module/util/str.h"
#include "tests/lib/test.h"
#include "tests/unit/module/rtsp-server.h"

#define MAX_CONNECTIONS	64u
#define BUFFER_LEN	16384u

struct connection {
	size_t len;
	char data[BUFFER_LEN];
};

struct rtsp_server {
	pthread_t thread;
	int end[2];			/* a pipe: closed to end the thread */
	uint16_t port;
	struct pollfd fds[MAX_CONNECTIONS + 2];
	struct connection connections[MAX_CONNECTIONS + 2];
	uint32_t n_fds;
	atomic_uint packets, teardowns;
};

static const char sdp[] = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\nm=audio 0 RTP/AVP 0\r\n"
	"a=sendonly\r\na=control:back\r\n";

static void answer(struct rtsp_server *s, int fd, struct str request)
{
	ptrdiff_t at = str_search(request, STR_LIT("CSeq: "));
	bool describe = str_has_prefix(request, STR_LIT("DESCRIBE "));
	char text[1024];
	int n, cseq = 0;

	if (at >= 0)
		sscanf(request.p + at, "CSeq: %d", &cseq);
	s->teardowns += str_has_prefix(request, STR_LIT("TEARDOWN "));
	n = snprintf(text, sizeof(text), "RTSP/1.0 200 OK\r\nCSeq: %d\r\nSession: 1;timeout=60\r\n"
			"Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\nContent-Length: %zu\r\n\r\n%s",
			cseq, describe ? sizeof(sdp) - 1 : (size_t)0, describe ? sdp : "");
	/* a client that is gone hears no answer */
	(void)!send(fd, text, (size_t)n, MSG_NOSIGNAL);
}

/* \return the length of the first whole request or packet, 0: there is none */
static size_t take_one(struct rtsp_server *s, int fd, struct str in)
{
	ptrdiff_t end;
	size_t len;

	if (in.len >= 4 && in.p[0] == '$') {
		len = 4 + (size_t)((uint8_t)in.p[2] << 8 | (uint8_t)in.p[3]);
		if (in.len < len)
			return 0;
		s->packets++;
		return len;
	}
	if ((end = str_search(in, STR_LIT("\r\n\r\n"))) < 0)
		return 0;
	answer(s, fd, str_make(in.p, (size_t)end + 4));
	return (size_t)end + 4;
}

/* \return false at the connection's end */
static bool serve(struct rtsp_server *s, uint32_t i)
{
	struct connection *c = &s->connections[i];
	int fd = s->fds[i].fd;
	ssize_t n = recv(fd, c->data + c->len, sizeof(c->data) - c->len, 0);
	size_t done;

	if (n <= 0)
		return false;
	c->len += (size_t)n;
	while ((done = take_one(s, fd, str_make(c->data, c->len))) > 0) {
		c->len -= done;
		memmove(c->data, c->data + done, c->len);
	}
	return c->len < sizeof(c->data);
}

static void *run(void *data)
{
	struct rtsp_server *s = data;

	while (poll(s->fds, s->n_fds, -1) > 0 && s->fds[0].revents == 0) {
		if (s->fds[1].revents && s->n_fds < MAX_CONNECTIONS + 2) {
			s->connections[s->n_fds].len = 0;
			s->fds[s->n_fds].revents = 0;
			s->fds[s->n_fds].events = POLLIN;
			s->fds[s->n_fds++].fd = accept(s->fds[1].fd, NULL, NULL);
		}
		for (uint32_t i = 2; i < s->n_fds; i++) {
			if (s->fds[i].revents == 0 || serve(s, i))
				continue;
			close(s->fds[i].fd);
			s->n_fds--;
			s->fds[i] = s->fds[s->n_fds];
			s->connections[i] = s->connections[s->n_fds];
			i--;
		}
	}
	return NULL;
}

struct rtsp_server *rtsp_server_new(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct rtsp_server *s = calloc(1, sizeof(*s));
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	check(s != NULL && fd >= 0 && pipe(s->end) == 0);
	check_int(bind(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	check_int(listen(fd, MAX_CONNECTIONS), 0);
	check_int(getsockname(fd, (struct sockaddr *)&sin, &len), 0);
	s->port = ntohs(sin.sin_port);
	s->fds[0] = (struct pollfd) { .fd = s->end[0], .events = POLLIN };
	s->fds[1] = (struct pollfd) { .fd = fd, .events = POLLIN };
	s->n_fds = 2;
	check_int(pthread_create(&s->thread, NULL, run, s), 0);
	return s;
}

void rtsp_server_destroy(struct rtsp_server *s)
{
	close(s->end[1]);
	pthread_join(s->thread, NULL);
	for (uint32_t i = 0; i < s->n_fds; i++)
		close(s->fds[i].fd);
	free(s);
}

uint16_t rtsp_server_port(struct rtsp_server *s)
{
	return s->port;
}

uint32_t rtsp_server_packets(struct rtsp_server *s)
{
	return s->packets;
}

uint32_t rtsp_server_teardowns(struct rtsp_server *s)
{
	return s->teardowns;
}
