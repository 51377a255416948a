/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_TOOL_REPORT_H
#define ONVIF_TOOL_REPORT_H

#include "tools/pw-onvif/walk.h"

/*
 * A file for a bug report: versions, the steps, the description of the stream and the RTSP
 * conversation, without what is nobody's business (redact.h).
 */
struct report;

/** \return NULL with errno */
struct report *report_new(void);
void report_free(struct report *r);
void report_step(struct report *r, const struct walk_result *result);
void report_trace(struct report *r, bool sent, struct str text);
/** Writes a new file of mode 0600; one that is there already stays as it is (-EEXIST).
 * \return 0 or -errno */
int report_write(struct report *r, const char *path, const struct target *t, const struct walk *w);

#endif /* ONVIF_TOOL_REPORT_H */
