// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The files of all folders are gathered in one list, with the folder's rank as the second part of the
 * sort key: of those with equal names the first stays, and is dropped if it is a mask.
 */

#include "os/dropins.h"

#include "base/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

struct entry {
	char *path;
	const char *name; /* inside path */
	size_t rank;
};

struct entries {
	const struct hvg_dropins_search *search;
	struct entry *list;
	size_t n;
};

bool hvg_dropin_is_mask(const struct stat *file)
{
	if (S_ISREG(file->st_mode))
		return file->st_size == 0;
	return S_ISCHR(file->st_mode) && file->st_rdev == makedev(1, 3);
}

bool hvg_dropin_hides(const char *path)
{
	struct stat file;

	return stat(path, &file) == 0 && hvg_dropin_is_mask(&file);
}

static bool is_dropin(const char *name)
{
	const char *suffix = strrchr(name, '.');

	return name[0] != '.' && suffix && strcmp(suffix, ".conf") == 0;
}

/* Takes the path. */
static int append_entry(struct entries *entries, char *path, size_t rank)
{
	struct entry *longer = reallocarray(entries->list, entries->n + 1, sizeof(*longer));

	if (!longer) {
		free(path);
		return -ENOMEM;
	}
	entries->list = longer;
	longer[entries->n++] = (struct entry){ path, strrchr(path, '/') + 1, rank };
	return 0;
}

static int gather_folder(struct entries *entries, const char *path, size_t rank)
{
	const struct hvg_dropins_search *search = entries->search;
	_cleanup_closedir_ DIR *folder = opendir(path);
	char *file;
	int r = 0;

	if (!folder && errno != ENOENT && search->trouble)
		search->trouble(search->userdata, path, -errno);
	if (!folder)
		return 0;
	for (const struct dirent *entry; r >= 0 && (entry = readdir(folder));) {
		if (!is_dropin(entry->d_name))
			continue;
		r = asprintf(&file, "%s/%s", path, entry->d_name) < 0 ? -ENOMEM : append_entry(entries, file, rank);
	}
	return r;
}

static int by_name_and_rank(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;
	int order = strcmp(a->name, b->name);

	return order != 0 ? order : a->rank < b->rank ? -1 : a->rank > b->rank;
}

/* Takes paths away from their entries. */
static void choose(struct entries *entries, struct hvg_dropins *dropins)
{
	const char *former = "";

	if (entries->n > 0)
		qsort(entries->list, entries->n, sizeof(*entries->list), by_name_and_rank);
	for (size_t i = 0; i < entries->n; i++) {
		struct entry *entry = &entries->list[i];
		bool is_hidden = strcmp(entry->name, former) == 0;

		former = entry->name;
		if (!is_hidden && !hvg_dropin_hides(entry->path))
			dropins->paths[dropins->n++] = hvg_take_ptr(entry->path);
	}
}

static void entries_done(struct entries *entries)
{
	for (size_t i = 0; i < entries->n; i++)
		free(entries->list[i].path);
	free(entries->list);
}

int hvg_dropins_find(const struct hvg_dropins_search *search, struct hvg_dropins *ret)
{
	_cleanup_(entries_done) struct entries entries = { .search = search };
	struct hvg_dropins dropins = { 0 };
	int r = 0;

	for (size_t rank = 0; r >= 0 && search->folders[rank]; rank++)
		r = gather_folder(&entries, search->folders[rank], rank);
	if (r < 0)
		return r;
	dropins.paths = calloc(entries.n + 1, sizeof(*dropins.paths));
	if (!dropins.paths)
		return -ENOMEM;
	choose(&entries, &dropins);
	*ret = dropins;
	return 0;
}

void hvg_dropins_done(struct hvg_dropins *dropins)
{
	for (size_t i = 0; i < dropins->n; i++)
		free(dropins->paths[i]);
	free(dropins->paths);
	*dropins = (struct hvg_dropins){ 0 };
}
