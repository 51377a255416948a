/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

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
	fuzz_assert(m.n_targets > 0 && m.n_targets <= LIMIT_WSD_MATCHES);
	for (uint32_t i = 0; i < m.n_targets; i++) {
		char url[LIMIT_URI_LEN] = "";
		struct scopes scopes = { 0 };

		scopes_add_list(&scopes, m.target[i].scopes);
		fuzz_check_shown(scopes.name, sizeof(scopes.name));
		fuzz_check_shown(scopes.hardware, sizeof(scopes.hardware));
		fuzz_check_shown(scopes.location, sizeof(scopes.location));
		/* whatever it says, only the sender is dialled */
		if (xaddr_choose(m.target[i].xaddrs, "192.0.2.7", url) == 0)
			fuzz_check_uri(url, "http https", "192.0.2.7");
	}
	wsd_message_clear(&m);
	return 0;
}
