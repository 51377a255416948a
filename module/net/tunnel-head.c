/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "module/net/tunnel-head.h"
#include "module/util/limits.h"

/* some servers end lines with LF alone */
size_t tunnel_head_end(struct str s)
{
	size_t line = 0;

	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] != '\n')
			continue;
		if (i == line || (i == line + 1 && s.p[line] == '\r'))
			return i + 1;
		line = i + 1;
	}
	return 0;
}

int tunnel_head_status(struct str head)
{
	struct str version, code;
	uint64_t status;

	if (str_token(&head, " \r\n", &version) < 0 || str_token(&head, " \r\n", &code) < 0 ||
	    (!str_has_iprefix(version, STR_LIT("HTTP/")) && !str_has_iprefix(version, STR_LIT("RTSP/"))) ||
	    str_to_uint(code, 599, &status) < 0)
		return 0;
	return (int)status;
}

bool tunnel_head_is_page(struct str head)
{
	static const struct str name = STR_LIT("Content-Type:");
	struct str line;

	while (str_line(&head, LIMIT_TUNNEL_HEAD_LEN, &line) == 0)
		if (str_has_iprefix(line, name))
			return str_has_iprefix(str_trim(str_make(line.p + name.len,
					line.len - name.len)), STR_LIT("text/"));
	return false;
}
