/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_TOOL_LIST_SHOW_H
#define ONVIF_TOOL_LIST_SHOW_H

#include "tools/pw-onvif/service.h"
#include "tools/pw-onvif/tool.h"

/* What `pw-onvif list` shows */
struct list_content {
	const struct service_camera *cameras;
	uint32_t n_cameras;
	bool service;		/* they are the running service's */
};

/** Writes the table. columns: see out_table_print(). \return 0 or -ENOMEM */
int list_write_table(FILE *f, const struct tool *tool, const struct list_content *content,
		uint32_t columns);
/** Adds {"service":...,"cameras":[...]}. \return 0 or the buffer's error */
int list_json(struct buf *b, const struct list_content *content);

#endif /* ONVIF_TOOL_LIST_SHOW_H */
