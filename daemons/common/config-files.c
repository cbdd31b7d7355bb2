// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The drop-ins of all directories are gathered in one list, with the directory's rank as the second
 * part of the sort key: of those with equal names the first stays, and is dropped if it is a mask.
 */

#include "common/config-files.h"

#include "base/cleanup.h"
#include "base/units.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static const char *const directories[] = { HVG_CONF_DIR, "/run/hvguest", HVG_VENDOR_CONF_DIR };

struct entry {
	char *path;
	const char *name; /* inside path */
	size_t rank;
};

struct entries {
	const struct hvg_config_search *search;
	struct entry *list;
	size_t n;
};

static void closedirp(DIR **directory)
{
	if (*directory)
		(void)closedir(*directory);
}

/* Null device or empty: systemd's sign for "pretend that it is not there". */
static bool is_mask(const struct stat *file)
{
	if (S_ISREG(file->st_mode))
		return file->st_size == 0;
	return S_ISCHR(file->st_mode) && file->st_rdev == makedev(1, 3);
}

static bool hides(const char *path)
{
	struct stat file;

	return stat(path, &file) == 0 && is_mask(&file);
}

static bool is_dropin(const char *name)
{
	const char *suffix = strrchr(name, '.');

	return name[0] != '.' && suffix && strcmp(suffix, ".conf") == 0;
}

static int append_entry(struct entries *entries, char *path, size_t rank)
{
	struct entry *longer = reallocarray(entries->list, entries->n + 1, sizeof(*longer));

	if (!longer)
		return -ENOMEM;
	entries->list = longer;
	longer[entries->n++] = (struct entry){ path, strrchr(path, '/') + 1, rank };
	return 0;
}

static int gather_directory(struct entries *entries, const char *folder, size_t rank)
{
	_cleanup_(closedirp) DIR *directory = opendir(folder);
	const struct hvg_config_search *search = entries->search;
	struct dirent *file;

	if (!directory && errno != ENOENT)
		search->trouble(search->userdata, folder, -errno);
	if (!directory)
		return 0;
	while ((file = readdir(directory))) {
		_cleanup_free_ char *path = NULL;

		if (!is_dropin(file->d_name))
			continue;
		if (asprintf(&path, "%s/%s", folder, file->d_name) < 0)
			return -ENOMEM;
		if (append_entry(entries, path, rank) < 0)
			return -ENOMEM;
		path = NULL;
	}
	return 0;
}

static int gather(struct entries *entries)
{
	const struct hvg_config_search *search = entries->search;
	int r;

	for (size_t rank = 0; rank < HVG_ELEMENTS(directories); rank++) {
		_cleanup_free_ char *folder = NULL;

		if (asprintf(&folder, "%s%s/%s.conf.d", search->root ? search->root : "",
			    directories[rank], search->name) < 0)
			return -ENOMEM;
		r = gather_directory(entries, folder, rank);
		if (r < 0)
			return r;
	}
	return 0;
}

static int by_name_and_rank(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;
	int order = strcmp(a->name, b->name);

	return order != 0 ? order : a->rank < b->rank ? -1 : a->rank > b->rank;
}

/* Takes the path away from its owner. */
static void take(struct hvg_config_files *files, char **path)
{
	files->paths[files->n++] = hvg_take_ptr(*path);
}

static int take_main(struct hvg_config_files *files, const struct hvg_config_search *search)
{
	for (size_t rank = 0; rank < HVG_ELEMENTS(directories); rank++) {
		_cleanup_free_ char *path = NULL;
		struct stat file;

		if (asprintf(&path, "%s%s/%s.conf", search->root ? search->root : "",
			    directories[rank], search->name) < 0)
			return -ENOMEM;
		if (lstat(path, &file) < 0 && (errno == ENOENT || errno == ENOTDIR))
			continue;
		if (!hides(path))
			take(files, &path);
		return 0;
	}
	return 0;
}

static void take_dropins(struct hvg_config_files *files, struct entries *entries)
{
	const char *former = "";

	if (entries->n > 0)
		qsort(entries->list, entries->n, sizeof(*entries->list), by_name_and_rank);
	for (size_t i = 0; i < entries->n; i++) {
		struct entry *entry = &entries->list[i];
		bool is_hidden = strcmp(entry->name, former) == 0;

		former = entry->name;
		if (!is_hidden && !hides(entry->path))
			take(files, &entry->path);
	}
}

static void entries_done(struct entries *entries)
{
	for (size_t i = 0; i < entries->n; i++)
		free(entries->list[i].path);
	free(entries->list);
}

int hvg_config_files_find(const struct hvg_config_search *search, struct hvg_config_files *ret)
{
	_cleanup_(entries_done) struct entries entries = { .search = search };
	_cleanup_(hvg_config_files_done) struct hvg_config_files files = { 0 };
	int r;

	r = gather(&entries);
	if (r < 0)
		return r;
	files.paths = calloc(entries.n + 1, sizeof(*files.paths));
	if (!files.paths)
		return -ENOMEM;
	r = take_main(&files, search);
	if (r < 0)
		return r;
	take_dropins(&files, &entries);
	*ret = files;
	files = (struct hvg_config_files){ 0 };
	return 0;
}

void hvg_config_files_done(struct hvg_config_files *files)
{
	for (size_t i = 0; i < files->n; i++)
		free(files->paths[i]);
	free(files->paths);
	*files = (struct hvg_config_files){ 0 };
}

/* Up to size bytes, or up to the end. */
static ssize_t read_all(int fd, char *buffer, size_t size)
{
	size_t used = 0;
	ssize_t n;

	do {
		n = read(fd, buffer + used, size - used);
		if (n < 0 && errno != EINTR)
			return -errno;
		used += n > 0 ? (size_t)n : 0;
	} while (n != 0 && used < size);
	return (ssize_t)used;
}

int hvg_config_file_read(const char *path, char **ret_text, size_t *ret_size)
{
	/* O_NONBLOCK: a FIFO must not hold us up. */
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	_cleanup_free_ char *text = NULL;
	struct stat file;
	ssize_t size;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &file) < 0)
		return -errno;
	if (!S_ISREG(file.st_mode) && !is_mask(&file))
		return -EBADF;
	if (file.st_size > HVG_CONFIG_FILE_MAX)
		return -EFBIG;
	text = malloc((size_t)file.st_size + 1);
	if (!text)
		return -ENOMEM;
	size = read_all(fd, text, (size_t)file.st_size);
	if (size < 0)
		return (int)size;
	text[size] = '\0';
	*ret_text = hvg_take_ptr(text);
	*ret_size = (size_t)size;
	return 0;
}
