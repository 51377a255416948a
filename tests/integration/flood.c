/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/*
 * flood RATE SECONDS ID ADDRESS: somebody on the network who means harm. Sends RATE datagrams
 * a second on the loopback interface, each from another address of 127.64.0.0/10, some from
 * ADDRESS: Hello and Bye to the group, and answers to the probes that it hears there, to the
 * very port that asked, half of them with the right RelatesTo. Ids are made up, or ID. Names
 * are hostile. Says on its standard output how many went out.
 */
#define GROUP		"239.255.255.250"
#define PORT		3702
#define TURN_NS		2000000
#define BATCH		64
#define N_PROBES	4
#define DATAGRAM_LEN	9500
#define SOAP		"http://www.w3.org/2003/05/soap-envelope"
#define WSA		"http://schemas.xmlsoap.org/ws/2004/08/addressing"
#define WSD		"http://schemas.xmlsoap.org/ws/2005/04/discovery"
#define DN		"http://www.onvif.org/ver10/network/wsdl"

static const char *const names[] = {
	"%1b[2J%1b]0;owned%07", "%22}],%22x%22:{%5c", "%e2%80%ae%d7%90gpj.x", "%ff%fe%c0%af",
	"%c2%9b31m", "a%0d%0aContent-Length:%200", "%00%00", "$(reboot)`reboot`", "%s%n%x",
	"%ed%a0%80%ed%b0%80", "%f4%8f%bf%bf%ef%b7%90", "%e2%80%8b%ef%bb%bf", "\"}],\\'{a=b",
};

struct probe {
	struct sockaddr_in from;
	char id[64];
};

struct flood {
	int fd, listener;
	uint32_t seed;
	const char *real_id;
	struct in_addr real_address;
	struct probe probe[N_PROBES];
	uint32_t n_probes;
	char data[BATCH][DATAGRAM_LEN];
	struct iovec iov[BATCH];
	struct sockaddr_in to[BATCH];
	union {
		char space[CMSG_SPACE(sizeof(struct in_pktinfo))];
		struct cmsghdr align;
	} control[BATCH];
	struct mmsghdr msg[BATCH];
};

static uint32_t any(struct flood *f, uint32_t below)
{
	f->seed = f->seed * 1664525u + 1013904223u;
	return (uint32_t)((uint64_t)(f->seed >> 4) * below >> 28);
}

static int open_listener(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	struct ip_mreqn mreq = { .imr_ifindex = (int)if_nametoindex("lo") };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0), one = 1;

	in.sin_addr.s_addr = mreq.imr_multiaddr.s_addr = inet_addr(GROUP);
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
	    bind(fd, (struct sockaddr *)&in, sizeof(in)) < 0 ||
	    setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &mreq, sizeof(mreq)) < 0)
		return -1;
	return fd;
}

static int open_sender(void)
{
	struct ip_mreqn mreq = { .imr_ifindex = (int)if_nametoindex("lo") };
	int fd = socket(AF_INET, SOCK_DGRAM, 0), size = 4 << 20;

	mreq.imr_address.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	return setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &mreq, sizeof(mreq)) < 0 ? -1 : fd;
}

/* Our own Hellos are heard, too, and are no probes. */
static void listen_for_probes(struct flood *f)
{
	static const char mark[] = "MessageID>";
	char text[4096];
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	ssize_t n;

	while ((n = recvfrom(f->listener, text, sizeof(text) - 1, 0, (struct sockaddr *)&from, &len)) >= 0) {
		struct probe *p = &f->probe[f->n_probes % N_PROBES];
		char *id;

		text[n] = '\0';
		if (strstr(text, "/Probe<") == NULL || (id = strstr(text, mark)) == NULL)
			continue;
		id += sizeof(mark) - 1;
		snprintf(p->id, sizeof(p->id), "%.*s", (int)strcspn(id, " <"), id);
		p->from = from;
		f->n_probes++;
	}
}

static void make_target(struct flood *f, char *dst, size_t size, const char *source)
{
	char id[128];

	if (any(f, 3) == 0)
		snprintf(id, sizeof(id), "%s", f->real_id);
	else
		snprintf(id, sizeof(id), "urn:uuid:%08x-0000-4000-8000-%012x", any(f, 1u << 28), any(f, 1u << 28));
	snprintf(dst, size, "<a:EndpointReference><a:Address>%s</a:Address></a:EndpointReference>"
			"<d:Types>dn:NetworkVideoTransmitter</d:Types><d:Scopes>onvif://www.onvif.org/name/%s "
			"onvif://www.onvif.org/hardware/%s onvif://www.onvif.org/location/%s</d:Scopes>"
			"<d:XAddrs>http://%s:8099/onvif/device_service</d:XAddrs>"
			"<d:MetadataVersion>%u</d:MetadataVersion>", id,
			names[any(f, sizeof(names) / sizeof(names[0]))],
			names[any(f, sizeof(names) / sizeof(names[0]))],
			names[any(f, sizeof(names) / sizeof(names[0]))], source, any(f, 1u << 20));
}

