// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Each function is the list of its steps. What is already there is undone by discard, which therefore
 * takes a sink in any state.
 */

#include "os/filesink.h"

#include "base/cleanup.h"
#include "base/text.h"
#include "os/pathwalk.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/xattr.h>

#define LABEL	   "security.selinux"
#define LABEL_SIZE 4096

/*
 * How much may wait to be written: the disk works while the host sends, the last step is short, and
 * the memory of dirty pages is bounded.
 */
#define FLUSH_BYTES UINT64_C(0x800000)

/* Not in linux/magic.h of Debian 12, or nowhere (the kernel's fs/…). */
#define FUSE_CTL_MAGIC 0x65735543
#define MQUEUE_MAGIC   0x19800202
#define CONFIGFS	0x62656570

/* Where the kernel shows itself: nothing that is written there is a file. */
static bool is_kernels(int fd)
{
	static const unsigned long types[] = { PROC_SUPER_MAGIC, SYSFS_MAGIC, DEBUGFS_MAGIC, TRACEFS_MAGIC,
		SECURITYFS_MAGIC, SELINUX_MAGIC, CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC, BPF_FS_MAGIC,
		EFIVARFS_MAGIC, PSTOREFS_MAGIC, BINFMTFS_MAGIC, DEVPTS_SUPER_MAGIC, FUSE_CTL_MAGIC,
		MQUEUE_MAGIC, CONFIGFS };
	struct statfs stat;

	if (fstatfs(fd, &stat) < 0)
		return true;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if ((unsigned long)stat.f_type == types[i])
			return true;
	return false;
}

/* Opening. */

static bool is_allowed(void *userdata, const char *path)
{
	const struct hvg_filesink *sink = userdata;

	return sink->config.allows(sink->config.userdata, path);
}

/*
 * Once: a note that is written again is no note for a moment. There is room for one: what a former file could not
 * remove is removed now, or forgotten.
 */
static int write_note(struct hvg_filesink *sink, const char *folder, unsigned int n_made)
{
	struct hvg_filenote note;

	if (!sink->config.note || sink->has_note)
		return 0;
	(void)hvg_filenote_recover(sink->config.note, &note);
	note = sink->temporary;
	snprintf(note.folder, sizeof(note.folder), "%s", folder);
	note.n_made = n_made;
	sink->has_note = true;
	return hvg_filenote_write(sink->config.note, &note);
}

static int on_plan(void *userdata, const char *path, unsigned int n)
{
	return write_note(userdata, path, n);
}

static struct hvg_pathwalk_config walk_config(struct hvg_filesink *sink,
	const struct hvg_filesink_request *request)
{
	return (struct hvg_pathwalk_config){
		.creates = request->creates_path,
		.mode = sink->config.folder_mode,
		.uid = sink->config.uid,
		.gid = sink->config.gid,
		.allows = is_allowed,
		.plans = on_plan,
		.userdata = sink,
	};
}

/* The folder, and the name in it: path's last component names a folder, or else the file. */
static int find_folder(struct hvg_filesink *sink, const struct hvg_filesink_request *request,
	struct hvg_pathwalk *walk)
{
	struct hvg_pathwalk_config config = walk_config(sink, request);
	const char *last = strrchr(request->path, '/') + 1;
	char parent[PATH_MAX];
	int r;

	snprintf(sink->name, sizeof(sink->name), "%s", request->name);
	if (request->is_folder)
		return hvg_pathwalk_open(&config, request->path, walk);
	snprintf(parent, sizeof(parent), "%.*s", (int)(last - request->path), request->path);
	r = hvg_pathwalk_open(&config, parent, walk);
	if (r >= 0)
		r = hvg_pathwalk_enter(&config, last, walk);
	if (r == 0)
		snprintf(sink->name, sizeof(sink->name), "%s", last);
	return r < 0 ? r : 0;
}

