/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_FUZZ_H
#define ONVIF_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/*
 * A fuzz target is this function. With clang it becomes a fuzzer:
 *	CC=clang CFLAGS=-fsanitize=fuzzer-no-link meson setup b \
 *		-Db_sanitize=address,undefined -Db_lundef=false
 *	ninja -C b tests/fuzz/fuzz-rtsp && b/tests/fuzz/fuzz-rtsp -max_len=2000 tests/fuzz/corpus/rtsp
 * with any other build a program that runs the files of the directories that it is
 * given, once each (fuzz-main.c): the stored corpus is a test of every build. Every
 * input that once crashed is stored.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif /* ONVIF_FUZZ_H */
