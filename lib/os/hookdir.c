// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Names are taken from the folder first and sorted; each is then looked at by itself.
 */

#include "os/hookdir.h"

#include "base/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* As run-parts(8) and the guest agent's dispatcher of QEMU leave them out. */
static const char *const leftovers[] = { "~", ".bak", ".orig", ".sample", ".disabled", ".rpmnew", ".rpmorig",
	".rpmsave", ".dpkg-old", ".dpkg-new", ".dpkg-tmp", ".dpkg-dist", ".dpkg-bak", ".dpkg-backup", ".dpkg-remove" };

static bool ends_with(const char *name, const char *end)
{
	size_t size = strlen(name), end_size = strlen(end);

	return size > end_size && strcmp(name + size - end_size, end) == 0;
}

static int is_program(const struct dirent *entry)
{
	if (entry->d_name[0] == '.')
		return 0;
	for (size_t i = 0; i < sizeof(leftovers) / sizeof(leftovers[0]); i++)
		if (ends_with(entry->d_name, leftovers[i]))
			return 0;
	return 1;
}

/* The order of bytes, whatever language somebody speaks. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

bool hvg_hookdir_is_for_others(const struct stat *file)
{
	return file->st_uid != 0 || (file->st_mode & (S_IWGRP | S_IWOTH));
}

/* Links are followed: what is run is what counts, and the folder was looked at. */
static const char *refusal_of(const char *path)
{
	struct stat file;

	if (stat(path, &file) < 0)
		return "it cannot be read";
	if (!S_ISREG(file.st_mode))
		return "it is no file";
	if (hvg_hookdir_is_for_others(&file))
		return "others than root may write to it";
	return file.st_mode & S_IXUSR ? NULL : "it is not executable";
}

static int append(struct hvg_hookdir *hooks, const char *path, const char *refusal)
{
	struct hvg_hookfile *more = reallocarray(hooks->files, hooks->n + 1, sizeof(*more));

	if (!more)
		return -ENOMEM;
	hooks->files = more;
	more[hooks->n] = (struct hvg_hookfile){
		.path = strdup(path),
		.is_session = ends_with(path, ".session"),
		.refusal = refusal,
	};
	return more[hooks->n].path ? (hooks->n++, 0) : -ENOMEM;
}

int hvg_hookdir_add(struct hvg_hookdir *hooks, const char *path)
{
	if (access(path, F_OK) < 0)
		return 0;
	return append(hooks, path, refusal_of(path));
}

static int add_entry(struct hvg_hookdir *hooks, const char *folder, const char *name, const char *refusal)
{
	char path[PATH_MAX];
	struct stat file;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", folder, name) >= sizeof(path))
		return 0;
	if (stat(path, &file) == 0 && S_ISDIR(file.st_mode))
		return 0;
	return append(hooks, path, refusal ? refusal : refusal_of(path));
}

int hvg_hookdir_read(struct hvg_hookdir *hooks, const char *folder)
{
	const char *refusal = NULL;
	struct dirent **names;
	struct stat status;
	int n, r = 0;

	if (stat(folder, &status) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (hvg_hookdir_is_for_others(&status))
		refusal = "others than root may write to its folder";
	n = scandir(folder, &names, is_program, by_name);
	if (n < 0)
		return -errno;
	for (int i = 0; i < n; i++) {
		if (r == 0)
			r = add_entry(hooks, folder, names[i]->d_name, refusal);
		free(names[i]);
	}
	free(names);
	return r;
}

void hvg_hookdir_done(struct hvg_hookdir *hooks)
{
	for (size_t i = 0; i < hooks->n; i++)
		free(hooks->files[i].path);
	free(hooks->files);
	*hooks = (struct hvg_hookdir){ 0 };
}
