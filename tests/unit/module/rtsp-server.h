/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef TEST_MODULE_RTSP_SERVER_H
#define TEST_MODULE_RTSP_SERVER_H

#include <stdint.h>

/* A good camera's RTSP server on 127.0.0.1, in a thread of its own: any number of sessions. */
struct rtsp_server;

struct rtsp_server *rtsp_server_new(void);
void rtsp_server_destroy(struct rtsp_server *s);
uint16_t rtsp_server_port(struct rtsp_server *s);
/** packets that came, sessions that were ended with TEARDOWN; any thread */
uint32_t rtsp_server_packets(struct rtsp_server *s);
uint32_t rtsp_server_teardowns(struct rtsp_server *s);

#endif /* TEST_MODULE_RTSP_SERVER_H */
