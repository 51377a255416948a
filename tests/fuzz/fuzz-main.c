/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/fuzz/fuzz.h"

#define INPUT_MAX	(1024u * 1024u)

static int run_file(const char *path)
{
	uint8_t *data = malloc(INPUT_MAX), *exact;
	FILE *f = fopen(path, "re");
	size_t n;

	if (f == NULL || data == NULL) {
		fprintf(stderr, "cannot read %s\n", path);
		exit(1);
	}
	n = fread(data, 1, INPUT_MAX, f);
	fclose(f);
	/* exactly as long as the input, so that a sanitizer sees a read beyond it */
	if ((exact = realloc(data, n ? n : 1)) != NULL)
		LLVMFuzzerTestOneInput(exact, n);
	free(exact);
	return 1;
}

int main(int argc, char **argv)
{
	char path[PATH_MAX];
	struct dirent *e;
	int i, n = 0;
	DIR *d;

	for (i = 1; i < argc; i++) {
		if ((d = opendir(argv[i])) == NULL) {
			n += run_file(argv[i]);
			continue;
		}
		while ((e = readdir(d)) != NULL) {
			if (e->d_name[0] == '.')
				continue;
			snprintf(path, sizeof(path), "%s/%s", argv[i], e->d_name);
			n += run_file(path);
		}
		closedir(d);
	}
	printf("%d inputs\n", n);
	return n > 0 ? 0 : 1;
}
