/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "tools/pw-onvif/list-show.h"

#include <errno.h>
#include <string.h>

#include <spa/utils/string.h>

#include "tools/pw-onvif/out.h"

static const char * const headings[] = { "NAME", "ADDRESS", "MODEL", "SPEAKER", "STATE", "REASON" };

static enum out_style state_style(const char *state)
{
	static const struct {
		const char *state;
		enum out_style style;
	} styles[] = {
		{ "idle", OUT_GOOD }, { "streaming", OUT_GOOD }, { "connecting", OUT_NOTE },
		{ "busy", OUT_NOTE }, { "login-required", OUT_NOTE }, { "offline", OUT_BAD },
		{ "rejected", OUT_BAD }, { "unsupported", OUT_DIM },
	};

	for (size_t i = 0; i < SPA_N_ELEMENTS(styles); i++)
		if (spa_streq(state, styles[i].state))
			return styles[i].style;
	return OUT_PLAIN;
}

/* many cameras' model begins with who made it */
static void format_model(const struct service_camera *c, char *dst, size_t size)
{
	bool repeats = str_has_iprefix(str_from(c->model), str_from(c->manufacturer));

	snprintf(dst, size, "%s%s%s", repeats ? "" : c->manufacturer,
			repeats || c->manufacturer[0] == '\0' ? "" : " ", c->model);
}

static const char *speaker_text(enum service_speaker speaker)
{
	return speaker == SERVICE_SPEAKER_YES ? "yes" : speaker == SERVICE_SPEAKER_NO ? "no" : "";
}

/* The commonest of all reasons has its remedy right here; `doctor` knows those of the others. */
static void format_reason(const struct service_camera *c, bool service, char *dst, size_t size)
{
	struct str error = str_from(c->error);
	char target[2 * LIMIT_ID_LEN];

	out_shell_word(c->address[0] ? c->address : c->id, target, sizeof(target));
	if (error.len > 0 && error.p[error.len - 1] == '.')
		error.len--;
	if (spa_streq(c->state, "login-required") && strstr(c->error, "pw-onvif ") == NULL)
		snprintf(dst, size, STR_FMT "%srun `pw-onvif login %s`", STR_ARG(error),
				error.len > 0 ? ": " : "", target);
	else if (error.len > 0 || service || c->last_seen > 0)
		snprintf(dst, size, STR_FMT, STR_ARG(error));
	else
		snprintf(dst, size, "configured; it did not answer the search");
}

static void add_row(struct out_table *t, const struct service_camera *c, bool service)
{
	char model[2 * LIMIT_TEXT_LEN], reason[LIMIT_ERROR_LEN + 2 * LIMIT_ID_LEN];

	format_reason(c, service, reason, sizeof(reason));
	format_model(c, model, sizeof(model));
	out_table_add(t, OUT_BOLD, c->name[0] ? c->name : c->id);
	out_table_add(t, OUT_PLAIN, c->address);
	out_table_add(t, OUT_PLAIN, model);
	out_table_add(t, OUT_PLAIN, speaker_text(c->speaker));
	out_table_add(t, state_style(c->state), c->state);
	out_table_add(t, OUT_PLAIN, reason);
}

int list_write_table(FILE *f, const struct tool *tool, const struct list_content *content,
		uint32_t columns)
{
	struct out_table *t = out_table_new(headings, SPA_N_ELEMENTS(headings));
	int res;

	if (t == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < content->n_cameras; i++)
		add_row(t, &content->cameras[i], content->service);
	res = out_table_print(t, f, tool->color, columns);
	out_table_free(t);
	return res;
}

int list_json(struct buf *b, const struct list_content *content)
{
	buf_printf(b, "{\"service\":%s,\"cameras\":[", content->service ? "true" : "false");
	for (uint32_t i = 0; i < content->n_cameras; i++) {
		if (i > 0)
			buf_add_byte(b, ',');
		service_camera_json(b, &content->cameras[i]);
	}
	return buf_add_str(b, "]}");
}
