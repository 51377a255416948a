/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_CURL_LOOP_H
#define ONVIF_CURL_LOOP_H

#include <curl/curl.h>

#include <spa/support/loop.h>

/*
 * A curl multi handle that an SPA loop drives (libcurl's "multi_socket" interface):
 * no thread of ours, no blocking. One thread, that of the loop.
 */
struct curl_loop;

struct curl_loop_events {
#define NET_VERSION_CURL_LOOP_EVENTS	0
	uint32_t version;
	/** A transfer ended. It is still in the multi: curl_loop_remove() it, unless its
	 * connection goes on being used (CONNECT_ONLY). Comes from the loop; everything,
	 * also the curl_loop, may be destroyed inside (but not inside libcurl's own
	 * callbacks, such as its write function). */
	void (*done)(void *data, CURL *easy, CURLcode code);
};

/** Initialises libcurl, once per process and for ever: the host process may use
 * it too. Any thread. \return 0 or -errno */
int curl_loop_global_init(void);

/** events and data must outlive it. \return NULL with errno */
struct curl_loop *curl_loop_new(struct spa_loop_utils *loop,
		const struct curl_loop_events *events, void *data);
/** NULL is fine. Handles that are still in it must have been removed; no event comes. */
void curl_loop_destroy(struct curl_loop *cl);

/** for curl_multi_setopt() only */
CURLM *curl_loop_multi(struct curl_loop *cl);

/** Starts a transfer; nothing is emitted from inside. \return 0 or -errno */
int curl_loop_add(struct curl_loop *cl, CURL *easy);
/** Stops a transfer; one that is not in the multi is fine. */
void curl_loop_remove(struct curl_loop *cl, CURL *easy);

/** The errno (negative) closest to what libcurl says; -EIO where there is none. os_errno:
 * CURLINFO_OS_ERRNO, or 0 */
int curl_loop_errno(CURLcode code, long os_errno);

#endif /* ONVIF_CURL_LOOP_H */
