// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Plans and what came of them, for people and as JSON. A command is shown as one would type it.
 */

#include "hvctl/disk/disk.h"

#include "base/cleanup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HARMLESS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+:="

/*
 * Between apostrophes, if a shell would not take it as it is; and so that it commands no
 * terminal.
 */
static void print_word(const char *word)
{
	_cleanup_free_ char *escaped = hvctl_escape(word);

	if (word[strspn(word, HARMLESS)] == '\0') {
		printf("%s", word);
		return;
	}
	printf("'");
	for (const char *at = escaped; at && *at; at++)
		printf(*at == '\'' ? "'\\''" : "%c", *at);
	printf("'");
}

static void print_command(const struct disk_step *step)
{
	printf("     ");
	if (step->input)
		printf("echo '%.*s' | ", (int)strcspn(step->input, "\n"), step->input);
	for (size_t i = 0; i < DISK_WORDS_MAX && step->words[i][0]; i++) {
		printf("%s", i == 0 ? "" : " ");
		print_word(step->words[i]);
	}
	printf("\n");
}

static const char *place_of(const struct disk_content *content)
{
	return *content->mount ? content->mount : content->device;
}

/* "/dev/sda (40.0 GiB): ext4 on / has 31.9 GiB" */
static void print_disk(const struct disk_growth *growth)
{
	const struct disk_content *content = &growth->layout.content;
	char size[HVCTL_SIZE_SIZE], has[HVCTL_SIZE_SIZE];

	hvctl_render_size((double)growth->layout.size, size);
	printf("%s (%s)", growth->layout.disk, size);
	if (content->size == 0)
		return;
	hvctl_render_size((double)content->size, has);
	printf(": %s on ", content->type);
	print_word(place_of(content));
	printf(" has %s", has);
}

void disk_show_plan(const struct disk_growth *growth)
{
	print_disk(growth);
	if (growth->plan.n_steps == 0)
		printf("; nothing to do");
	printf("\n");
	for (size_t i = 0; i < growth->plan.n_steps; i++) {
		printf("  %zu. %s\n", i + 1, growth->plan.steps[i].deed);
		print_command(&growth->plan.steps[i]);
	}
}

void disk_show_result(const struct disk_growth *growth)
{
	char size[HVCTL_SIZE_SIZE];

	if (strcmp(growth->result, "grown") != 0)
		return;
	printf("done");
	if (growth->size_after > 0) {
		hvctl_render_size((double)growth->size_after, size);
		printf(": ");
		print_word(place_of(&growth->layout.content));
		printf(" has %s now", size);
	}
	printf("\n");
}

static json_t *json_of_step(const struct disk_step *step)
{
	json_t *command = json_array();

	for (size_t i = 0; i < DISK_WORDS_MAX && step->words[i][0]; i++)
		json_array_append_new(command, hvctl_json_text(step->words[i]));
	return json_pack(
		"{ss so ss?}", "deed", step->deed, "command", command, "input", step->input);
}

json_t *disk_json(const struct disk_growth *growth)
{
	const struct disk_content *content = &growth->layout.content;
	uint64_t size = growth->size_after > 0 ? growth->size_after : content->size;
	json_t *steps = json_array();

	for (size_t i = 0; i < growth->plan.n_steps; i++)
		json_array_append_new(steps, json_of_step(&growth->plan.steps[i]));
	return json_pack("{so sI so ss so sI so ss so}", "disk",
		hvctl_json_text(growth->layout.disk), "size", (json_int_t)growth->layout.size,
		"device", hvctl_json_text(content->device), "type", content->type, "mount",
		*content->mount ? hvctl_json_text(content->mount) : json_null(), "content_size",
		(json_int_t)size, "steps", steps, "result", growth->result, "reason",
		*growth->reason ? hvctl_json_text(growth->reason) : json_null());
}
