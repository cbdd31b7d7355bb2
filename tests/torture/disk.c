// SPDX-License-Identifier: LGPL-2.1-or-later

/* The events first, then what can be made of them. */

#include "disk.h"

#include "format/pooljournal.h"

#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MAX_MOMENTS 1000

void disk_begin(struct disk *disk, struct images before)
{
	*disk = (struct disk){ .before = before };
}

void disk_end(struct disk *disk)
{
	for (size_t i = 0; i < disk->n; i++)
		image_free(&disk->events[i].bytes);
	free(disk->events);
	images_free(&disk->before);
}

static void add(struct disk *disk, const struct disk_event *event)
{
	disk->events = reallocarray(disk->events, disk->n + 1, sizeof(*event));
	if (!disk->events)
		err(2, "disk");
	disk->events[disk->n++] = *event;
}

/* The file has it already: it is read from there. */
static struct image read_written(const struct tracer *tracer, enum place_file file)
{
	int fd = open(tracer->place->paths[file], O_RDONLY | O_CLOEXEC);
	struct image bytes = { 0 };

	image_resize(&bytes, (size_t)tracer->result);
	if (fd < 0 ||
		pread(fd, bytes.bytes, bytes.size, (off_t)tracer->arguments[3]) !=
			(ssize_t)bytes.size)
		err(2, "%s", tracer->place->paths[file]);
	close(fd);
	return bytes;
}

static bool hear_of(struct disk *disk, const struct tracer *tracer, enum place_file file)
{
	struct disk_event event = { .file = file };

	switch (tracer->call) {
	case SYS_pwrite64:
		event.kind = DISK_WRITE;
		event.at = tracer->arguments[3];
		event.bytes = read_written(tracer, file);
		break;
	case SYS_ftruncate:
		event.kind = DISK_RESIZE;
		event.at = tracer->arguments[1];
		break;
	case SYS_fdatasync:
	case SYS_fsync:
		event.kind = DISK_FLUSH;
		break;
	default:
		return false;
	}
	add(disk, &event);
	return true;
}

bool disk_hear(struct disk *disk, const struct tracer *tracer)
{
	if (tracer->is_entry || !tracer_is_deed(tracer) || tracer->result < 0)
		return false;
	for (enum place_file file = PLACE_POOL; file < PLACE_N_FILES; file++)
		if (tracer_is_of(tracer, file))
			return hear_of(disk, tracer, file);
	return false;
}

void disk_write(struct disk *disk, uint64_t at, const void *bytes, size_t size)
{
	add(disk, &(struct disk_event){ PLACE_POOL, DISK_WRITE, at, image_of(bytes, size) });
}

void disk_resize(struct disk *disk, uint64_t size)
{
	add(disk, &(struct disk_event){ PLACE_POOL, DISK_RESIZE, size });
}

void disk_flush(struct disk *disk)
{
	add(disk, &(struct disk_event){ PLACE_POOL, DISK_FLUSH });
}

static void apply(struct image *image, const struct disk_event *event)
{
	if (event->kind == DISK_RESIZE)
		image_resize(image, event->at);
	if (event->kind != DISK_WRITE)
		return;
	if (image->size < event->at + event->bytes.size)
		image_resize(image, event->at + event->bytes.size);
	memcpy(image->bytes + event->at, event->bytes.bytes, event->bytes.size);
}

static void forget_moments(struct disk_loss *loss, enum place_file file)
{
	for (size_t i = 0; i < loss->n_moments[file]; i++)
		image_free(&loss->moments[file][i]);
	loss->n_moments[file] = 0;
}

static void add_moment(struct disk_loss *loss, enum place_file file, const struct image *image)
{
	if (loss->n_moments[file] == MAX_MOMENTS)
		errx(2, "a disk that is never flushed");
	loss->moments[file][loss->n_moments[file]++] = image_of(image->bytes, image->size);
}

