// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A walk has a folder, and text that is still to be walked. A link puts its own text in front. Each
 * step opens one component without following it, and looks at what it got.
 */

#include "os/pathwalk.h"

#include "base/cleanup.h"
#include "base/text.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define LINKS_MAX 40 /* MAXSYMLINKS of the kernel */

struct walker {
	const struct hvg_pathwalk_config *config;
	int fd;
	char rest[PATH_MAX]; /* what is still to be walked */
	unsigned int n_links, n_made;
};

/* One component, which may turn out to be a link: O_PATH then opens the link itself. */
static int open_component(int fd, const char *name)
{
	struct open_how how = {
		.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS,
	};
	long r = syscall(SYS_openat2, fd, name, &how, sizeof(how));

	return r < 0 ? -errno : (int)r;
}

/* Where a folder is, as the kernel sees it now. */
static int locate(int fd, char ret[static PATH_MAX])
{
	char link[32];
	struct stat stat;
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, ret, PATH_MAX);
	if (n < 0)
		return -errno;
	if (n == PATH_MAX)
		return -ENAMETOOLONG;
	ret[n] = '\0';
	if (fstat(fd, &stat) < 0)
		return -errno;
	return stat.st_nlink == 0 || ret[0] != '/' ? -ENOENT : 0; /* removed, or out of reach */
}

/* The path of something in this folder. */
static int locate_in(int fd, const char *name, char ret[static PATH_MAX])
{
	int r = locate(fd, ret);

	if (r < 0)
		return r;
	if (strcmp(ret, "/") == 0)
		ret[0] = '\0';
	r = hvg_text_append(ret, PATH_MAX, "/");
	return r < 0 ? r : hvg_text_append(ret, PATH_MAX, name);
}

static bool is_allowed(const struct walker *walker, const char *name)
{
	char path[PATH_MAX];

	return locate_in(walker->fd, name, path) >= 0 &&
	       walker->config->allows(walker->config->userdata, path);
}

/* What is missing from here on: this name, and all of the rest. */
static int plan(const struct walker *walker, const char *name)
{
	const char *rest = walker->rest;
	char path[PATH_MAX];
	unsigned int n = 1;
	int r;

	if (!walker->config->plans || walker->n_made > 0)
		return 0;
	r = locate_in(walker->fd, name, path);
	while (r >= 0 && *(rest += strspn(rest, "/"))) {
		char part[NAME_MAX + 2];
		size_t size = strcspn(rest, "/");

		if (size > NAME_MAX)
			return -ENAMETOOLONG;
		snprintf(part, sizeof(part), "/%.*s", (int)size, rest);
		r = hvg_text_append(path, sizeof(path), part);
		rest += size;
		n++;
	}
	return r < 0 ? -ENAMETOOLONG : walker->config->plans(walker->config->userdata, path, n);
}

/* Its mode and owner, if it is still the folder that we made. */
static int dress(int fd, const struct hvg_pathwalk_config *config)
{
	_cleanup_close_ int folder = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat stat;

	if (folder < 0 || fstat(folder, &stat) < 0)
		return -errno;
	if (stat.st_uid != geteuid())
		return -EPERM;
	if (fchmod(folder, config->mode) < 0 || fchown(folder, config->uid, config->gid) < 0)
		return -errno;
	return 0;
}

/* -EEXIST if somebody else was faster. */
static int make(struct walker *walker, const char *name)
{
	_cleanup_close_ int fd = -EBADF;
	int r;

	if (!is_allowed(walker, name))
		return -EPERM;
	r = plan(walker, name);
	if (r < 0)
		return r;
	if (mkdirat(walker->fd, name, 0700) < 0)
		return -errno;
	fd = open_component(walker->fd, name);
	r = fd < 0 ? fd : dress(fd, walker->config);
	if (r < 0) {
		(void)unlinkat(walker->fd, name, AT_REMOVEDIR);
		return r;
	}
	walker->n_made++;
	return hvg_take_fd(&fd);
}

static int open_or_make(struct walker *walker, const char *name)
{
	int fd = open_component(walker->fd, name);

	if (fd != -ENOENT || !walker->config->creates)
		return fd;
	fd = make(walker, name);
	return fd == -EEXIST ? open_component(walker->fd, name) : fd;
}

