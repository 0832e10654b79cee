/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A main for fuzz targets where there is no libFuzzer: replays the files
 * given, and those in the directories given, once each.  An empty run fails:
 * it would hide a corpus that got lost.
 */

#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_MAX (4 * 1024 * 1024)

static void
replay_file(const char *path)
{
	FILE *file = fopen(path, "re");
	uint8_t *data = malloc(INPUT_MAX);
	uint8_t *exact;
	size_t size;

	if (file == NULL || data == NULL) {
		perror(path);
		exit(1);
	}
	size = fread(data, 1, INPUT_MAX, file);
	/* of its exact size, so that ASan sees a read past the end */
	exact = malloc(size == 0 ? 1 : size);
	if (ferror(file) || exact == NULL) {
		perror(path);
		exit(1);
	}
	memcpy(exact, data, size);
	(void)fclose(file);
	free(data);
	(void)LLVMFuzzerTestOneInput(exact, size);
	free(exact);
}

static unsigned
replay(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	unsigned count = 0;

	if (dir == NULL && errno == ENOTDIR) {
		replay_file(path);
		return 1;
	}
	if (dir == NULL) {
		perror(path);
		exit(1);
	}
	while ((entry = readdir(dir)) != NULL) {
		char name[4096];

		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(
		    name, sizeof(name), "%s/%s", path, entry->d_name);
		replay_file(name);
		count++;
	}
	(void)closedir(dir);
	return count;
}

int
main(int argc, char **argv)
{
	unsigned count = 0;

	for (int i = 1; i < argc; i++)
		count += replay(argv[i]);
	(void)printf("%s: %u inputs\n", argv[0], count);
	return count == 0;
}