/* The file as it was at its last flush, and after each event since. */
static void find_moments(const struct disk *disk, enum place_file file, struct disk_loss *loss)
{
	struct image image = image_of(disk->before.of[file].bytes, disk->before.of[file].size);

	loss->moments[file] = calloc(MAX_MOMENTS, sizeof(*loss->moments[file]));
	if (!loss->moments[file])
		err(2, "disk");
	add_moment(loss, file, &image);
	for (size_t i = 0; i < disk->n; i++) {
		if (disk->events[i].file != file)
			continue;
		apply(&image, &disk->events[i]);
		if (disk->events[i].kind == DISK_FLUSH)
			forget_moments(loss, file);
		add_moment(loss, file, &image);
	}
	image_free(&image);
}

/* The sector as it was at that moment; behind the end, zeroes. */
static void read_sector(const struct image *image, size_t sector, uint8_t *ret)
{
	size_t at = sector * DISK_SECTOR_SIZE;
	size_t left = at < image->size ? image->size - at : 0;

	memset(ret, 0, DISK_SECTOR_SIZE);
	if (left > 0)
		memcpy(ret, image->bytes + at,
			left < DISK_SECTOR_SIZE ? left : DISK_SECTOR_SIZE);
}

static bool is_same(const struct image *a, const struct image *b, size_t sector)
{
	uint8_t sector_a[DISK_SECTOR_SIZE], sector_b[DISK_SECTOR_SIZE];

	if (sector == DISK_SIZE)
		return a->size == b->size;
	read_sector(a, sector, sector_a);
	read_sector(b, sector, sector_b);
	return memcmp(sector_a, sector_b, DISK_SECTOR_SIZE) == 0;
}

static bool is_inside(const struct image *image, size_t sector)
{
	return sector == DISK_SIZE || sector * DISK_SECTOR_SIZE < image->size;
}

/* A cut takes a sector away, and writes nothing there: zeroes come with the next extension. */
static bool is_cut_off(const struct image *moments, size_t n_moments, size_t i, size_t sector)
{
	for (size_t k = i; k < n_moments; k++)
		if (is_inside(&moments[k], sector))
			return false;
	return i > 0;
}

static void add_dimension(struct disk_loss *loss, enum place_file file, size_t sector)
{
	size_t n_moments = loss->n_moments[file];
	const struct image *moments = loss->moments[file];
	struct disk_dimension dimension = {
		.file = file,
		.sector = sector,
		.moments = calloc(n_moments, sizeof(uint16_t)),
		.choices = calloc(n_moments, sizeof(uint16_t)),
	};

	if (!dimension.moments || !dimension.choices)
		err(2, "disk");
	for (size_t i = 0; i < n_moments; i++) {
		unsigned int k = 0;

		if (is_cut_off(moments, n_moments, i, sector)) {
			dimension.choices[i] = dimension.choices[i - 1];
			continue;
		}
		while (k < dimension.n &&
			!is_same(&moments[dimension.moments[k]], &moments[i], sector))
			k++;
		if (k == dimension.n)
			dimension.moments[dimension.n++] = (uint16_t)i;
		dimension.choices[i] = (uint16_t)k;
	}
	loss->dimensions = reallocarray(loss->dimensions, loss->n + 1, sizeof(dimension));
	if (!loss->dimensions)
		err(2, "disk");
	loss->dimensions[loss->n++] = dimension;
}

/* Those with one choice are none; they are left out. */
static void find_dimensions(struct disk_loss *loss, enum place_file file)
{
	size_t n_sectors = 0;

	for (size_t i = 0; i < loss->n_moments[file]; i++) {
		size_t n = loss->moments[file][i].size / DISK_SECTOR_SIZE + 1;

		n_sectors = n > n_sectors ? n : n_sectors;
	}
	if (loss->n_moments[file] == 1)
		return;
	for (size_t sector = 0; sector <= n_sectors; sector++) {
		struct disk_dimension *last;

		add_dimension(loss, file, sector < n_sectors ? sector : DISK_SIZE);
		last = &loss->dimensions[loss->n - 1];
		if (last->n > 1)
			continue;
		free(last->moments);
		free(last->choices);
		loss->n--;
	}
}