static int check_target(const struct hvg_filesink *sink)
{
	const char *folder = sink->temporary.folder;
	char path[PATH_MAX];
	struct stat stat;

	snprintf(path, sizeof(path), "%s", strcmp(folder, "/") == 0 ? "" : folder);
	if (hvg_text_append(path, sizeof(path), "/") < 0 || hvg_text_append(path, sizeof(path), sink->name) < 0)
		return -ENAMETOOLONG;
	if (!sink->config.allows(sink->config.userdata, path) || is_kernels(sink->folder_fd))
		return -EPERM;
	if (fstatat(sink->folder_fd, sink->name, &stat, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!sink->overwrites)
		return -EEXIST;
	return S_ISDIR(stat.st_mode) ? -EISDIR : 0;
}

static int make_temporary(struct hvg_filesink *sink)
{
	int r = write_note(sink, sink->temporary.folder, sink->temporary.n_made);

	if (r < 0)
		return r;
	sink->fd = openat(sink->folder_fd, sink->temporary.name,
		O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	return sink->fd < 0 ? -errno : 0;
}

/* Whether a file system that cannot reserve has as much. */
static int check_space(int fd, uint64_t bytes)
{
	struct statfs stat;

	if (fstatfs(fd, &stat) < 0)
		return -errno;
	if (stat.f_blocks == 0) /* it does not count them */
		return 0;
	return bytes / (uint64_t)stat.f_bsize < stat.f_bavail ? 0 : -ENOSPC;
}

static int reserve(int fd, uint64_t bytes)
{
	int r;

	if (bytes == 0)
		return 0;
	do
		r = fallocate(fd, 0, 0, (off_t)bytes);
	while (r < 0 && errno == EINTR);
	if (r == 0)
		return 0;
	return errno == EOPNOTSUPP || errno == ENOSYS ? check_space(fd, bytes) : -errno;
}

/* No file system of ours has an answer for the host in this. */
static int as_answer(int r)
{
	return r == -EOPNOTSUPP || r == -EINVAL ? -EIO : r;
}

int hvg_filesink_open(struct hvg_filesink *sink, const struct hvg_filesink_config *config,
	const struct hvg_filesink_request *request)
{
	struct hvg_pathwalk walk = { .fd = -EBADF };
	int r;

	*sink = (struct hvg_filesink){
		.config = *config,
		.fd = -EBADF,
		.folder_fd = -EBADF,
		.overwrites = request->overwrites,
	};
	hvg_filenote_pick_name(sink->temporary.name);
	r = find_folder(sink, request, &walk);
	sink->folder_fd = walk.fd;
	sink->temporary.n_made = walk.n_made;
	snprintf(sink->temporary.folder, sizeof(sink->temporary.folder), "%s", walk.path);
	if (r >= 0)
		r = check_target(sink);
	if (r >= 0)
		r = make_temporary(sink);
	if (r >= 0)
		r = reserve(sink->fd, request->bytes);
	if (r < 0)
		hvg_filesink_discard(sink);
	return as_answer(r);
}

/* Writing. */

/* Begins to write what has come, and waits for what came before that: two windows at most. */
static void flush_some(struct hvg_filesink *sink, uint64_t end)
{
	uint64_t window = end - end % FLUSH_BYTES;

	if (!sink->config.syncs || window < sink->flushed_at + FLUSH_BYTES)
		return;
	if (sink->flushed_at >= FLUSH_BYTES)
		(void)sync_file_range(sink->fd, (off_t)(sink->flushed_at - FLUSH_BYTES), (off_t)FLUSH_BYTES,
			SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
	(void)sync_file_range(sink->fd, (off_t)sink->flushed_at, (off_t)(window - sink->flushed_at),
		SYNC_FILE_RANGE_WRITE);
	sink->flushed_at = window;
}

int hvg_filesink_write(struct hvg_filesink *sink, const void *bytes, size_t size, uint64_t offset)
{
	for (size_t done = 0; done < size;) {
		ssize_t n = pwrite(sink->fd, (const char *)bytes + done, size - done, (off_t)(offset + done));

		if (n < 0 && errno != EINTR)
			return as_answer(-errno);
		if (n == 0)
			return -ENOSPC;
		if (n > 0)
			done += (size_t)n;
	}
	flush_some(sink, offset + size);
	return 0;
}

/* Publishing. */

/* Best effort: without SELinux there is no label, and with it a new file has the folder's already. */
static void inherit_label(const struct hvg_filesink *sink)
{
	char path[64 + NAME_MAX], label[LABEL_SIZE];
	ssize_t n;

	if (!sink->overwrites)
		return;
	snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", sink->folder_fd, sink->name);
	n = lgetxattr(path, LABEL, label, sizeof(label));
	if (n > 0)
		(void)fsetxattr(sink->fd, LABEL, label, (size_t)n, 0);
}

/* The owner first: a change of it would take bits of the mode away. */
static int dress(const struct hvg_filesink *sink)
{
	if (fchown(sink->fd, sink->config.uid, sink->config.gid) < 0 ||
		fchmod(sink->fd, sink->config.file_mode) < 0)
		return -errno;
	inherit_label(sink);
	return 0;
}

static int rename_to(const struct hvg_filesink *sink, const char *from)
{
	if (sink->overwrites)
		return renameat(sink->folder_fd, from, sink->folder_fd, sink->name) < 0 ? -errno : 0;
	if (renameat2(sink->folder_fd, from, sink->folder_fd, sink->name, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL)
		return -errno;
	/* NFS, and others that cannot: a second name, then without the first. */
	if (linkat(sink->folder_fd, from, sink->folder_fd, sink->name, 0) < 0)
		return -errno;
	(void)unlinkat(sink->folder_fd, from, 0);
	return 0;
}

static int sync_folder(const struct hvg_filesink *sink)
{
	_cleanup_close_ int fd = openat(sink->folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return fsync(fd) < 0 && errno != EINVAL ? -errno : 0;
}

static void let_go(struct hvg_filesink *sink)
{
	sink->fd = hvg_close(sink->fd);
	sink->folder_fd = hvg_close(sink->folder_fd);
	if (sink->has_note)
		hvg_filenote_clear(sink->config.note);
	sink->has_note = false;
	sink->temporary.n_made = 0;
}

int hvg_filesink_publish(struct hvg_filesink *sink)
{
	int r = dress(sink);

	if (r == 0 && sink->config.syncs && fsync(sink->fd) < 0)
		r = -errno;
	if (r == 0 && atomic_load(&sink->is_unwanted))
		r = -ECANCELED;
	if (r == 0)
		r = rename_to(sink, sink->temporary.name);
	if (r < 0)
		return as_answer(r);
	if (sink->config.syncs)
		(void)sync_folder(sink); /* it is there; a failure would have to take it away again */
	let_go(sink);
	return 0;
}

void hvg_filesink_discard(struct hvg_filesink *sink)
{
	if (sink->fd >= 0 && unlinkat(sink->folder_fd, sink->temporary.name, 0) < 0 && errno != ENOENT)
		sink->has_note = false; /* it stays, for the next file or the next start */
	if (sink->folder_fd >= 0)
		hvg_pathwalk_undo(sink->temporary.folder, sink->temporary.n_made);
	let_go(sink);
}
