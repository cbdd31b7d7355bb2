// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * What is no table: JSON by jansson, times and sizes, questions, complaints on stderr.
 */

#include "hvctl/hvctl.h"

#include "base/units.h"
#include "base/utf16.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void hvctl_complain(const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "hvctl: ");
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, "\n");
}

void hvctl_render_time(time_t when, char ret[static HVCTL_TIME_SIZE])
{
	struct tm local;

	ret[0] = '\0';
	if (localtime_r(&when, &local))
		(void)strftime(ret, HVCTL_TIME_SIZE, "%Y-%m-%dT%H:%M:%S%z", &local);
}

void hvctl_render_size(double bytes, char ret[static HVCTL_SIZE_SIZE])
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	size_t i = 0;

	for (; bytes >= 1024 && i + 1 < HVG_ELEMENTS(units); i++)
		bytes /= 1024;
	(void)snprintf(ret, HVCTL_SIZE_SIZE, i == 0 ? "%.0f %s" : "%.1f %s", bytes, units[i]);
}

bool hvctl_can_ask(void)
{
	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

bool hvctl_ask(const char *question)
{
	char line[16] = "";

	printf("%s [y/N] ", question);
	(void)fflush(stdout);
	return fgets(line, sizeof(line), stdin) && (line[0] == 'y' || line[0] == 'Y');
}

int hvctl_print_json(json_t *value, bool one_line)
{
	size_t flags = one_line ? JSON_COMPACT : JSON_INDENT(2);
	int r;

	if (isatty(STDOUT_FILENO)) /* which obeys more than JSON has to escape */
		flags |= JSON_ENSURE_ASCII;
	r = value ? json_dumpf(value, stdout, flags) : -1;

	json_decref(value);
	printf("\n");
	fflush(stdout);
	return r < 0 ? HVCTL_WRONG : HVCTL_OK;
}

char *hvctl_repair(const char *text)
{
	size_t size = 3 * strlen(text) + 1; /* U+FFFD is three bytes for one */
	char *repaired = malloc(size);

	if (repaired)
		(void)hvg_utf8_fit(text, HVG_UTF8_TO_NUL, SIZE_MAX, repaired, size);
	return repaired;
}

json_t *hvctl_json_text(const char *text)
{
	char *repaired = hvctl_repair(text);
	json_t *value = repaired ? json_string(repaired) : NULL;

	free(repaired);
	return value;
}
