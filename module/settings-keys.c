/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <spa/utils/defs.h>
#include <spa/utils/string.h>

#include "module/settings.h"
#include "module/util/limits.h"

#define PROPERTIES	SETTINGS_IN_PROPERTIES
#define OPTION		(SETTINGS_IN_CAMERA | SETTINGS_IN_RULE)
/* (not: whom it trusts, where it is, and what could become somebody else's sound) */
#define LIVE		(OPTION | SETTINGS_WHILE_RUNNING)
#define FACT		(SETTINGS_IN_CAMERA | SETTINGS_IN_MATCH)

#define DAY_S		86400u
#define HOUR_MS		3600000u

/* in the order of enum camera_transport */
static const char * const transports[] = { "auto", "tcp", "udp", "tls", "http", "https", NULL };
/* in the order of enum camera_tls_verify */
static const char * const tls_verify[] = { "pin", "ca", "none", NULL };
static const char * const volumes[] = { "software", "camera", NULL };

static const struct settings_key keys[] = {
	{ "onvif.discovery", SETTINGS_BOOL, PROPERTIES, .def = "false",
		.help = "find cameras on the network by WS-Discovery" },
	{ "onvif.interfaces", SETTINGS_LIST, PROPERTIES, 1, LIMIT_INTERFACES,
		.help = "look only on these network interfaces" },
	{ "onvif.probe.interval", SETTINGS_UINT, PROPERTIES, 5, DAY_S, "s", "60",
		.help = "how often to look for cameras" },
	{ "onvif.max-cameras", SETTINGS_UINT, PROPERTIES, 1, LIMIT_CAMERAS_MAX, .def = "128",
		.help = "more are not taken" },
	{ "onvif.expire.s", SETTINGS_UINT, PROPERTIES, 60, 365 * DAY_S, "s", "86400",
		.help = "forget a discovered camera that was silent and unused for so long" },
	{ "onvif.credentials", SETTINGS_PATH, PROPERTIES, 1, LIMIT_URI_LEN,
		.help = "file with users and passwords, instead of "
			"~/.config/pipewire/onvif-credentials.conf" },

	{ "onvif.id", SETTINGS_STRING, FACT, 1, LIMIT_ID_LEN - 1,
		.help = "the camera's endpoint reference, as the log shows it" },
	{ "onvif.name", SETTINGS_STRING, FACT | OPTION, 1, LIMIT_NAME_LEN - 1,
		.help = "the name shown in volume controls" },
	{ "onvif.address", SETTINGS_HOST, FACT | OPTION, 1, 255,
		.help = "host name or IP address of the camera, with :port if its web port is not 80" },
	{ "onvif.manufacturer", SETTINGS_STRING, FACT, 1, LIMIT_TEXT_LEN - 1,
		.help = "as the camera states it" },
	{ "onvif.model", SETTINGS_STRING, FACT, 1, LIMIT_TEXT_LEN - 1,
		.help = "as the camera states it" },
	{ "onvif.firmware", SETTINGS_STRING, FACT, 1, LIMIT_TEXT_LEN - 1,
		.help = "its version, as the camera states it" },
	{ "onvif.serial", SETTINGS_STRING, FACT, 1, LIMIT_TEXT_LEN - 1,
		.help = "serial number" },
	{ "onvif.hardware", SETTINGS_STRING, FACT, 1, LIMIT_TEXT_LEN - 1,
		.help = "hardware revision" },
	{ "onvif.location", SETTINGS_STRING, FACT, 1, LIMIT_TEXT_LEN - 1,
		.help = "where the camera says it is" },
	{ "rtsp.server", SETTINGS_STRING, FACT, 1, LIMIT_TEXT_LEN - 1,
		.help = "what the camera's RTSP server calls itself" },

	{ "rtsp.uri", SETTINGS_URI, OPTION | SETTINGS_IN_MATCH, 1, LIMIT_URI_LEN - 1,
		.help = "stream to open; without it the camera is asked. http, https: RTSP tunnelled over it" },
	{ "onvif.profile", SETTINGS_STRING, OPTION, 1, 64,
		.help = "media profile (token) to ask the stream of" },
	{ "rtsp.transport", SETTINGS_ENUM, LIVE, .def = "auto", .values = transports,
		.help = "how the sound travels; auto: what the camera can" },
	{ "rtsp.forward-tracks", SETTINGS_BOOL, LIVE, .def = "false",
		.help = "set up the camera's own tracks, too, for cameras that need it" },
	{ "rtp.codec", SETTINGS_STRING, LIVE, 1, 31, .def = "auto",
		.help = "codec: auto, PCMU or PCMA" },
	{ "rtp.ptime", SETTINGS_UINT, LIVE, 10, 160, "ms", "20",
		.help = "sound per packet" },
	{ "session.preroll.ms", SETTINGS_UINT, LIVE, 0, 5000, "ms", "250",
		.help = "silence before the first sound, for amplifiers that wake up slowly" },
	{ "session.hold.ms", SETTINGS_UINT, LIVE, 0, 8000, "ms", "5000",
		.help = "sound that is kept while the camera is being connected" },
	{ "session.linger.ms", SETTINGS_UINT, LIVE, 0, HOUR_MS, "ms", "3000",
		.help = "how long the speaker stays claimed after the last player" },
	{ "session.silence.ms", SETTINGS_UINT, LIVE, 0, 24 * HOUR_MS, "ms", "0",
		.help = "give the speaker back after so much digital silence; 0: never" },
	{ "reconnect.min.ms", SETTINGS_UINT, LIVE, 100, HOUR_MS, "ms", "1000",
		.help = "first pause before connecting again; it doubles each time" },
	{ "reconnect.max.ms", SETTINGS_UINT, LIVE, 100, HOUR_MS, "ms", "60000",
		.help = "longest pause before connecting again" },
	{ "tls.verify", SETTINGS_ENUM, OPTION, .def = "pin", .values = tls_verify,
		.help = "trust the first certificate, a certificate authority, or anybody" },
	{ "auth.basic", SETTINGS_BOOL, OPTION, .def = "false",
		.help = "send the password readable if the camera knows no other way" },
	{ "onvif.configure", SETTINGS_BOOL, OPTION, .def = "false",
		.help = "let us change the camera's settings where its speaker is not set up: add audio "
			"output and decoder to the profile, switch half-duplex to the client" },
	{ "onvif.volume", SETTINGS_ENUM, OPTION, .def = "software", .values = volumes,
		.help = "where volume is applied (not used yet: always software)" },
	{ "stream.props", SETTINGS_OBJECT, OPTION, 1, LIMIT_LINE_LEN - 1,
		.help = "more properties for the PipeWire stream" },
};

const struct settings_key *settings_keys(size_t *ret_n)
{
	*ret_n = SPA_N_ELEMENTS(keys);
	return keys;
}

const struct settings_key *settings_key_find(const char *name)
{
	for (size_t i = 0; i < SPA_N_ELEMENTS(keys); i++)
		if (spa_streq(keys[i].name, name))
			return &keys[i];
	return NULL;
}
