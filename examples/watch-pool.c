/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Prints a pool of key-value pairs whenever it changes: watch-pool /var/lib/hyperv/.kvp_pool_0 */

#include <errno.h>
#include <hvguest.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

static int print_pairs(struct hvg_poolstore *store)
{
	struct hvg_pool_record record;
	uint32_t i = 0;
	int r;

	while ((r = hvg_poolstore_slot(store, i++, true, &record)) == 0)
		printf("%s=%s\n", record.key, record.value);
	printf("\n");
	fflush(stdout);
	return r == -ENOENT ? 0 : r;
}

int main(int argc, char *argv[])
{
	struct hvg_poolstore_config config = { .path = argv[argc - 1], .read_only = true };
	uint64_t generation, printed = UINT64_MAX;
	struct hvg_poolstore *store;
	int watch = inotify_init1(IN_CLOEXEC), r = hvg_poolstore_new(&config, &store);
	char event[4096];

	if (r < 0 || argc != 2 || inotify_add_watch(watch, config.path, IN_MODIFY) < 0)
		return 2;
	do {
		r = hvg_poolstore_generation(store, true, &generation);
		if (r == 0 && generation != printed)
			r = print_pairs(store);
		printed = generation;
	} while (r == 0 && read(watch, event, sizeof(event)) > 0);
	fprintf(stderr, "watch-pool: %s\n", r < 0 ? hvg_poolstore_explain(r) : strerror(errno));
	hvg_poolstore_free(store);
	return 1;
}
