// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The main file is looked for here; drop-ins have a room of their own, os/dropins.
 */

#include "common/config-files.h"

#include "base/cleanup.h"
#include "base/units.h"
#include "os/dropins.h"

#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>

static const char *const directories[] = { HVG_CONF_DIR, "/run/hvguest", HVG_VENDOR_CONF_DIR };

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
		if (!hvg_dropin_hides(path))
			take(files, &path);
		return 0;
	}
	return 0;
}

static void free_folders(char *(*folders)[HVG_ELEMENTS(directories) + 1])
{
	for (size_t rank = 0; rank < HVG_ELEMENTS(directories); rank++)
		free((*folders)[rank]);
}

static int find_dropins(const struct hvg_config_search *search, struct hvg_dropins *ret)
{
	_cleanup_(free_folders) char *folders[HVG_ELEMENTS(directories) + 1] = { NULL };
	const struct hvg_dropins_search in = { (const char *const *)folders, search->trouble, search->userdata };

	for (size_t rank = 0; rank < HVG_ELEMENTS(directories); rank++)
		if (asprintf(&folders[rank], "%s%s/%s.conf.d", search->root ? search->root : "", directories[rank],
			    search->name) < 0) {
			folders[rank] = NULL;
			return -ENOMEM;
		}
	return hvg_dropins_find(&in, ret);
}

int hvg_config_files_find(const struct hvg_config_search *search, struct hvg_config_files *ret)
{
	_cleanup_(hvg_config_files_done) struct hvg_config_files files = { 0 };
	_cleanup_(hvg_dropins_done) struct hvg_dropins dropins = { 0 };
	int r;

	r = find_dropins(search, &dropins);
	if (r < 0)
		return r;
	files.paths = calloc(dropins.n + 1, sizeof(*files.paths));
	if (!files.paths)
		return -ENOMEM;
	r = take_main(&files, search);
	if (r < 0)
		return r;
	for (size_t i = 0; i < dropins.n; i++)
		take(&files, &dropins.paths[i]);
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
	if (!S_ISREG(file.st_mode) && !hvg_dropin_is_mask(&file))
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
