// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The book's lines: "none PATH" for a file that was not there, "was N MODE UID GID PATH" for one
 * whose bytes are in copy-N, then an empty line and the note.
 */

#include "os/netbook.h"

#include "base/cleanup.h"
#include "base/printer.h"
#include "os/netfile.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#define BOOK_SIZE (HVG_NETBOOK_FILES_MAX * (PATH_MAX + 64) + 8192)

static const char *path_in(const char *folder, const char *name, char ret[static PATH_MAX])
{
	snprintf(ret, PATH_MAX, "%s/%s", folder, name);
	return ret;
}

static const char *copy_path(const char *folder, unsigned int n, char ret[static PATH_MAX])
{
	snprintf(ret, PATH_MAX, "%s/copy-%u", folder, n);
	return ret;
}

static int save(const char *folder, unsigned int n, const char *path, struct hvg_printer *book)
{
	_cleanup_free_ char *text = NULL;
	char copy[PATH_MAX];
	struct stat stat_;
	size_t size;
	int r;

	if (strchr(path, '\n'))
		return -EINVAL;
	r = hvg_netfile_read(path, &text, &size);
	if (r == -ENOENT) {
		hvg_print(book, "none %s\n", path);
		return 0;
	}
	if (r < 0)
		return r;
	if (stat(path, &stat_) < 0)
		return -errno;
	hvg_print(book, "was %u %o %u %u %s\n", n, stat_.st_mode & 07777, stat_.st_uid, stat_.st_gid, path);
	return hvg_netfile_write(copy_path(folder, n, copy), text, size, 0600);
}

int hvg_netbook_open(const char *folder, const char *note, const char *const *paths)
{
	char text[BOOK_SIZE], path[PATH_MAX];
	struct hvg_printer book;
	unsigned int n = 0;
	int r = 0;

	hvg_printer_init(&book, text, sizeof(text));
	if (access(path_in(folder, "book", path), F_OK) == 0)
		return -EEXIST;
	for (; r >= 0 && paths[n]; n++)
		r = n < HVG_NETBOOK_FILES_MAX ? save(folder, n, paths[n], &book) : -E2BIG;
	if (r < 0)
		return r;
	hvg_print(&book, "\n%s", note);
	r = hvg_printer_result(&book);
	return r < 0 ? r : hvg_netfile_write(path, text, (size_t)r, 0600);
}

static int read_book(const char *folder, char **ret_text)
{
	char path[PATH_MAX];
	size_t size;

	return hvg_netfile_read(path_in(folder, "book", path), ret_text, &size);
}

int hvg_netbook_read(const char *folder, char **ret_note)
{
	_cleanup_free_ char *text = NULL;
	const char *note;
	int r = read_book(folder, &text);

	if (r < 0)
		return r;
	note = *text == '\n' ? text + 1 : strstr(text, "\n\n");
	if (!note)
		return -EBADMSG;
	*ret_note = strdup(*text == '\n' ? note : note + 2);
	return *ret_note ? 0 : -ENOMEM;
}

/* On a disk that is full there may be no room for what is there already. */
static bool is_there(const char *path, const char *text, size_t size)
{
	_cleanup_free_ char *found = NULL;
	size_t found_size;

	return hvg_netfile_read(path, &found, &found_size) >= 0 && found_size == size && memcmp(found, text, size) == 0;
}

static int put_back(const char *folder, unsigned int n, const char *path)
{
	_cleanup_free_ char *text = NULL;
	char copy[PATH_MAX];
	size_t size;
	int r = hvg_netfile_read(copy_path(folder, n, copy), &text, &size);

	if (r < 0 || is_there(path, text, size))
		return r;
	return hvg_netfile_write(path, text, size, 0600);
}

static int undo_line(const char *folder, const char *line)
{
	unsigned int n, mode, uid, gid;
	int at = 0, r;

	if (strncmp(line, "none ", 5) == 0)
		return hvg_netfile_remove(line + 5);
	if (sscanf(line, "was %u %o %u %u %n", &n, &mode, &uid, &gid, &at) < 4 || at == 0)
		return -EBADMSG;
	r = put_back(folder, n, line + at);
	if (r < 0)
		return r;
	if (chown(line + at, uid, gid) < 0 && errno != EPERM)
		return -errno;
	return chmod(line + at, mode) < 0 ? -errno : 0;
}

/* Each file is tried; the first failure is told. */
int hvg_netbook_undo(const char *folder)
{
	_cleanup_free_ char *text = NULL;
	int r = read_book(folder, &text), first = 0;

	if (r < 0)
		return r;
	for (char *rest = text, *line; (line = strsep(&rest, "\n")) && *line;) {
		r = undo_line(folder, line);
		if (r < 0 && first == 0)
			first = r;
	}
	return first;
}

/* Copies, and what a crash or a failure has left of them: a folder that is not empty cannot be replaced. */
static void empty(const char *folder)
{
	_cleanup_closedir_ DIR *stream = opendir(folder);
	struct dirent *entry;

	while (stream && (entry = readdir(stream)))
		if (entry->d_type != DT_DIR)
			(void)unlinkat(dirfd(stream), entry->d_name, 0);
}

/* As long as there is a book, its copies are needed. */
int hvg_netbook_close(const char *folder)
{
	char path[PATH_MAX];
	int r = access(path_in(folder, "book", path), F_OK) < 0 ? -errno : hvg_netfile_remove(path);

	if (r >= 0 || r == -ENOENT)
		empty(folder);
	return r;
}

/* The rename is what makes it final; nothing before it changes the open book. */
int hvg_netbook_keep(const char *folder, const char *elsewhere)
{
	char path[PATH_MAX];
	int r;

	if (access(path_in(folder, "book", path), F_OK) < 0)
		return -errno;
	r = hvg_netbook_close(elsewhere);
	if (r < 0 && r != -ENOENT)
		return r;
	r = hvg_netfile_make_folder_of(elsewhere);
	if (r >= 0 && rename(folder, elsewhere) < 0)
		r = -errno;
	return r < 0 ? r : hvg_netfile_flush_folder_of(elsewhere);
}
