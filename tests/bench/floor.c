/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

/*
 * The least that 50 packets a second can cost: one timer, and each time it rings a
 * packet of silence to each of N cameras, over a connection of its own.
 *
 *	floor PORT N
 */

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <netinet/tcp.h>
#include <unistd.h>

#define PAYLOAD		160u
#define PACKET		(4u + 12u + PAYLOAD)
#define HOSTS		250u
#define INTERVAL_NS	20000000

static int dial(uint32_t camera, uint16_t port)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_port = htons(port),
		.sin_addr.s_addr = htonl(0x7f010000u + (camera / HOSTS << 8) + camera % HOSTS + 1) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;

	if (fd < 0 || connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0) {
		perror("floor");
		exit(1);
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	return fd;
}

static void put_u16(uint8_t *p, uint32_t value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

int main(int argc, char *argv[])
{
	const struct itimerspec every = { { 0, INTERVAL_NS }, { 0, INTERVAL_NS } };
	uint8_t packet[PACKET] = { '$', 0, 0, PACKET - 4, 0x80, 0 };
	uint32_t i, n, seq = 0, timestamp;
	uint64_t turns;
	int timer, *fds;

	if (argc != 3 || (n = (uint32_t)strtoul(argv[2], NULL, 10)) == 0 || (fds = calloc(n, sizeof(*fds))) == NULL) {
		fprintf(stderr, "usage: floor PORT N\n");
		return 2;
	}
	for (i = 0; i < n; i++)
		fds[i] = dial(i, (uint16_t)strtoul(argv[1], NULL, 10));
	memset(packet + 16, 0xff, PAYLOAD);
	timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	timerfd_settime(timer, 0, &every, NULL);
	while (read(timer, &turns, sizeof(turns)) == sizeof(turns)) {
		for (; turns > 0; turns--, seq++) {
			timestamp = seq * PAYLOAD;
			put_u16(packet + 6, seq);
			put_u16(packet + 8, timestamp >> 16);
			put_u16(packet + 10, timestamp);
			for (i = 0; i < n; i++)
				if (send(fds[i], packet, sizeof(packet), MSG_NOSIGNAL) != sizeof(packet))
					return 1;
		}
	}
	return 1;
}
