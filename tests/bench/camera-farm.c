/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

/*
 * Many cameras in one cheap process, for measuring what plays to them: each has an
 * ONVIF backchannel (PCMU) on an address of its own, 127.1.x.y, all on one port,
 * interleaved or by UDP. What is not RTSP on a connection, but `$` frames, is taken without
 * further ado, and so are datagrams.
 *
 *	camera-farm RECORDS PAYLOADS
 *
 * Says "ready PORT". RECORDS gets a struct record per packet and event, PAYLOADS the
 * bytes of the packets, one behind the other; "-": they are not kept. Commands on standard
 * input: "flush" writes out what was recorded and answers with counters; it ends with its input.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define REQUEST_LEN	8192u
#define HEAD_LEN	12u	/* of an RTP packet */
#define DATAGRAMS	32u
#define HOSTS		250u	/* of the last byte of an address */

enum kind { KIND_PACKET, KIND_CONNECTED, KIND_PLAYING, KIND_TEARDOWN, KIND_CLOSED, KIND_DESCRIBED };

#define FLAG_SOUND	1u	/* not silence all through */
#define FLAG_TOGETHER	2u	/* read together with a later one, whose time it bears */
#define FLAG_MARKER	4u

/* as the bench reads it: little-endian, without holes */
struct record {
	uint64_t ns;		/* CLOCK_MONOTONIC: arrival in the kernel, or when it was answered */
	uint16_t camera;
	uint8_t kind;
	uint8_t flags;
	uint16_t seq;
	uint16_t len;		/* of the payload */
	uint32_t timestamp;
	uint32_t offset;	/* in PAYLOADS */
};

struct connection {
	int fd;
	uint16_t camera;
	uint8_t channel;
	bool playing;
	size_t len;
	char buf[REQUEST_LEN + 1];
};

/* for epoll: what is no connection */
static char the_listener, the_datagrams, the_reports, the_input;

static struct farm {
	int epoll, listener, datagrams, reports;
	uint16_t port;
	FILE *records, *payloads;
	uint32_t offset;
	unsigned connections, playing;
	uint64_t requests, accepted;
} farm;

