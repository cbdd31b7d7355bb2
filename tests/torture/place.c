// SPDX-License-Identifier: LGPL-2.1-or-later

/* In memory where there is such a folder: what is tortured here is not the machine's disk. */

#include "place.h"

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static ino_t inode_of(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 ? st.st_ino : 0;
}

void place_make(struct place *place)
{
	const char *parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	struct image empty = { 0 };

	(void)snprintf(place->folder, sizeof(place->folder), "%s/hvg-torture-XXXXXX", parent);
	if (!mkdtemp(place->folder))
		err(2, "%s", place->folder);
	(void)snprintf(
		place->paths[PLACE_POOL], sizeof(place->paths[0]), "%s/pool", place->folder);
	(void)snprintf(place->paths[PLACE_JOURNAL], sizeof(place->paths[0]), "%s/journal",
		place->folder);
	image_write(place->paths[PLACE_POOL], &empty);
	place->inode = inode_of(place->paths[PLACE_POOL]);
}

void place_remove(const struct place *place)
{
	for (int i = 0; i < PLACE_N_FILES; i++)
		(void)unlink(place->paths[i]);
	if (rmdir(place->folder) < 0)
		warn("%s", place->folder);
}

struct hvg_poolstore *place_open(const struct place *place)
{
	struct hvg_poolstore_config config = {
		.path = place->paths[PLACE_POOL],
		.journal_path = place->paths[PLACE_JOURNAL],
	};
	struct hvg_poolstore *store;

	if (hvg_poolstore_new(&config, &store) < 0)
		errx(2, "no store");
	return store;
}

struct image image_of(const void *bytes, size_t size)
{
	struct image image = { .bytes = malloc(size > 0 ? size : 1), .size = size };

	if (!image.bytes)
		err(2, "image");
	if (size > 0)
		memcpy(image.bytes, bytes, size);
	return image;
}

void image_resize(struct image *image, size_t size)
{
	uint8_t *bytes = realloc(image->bytes, size > 0 ? size : 1);

	if (!bytes)
		err(2, "image");
	if (size > image->size)
		memset(bytes + image->size, 0, size - image->size);
	image->bytes = bytes;
	image->size = size;
}

struct image image_read(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct image image = { 0 };
	struct stat st;

	if (fd < 0 && errno == ENOENT)
		return image;
	if (fd < 0 || fstat(fd, &st) < 0)
		err(2, "%s", path);
	image_resize(&image, (size_t)st.st_size);
	if (pread(fd, image.bytes, image.size, 0) != st.st_size)
		err(2, "%s", path);
	close(fd);
	return image;
}

void image_write(const char *path, const struct image *image)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0)
		err(2, "%s", path);
	if (image->size > 0 && write(fd, image->bytes, image->size) != (ssize_t)image->size)
		err(2, "%s", path);
	close(fd);
}

void image_free(struct image *image)
{
	free(image->bytes);
	*image = (struct image){ 0 };
}

struct images images_read(const struct place *place)
{
	struct images images;

	for (int i = 0; i < PLACE_N_FILES; i++)
		images.of[i] = image_read(place->paths[i]);
	return images;
}

void images_write(const struct place *place, const struct images *images)
{
	image_write(place->paths[PLACE_POOL], &images->of[PLACE_POOL]);
	if (images->of[PLACE_JOURNAL].size > 0)
		image_write(place->paths[PLACE_JOURNAL], &images->of[PLACE_JOURNAL]);
	else
		(void)unlink(place->paths[PLACE_JOURNAL]);
}

void images_free(struct images *images)
{
	for (int i = 0; i < PLACE_N_FILES; i++)
		image_free(&images->of[i]);
}

bool place_is_unchanged(const struct place *place)
{
	DIR *folder = opendir(place->folder);
	struct dirent *entry;
	bool is_unchanged = inode_of(place->paths[PLACE_POOL]) == place->inode;

	if (!folder)
		err(2, "%s", place->folder);
	while ((entry = readdir(folder)))
		if (entry->d_name[0] != '.' && strcmp(entry->d_name, "pool") != 0 &&
			strcmp(entry->d_name, "journal") != 0)
			is_unchanged = false;
	closedir(folder);
	return is_unchanged;
}

static int change_lock(int fd, enum place_lock lock, bool may_wait, short type)
{
	struct flock record_lock = { .l_type = type, .l_whence = SEEK_SET };

	switch (lock) {
	case PLACE_FLOCK:
		return flock(
			fd, type == F_UNLCK ? LOCK_UN : LOCK_EX | (may_wait ? 0 : LOCK_NB));
	case PLACE_OFD_LOCK:
		return fcntl(fd, may_wait ? F_OFD_SETLKW : F_OFD_SETLK, &record_lock);
	case PLACE_POSIX_LOCK:
		return fcntl(fd, may_wait ? F_SETLKW : F_SETLK, &record_lock);
	case PLACE_N_LOCKS:
		break;
	}
	return -1;
}

bool place_lock(int fd, enum place_lock lock)
{
	return change_lock(fd, lock, true, F_WRLCK) == 0;
}

void place_unlock(int fd, enum place_lock lock)
{
	(void)change_lock(fd, lock, true, F_UNLCK);
}

bool place_is_locked(const struct place *place, enum place_lock lock)
{
	int fd = open(place->paths[PLACE_POOL], O_RDWR | O_CLOEXEC);
	bool is_locked;

	if (fd < 0)
		err(2, "%s", place->paths[PLACE_POOL]);
	is_locked = change_lock(fd, lock, false, F_WRLCK) < 0;
	close(fd);
	return is_locked;
}

unsigned int count_descriptors(pid_t pid)
{
	char path[64];
	unsigned int n = 0;
	DIR *folder;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	folder = opendir(path);
	if (!folder)
		err(2, "%s", path);
	while (readdir(folder))
		n++;
	closedir(folder);
	return n;
}
