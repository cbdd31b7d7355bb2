// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * virtio 1.2, "Block Device". A request is {u32 type, u32 reserved, u64 sector}, then data,
 * then a byte for the status. It is done at once, in the thread of the processor that asked: a
 * guest of one test has nobody to be unfair to.
 */

#include "host/vm/disk.h"
#include "host/vm/bytes.h"

#include <string.h>
#include <sys/uio.h>

#define DEVICE_BLOCK    2
#define FEATURE_SEG_MAX (1ull << 2)
#define FEATURE_FLUSH   (1ull << 9)

#define CONFIG_CAPACITY 0
#define CONFIG_SEG_MAX  12
#define CONFIG_SIZE     16

#define SECTOR          512
#define HEADER          16

enum {
	TYPE_IN = 0,
	TYPE_OUT = 1,
	TYPE_FLUSH = 4,
	TYPE_GET_ID = 8,
};

enum {
	STATUS_OK,
	STATUS_IOERR,
	STATUS_UNSUPP,
};

#define ID "hvguest-disk"

/* The parts without their first and last bytes; how many vectors, and in ret_size how many
 * bytes. */
static int to_vectors(const struct virtqueue_part *parts, size_t n_parts, size_t n_first,
	size_t n_last, struct iovec *ret, uint64_t *ret_size)
{
	uint64_t total = 0, left;
	int n = 0;

	for (size_t i = 0; i < n_parts; i++)
		total += parts[i].size;
	left = total < n_first + n_last ? 0 : total - n_first - n_last;
	*ret_size = left;
	for (size_t i = 0; i < n_parts && left > 0; i++) {
		size_t skip = n_first < parts[i].size ? n_first : parts[i].size;
		size_t size = parts[i].size - skip;

		n_first -= skip;
		size = size < left ? size : (size_t)left;
		left -= size;
		if (size > 0)
			ret[n++] = (struct iovec){ parts[i].bytes + skip, size };
	}
	return n;
}

static uint8_t transfer(
	struct disk *disk, uint32_t type, uint64_t sector, const struct virtqueue_chain *chain)
{
	struct iovec vectors[VIRTQUEUE_SIZE];
	uint64_t size, at = sector * SECTOR;
	bool is_read = type == TYPE_IN;
	int n = is_read ? to_vectors(chain->fill, chain->n_fill, 0, 1, vectors, &size)
			: to_vectors(chain->read, chain->n_read, HEADER, 0, vectors, &size);
	int r;

	if (sector > disk->bytes.size / SECTOR || size > disk->bytes.size - at)
		return STATUS_IOERR;
	r = is_read ? overlay_read(&disk->bytes, vectors, n, at)
		    : overlay_write(&disk->bytes, vectors, n, at);
	return r == 0 ? STATUS_OK : STATUS_IOERR;
}

static uint8_t obey(struct disk *disk, const struct virtqueue_chain *chain)
{
	uint8_t header[HEADER];
	uint32_t type;

	if (virtqueue_gather(chain, header, sizeof(header)) < sizeof(header))
		return STATUS_UNSUPP;
	type = get_le32(header);
	switch (type) {
	case TYPE_IN:
	case TYPE_OUT:
		return transfer(disk, type, get_le64(header + 8), chain);
	case TYPE_FLUSH:
		return STATUS_OK; /* what is in memory is as safe as it will be */
	case TYPE_GET_ID:
		(void)virtqueue_scatter(chain, (const uint8_t *)ID, sizeof(ID));
		return STATUS_OK;
	default:
		return STATUS_UNSUPP;
	}
}

/* The status is the last byte that is to be filled. */
static void finish(struct virtio *virtio, const struct virtqueue_chain *chain, uint8_t status)
{
	const struct virtqueue_part *last = &chain->fill[chain->n_fill - 1];
	size_t size = 0;

	for (size_t i = 0; i < chain->n_fill; i++)
		size += chain->fill[i].size;
	last->bytes[last->size - 1] = status;
	virtio_give(virtio, 0, chain, size);
}

static void notify(struct virtio *virtio, uint32_t queue)
{
	struct disk *disk = (struct disk *)virtio;
	struct virtqueue_chain chain;

	while (virtio_take(virtio, 0, &chain)) {
		if (chain.n_fill == 0 || chain.fill[chain.n_fill - 1].size == 0)
			outbox_fault(virtio->outbox, "disk: a request without a status");
		else
			finish(virtio, &chain, obey(disk, &chain));
	}
}

static void read_config(struct virtio *virtio, uint8_t *ret, size_t at, size_t size)
{
	const struct disk *disk = (const struct disk *)virtio;
	uint8_t config[CONFIG_SIZE] = { 0 };

	put_le64(config + CONFIG_CAPACITY, disk->bytes.size / SECTOR);
	put_le32(config + CONFIG_SEG_MAX, VIRTQUEUE_SIZE - 2);
	if (at < sizeof(config) && size <= sizeof(config) - at)
		memcpy(ret, config + at, size);
}

static void reset(struct virtio *virtio)
{
}

const struct virtio_kind disk_kind = {
	.device_id = DEVICE_BLOCK,
	.n_queues = 1,
	.features = FEATURE_SEG_MAX | FEATURE_FLUSH,
	.read_config = read_config,
	.notify = notify,
	.reset = reset,
};

int disk_open(struct disk *disk, const char *path, uint64_t size)
{
	int r = overlay_open(&disk->bytes, path);

	disk->blank_size = path ? 0 : size;
	return r < 0 || path ? r : overlay_resize(&disk->bytes, size);
}

void disk_close(struct disk *disk)
{
	overlay_close(&disk->bytes);
}

int disk_resize(struct disk *disk, uint64_t size)
{
	int r = overlay_resize(&disk->bytes, size);

	if (r == 0 && disk->virtio.status)
		virtio_tell_config(&disk->virtio);
	return r;
}

int disk_renew(struct disk *disk)
{
	int r = overlay_forget(&disk->bytes);

	return r < 0 || disk->blank_size == 0 ? r : overlay_resize(&disk->bytes, disk->blank_size);
}
