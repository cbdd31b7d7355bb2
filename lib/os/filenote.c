// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The note is four fields with NULs behind them: a version, the number of folders made, the folder,
 * the name. One that is cut or is none counts as empty.
 */

#include "os/filenote.h"

#include "base/cleanup.h"
#include "os/pathwalk.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define VERSION	  "hvguest-fcopy 1"
#define NOTE_SIZE (PATH_MAX + 128)

void hvg_filenote_pick_name(char ret[static HVG_FILENOTE_NAME_SIZE])
{
	unsigned long long number = 0;

	(void)!getrandom(&number, sizeof(number), 0);
	snprintf(ret, HVG_FILENOTE_NAME_SIZE, HVG_FILENOTE_PREFIX "%016llx", number);
}

static bool is_name_of_ours(const char *name)
{
	size_t n = strlen(HVG_FILENOTE_PREFIX);

	return strncmp(name, HVG_FILENOTE_PREFIX, n) == 0 && strlen(name) == n + 16 &&
	       strspn(name + n, "0123456789abcdef") == 16;
}

int hvg_filenote_write(const char *path, const struct hvg_filenote *note)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	char text[NOTE_SIZE];
	int n;

	if (fd < 0)
		return -errno;
	n = snprintf(text, sizeof(text), VERSION "%c%u%c%s%c%s", '\0', note->n_made, '\0', note->folder, '\0',
		note->name);
	if (write(fd, text, (size_t)n + 1) != n + 1)
		return errno ? -errno : -EIO;
	return fdatasync(fd) < 0 ? -errno : 0;
}

void hvg_filenote_clear(const char *path)
{
	(void)!truncate(path, 0);
}

/* The next field and what is behind it; NULL if it has no end. */
static const char *cut_field(const char **at, const char *end)
{
	const char *field = *at, *nul = memchr(field, '\0', (size_t)(end - field));

	*at = nul ? nul + 1 : end;
	return nul ? field : NULL;
}

static bool parse(const char *text, size_t size, struct hvg_filenote *ret)
{
	const char *at = text, *end = text + size;
	const char *version = cut_field(&at, end), *n_made = cut_field(&at, end);
	const char *folder = cut_field(&at, end), *name = cut_field(&at, end);

	if (!version || !n_made || !folder || !name || strcmp(version, VERSION) != 0 || folder[0] != '/' ||
		strlen(folder) >= sizeof(ret->folder) || !is_name_of_ours(name))
		return false;
	snprintf(ret->folder, sizeof(ret->folder), "%s", folder);
	snprintf(ret->name, sizeof(ret->name), "%s", name);
	ret->n_made = (unsigned int)strtoul(n_made, NULL, 10);
	return true;
}

static bool read_note(const char *path, struct hvg_filenote *ret)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char text[NOTE_SIZE];
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text));

	return n > 0 && parse(text, (size_t)n, ret);
}

/* The note has the path without links: one that has come since leads somewhere else. */
static int open_folder(const char *path)
{
	struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS,
	};

	return (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
}

int hvg_filenote_recover(const char *path, struct hvg_filenote *ret)
{
	_cleanup_close_ int folder = -EBADF;
	bool removed = false;
	struct stat stat;

	if (!read_note(path, ret))
		return 0;
	folder = open_folder(ret->folder);
	if (folder >= 0 && fstatat(folder, ret->name, &stat, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(stat.st_mode)) {
		removed = unlinkat(folder, ret->name, 0) == 0;
		if (!removed)
			return -errno;
	}
	hvg_pathwalk_undo(ret->folder, ret->n_made);
	hvg_filenote_clear(path);
	return removed;
}
