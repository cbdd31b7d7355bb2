// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Building the guest's file system. The mounts are made below a tmpfs (in the caller's own mount
 * namespace), then that becomes the root. Folders that must not leak in either direction are tmpfs.
 */

#include "host/inside/layer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* Where nobody has files of his own, which the tmpfs would hide. */
#define BASE "/sys"
#define ROOT BASE "/root"

static const struct node {
	const char *path;
	mode_t mode;
	unsigned int major, minor;
} nodes[] = {
	{ "/dev/null", 0666, 1, 3 },
	{ "/dev/zero", 0666, 1, 5 },
	{ "/dev/full", 0666, 1, 7 },
	{ "/dev/random", 0666, 1, 8 },
	{ "/dev/urandom", 0666, 1, 9 },
	{ "/dev/tty", 0666, 5, 0 },
	{ "/dev/fuse", 0600, 10, 229 },
};

static const struct file {
	const char *path, *text;
} files[] = {
	{ "/etc/hostname", "guest\n" },
	{ "/etc/hosts", "127.0.0.1 localhost\n127.0.1.1 guest.example.org guest\n" },
	{ "/etc/resolv.conf", "nameserver 10.0.0.3\n" },
	{ "/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n" },
};

/* Fresh and empty, whatever this machine has there. */
static const char *const empty_folders[] = {
	"/run",
	"/tmp",
	"/dst", /* for copied files: a clone of the project may be below /tmp */
	"/etc/hvguest",
};

/* Those too, unless they are to be on a disk. */
static const char *const state_folders[] = { "hyperv", "hvguest" };

static int make_folder(const char *path)
{
	char part[4096];

	for (const char *end = strchr(path + 1, '/');; end = strchr(end + 1, '/')) {
		snprintf(part, sizeof(part), "%.*s", end ? (int)(end - path) : 4095, path);
		if (mkdir(part, 0755) < 0 && errno != EEXIST)
			return -errno;
		if (!end)
			return 0;
	}
}

static int mount_at(const char *type, const char *source, const char *path, unsigned long flags)
{
	char target[4096];
	int r;

	snprintf(target, sizeof(target), ROOT "%s", path);
	r = make_folder(target);
	if (r == 0 && mount(source, target, type, flags, NULL) < 0)
		r = -errno;
	return r;
}

static int mount_layer(void)
{
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		mount("hvguest", BASE, "tmpfs", 0, "mode=755") < 0 ||
		mkdir(BASE "/upper", 0755) < 0 || mkdir(BASE "/work", 0755) < 0 ||
		mkdir(ROOT, 0755) < 0 ||
		mount("hvguest", ROOT, "overlay", 0,
			"lowerdir=/,upperdir=" BASE "/upper,workdir=" BASE "/work") < 0)
		return -errno;
	return 0;
}

/* A daemon that is not root must reach what is built, even below somebody's home. */
static void open_way_to(const char *path)
{
	char part[4096];
	struct stat stat;

	for (const char *end = strchr(path + 1, '/'); end; end = strchr(end + 1, '/')) {
		snprintf(part, sizeof(part), ROOT "%.*s", (int)(end - path), path);
		if (lstat(part, &stat) == 0)
			(void)chmod(part, stat.st_mode | 0111);
	}
}

static int mount_state(const struct layer_setup *setup, const char *name)
{
	char path[64], source[4096];

	snprintf(path, sizeof(path), "/var/lib/%s", name);
	if (!setup->state_folder)
		return mount_at("tmpfs", "hvguest", path, 0);
	snprintf(source, sizeof(source), "%s/%s", setup->state_folder, name);
	if (mkdir(source, 0755) < 0 && errno != EEXIST)
		return -errno;
	return mount_at(NULL, source, path, MS_BIND);
}

static int mount_folders(const struct layer_setup *setup)
{
	const char *dev = setup->has_devices ? "devtmpfs" : "tmpfs";
	int r = mount_at(dev, "hvguest", "/dev", 0);

	for (size_t i = 0; r == 0 && i < sizeof(empty_folders) / sizeof(empty_folders[0]); i++)
		r = mount_at("tmpfs", "hvguest", empty_folders[i], 0);
	if (r == 0)
		r = mount_at("proc", "proc", "/proc", MS_NOSUID | MS_NODEV | MS_NOEXEC);
	if (r == 0)
		r = mount_at("sysfs", "sysfs", "/sys", MS_NOSUID | MS_NODEV | MS_NOEXEC);
	for (size_t i = 0; r == 0 && i < sizeof(state_folders) / sizeof(state_folders[0]); i++)
		r = mount_state(setup, state_folders[i]);
	for (const char *const *kept = setup->kept; r == 0 && *kept; kept++) {
		open_way_to(*kept);
		r = mount_at(NULL, *kept, *kept, MS_BIND);
	}
	return r;
}

/* The root of an initramfs cannot be turned away: it stays, out of sight. */
static int cover_root(void)
{
	if (mount(".", "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0)
		return -errno;
	return 0;
}

static int change_root(void)
{
	if (chdir(ROOT) < 0)
		return -errno;
	if (syscall(SYS_pivot_root, ".", ".") < 0)
		return errno == EINVAL ? cover_root() : -errno;
	if (umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		return -errno;
	return 0;
}

static int write_file(const char *path, int flags, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0644), r = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		r = -errno;
	close(fd);
	return r;
}

static bool is_in_file(const char *path, const char *word)
{
	char line[1024];
	bool found = false;
	FILE *file = fopen(path, "re");

	while (file && !found && fgets(line, sizeof(line), file))
		found = strncmp(line, word, strlen(word)) == 0;
	if (file)
		fclose(file);
	return found;
}

/* Whom our daemons run as; sysusers makes it on a real machine. */
static int add_user(void)
{
	int r = 0;

	if (!is_in_file("/etc/group", "hvguest:"))
		r = write_file("/etc/group", O_APPEND, "hvguest:x:989:\n");
	if (r == 0 && !is_in_file("/etc/passwd", "hvguest:"))
		r = write_file("/etc/passwd", O_APPEND,
			"hvguest:x:989:989::/nonexistent:/usr/sbin/nologin\n");
	return r;
}

static int make_nodes(void)
{
	umask(0);
	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++)
		if (mknod(nodes[i].path, S_IFCHR | nodes[i].mode,
			    makedev(nodes[i].major, nodes[i].minor)) < 0)
			return -errno;
	umask(022);
	return mkdir("/dev/vmbus", 0755) < 0 ? -errno : 0;
}

static int furnish(const struct layer_setup *setup)
{
	int r = setup->has_devices ? 0 : make_nodes();

	if (r < 0)
		return r;
	if ((symlink("/proc/self/fd", "/dev/fd") < 0 && errno != EEXIST) ||
		mkdir("/run/dbus", 0755) < 0 || chmod("/tmp", 01777) < 0 || chmod("/dst", 01777) < 0 ||
		sethostname("guest", 5) < 0)
		return -errno;
	for (size_t i = 0; r == 0 && i < sizeof(files) / sizeof(files[0]); i++) {
		(void)unlink(files[i].path); /* may be a link into /run */
		r = write_file(files[i].path, O_TRUNC, files[i].text);
	}
	return r == 0 ? add_user() : r;
}

int layer_enter(const struct layer_setup *setup)
{
	int r = mount_layer();

	if (r == 0)
		r = mount_folders(setup);
	if (r == 0)
		r = change_root();
	if (r == 0)
		r = furnish(setup);
	return r;
}
