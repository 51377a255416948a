/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "tests/unit/onvif/device-camera.h"

#define URI1(uri) "<x:MediaUri><tt:Uri>" uri "</tt:Uri></x:MediaUri>"
#define URI2(uri) "<x:Uri>" uri "</x:Uri>"
#define PLAIN2	{ "GetStreamUri >RTSP<", TR2, 200, URI2("rtsp://10.0.0.1/two") }
#define NO_PLAIN2 { "GetStreamUri >RTSP<", TR2, 400, FAULT("ter:InvalidArgVal") }
#define TLS2	{ "GetStreamUri >RtspsUnicast<", TR2, 200, URI2("rtsps://10.0.0.1:322/two") }
#define HTTP2	{ "GetStreamUri >RtspOverHttp<", TR2, 200, URI2("http://10.0.0.1:8080/two") }
#define NO_HTTP1 { "GetStreamUri >HTTP<", TRT, 400, FAULT("ter:InvalidStreamSetup") }
#define NO_HTTP2 { "GetStreamUri >RtspOverHttp<", TR2, 400, FAULT("ter:InvalidStreamSetup") }
#define ONLY2	{ "GetServices", TDS, 200, SERVICE(TR2, "/onvif/media2") }
#define MAX	6

/* what the camera answers; "" none. requests: for stream addresses */
static const struct {
	const char *what;
	struct answer answers[MAX];
	bool no_tls, no_http;	/* not wanted */
	int res;
	const char *uri, *uri_tls, *uri_http;
	uint32_t requests;
} cases[] = {
	{ "all of them", { MEDIA12, PLAIN2, TLS2, HTTP2 }, .uri = "rtsp://192.0.2.7/two",
		.uri_tls = "rtsps://192.0.2.7:322/two", .uri_http = "http://192.0.2.7:8080/two", .requests = 3 },
	{ "not wanted", { MEDIA12, PLAIN2, TLS2, HTTP2 }, .no_tls = true, .no_http = true,
		.uri = "rtsp://192.0.2.7/two", .requests = 1 },
	{ "TLS is not wanted", { MEDIA12, PLAIN2, TLS2, HTTP2 }, .no_tls = true,
		.uri = "rtsp://192.0.2.7/two", .uri_http = "http://192.0.2.7:8080/two", .requests = 2 },
	{ "HTTP is not wanted", { MEDIA12, PLAIN2, TLS2, HTTP2 }, .no_http = true,
		.uri = "rtsp://192.0.2.7/two", .uri_tls = "rtsps://192.0.2.7:322/two", .requests = 2 },
	{ "refused", { MEDIA12, PLAIN2, { "GetStreamUri", TR2, 400, FAULT("ter:InvalidArgVal") } },
		.uri = "rtsp://192.0.2.7/two", .requests = 3 },
	{ "forbidden", { MEDIA12, PLAIN2, { "GetStreamUri", TR2, 403, NULL } },
		.uri = "rtsp://192.0.2.7/two", .requests = 3 },
	{ "wants a login for that", { MEDIA12, PLAIN2, { "GetStreamUri", TR2, 400, FAULT("ter:NotAuthorized") } },
		.uri = "rtsp://192.0.2.7/two", .requests = 3 },
	/* once is enough */
	{ "hangs", { MEDIA12, PLAIN2, { "GetStreamUri", TR2, 0, NULL } },
		.uri = "rtsp://192.0.2.7/two", .requests = 2 },
	{ "hangs on HTTP", { MEDIA12, PLAIN2, TLS2, { "GetStreamUri", TR2, 0, NULL } },
		.uri = "rtsp://192.0.2.7/two", .uri_tls = "rtsps://192.0.2.7:322/two", .requests = 3 },
	/* the plain one whatever it is asked for: of use for HTTP */
	{ "always the plain one", { MEDIA12, { "GetStreamUri", TR2, 200, URI2("rtsp://10.0.0.1/two") } },
		.uri = "rtsp://192.0.2.7/two", .uri_http = "rtsp://192.0.2.7/two", .requests = 3 },
	{ "another host", { MEDIA12, PLAIN2, { "GetStreamUri", TR2, 200, URI2("rtsps://evil.example/x") } },
		.uri = "rtsp://192.0.2.7/two", .uri_tls = "rtsps://192.0.2.7/x", .requests = 3 },
	{ "junk", { MEDIA12, PLAIN2, { "GetStreamUri", TR2, 200, URI2("ftp://10.0.0.1/x") } },
		.uri = "rtsp://192.0.2.7/two", .requests = 3 },
	{ "by HTTPS", { MEDIA12, PLAIN2, { "GetStreamUri >RtspOverHttp<", TR2, 200, URI2("https://10.0.0.1/x") } },
		.uri = "rtsp://192.0.2.7/two", .uri_http = "https://192.0.2.7/x", .requests = 3 },
	/* nothing but RTSPS, said in one way or the other; no falling back to Media1 */
	{ "only RTSPS", { MEDIA12, NO_PLAIN2, TLS2, NO_HTTP2 }, .uri = "rtsps://192.0.2.7:322/two",
		.uri_tls = "rtsps://192.0.2.7:322/two", .requests = 3 },
	{ "only RTSPS, for RTSP", { MEDIA12, NO_HTTP2, { "GetStreamUri >RTSP<", TR2, 200, URI2("rtsps://10.0.0.1/x") } },
		.uri = "rtsps://192.0.2.7/x", .uri_tls = "rtsps://192.0.2.7/x", .requests = 2 },
	{ "only RTSPS, which is not wanted", { ONLY2, NO_PLAIN2, TLS2 }, .no_tls = true, .res = -ENOTSUP, .requests = 1 },
	{ "RTSPS by Media1", { NO_HTTP1, { "GetStreamUri >RTSP<", TRT, 200, URI1("rtsps://10.0.0.1/x") } },
		.uri = "rtsps://192.0.2.7/x", .uri_tls = "rtsps://192.0.2.7/x", .requests = 3 },
	{ "neither", { ONLY2, NO_PLAIN2 }, .res = -ENOTSUP, .requests = 2 },
	/* Media1: two profiles, and for the first RTSP over HTTP */
	{ "Media1", { { "GetStreamUri >HTTP<", TRT, 200, URI1("http://10.0.0.1/h") } },
		.uri = "rtsp://192.0.2.7:554/cam?channel=1&subtype=%s", .uri_http = "http://192.0.2.7/h", .requests = 3 },
	{ "Media1 refuses", { { "GetStreamUri >HTTP<", TRT, 500, NULL } },
		.uri = "rtsp://192.0.2.7:554/cam?channel=1&subtype=%s", .requests = 3 },
	{ "back to Media1", { MEDIA12, NO_PLAIN2, { "GetStreamUri >HTTP<", TRT, 200, URI1("http://10.0.0.1/h") } },
		.uri = "rtsp://192.0.2.7:554/cam?channel=1&subtype=%s", .uri_http = "http://192.0.2.7/h", .requests = 5 },
};

