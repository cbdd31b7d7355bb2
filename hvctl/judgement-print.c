// SPDX-License-Identifier: LGPL-2.1-or-later

#include "hvctl/judgement-print.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LABEL_WIDTH 11 /* "  Evidence: " less the blank */

/* How much of a line is left behind the labels; 0 if this is no terminal. */
static size_t width(void)
{
	unsigned int terminal = hvctl_terminal_width();

	return terminal > LABEL_WIDTH + 20 ? terminal - LABEL_WIDTH - 1 : 0;
}

/* What others wrote may be in it, so nothing of it may command the terminal. */
static void print_line(const char *label, const char *text, size_t line_width)
{
	char *escaped = hvctl_escape(text), *wrapped = NULL;

	if (escaped && line_width > 0)
		wrapped = hvctl_wrap(escaped, line_width);
	printf("%*s%c ", LABEL_WIDTH - 1, label, *label ? ':' : ' ');
	for (const char *at = wrapped ? wrapped : escaped; at && *at; at++) {
		putchar(*at);
		if (*at == '\n')
			printf("%*s", LABEL_WIDTH + 1, "");
	}
	putchar('\n');
	free(wrapped);
	free(escaped);
}

void judgement_print_line(const char *label, const char *text)
{
	print_line(label, text, width());
}

/* A command is there to be copied, so it stays in one line. */
static void print_fix(const char *fix)
{
	const char *label = "Fix";

	while (*fix) {
		size_t size = strcspn(fix, "\n");
		char line[512];

		(void)snprintf(line, sizeof(line), "%.*s", (int)size, fix);
		print_line(label, line, 0);
		label = "";
		fix += size + (fix[size] == '\n');
	}
}

void judgement_print(const struct judgement *judgement)
{
	for (size_t i = 0; i < judgement->n_evidence; i++) {
		char line[FACT_PATH_SIZE + 256];

		(void)snprintf(line, sizeof(line), "%s: %s", judgement->evidence[i].path,
			judgement->evidence[i].text);
		judgement_print_line(i == 0 ? "Evidence" : "", line);
	}
	print_fix(judgement->fix);
}

json_t *judgement_json_evidence(const struct judgement *judgement)
{
	json_t *array = json_array();

	for (size_t i = 0; i < judgement->n_evidence; i++)
		json_array_append_new(array,
			json_pack("{so so}", "path",
				hvctl_json_text(judgement->evidence[i].path), "value",
				hvctl_json_text(judgement->evidence[i].text)));
	return array;
}

json_t *judgement_json_fix(const struct judgement *judgement)
{
	json_t *array = json_array();

	for (const char *at = judgement->fix; *at;) {
		size_t size = strcspn(at, "\n");
		char line[512];

		(void)snprintf(line, sizeof(line), "%.*s", (int)size, at);
		json_array_append_new(array, hvctl_json_text(line));
		at += size + (at[size] == '\n');
	}
	return array;
}