static uint64_t now(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static uint16_t read_u16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint16_t camera_of(const struct in_addr *addr)
{
	uint32_t host = ntohl(addr->s_addr);
	uint32_t last = host & 255u;

	return (uint16_t)((host >> 8 & 255u) * HOSTS + (last ? last - 1 : 0));
}

static void put_record(const struct record *record)
{
	if (fwrite(record, sizeof(*record), 1, farm.records) != 1) {
		perror("camera-farm: records");
		exit(1);
	}
}

static void put_event(uint16_t camera, enum kind kind)
{
	put_record(&(struct record) { .ns = now(CLOCK_MONOTONIC), .camera = camera, .kind = (uint8_t)kind });
}

/* the kernel's time of arrival, on CLOCK_MONOTONIC */
static uint64_t arrival(struct msghdr *msg)
{
	uint64_t monotonic = now(CLOCK_MONOTONIC), realtime = now(CLOCK_REALTIME), at;
	struct cmsghdr *c;
	struct timespec ts;

	for (c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS)
			continue;
		memcpy(&ts, CMSG_DATA(c), sizeof(ts));
		at = (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
		return realtime > at ? monotonic - (realtime - at) : monotonic;
	}
	return monotonic;
}

static bool is_sound(const uint8_t *data, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if ((data[i] & 0x7f) != 0x7f)
			return true;
	return false;
}

static void handle_packet(uint16_t camera, const uint8_t *data, size_t len, uint64_t ns, bool together)
{
	struct record record = { .ns = ns, .camera = camera, .kind = KIND_PACKET, .offset = farm.offset };

	if (len < HEAD_LEN || data[0] >> 6 != 2)
		return;
	record.seq = read_u16(data + 2);
	record.timestamp = (uint32_t)read_u16(data + 4) << 16 | read_u16(data + 6);
	record.len = (uint16_t)(len - HEAD_LEN);
	if (is_sound(data + HEAD_LEN, record.len))
		record.flags |= FLAG_SOUND;
	if (together)
		record.flags |= FLAG_TOGETHER;
	if (data[1] & 0x80)
		record.flags |= FLAG_MARKER;
	if (farm.payloads != NULL) {
		if (fwrite(data + HEAD_LEN, 1, record.len, farm.payloads) != record.len) {
			perror("camera-farm: payloads");
			exit(1);
		}
		farm.offset += record.len;
	}
	put_record(&record);
}

/* -- RTSP ------------------------------------------------------------------------- */

static void reply(struct connection *c, const char *cseq, const char *headers, const char *body)
{
	char text[2048];
	int len = snprintf(text, sizeof(text), "RTSP/1.0 200 OK\r\nCSeq: %s\r\n%sContent-Length: %zu\r\n\r\n%s",
			cseq, headers, strlen(body), body);

	/* a client that does not read its replies is no client to be measured */
	if (len < 0 || send(c->fd, text, (size_t)len, MSG_NOSIGNAL) != len)
		shutdown(c->fd, SHUT_RDWR);
}

/* The value of a header, or NULL. */
static const char *header(const char *head, const char *name, char value[static 256])
{
	const char *line = head;
	size_t len = strlen(name), n;

	while ((line = strstr(line, "\r\n")) != NULL) {
		line += 2;
		if (strncasecmp(line, name, len) != 0 || line[len] != ':')
			continue;
		line += len + 1;
		line += strspn(line, " ");
		n = strcspn(line, "\r\n");
		if (n > 255)
			return NULL;
		memcpy(value, line, n);
		value[n] = '\0';
		return value;
	}
	return NULL;
}

static void reply_describe(struct connection *c, const char *cseq, const char *url)
{
	char headers[512], body[512];

	snprintf(headers, sizeof(headers), "Content-Type: application/sdp\r\nContent-Base: %s/\r\n", url);
	snprintf(body, sizeof(body), "v=0\r\no=- 1 1 IN IP4 127.1.0.1\r\ns=farm\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\na=control:*\r\n"
			"m=audio 0 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=control:track1\r\na=recvonly\r\n"
			"m=audio 0 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=control:track2\r\na=sendonly\r\n");
	reply(c, cseq, headers, body);
	put_event(c->camera, KIND_DESCRIBED);
}

static void reply_setup(struct connection *c, const char *cseq, const char *transport)
{
	const char *interleaved = transport ? strstr(transport, "interleaved=") : NULL;
	const char *ports = transport ? strstr(transport, "client_port=") : NULL;
	unsigned channel = 0;
	char headers[512];

	if (interleaved != NULL) {
		channel = (unsigned)strtoul(interleaved + strlen("interleaved="), NULL, 10) & 254u;
		c->channel = (uint8_t)channel;
	}
	if (ports != NULL)
		snprintf(headers, sizeof(headers), "Transport: RTP/AVP;unicast;client_port=%.*s;server_port=%u-%u\r\n"
				"Session: 1;timeout=60\r\n", (int)strspn(ports + strlen("client_port="), "0123456789-"),
				ports + strlen("client_port="), farm.port, farm.port + 1);
	else
		snprintf(headers, sizeof(headers), "Transport: RTP/AVP/TCP;unicast;interleaved=%u-%u\r\n"
				"Session: 1;timeout=60\r\n", channel, channel + 1);
	reply(c, cseq, headers, "");
}

static void set_playing(struct connection *c, bool playing)
{
	if (playing == c->playing)
		return;
	c->playing = playing;
	farm.playing += playing ? 1u : -1u;
}

static void handle_request(struct connection *c, char *head)
{
	char value[256], cseq[256], url[256];
	size_t skip = strcspn(head, " "), len = strcspn(head + skip + 1, " ");
	const char *found = header(head, "CSeq", cseq);

	farm.requests++;
	snprintf(url, sizeof(url), "%.*s", (int)(len < 200 ? len : 200), head + skip + 1);
	if (found == NULL)
		strcpy(cseq, "0");
	if (strncmp(head, "DESCRIBE", skip) == 0) {
		reply_describe(c, cseq, url);
	} else if (strncmp(head, "SETUP", skip) == 0) {
		reply_setup(c, cseq, header(head, "Transport", value));
	} else if (strncmp(head, "PLAY", skip) == 0) {
		reply(c, cseq, "Session: 1\r\n", "");
		put_event(c->camera, KIND_PLAYING);
		set_playing(c, true);
	} else if (strncmp(head, "TEARDOWN", skip) == 0) {
		reply(c, cseq, "Session: 1\r\n", "");
		put_event(c->camera, KIND_TEARDOWN);
		set_playing(c, false);
	} else {
		reply(c, cseq, "Public: OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, SET_PARAMETER, TEARDOWN\r\n", "");
	}
}

/* The length of the frame at data, 0 where it is not whole yet. */
static size_t take_frame(struct connection *c, const uint8_t *data, size_t len, uint64_t ns)
{
	size_t size;

	if (len < 4 || len < (size = 4u + read_u16(data + 2)))
		return 0;
	if (data[1] == c->channel)
		handle_packet(c->camera, data + 4, size - 4, ns, len > size);
	return size;
}

/* The same of a request with its body. */
static size_t take_request(struct connection *c, char *data, size_t len)
{
	char *end = memmem(data, len, "\r\n\r\n", 4), value[256];
	const char *body;
	size_t size;

	if (end == NULL)
		return 0;
	size = (size_t)(end - data) + 4;
	end[2] = '\0';
	body = header(data, "Content-Length", value);
	size += body ? strtoul(body, NULL, 10) : 0;
	end[2] = '\r';
	if (size > len)
		return 0;
	end[2] = '\0';
	handle_request(c, data);
	return size;
}

static void close_connection(struct connection *c)
{
	set_playing(c, false);
	put_event(c->camera, KIND_CLOSED);
	close(c->fd);
	farm.connections--;
	free(c);
}

static void handle_connection(struct connection *c)
{
	union { struct cmsghdr align; char buf[256]; } control;
	struct iovec iov = { c->buf + c->len, REQUEST_LEN - c->len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
		.msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(c->fd, &msg, MSG_DONTWAIT);
	size_t pos = 0, size;
	uint64_t ns;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0 || c->len + (size_t)n >= REQUEST_LEN) {
		close_connection(c);
		return;
	}
	c->len += (size_t)n;
	ns = arrival(&msg);
	do {
		if (c->buf[pos] == '$')
			size = take_frame(c, (const uint8_t *)c->buf + pos, c->len - pos, ns);
		else
			size = take_request(c, c->buf + pos, c->len - pos);
		pos += size;
	} while (size > 0 && pos < c->len);
	c->len -= pos;
	memmove(c->buf, c->buf + pos, c->len);
}

static void handle_listener(void)
{
	struct sockaddr_in own;
	socklen_t len = sizeof(own);
	struct epoll_event event = { .events = EPOLLIN };
	struct connection *c = calloc(1, sizeof(*c));
	int yes = 1;

	if (c == NULL || (c->fd = accept4(farm.listener, NULL, NULL, SOCK_CLOEXEC)) < 0) {
		free(c);
		return;
	}
	setsockopt(c->fd, SOL_SOCKET, SO_TIMESTAMPNS, &yes, sizeof(yes));
	if (getsockname(c->fd, (struct sockaddr *)&own, &len) == 0)
		c->camera = camera_of(&own.sin_addr);
	event.data.ptr = c;
	epoll_ctl(farm.epoll, EPOLL_CTL_ADD, c->fd, &event);
	farm.connections++;
	farm.accepted++;
	put_event(c->camera, KIND_CONNECTED);
}

/* -- UDP -------------------------------------------------------------------------- */

static void handle_datagram(struct msghdr *msg, const uint8_t *data, size_t len)
{
	struct cmsghdr *c;
	struct in_pktinfo info;

	for (c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != IPPROTO_IP || c->cmsg_type != IP_PKTINFO)
			continue;
		memcpy(&info, CMSG_DATA(c), sizeof(info));
		handle_packet(camera_of(&info.ipi_addr), data, len, arrival(msg), false);
	}
}

