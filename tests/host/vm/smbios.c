// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * SMBIOS 3.1: an entry point of 64 bits (chapter 5.2.2), and structures one behind the other
 * (chapter 7), each followed by its texts, which it calls by their numbers from 1 on. What is not
 * said is zero. The texts are those of on-premises hosts.
 */

#include "host/vm/smbios.h"
#include "host/vm/bytes.h"
#include "host/vm/layout.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define ENTRY_SIZE 24

#define MAX_TEXTS  4

static const struct structure {
	uint8_t type, size;
	struct {
		uint8_t at; /* of its number in the structure */
		const char *text;
	} texts[MAX_TEXTS];
} structures[] = {
	{ 0, 24, { { 4, "American Megatrends Inc." }, { 5, "090008 " }, { 8, "12/07/2018" } } },
	{ 1, 27, { { 4, "Microsoft Corporation" }, { 5, "Virtual Machine" }, { 6, "7.0" } } },
	{ 3, 21,
		{ { 4, "Microsoft Corporation" }, { 6, "7.0" },
			{ 8, "4521-1187-2203-6655-0192-8831-07" } } },
	{ 127, 4, { { 0 } } }, /* the end */
};

#define N_STRUCTURES (sizeof(structures) / sizeof(structures[0]))

struct writer {
	uint8_t *bytes;
	size_t n, room;
	bool is_full;
};

static uint8_t *take(struct writer *writer, size_t size)
{
	uint8_t *at = writer->bytes + writer->n;

	if (writer->is_full || writer->room - writer->n < size) {
		writer->is_full = true;
		return NULL;
	}
	writer->n += size;
	memset(at, 0, size);
	return at;
}

/* Two zeroes end the texts, also where there are none. */
static void put_texts(struct writer *writer, const struct structure *structure, uint8_t *head)
{
	uint8_t n = 0, *at;

	while (n < MAX_TEXTS && structure->texts[n].text) {
		size_t size = strlen(structure->texts[n].text) + 1;

		at = take(writer, size);
		if (!at)
			return;
		memcpy(at, structure->texts[n].text, size);
		head[structure->texts[n].at] = (uint8_t)(n + 1);
		n++;
	}
	(void)take(writer, n > 0 ? 1 : 2);
}

static void put_structure(struct writer *writer, uint16_t handle)
{
	const struct structure *structure = &structures[handle];
	uint8_t *head = take(writer, structure->size);

	if (!head)
		return;
	head[0] = structure->type;
	head[1] = structure->size;
	put_le16(head + 2, handle);
	put_texts(writer, structure, head);
}

static void finish_entry(uint8_t *entry, size_t size)
{
	uint8_t sum = 0;

	memcpy(entry, "_SM3_", 5);
	entry[6] = ENTRY_SIZE;
	entry[7] = 3; /* SMBIOS 3.1 */
	entry[8] = 1;
	entry[10] = 1; /* of this entry point */
	put_le32(entry + 12, (uint32_t)(size - ENTRY_SIZE));
	put_le64(entry + 16, LAYOUT_SMBIOS + ENTRY_SIZE);
	for (size_t i = 0; i < ENTRY_SIZE; i++)
		sum = (uint8_t)(sum + entry[i]);
	entry[5] = (uint8_t)-sum;
}

int smbios_build(uint8_t *ret_bytes, size_t size)
{
	struct writer writer = { .bytes = ret_bytes, .room = size };
	uint8_t *entry = take(&writer, ENTRY_SIZE);

	for (uint16_t i = 0; i < N_STRUCTURES; i++)
		put_structure(&writer, i);
	if (writer.is_full)
		return -ENOSPC;
	finish_entry(entry, writer.n);
	return (int)writer.n;
}
