/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_OS_FILESINK_H
#define HVG_OS_FILESINK_H

/*
 * One file on its way to its place:
 *
 *	open	finds the folder, makes a temporary there with all of its space
 *	write	at an offset
 *	publish	owner, mode, to the disk, and its name, in one step
 *	discard	nothing is left
 *
 * The temporary is beside the target, so that giving it its name is a rename, and so that it has the
 * label that SELinux's policy gives new files of that folder. A file that is replaced hands its
 * label on.
 */

#include "os/filenote.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct hvg_filesink_config {
	uid_t uid; /* -1: whoever we are */
	gid_t gid;
	mode_t file_mode, folder_mode;
	bool syncs;	  /* to the disk before it has its name */
	const char *note; /* path of the note for a crash; NULL: none */

	/* Whether a file or folder may be made at this path, which is absolute and without links. */
	bool (*allows)(void *userdata, const char *path);
	void *userdata;
};

struct hvg_filesink_request {
	const char *path, *name; /* the destination, absolute; the file's own name */
	bool is_folder;		 /* path must be a folder */
	bool overwrites, creates_path;
	uint64_t bytes;
};

struct hvg_filesink {
	struct hvg_filesink_config config;
	int fd, folder_fd;
	struct hvg_filenote temporary;
	bool has_note;
	char name[NAME_MAX + 1];
	bool overwrites;
	uint64_t flushed_at;	  /* bytes of which writing to the disk has begun */
	atomic_bool is_unwanted; /* set by another thread: publish no more */
};

/*
 * -EEXIST, -ENOSPC (disk or quota), -EPERM (not allowed), -ENOENT (no such folder), -ELOOP (somebody's
 * link) … Nothing is left after an error. The config's strings live as long as the sink.
 */
int hvg_filesink_open(struct hvg_filesink *sink, const struct hvg_filesink_config *config,
	const struct hvg_filesink_request *request);

int hvg_filesink_write(struct hvg_filesink *sink, const void *bytes, size_t size, uint64_t offset);

/* After an error the file is still to be discarded. */
int hvg_filesink_publish(struct hvg_filesink *sink);

void hvg_filesink_discard(struct hvg_filesink *sink);

#endif
