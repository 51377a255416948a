/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <math.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tools/pw-onvif/out.h"
#include "tools/pw-onvif/redact.h"
#include "tools/pw-onvif/service.h"
#include "tools/pw-onvif/tool.h"
#include "tools/pw-onvif/wav.h"

/* What pw-onvif is given by others, the first byte says what: 'j' a camera as somebody publishes it,
 * 'w' a WAV, 'r' a conversation that goes into a report, 's' a text that goes into a shell. */
#define CANARY	"s3cr3t-canary"

void tool_error(const char *fmt, ...)
{
}

static void check_camera(const struct service_camera *c)
{
	const struct { const char *text; size_t size; } texts[] = {
		{ c->id, sizeof(c->id) }, { c->name, sizeof(c->name) }, { c->address, sizeof(c->address) },
		{ c->manufacturer, sizeof(c->manufacturer) }, { c->model, sizeof(c->model) },
		{ c->state, sizeof(c->state) }, { c->error, sizeof(c->error) }, { c->codec, sizeof(c->codec) },
		{ c->transport, sizeof(c->transport) }, { c->node, sizeof(c->node) },
	};

	for (size_t i = 0; i < SPA_N_ELEMENTS(texts); i++)
		fuzz_check_shown(texts[i].text, texts[i].size);
	fuzz_assert(c->n_counters <= SERVICE_MAX_COUNTERS);
	for (uint32_t i = 0; i < c->n_counters; i++)
		fuzz_check_shown(c->counters[i].name, sizeof(c->counters[i].name));
}

/* What is printed of a camera is read as the same one. */
static void fuzz_camera(struct str in)
{
	char *text = strndup(in.p ? in.p : "", in.len);
	struct service_camera c, again;
	struct buf b, second;
	int res;

	fuzz_assert(text != NULL);
	if ((res = service_camera_parse("key", text, &c)) == 0) {
		check_camera(&c);
		buf_init(&b, LIMIT_CONF_LEN);
		buf_init(&second, LIMIT_CONF_LEN);
		fuzz_assert(service_camera_json(&b, &c) == 0);
		fuzz_check_shown(b.data, b.len + 1);
		if (service_camera_parse("key", b.data, &again) == 0) {
			fuzz_assert(service_camera_json(&second, &again) == 0);
			fuzz_assert(str_eq(buf_str(&b), buf_str(&second)));
		} else {
			fuzz_assert(b.len >= SERVICE_MAX_VALUE);
		}
		buf_clear(&b);
		buf_clear(&second);
	} else {
		fuzz_assert(res == -EBADMSG || res == -E2BIG);
	}
	free(text);
}

static void fuzz_wav(struct str in)
{
	char *copy = fuzz_copy(in);
	const uint8_t *data = (const uint8_t *)copy;
	float mono[64];
	struct wav w;
	int res = wav_parse(data, in.len, &w);
	uint32_t n;

	fuzz_assert(res >= 0 || res == -EBADMSG || res == -ENOTSUP || res == -EAGAIN);
	if (res >= 0) {
		fuzz_assert((size_t)res <= in.len && w.channels >= 1 && w.channels <= WAV_CHANNELS_MAX);
		fuzz_assert(w.rate >= WAV_RATE_MIN && w.rate <= WAV_RATE_MAX && wav_frame(&w) > 0 && w.size > 0);
		n = (uint32_t)SPA_MIN((in.len - (size_t)res) / wav_frame(&w), (size_t)SPA_N_ELEMENTS(mono));
		wav_to_mono(&w, data + res, n, mono);
		for (uint32_t i = 0; i < n; i++)
			fuzz_assert(w.is_float || fabsf(mono[i]) <= 1.0f);
	}
	/* a beginning is never judged otherwise than the whole */
	for (size_t len = 0; len < in.len && len < 64; len++) {
		struct wav part;
		int early = wav_parse(data, len, &part);

		fuzz_assert(early == -EAGAIN || early == res || (early < 0) == (res < 0));
	}
	free(copy);
}

/* The password is in none of the places where it belongs, and in none where it is known. */
static void fuzz_report(struct str in)
{
	struct redact r = { 0 };
	struct buf b;

	buf_init(&b, LIMIT_CONF_LEN);
	redact_add(&r, CANARY);
	if (redact_text(&r, in, &b) == 0)
		fuzz_assert(str_search(buf_str(&b), STR_LIT(CANARY)) < 0);
	buf_clear(&b);
	buf_init(&b, LIMIT_CONF_LEN);
	redact_logins(in, &b);
	buf_clear(&b);
}

/* one word, whatever it is: as a shell takes it apart */
static void fuzz_word(struct str in)
{
	char *text = strndup(in.p ? in.p : "", in.len), word[256], back[256];
	size_t n = 0;
	char quote = '\0';

	fuzz_assert(text != NULL);
	out_shell_word(text, word, sizeof(word));
	for (const char *p = word; *p != '\0'; p++) {
		if (quote ? *p == quote : *p == '\'' || *p == '"') {
			quote = quote ? '\0' : *p;
		} else if (quote == '\0' && *p == '\\') {
			back[n++] = *++p;
		} else {
			fuzz_assert(quote || strchr(" \t\n|&;<>()$`\\*?[]#~!{}", *p) == NULL);
			fuzz_assert(quote != '"' || strchr("$`\\!", *p) == NULL);
			back[n++] = *p;
		}
	}
	back[n] = '\0';
	fuzz_assert(quote == '\0');
	fuzz_assert(strcmp(back, text) == 0 || strcmp(back, "NAME") == 0);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str in = str_make((const char *)data, size);

	switch (fuzz_byte(&in)) {
	case 'j':
		fuzz_camera(in);
		break;
	case 'w':
		fuzz_wav(in);
		break;
	case 'r':
		fuzz_report(in);
		break;
	case 's':
		fuzz_word(in);
		break;
	}
	return 0;
}