static bool is(const char *uri, const char *wanted)
{
	return strcmp(uri, wanted ? wanted : "") == 0;
}

static void test_addresses(void)
{
	for (size_t i = 0; i < SPA_N_ELEMENTS(cases); i++) {
		const struct device_profile *p = &got.info.profile[0];

		begin();
		cam.answers = cases[i].answers;
		for (cam.n_answers = 0; cam.n_answers < MAX && cases[i].answers[cam.n_answers].op; cam.n_answers++)
			;
		check_int(ask_params(&(struct device_query_params) { .address = "192.0.2.7",
				.want_tls_uri = !cases[i].no_tls, .want_http_uri = !cases[i].no_http }), 0);
		vloop_flush(cam.v);
		if (got.n != 1 || got.res != cases[i].res || asked_for("<GetStreamUri") != cases[i].requests ||
		    !is(p->uri, cases[i].uri) || !is(p->uri_tls, cases[i].uri_tls) ||
		    !is(p->uri_http, cases[i].uri_http))
			test_fail(__FILE__, __LINE__, "%s: %d (%s), %u requests, \"%s\", \"%s\", \"%s\"", cases[i].what,
					got.res, got.message, asked_for("<GetStreamUri"), p->uri, p->uri_tls, p->uri_http);
		end();
	}
}

/* a password that is wrong is wrong there, too */
static void test_refused(void)
{
	ask_with("u", WITH(MEDIA12, PLAIN2, { "GetStreamUri", TR2, 400, FAULT("ter:NotAuthorized") }));
	check_int(got.res, 0);
	end();

	begin();
	cam.answers = (const struct answer []) { MEDIA12, PLAIN2,
		{ "GetStreamUri >RtspsUnicast<", TR2, 400, FAULT("ter:NotAuthorized") } };
	cam.n_answers = 3;
	check_int(ask_params(&(struct device_query_params) { .address = "192.0.2.7", .want_tls_uri = true,
			.user = "u", .password = &password }), 0);
	vloop_flush(cam.v);
	check_int(got.res, -EACCES);
	check(got.refused);
	check_int(cam.tokens, 1);
	end();
}

static const struct test tests[] = {
	{ "stream addresses", test_addresses },
	{ "refused", test_refused },
};

int main(int argc, char **argv)
{
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
