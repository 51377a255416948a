/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "module/onvif/configure.h"

#define TT	" xmlns=\"http://www.onvif.org/ver10/schema\""

static int add_element(struct buf *dst, const char *name, const char *attributes, const char *text)
{
	buf_printf(dst, "<%s%s>", name, attributes);
	buf_add_xml(dst, str_from(text));
	return buf_printf(dst, "</%s>", name);
}

int configure_write_add1(struct buf *dst, const char *profile, const char *token)
{
	add_element(dst, "ProfileToken", "", profile);
	return add_element(dst, "ConfigurationToken", "", token);
}

static void add_reference(struct buf *dst, const char *type, const char *token)
{
	buf_add_str(dst, "<Configuration>");
	add_element(dst, "Type", "", type);
	add_element(dst, "Token", "", token);
	buf_add_str(dst, "</Configuration>");
}

int configure_write_add2(struct buf *dst, const char *profile, const char *output, const char *decoder)
{
	add_element(dst, "ProfileToken", "", profile);
	if (output)
		add_reference(dst, "AudioOutput", output);
	if (decoder)
		add_reference(dst, "AudioDecoder", decoder);
	return dst->error;
}

int configure_write_primacy(struct buf *dst, const struct reply_output *o, bool media2)
{
	buf_add_str(dst, "<Configuration token=\"");
	buf_add_xml(dst, str_from(o->token));
	buf_add_str(dst, "\">");
	add_element(dst, "Name", TT, o->name);
	add_element(dst, "UseCount", TT, o->use_count[0] ? o->use_count : "0");
	add_element(dst, "OutputToken", TT, o->output);
	add_element(dst, "SendPrimacy", TT, "www.onvif.org/ver20/HalfDuplex/Client");
	/* better none than a loudness that nobody chose */
	if (o->level[0] != '\0')
		add_element(dst, "OutputLevel", TT, o->level);
	buf_add_str(dst, "</Configuration>");
	if (!media2)
		buf_add_str(dst, "<ForcePersistence>true</ForcePersistence>");
	return dst->error;
}
