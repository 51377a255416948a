/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "module/onvif/device-private.h"

#include <stdio.h>
#include <string.h>

#include "module/onvif/configure.h"
#include "module/util/text.h"

/*
 * Setting up the speaker of a camera, if we may: the stream of a profile has a backchannel only
 * where the profile has an audio output and an audio decoder (Media 5.2), and one with half duplex
 * in favour of the camera plays nothing (onvif.xsd, SendPrimacy).
 */

#define SHOWN_LEN	21u	/* of a token, in a sentence: all must fit */

static bool lacks_output(const struct device_query *q)
{
	return !q->info.profile[0].has_audio_output && q->output.token[0] != '\0';
}

static bool lacks_decoder(const struct device_query *q)
{
	return !q->info.profile[0].has_audio_decoder && q->decoder[0] != '\0';
}

bool device_is_configurable(const struct device_query *q)
{
	return q->info.n_profiles > 0 && !q->second_try && (lacks_output(q) || lacks_decoder(q));
}

bool device_configure_wanted(struct device_query *q, enum device_step step)
{
	const struct device_profile *p = &q->info.profile[0];

	if (!q->configure || q->info.n_profiles == 0 || q->second_try)
		return false;
	switch (step) {
	case STEP_ADD_OUTPUT:
		return lacks_output(q) || (device_uses_media2(q) && p->has_audio_output && lacks_decoder(q));
	case STEP_ADD_DECODER:
		/* it depends on the output */
		return !device_uses_media2(q) && p->has_audio_output && lacks_decoder(q);
	case STEP_SET_OUTPUT:
		return p->has_audio_output && q->output.primacy == DEVICE_PRIMACY_SERVER &&
			q->output.output[0] != '\0';
	default:
		return false;
	}
}

int device_configure_write(struct device_query *q, struct buf *dst)
{
	const char *profile = q->info.profile[0].token;

	switch (q->step) {
	case STEP_ADD_OUTPUT:
		if (device_uses_media2(q))
			return configure_write_add2(dst, profile, lacks_output(q) ? q->output.token : NULL,
					lacks_decoder(q) ? q->decoder : NULL);
		return configure_write_add1(dst, profile, q->output.token);
	case STEP_ADD_DECODER:
		return configure_write_add1(dst, profile, q->decoder);
	default:
		return configure_write_primacy(dst, &q->output, device_uses_media2(q));
	}
}

static const char *shown(const char *token, char dst[SHOWN_LEN])
{
	text_sanitize(str_from(token), dst, SHOWN_LEN);
	return dst;
}

/* "audio output "a" added to profile "p"", in the past or (verb first) the future */
static void describe(struct device_query *q, bool past, char *dst, size_t size)
{
	char profile[SHOWN_LEN], output[SHOWN_LEN], decoder[SHOWN_LEN];
	bool adds_output = q->step == STEP_ADD_OUTPUT && lacks_output(q);
	bool adds_decoder = (q->step == STEP_ADD_DECODER || device_uses_media2(q)) && lacks_decoder(q);

	shown(q->info.profile[0].token, profile);
	shown(q->output.token, output);
	shown(q->decoder, decoder);
	if (q->step == STEP_SET_OUTPUT)
		snprintf(dst, size, "%shalf duplex of \"%s\" %sto the client", past ? "" : "switch ", output,
				past ? "switched " : "");
	else
		snprintf(dst, size, "%s%s%s%s%s%s%s%s %sto profile \"%s\"", past ? "" : "add ",
				adds_output ? "audio output \"" : "", adds_output ? output : "",
				adds_output ? "\"" : "", adds_output && adds_decoder ? " and " : "",
				adds_decoder ? "audio decoder \"" : "", adds_decoder ? decoder : "",
				adds_decoder ? "\"" : "", past ? "added " : "", profile);
}

void device_configure_announce(struct device_query *q)
{
	char what[LIMIT_ERROR_LEN];

	describe(q, false, what, sizeof(what));
	if (q->changing)
		q->changing(q->data, what);
}

void device_configure_done(struct device_query *q)
{
	size_t len = strlen(q->info.changed);
	char what[LIMIT_ERROR_LEN];

	describe(q, true, what, sizeof(what));
	/* over the full stop of the sentence so far */
	snprintf(q->info.changed + (len ? len - 1 : 0), sizeof(q->info.changed) - (len ? len - 1 : 0), "%s%s.",
			len ? "; " : "Changed in the camera: ", what);
	if (q->step == STEP_SET_OUTPUT) {
		q->output.primacy = q->info.primacy = DEVICE_PRIMACY_CLIENT;
		return;
	}
	if (q->step == STEP_ADD_DECODER || (device_uses_media2(q) && lacks_decoder(q)))
		q->info.profile[0].has_audio_decoder = true;
	if (q->step == STEP_ADD_OUTPUT && lacks_output(q)) {
		q->info.profile[0].has_audio_output = true;
		q->info.primacy = q->output.primacy;
	}
}

void device_configure_refused(struct device_query *q, const char *message)
{
	char reason[64], what[LIMIT_ERROR_LEN];

	text_sanitize(str_from(message), reason, sizeof(reason));
	describe(q, false, what, sizeof(what));
	snprintf(q->refused_write, sizeof(q->refused_write), "It refused to %.140s (%s): do so in its web page.",
			what, reason);
}
