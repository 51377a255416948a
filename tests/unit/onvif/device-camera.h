/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_TEST_DEVICE_CAMERA_H
#define ONVIF_TEST_DEVICE_CAMERA_H

#include <errno.h>

#include <spa/utils/defs.h>

#include "module/onvif/device.h"
#include "module/util/buf.h"
#include "tests/lib/fake-http.h"
#include "tests/lib/test.h"
#include "tests/lib/vloop.h"

/*
 * A camera that answers device_query by a list of answers: those of the test, else its own
 * (defaults[] in device-camera.c), else a fault. One at a time.
 */
#define TDS "http://www.onvif.org/ver10/device/wsdl"
#define TRT "http://www.onvif.org/ver10/media/wsdl"
#define TR2 "http://www.onvif.org/ver20/media/wsdl"
#define TMD "http://www.onvif.org/ver10/deviceIO/wsdl"

#define DIGEST "Digest realm=\"cam\", nonce=\"n1\", qop=\"auth\""

/* One operation's answer, matched by name and namespace. "Name words": only to a request that has
 * these words. inside NULL: HTML */
struct answer {
	const char *op, *ns;
	int status;		/* 0: none at all */
	const char *inside;
};

#define SERVICE(ns, path) "<x:Service><x:Namespace>" ns "</x:Namespace><x:XAddr>http://10.0.0.1" path \
	"</x:XAddr></x:Service>"
#define PROFILE1(token, in) "<x:Profiles token=\"" token "\"><tt:Name>name-" token "</tt:Name><tt:Extension>" in \
	"</tt:Extension></x:Profiles>"
#define PROFILE2(token, in) "<x:Profiles token=\"" token "\"><x:Name>name-" token "</x:Name><x:Configurations>" in \
	"</x:Configurations></x:Profiles>"
#define FULL1 "<tt:AudioOutputConfiguration/><tt:AudioDecoderConfiguration/>"
#define FULL2 "<x:AudioOutput/><x:AudioDecoder/>"
#define FAULT(code) "!<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>" code \
	"</s:Value></s:Subcode></s:Code><s:Reason><s:Text>no way</s:Text></s:Reason></s:Fault>"

enum auth_mode { OPEN, CHALLENGE, TOKEN };

struct camera {
	struct vloop *v;
	struct fake_http *http;
	const struct answer *answers;
	uint32_t n_answers;
	enum auth_mode auth;
	const char *challenge[3];
	bool refuse;			/* whatever the credentials */
	bool (*token_valid)(const char *body);	/* NULL: any */
	bool date_is_protected;
	bool endpoint_is_open;
	const char *protected_for_all;	/* an operation that nobody may */
	const char *only_path;		/* other paths: 404 */
	uint32_t fail_from, fail_count;	/* the n-th requests get no answer */
	uint64_t date;

	uint32_t n, logins, tokens;
	char log[8192];
	char *requests[64];		/* bodies */
	char body[16384];
	char token_body[4096];
	struct device_query *query;
};
extern struct camera cam;

struct result {
	int n, res;
	bool refused;
	struct device_info info;
	char message[LIMIT_ERROR_LEN];
	bool destroy;
};
extern struct result got;

/** the requests of the last query that contain these words */
uint32_t asked_for(const char *words);

extern const struct secret password;	/* "s3cret" */

/** a camera that is open, and no result yet */
void begin(void);
void end(void);
/** a query of it. \return what device_query_new() says */
int ask_params(const struct device_query_params *params);
/** ... at its usual address, to the end. user NULL: without credentials */
void ask(const char *user);
/** begin() with some answers of the test's, and ask() */
void ask_with(const char *user, const struct answer *answers, uint32_t n);
/** what the camera does with a request; for tests that hand the answers out themselves */
bool handle(void *data, const struct fake_http_request *q, struct fake_http_reply *reply);
/** the operation that a request is for, and its namespace. \return op */
const char *find_op(const char *body, char op[64], char ns[128]);
/** what is inside the camera's own answer; NULL: it does not know that */
const char *default_answer(const char *op, const char *ns, const char *body);
/** what device_query calls */
void on_done(void *data, int res, bool refused, const struct device_info *info, const char *message);

#define WITH(...) (const struct answer []) { __VA_ARGS__ }, \
	sizeof((const struct answer []) { __VA_ARGS__ }) / sizeof(struct answer)

#define MEDIA12 { "GetServices", TDS, 200, SERVICE(TRT, "/onvif/media") SERVICE(TR2, "/onvif/media2") SERVICE(TMD, "/io") }

#endif /* ONVIF_TEST_DEVICE_CAMERA_H */
