/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <stdlib.h>
#include <string.h>

#include "module/onvif/scopes.h"
#include "module/onvif/wsd.h"
#include "module/onvif/xaddr.h"
#include "tests/fuzz/fuzz.h"

/* One datagram on port 3702. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wsd_message m;

	if (wsd_parse(str_make((const char *)data, size), &m) < 0)
		return 0;
	if (m.n_targets == 0 || m.n_targets > WSD_MATCHES)
		abort();
	for (uint32_t i = 0; i < m.n_targets; i++) {
		char url[LIMIT_URI_LEN] = "";
		struct scopes scopes = { 0 };

		scopes_add_list(&scopes, m.target[i].scopes);
		/* whatever it says, only the sender is dialled */
		if (xaddr_choose(m.target[i].xaddrs, "192.0.2.7", url) == 0 &&
		    strncmp(url, "http://192.0.2.7", 16) != 0 && strncmp(url, "https://192.0.2.7", 17) != 0)
			abort();
	}
	wsd_message_clear(&m);
	return 0;
}