#define ENVELOPE "<s:Envelope xmlns:s=\"" SOAP "\" xmlns:a=\"" WSA "\" xmlns:d=\"" WSD "\" xmlns:dn=\"" DN "\">"

/* \return its length; *to is set */
static size_t make_datagram(struct flood *f, char *dst, struct sockaddr_in *to, const char *source)
{
	const struct probe *p = &f->probe[any(f, N_PROBES)];
	char target[2048];
	uint32_t kind = any(f, 64);
	int n;

	make_target(f, target, sizeof(target), source);
	if (kind < 40 && f->n_probes >= N_PROBES) {
		*to = p->from;
		n = snprintf(dst, DATAGRAM_LEN, ENVELOPE "<s:Header><a:RelatesTo>%s</a:RelatesTo></s:Header>"
				"<s:Body><d:ProbeMatches><d:ProbeMatch>%s</d:ProbeMatch></d:ProbeMatches>"
				"</s:Body></s:Envelope>", kind < 24 ? p->id :
				"urn:uuid:00000000-0000-4000-8000-000000000000", target);
	} else {
		const char *what = kind % 8 ? "Hello" : "Bye";

		*to = (struct sockaddr_in) { .sin_family = AF_INET, .sin_port = htons(PORT),
			.sin_addr.s_addr = inet_addr(GROUP) };
		n = snprintf(dst, DATAGRAM_LEN, ENVELOPE "<s:Body><d:%s>%s</d:%s></s:Body></s:Envelope>",
				what, target, what);
	}
	if (kind % 16 == 1)
		dst[any(f, (uint32_t)n)] = (char)(0x80 + any(f, 128));
	if (kind == 2) {
		memset(dst + n, ' ', DATAGRAM_LEN - (size_t)n);
		n = DATAGRAM_LEN;
	}
	return (size_t)n;
}

static void make_message(struct flood *f, uint32_t i)
{
	struct in_pktinfo *info;
	struct cmsghdr *c;
	struct msghdr *h = &f->msg[i].msg_hdr;
	char source[INET_ADDRSTRLEN];
	struct in_addr address = { htonl(0x7f400000u + any(f, 0x400000)) };

	if (any(f, 64) == 0)
		address = f->real_address;
	inet_ntop(AF_INET, &address, source, sizeof(source));
	f->iov[i] = (struct iovec) { f->data[i], make_datagram(f, f->data[i], &f->to[i], source) };
	*h = (struct msghdr) { .msg_name = &f->to[i], .msg_namelen = sizeof(f->to[i]),
		.msg_iov = &f->iov[i], .msg_iovlen = 1,
		.msg_control = &f->control[i], .msg_controllen = sizeof(f->control[i]) };
	c = CMSG_FIRSTHDR(h);
	c->cmsg_level = IPPROTO_IP;
	c->cmsg_type = IP_PKTINFO;
	c->cmsg_len = CMSG_LEN(sizeof(*info));
	info = (struct in_pktinfo *)CMSG_DATA(c);
	*info = (struct in_pktinfo) { .ipi_ifindex = (int)if_nametoindex("lo"), .ipi_spec_dst = address };
}

static uint32_t send_batch(struct flood *f, uint32_t n)
{
	int sent;

	for (uint32_t i = 0; i < n; i++)
		make_message(f, i);
	/* (nobody listens any more: that port is gone) */
	while ((sent = sendmmsg(f->fd, f->msg, n, 0)) < 0 && errno == ECONNREFUSED)
		;
	return sent < 0 ? 0 : (uint32_t)sent;
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

int main(int argc, char **argv)
{
	static struct flood f = { .seed = 1 };
	uint64_t begin = now_ns(), end, sent = 0, due;
	uint32_t rate, n;

	if (argc != 5)
		return 2;
	rate = (uint32_t)strtoul(argv[1], NULL, 10);
	end = begin + strtoul(argv[2], NULL, 10) * 1000000000u;
	f.real_id = argv[3];
	f.real_address.s_addr = inet_addr(argv[4]);
	if ((f.listener = open_listener()) < 0 || (f.fd = open_sender()) < 0) {
		perror("flood");
		return 1;
	}
	for (uint64_t now = begin; now < end; now = now_ns()) {
		listen_for_probes(&f);
		due = (now - begin) * rate / 1000000000u;
		while (sent < due) {
			n = due - sent < BATCH ? (uint32_t)(due - sent) : BATCH;
			sent += send_batch(&f, n);
			if (now_ns() >= end)
				break;
		}
		nanosleep(&(struct timespec) { 0, TURN_NS }, NULL);
	}
	printf("%llu datagrams in %.2f s, %u probes heard\n", (unsigned long long)sent,
			(double)(now_ns() - begin) / 1e9, f.n_probes);
	return 0;
}
