/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <libxml/parser.h>
#include <libxml/xmlmemory.h>

#include "tests/unit/onvif/device-camera.h"

/* The linker sends our own allocations here (--wrap), xmlMemSetup() those of libxml2. */
static struct {
	bool armed;
	uint32_t left;
} oom;

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
char *__real_strdup(const char *s);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
char *__wrap_strdup(const char *s);

static bool out_of_memory(void)
{
	return oom.armed && (oom.left == 0 || --oom.left == 0);
}

void *__wrap_malloc(size_t size)
{
	return out_of_memory() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return out_of_memory() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size)
{
	return out_of_memory() ? NULL : __real_realloc(p, size);
}

char *__wrap_strdup(const char *s)
{
	return out_of_memory() ? NULL : __real_strdup(s);
}

/* the fake's own allocations do not fail */
static struct http outer;

static int outer_post(struct http *http, const struct http_request *q, http_done_t done, void *data,
		struct http_call **ret)
{
	int res;

	if (out_of_memory())
		return -ENOMEM;
	oom.armed = false;
	res = http_post(fake_http_get(cam.http), q, done, data, ret);
	oom.armed = true;
	return res;
}

static void outer_cancel(struct http *http, struct http_call *call)
{
	http_cancel(fake_http_get(cam.http), call);
}

static const struct http_methods outer_methods = {
	HTTP_VERSION_METHODS, .post = outer_post, .cancel = outer_cancel,
};

/* every allocation from the n-th on, or only the n-th, fails */
static bool query_without_memory(uint32_t nth, bool once)
{
	bool spent;
	int res;

	begin();
	cam.auth = nth & 1 ? TOKEN : CHALLENGE;
	cam.challenge[0] = DIGEST;
	fake_http_set_handler(cam.http, NULL, NULL);
	outer.methods = &outer_methods;
	oom.left = nth;
	oom.armed = true;
	res = device_query_new(vloop_utils(cam.v), &outer, &(struct device_query_params) {
		.address = "192.0.2.7", .user = "u", .password = &password, .profile = "p1", .pin = "x",
	}, on_done, NULL, &cam.query);
	oom.armed = false;
	if (res < 0)
		check_int(res, -ENOMEM);
	while (res == 0 && got.n == 0) {
		struct fake_http_reply reply = { .status = 200 };
		struct fake_http_request q;

		check_int(fake_http_pending(cam.http), 1);
		q = *fake_http_last(cam.http);
		handle(NULL, &q, &reply);
		if (oom.left == 0 && once)
			oom.left = UINT32_MAX;
		oom.armed = true;
		fake_http_answer(cam.http, &reply);
		oom.armed = false;
	}
	spent = oom.left == 0 || oom.left > UINT32_MAX / 2;
	end();
	return spent;
}

static void test_out_of_memory(void)
{
	uint32_t n = 1;

	xmlMemSetup(free, __wrap_malloc, __wrap_realloc, __wrap_strdup);
	while (query_without_memory(n, false) && n < 100000)
		n++;
	check(n > 100 && n < 100000);
	for (n = 1; query_without_memory(n, true) && n < 100000; n += 7)
		;
	check(n > 100 && n < 100000);
	xmlMemSetup(free, __real_malloc, __real_realloc, __real_strdup);
}

static const struct test tests[] = {
	{ "out of memory", test_out_of_memory },
};

int main(int argc, char **argv)
{
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
