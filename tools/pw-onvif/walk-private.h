/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_TOOL_WALK_PRIVATE_H
#define ONVIF_TOOL_WALK_PRIVATE_H

#include "module/util/buf.h"
#include "tools/pw-onvif/walk.h"

/* What the files share:
 *   walk.c		object, steps, the first of them
 *   walk-query.c	what SOAP tells
 *   walk-session.c	RTSP
 *   walk-words.c	sentences: cause and remedy
 */
#define WALK_TEXT_LEN	(2 * LIMIT_ERROR_LEN)

struct walk {
	struct tool *tool;
	struct target *t;
	struct walk_params p;
	const struct walk_events *events;
	void *data;

	struct spa_source *begin;	/* also: the end, from the loop */
	struct net *net;
	struct http *http;
	struct pacer *pacer;
	struct spa_handle *codec_handle;
	struct spa_onvif_codec *codec;
	char cname[64];

	enum walk_step next;		/* the first that is not told yet */
	uint64_t since;			/* when what is under way began, ns */
	uint64_t took[WALK_N_STEPS];	/* of those that are several requests, so far */
	bool ended;
	int status;

	/* WALK_REACH */
	struct net_stream *stream;

	/* SOAP */
	struct device_query *query;
	struct device_info info;
	bool has_login, asked_twice;
	bool known;

	/* RTSP */
	struct session *session;
	struct session_status st;
	struct buf sdp;
	char asked[LIMIT_RTSP_METHOD_LEN];	/* the method of the last request */
	char location[LIMIT_TEXT_LEN];		/* of the last reply, if it redirects */
	enum walk_step under_way, reached;	/* as the wire has it */
	bool tried_again;
	bool torn_down;				/* TEARDOWN was answered */
	bool playing, finishing, stopping;
};

/* walk.c */
/** what is done by now, with a text; steps before it that are not told yet were not needed */
void walk_tell(struct walk *w, enum walk_step step, enum walk_mark mark, const char *fmt, ...)
	SPA_PRINTF_FUNC(4, 5);
/** the last words about w->next, or a later step */
void walk_fail(struct walk *w, enum walk_step step, int status, const char *sentence);
void walk_end(struct walk *w, int status);
void walk_known(struct walk *w);
/** what was under way until now belongs to a step that is told later */
void walk_took(struct walk *w, enum walk_step step);

/* walk-query.c */
void walk_query(struct walk *w);

/* walk-session.c */
void walk_session(struct walk *w);

/* walk-words.c */
/** nobody answers at its web port. \return an enum tool_status */
int walk_words_unreachable(const struct walk *w, int res, const char *message, char *dst, size_t size);
int walk_words_query(const struct walk *w, int res, bool refused, const char *message, char *dst, size_t size);
int walk_words_session(const struct walk *w, enum walk_step step, char *dst, size_t size);
/** "5 h ahead"; \return false: it is right, as far as it matters */
bool walk_words_clock(const struct device_info *info, char *dst, size_t size);
/** the codecs that the speaker takes: "PCMU/8000, AAC-hbr/16000" */
void walk_words_offers(const struct walk *w, char *dst, size_t size);

#endif /* ONVIF_TOOL_WALK_PRIVATE_H */