void disk_lose(const struct disk *disk, struct disk_loss *ret)
{
	*ret = (struct disk_loss){ 0 };
	for (enum place_file file = PLACE_POOL; file < PLACE_N_FILES; file++) {
		find_moments(disk, file, ret);
		find_dimensions(ret, file);
	}
	ret->chosen = calloc(ret->n + 1, sizeof(*ret->chosen));
	if (!ret->chosen)
		err(2, "disk");
}

void disk_loss_free(struct disk_loss *loss)
{
	for (size_t i = 0; i < loss->n; i++) {
		free(loss->dimensions[i].moments);
		free(loss->dimensions[i].choices);
	}
	for (enum place_file file = PLACE_POOL; file < PLACE_N_FILES; file++) {
		forget_moments(loss, file);
		free(loss->moments[file]);
	}
	free(loss->dimensions);
	free(loss->chosen);
}

unsigned long disk_loss_count(const struct disk_loss *loss, unsigned long limit)
{
	unsigned long n = 1;

	for (size_t i = 0; i < loss->n && n < limit; i++)
		n *= loss->dimensions[i].n;
	return n < limit ? n : limit;
}

bool disk_loss_next(struct disk_loss *loss)
{
	for (size_t i = 0; i < loss->n; i++) {
		if (++loss->chosen[i] < loss->dimensions[i].n)
			return true;
		loss->chosen[i] = 0;
	}
	return false;
}

void disk_loss_choose(struct disk_loss *loss, struct hvg_random *random)
{
	static const size_t sizes[] = { 1, 5, 8, SIZE_MAX };
	size_t size = sizes[hvg_random_below(random, 4)], group = SIZE_MAX;
	enum place_file file = PLACE_N_FILES;
	unsigned int moment = 0;

	for (size_t i = 0; i < loss->n; i++) {
		const struct disk_dimension *dimension = &loss->dimensions[i];

		if (dimension->file != file || dimension->sector / size != group)
			moment = hvg_random_below(
				random, (unsigned int)loss->n_moments[dimension->file]);
		file = dimension->file;
		group = dimension->sector / size;
		loss->chosen[i] = dimension->choices[moment];
	}
}

void disk_loss_choose_newest(struct disk_loss *loss)
{
	for (size_t i = 0; i < loss->n; i++) {
		const struct disk_dimension *dimension = &loss->dimensions[i];

		loss->chosen[i] = dimension->choices[loss->n_moments[dimension->file] - 1];
	}
}

void disk_end_boot(struct image *journal)
{
	struct hvg_pooljournal_page page;

	for (size_t at = 0; at + HVG_POOLJOURNAL_PAGE_SIZE <= journal->size;
		at += HVG_POOLJOURNAL_PAGE_SIZE) {
		if (hvg_pooljournal_decode(journal->bytes + at, &page) < 0)
			continue;
		page.boot_id[0] ^= 0xff;
		page.boot_id[1]++;
		hvg_pooljournal_encode(&page, journal->bytes + at);
	}
}

/* The chosen sectors of a file; where it ends comes out as well. */
static void put_sectors(
	const struct disk_loss *loss, enum place_file file, struct image *image, size_t *size)
{
	for (size_t i = 0; i < loss->n; i++) {
		const struct disk_dimension *dimension = &loss->dimensions[i];
		size_t end = (dimension->sector + 1) * DISK_SECTOR_SIZE;
		const struct image *moment;

		if (dimension->file != file)
			continue;
		moment = &loss->moments[file][dimension->moments[loss->chosen[i]]];
		if (dimension->sector == DISK_SIZE) {
			*size = moment->size;
			continue;
		}
		if (image->size < end)
			image_resize(image, end);
		read_sector(moment, dimension->sector, image->bytes + end - DISK_SECTOR_SIZE);
	}
}

struct images disk_loss_images(const struct disk_loss *loss)
{
	struct images images;

	for (enum place_file file = PLACE_POOL; file < PLACE_N_FILES; file++) {
		const struct image *oldest = &loss->moments[file][0];
		size_t size = oldest->size;

		/* What is in no dimension was always so. */
		images.of[file] = image_of(oldest->bytes, oldest->size);
		put_sectors(loss, file, &images.of[file], &size);
		image_resize(&images.of[file], size);
	}
	disk_end_boot(&images.of[PLACE_JOURNAL]);
	return images;
}
