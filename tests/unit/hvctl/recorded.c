// SPDX-License-Identifier: LGPL-2.1-or-later

#include "hvctl/recorded.h"

#include "hvctl/facts/recording.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_SIZE (1 << 20)

static void read_guest(const char *name, char *ret)
{
	char path[4096];
	size_t size;
	FILE *file;

	snprintf(path, sizeof(path), HVG_TEST_DATA "/guests/%s.guest", name);
	file = fopen(path, "re");
	ck_assert_msg(file != NULL, "%s", path);
	size = fread(ret, 1, TEXT_SIZE - 1, file);
	ret[size] = '\0';
	fclose(file);
}

static struct facts *parse(const char *text)
{
	struct facts *facts = facts_new();
	unsigned int line = 0;

	ck_assert_msg(recording_parse(text, facts, &line) == 0, "line %u", line);
	return facts;
}

static bool is_taken_away(const char *path, const char *changes)
{
	for (const char *at = changes; at; at = strchr(at, '\n'), at = at ? at + 1 : NULL) {
		size_t size = strcspn(at, "\n");

		if (*at == '-' && strncmp(path, at + 1, size - 1) == 0 &&
			(path[size - 1] == '\0' || path[size - 1] == '/'))
			return true;
	}
	return false;
}

/* Without the lines that take away. */
static char *additions(const char *changes)
{
	char *text = calloc(1, strlen(changes) + 2);

	for (const char *at = changes; *at;) {
		size_t size = strcspn(at, "\n");

		if (*at != '-')
			strcat(strncat(text, at, size), "\n");
		at += size + (at[size] == '\n');
	}
	return text;
}

static void add_all(struct facts *to, const struct facts *from, const char *changes)
{
	for (size_t i = 0; i < facts_count(from); i++) {
		struct fact fact = facts_at(from, i);

		if (!is_taken_away(fact.path, changes))
			ck_assert_int_eq(facts_add(to, fact.kind, fact.path, fact.text), 0);
	}
}

void recorded_load_changed(struct recorded *recorded, const char *name, const char *changes)
{
	char *text = malloc(TEXT_SIZE), *added = additions(changes);
	struct facts *before, *new;

	read_guest(name, text);
	before = parse(text);
	new = parse(added);
	recorded->facts = facts_new();
	add_all(recorded->facts, new, "");
	add_all(recorded->facts, before, changes);
	facts_sort(recorded->facts);
	ck_assert_int_eq(guest_init(&recorded->guest, recorded->facts), 0);
	facts_free(before);
	facts_free(new);
	free(added);
	free(text);
}

void recorded_load(struct recorded *recorded, const char *name)
{
	recorded_load_changed(recorded, name, "");
}

void recorded_done(struct recorded *recorded)
{
	guest_done(&recorded->guest);
	recorded->facts = facts_free(recorded->facts);
}