static void handle_datagrams(int fd, bool keep)
{
	static uint8_t data[DATAGRAMS][2048];
	static union { struct cmsghdr align; char buf[256]; } control[DATAGRAMS];
	static struct iovec iov[DATAGRAMS];
	struct mmsghdr msgs[DATAGRAMS] = { 0 };
	int i, n;

	for (i = 0; i < (int)DATAGRAMS; i++) {
		iov[i] = (struct iovec) { data[i], sizeof(data[i]) };
		msgs[i].msg_hdr = (struct msghdr) { .msg_iov = &iov[i], .msg_iovlen = 1,
			.msg_control = &control[i], .msg_controllen = sizeof(control[i]) };
	}
	n = recvmmsg(fd, msgs, DATAGRAMS, MSG_DONTWAIT, NULL);
	for (i = 0; keep && i < n; i++)
		handle_datagram(&msgs[i].msg_hdr, data[i], msgs[i].msg_len);
}

/* -- the process ------------------------------------------------------------------ */

static bool handle_input(void)
{
	char line[64];
	ssize_t n = read(0, line, sizeof(line));

	if (n <= 0)
		return false;
	fflush(farm.records);
	if (farm.payloads != NULL)
		fflush(farm.payloads);
	printf("{\"connections\": %u, \"playing\": %u, \"accepted\": %llu, \"requests\": %llu}\n", farm.connections,
			farm.playing, (unsigned long long)farm.accepted, (unsigned long long)farm.requests);
	fflush(stdout);
	return true;
}