/* The link's text takes the place of its name. */
static int follow(struct walker *walker, int fd, const struct stat *stat)
{
	char text[PATH_MAX];
	ssize_t n;

	if (stat->st_uid != 0 && stat->st_uid != geteuid())
		return -ELOOP;
	if (++walker->n_links > LINKS_MAX)
		return -ELOOP;
	n = readlinkat(fd, "", text, sizeof(text));
	if (n < 0)
		return -errno;
	if ((size_t)n + 1 + strlen(walker->rest) >= sizeof(walker->rest))
		return -ENAMETOOLONG;
	text[n] = '\0';
	memmove(walker->rest + n + 1, walker->rest, strlen(walker->rest) + 1);
	memcpy(walker->rest, text, (size_t)n);
	walker->rest[n] = '/';
	return 0;
}

static int go_to_root(struct walker *walker)
{
	int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	(void)hvg_close(walker->fd);
	walker->fd = fd;
	return 0;
}

/* Cuts the next component off the rest. 0 at the end. */
static int take_name(struct walker *walker, char ret[static NAME_MAX + 1])
{
	size_t skip = strspn(walker->rest, "/"), n = strcspn(walker->rest + skip, "/");

	if (n > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(ret, walker->rest + skip, n);
	ret[n] = '\0';
	memmove(walker->rest, walker->rest + skip + n, strlen(walker->rest + skip + n) + 1);
	return n > 0;
}

static int step(struct walker *walker, const char *name)
{
	_cleanup_close_ int fd = open_or_make(walker, name);
	struct stat stat;

	if (fd < 0)
		return fd;
	if (fstat(fd, &stat) < 0)
		return -errno;
	if (S_ISLNK(stat.st_mode)) {
		int r = follow(walker, fd, &stat);

		return r < 0 || walker->rest[0] != '/' ? r : go_to_root(walker);
	}
	if (!S_ISDIR(stat.st_mode))
		return -ENOTDIR;
	(void)hvg_close(walker->fd);
	walker->fd = hvg_take_fd(&fd);
	return 0;
}

static int walk_on(struct walker *walker)
{
	char name[NAME_MAX + 1];
	int r;

	while ((r = take_name(walker, name)) > 0) {
		r = step(walker, name);
		if (r < 0)
			return r;
	}
	return r;
}

static int finish(struct walker *walker, struct hvg_pathwalk *ret)
{
	int r = locate(walker->fd, ret->path);

	if (r < 0)
		return r;
	ret->fd = hvg_take_fd(&walker->fd);
	ret->n_made = walker->n_made;
	return 0;
}

int hvg_pathwalk_open(const struct hvg_pathwalk_config *config, const char *path, struct hvg_pathwalk *ret)
{
	struct walker walker = { .config = config, .fd = -EBADF };
	int r;

	if (strlen(path) >= sizeof(walker.rest))
		return -ENAMETOOLONG;
	memcpy(walker.rest, path, strlen(path) + 1);
	r = go_to_root(&walker);
	if (r >= 0)
		r = walk_on(&walker);
	if (r >= 0)
		r = finish(&walker, ret);
	if (r < 0 && walker.n_made > 0 && locate(walker.fd, ret->path) >= 0)
		hvg_pathwalk_undo(ret->path, walker.n_made);
	walker.fd = hvg_close(walker.fd);
	return r;
}

int hvg_pathwalk_enter(const struct hvg_pathwalk_config *config, const char *name, struct hvg_pathwalk *walk)
{
	struct hvg_pathwalk_config looks_only = *config;
	struct walker walker = { .config = &looks_only, .fd = -EBADF };
	struct hvg_pathwalk inner;
	int r;

	looks_only.creates = false;
	snprintf(walker.rest, sizeof(walker.rest), "%s", name);
	walker.fd = fcntl(walk->fd, F_DUPFD_CLOEXEC, 3);
	if (walker.fd < 0)
		return -errno;
	r = walk_on(&walker);
	if (r >= 0)
		r = finish(&walker, &inner);
	(void)hvg_close(walker.fd);
	if (r >= 0) {
		(void)hvg_close(walk->fd);
		*walk = inner;
	}
	if (r == -ENOENT || r == -ENOTDIR || r == -ELOOP)
		return 0;
	return r < 0 ? r : 1;
}

void hvg_pathwalk_undo(const char *path, unsigned int n_made)
{
	char text[PATH_MAX];

	snprintf(text, sizeof(text), "%s", path);
	for (; n_made > 0 && strlen(text) > 1; n_made--) {
		if (rmdir(text) < 0 && errno != ENOENT)
			return;
		*strrchr(text, '/') = '\0';
	}
}
