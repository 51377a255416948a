/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "tools/pw-onvif/report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "module/util/text.h"
#include "tools/pw-onvif/redact.h"

#define STEPS_LEN	(64u * 1024u)
#define TRACE_LEN	(1024u * 1024u)

struct report {
	struct buf steps;
	struct buf trace;	/* with all that is secret, until it is written */
};

struct report *report_new(void)
{
	struct report *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	buf_init(&r->steps, STEPS_LEN);
	buf_init(&r->trace, TRACE_LEN);
	return r;
}

void report_free(struct report *r)
{
	if (r == NULL)
		return;
	buf_clear(&r->steps);
	buf_clear_secret(&r->trace);
	free(r);
}

void report_step(struct report *r, const struct walk_result *result)
{
	static const char * const marks[] = {
		[WALK_DONE] = "ok", [WALK_DOUBTFUL] = "??", [WALK_FAILED] = "FAILED",
	};

	buf_printf(&r->steps, "%-6s %-15s %6.1f ms  %s\n", marks[result->mark], walk_step_label(result->step),
			(double)result->ns / 1e6, result->text);
}

/* one byte that moves the cursor of who reads it is one too many */
static void add_visible(struct buf *b, struct str text)
{
	uint32_t c;

	while (text.len > 0) {
		struct str before = text;

		if (str_utf8(&text, &c) < 0) {
			text = str_make(before.p + 1, before.len - 1);
			c = (uint8_t)before.p[0];
		} else if (c == '\n' || (c >= 0x20 && c < 0x7f)) {
			buf_add_slice(b, str_make(before.p, before.len - text.len));
			continue;
		}
		if (c != '\r')
			buf_printf(b, "\\x{%x}", c);
	}
}

void report_trace(struct report *r, bool sent, struct str text)
{
	struct str line;

	buf_printf(&r->trace, "\n%s\n", sent ? ">>> sent" : "<<< received");
	while (str_until(&text, '\n', text.len, &line) == 0) {
		buf_add_slice(&r->trace, line);
		buf_add_byte(&r->trace, '\n');
		text = str_make(text.p + 1, text.len - 1);
	}
	buf_add_slice(&r->trace, text);
}

static void write_head(const struct target *t, const struct walk *w, struct buf *b)
{
	const struct device_info *info = walk_info(w);
	struct utsname system;

	buf_printf(b, "pw-onvif %s, a report on %s\n\n", PACKAGE_VERSION, t->handle);
	buf_printf(b, "libpipewire  %s (compiled with %s)\n", pw_get_library_version(), pw_get_headers_version());
	if (uname(&system) == 0)
		buf_printf(b, "system       %s %s %s\n", system.sysname, system.release, system.machine);
	if (info->model[0])
		buf_printf(b, "camera       %s %s, firmware %s, hardware %s\n", info->manufacturer, info->model,
				info->firmware, info->hardware);
	buf_printf(b, "RTSP server  %s\n", walk_status(w)->server);
}

static void add_rule(void *data, const char *text)
{
	buf_printf(data, "rule         %s\n", text);
}

static void write_all(struct report *r, const struct target *t, const struct walk *w, struct buf *b)
{
	write_head(t, w, b);
	target_rules(t, add_rule, b);
	buf_printf(b, "\n# Steps\n");
	buf_add_slice(b, buf_str(&r->steps));
	buf_printf(b, "\n# Description of the stream\n");
	buf_add_slice(b, walk_sdp(w));
	buf_printf(b, "\n# Conversation (RTSP)\n");
	buf_add_slice(b, buf_str(&r->trace));
	if (r->trace.error < 0 || r->steps.error < 0)
		buf_printf(b, "\n(the rest is left out)\n");
}

/* what Basic makes of them: a camera may say it again anywhere */
static int add_basic(struct buf *basic, const struct target *t)
{
	struct buf pair;

	buf_init(&pair, 2 * LIMIT_CREDENTIAL_LEN + 2);
	if (t->user && t->password.value) {
		buf_add_str(&pair, t->user);
		buf_add_byte(&pair, ':');
		buf_add_str(&pair, t->password.value);
		buf_add_base64(basic, pair.data, pair.len);
	}
	if (pair.error < 0)
		basic->error = pair.error;
	buf_clear_secret(&pair);
	return basic->error;
}

/* \return 0 or -E2BIG: something would be let through */
static int add_known(struct redact *k, const struct target *t, const struct walk *w, const char *basic)
{
	const struct device_info *info = walk_info(w);
	const char *serial = pw_properties_get(t->told, "onvif.serial");

	return redact_add(k, t->user) && redact_add(k, t->password.value) && redact_add(k, basic) &&
		redact_add(k, info->serial) && redact_add(k, serial) &&
		redact_add(k, t->entry ? pw_properties_get(t->entry, "onvif.serial") : NULL) &&
		redact_add(k, t->id) && redact_add(k, info->id) ? 0 : -E2BIG;
}

static int write_new(const char *path, struct str text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600), res = 0;
	ssize_t n;

	if (fd < 0)
		return -errno;
	while (res == 0 && text.len > 0) {
		if ((n = write(fd, text.p, text.len)) < 0 && errno != EINTR)
			res = -errno;
		else if (n > 0)
			text = str_make(text.p + n, text.len - (size_t)n);
	}
	if (close(fd) < 0 && res == 0)
		res = -errno;
	if (res < 0)
		unlink(path);
	return res;
}

int report_write(struct report *r, const char *path, const struct target *t, const struct walk *w)
{
	struct redact known = { 0 };
	struct buf basic, all, safe, shown;
	int res;

	buf_init(&basic, TRACE_LEN);
	buf_init(&all, 4 * TRACE_LEN);
	buf_init(&safe, 8 * TRACE_LEN);
	buf_init(&shown, 32 * TRACE_LEN);
	write_all(r, t, w, &all);
	if ((res = all.error) == 0 && (res = add_basic(&basic, t)) == 0 &&
	    (res = add_known(&known, t, w, basic.data)) == 0 &&
	    (res = redact_text(&known, buf_str(&all), &safe)) == 0) {
		add_visible(&shown, buf_str(&safe));
		if ((res = shown.error) == 0)
			res = write_new(path, buf_str(&shown));
	}
	buf_clear_secret(&basic);
	buf_clear_secret(&all);
	buf_clear(&safe);
	buf_clear(&shown);
	return res;
}