static int watched(int fd, void *data)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = data };

	return fd < 0 ? -1 : epoll_ctl(farm.epoll, EPOLL_CTL_ADD, fd, &event);
}

static int bound(int type, uint16_t port)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0), yes = 1, size = 4 << 20;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (type == SOCK_DGRAM) {
		setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &yes, sizeof(yes));
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
		setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &yes, sizeof(yes));
	}
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
			(type == SOCK_STREAM && listen(fd, 1024) < 0)) {
		close(fd);
		return -1;
	}
	return fd;
}

/* one number for RTSP and RTP, the next for RTCP */
static int open_sockets(void)
{
	uint16_t port;

	farm.epoll = epoll_create1(EPOLL_CLOEXEC);
	for (port = 20554; port < 40000; port = (uint16_t)(port + 2)) {
		if ((farm.listener = bound(SOCK_STREAM, port)) < 0)
			continue;
		farm.datagrams = bound(SOCK_DGRAM, port);
		farm.reports = bound(SOCK_DGRAM, (uint16_t)(port + 1));
		if (farm.datagrams >= 0 && farm.reports >= 0)
			break;
		close(farm.listener);
		close(farm.datagrams);
		close(farm.reports);
	}
	farm.port = port;
	if (watched(farm.listener, &the_listener) < 0 || watched(farm.datagrams, &the_datagrams) < 0 ||
			watched(farm.reports, &the_reports) < 0 || watched(0, &the_input) < 0)
		return -1;
	return 0;
}

static bool handle_events(void)
{
	struct epoll_event events[64];
	int i, n = epoll_wait(farm.epoll, events, 64, -1);

	for (i = 0; i < n; i++) {
		void *data = events[i].data.ptr;

		if (data == &the_listener)
			handle_listener();
		else if (data == &the_datagrams)
			handle_datagrams(farm.datagrams, true);
		else if (data == &the_reports)
			handle_datagrams(farm.reports, false);
		else if (data != &the_input)
			handle_connection(data);
		else if (!handle_input())
			return false;
	}
	return n >= 0 || errno == EINTR;
}

int main(int argc, char *argv[])
{
	/* so that packets are read one by one, also where others are busy; the lowest, so
	 * that nobody's sound waits for it */
	struct sched_param param = { .sched_priority = 1 };

	if (argc != 3) {
		fprintf(stderr, "usage: camera-farm RECORDS PAYLOADS\n");
		return 2;
	}
	farm.records = fopen(argv[1], "wb");
	farm.payloads = strcmp(argv[2], "-") ? fopen(argv[2], "wb") : NULL;
	if (farm.records == NULL || (farm.payloads == NULL && strcmp(argv[2], "-")) || open_sockets() < 0) {
		perror("camera-farm");
		return 1;
	}
	setvbuf(farm.records, NULL, _IOFBF, 1 << 20);
	sched_setscheduler(0, SCHED_FIFO, &param);
	printf("ready %u\n", farm.port);
	fflush(stdout);
	while (handle_events())
		;
	fclose(farm.records);
	if (farm.payloads != NULL)
		fclose(farm.payloads);
	return 0;
}
