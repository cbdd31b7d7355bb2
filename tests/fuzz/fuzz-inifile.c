// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The reader in front of inih. Whatever a file holds, each setting that comes out stands on the line
 * it is said to stand on, key in front and value behind, whole; lines come in order, one thing each.
 */

#include "fuzz.h"

#include "base/utf16.h"
#include "common/inifile.h"

#include <stdbool.h>
#include <string.h>

struct file {
	const char *text;
	size_t size;
	unsigned int line; /* the last one that was heard of */
};

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The line as it stands in the file, without blanks around it. */
static const char *find_line(const struct file *file, unsigned int line, size_t *ret_size)
{
	const char *at = file->text, *end = file->text + file->size, *next;

	while (--line > 0) {
		at = memchr(at, '\n', (size_t)(end - at));
		hvg_always(at);
		at++;
	}
	next = memchr(at, '\n', (size_t)(end - at));
	end = next ? next : end;
	if (line == 0 && at == file->text && end - at >= 3 && memcmp(at, "\xef\xbb\xbf", 3) == 0)
		at += 3;
	while (at < end && is_space(*at))
		at++;
	while (at < end && is_space(end[-1]))
		end--;
	*ret_size = (size_t)(end - at);
	return at;
}

static void hear(struct file *file, unsigned int line)
{
	hvg_always(line > file->line);
	file->line = line;
}

static int on_setting(void *userdata, unsigned int line, const char *const words[static 3])
{
	const char *key = words[HVG_INIFILE_KEY], *value = words[HVG_INIFILE_VALUE];
	struct file *file = userdata;
	const char *text;
	size_t size;

	hear(file, line);
	text = find_line(file, line, &size);
	hvg_always(size < HVG_INIFILE_LINE_MAX);
	hvg_always(strlen(key) + 1 + strlen(value) <= size);
	hvg_always(memcmp(text, key, strlen(key)) == 0);
	hvg_always(memcmp(text + size - strlen(value), value, strlen(value)) == 0);
	/* Between them is nothing but the sign and blanks. */
	for (size_t i = strlen(key), n_signs = 0; i < size - strlen(value); i++) {
		n_signs += text[i] == '=' || text[i] == ':';
		hvg_always(n_signs <= 1 && (is_space(text[i]) || text[i] == '=' || text[i] == ':'));
	}
	hvg_always(hvg_utf8_is_valid(key) && hvg_utf8_is_valid(value));
	return 0;
}

static void on_trouble(void *userdata, unsigned int line, const char *what)
{
	hear(userdata, line);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct file file = { .text = (const char *)bytes, .size = size };
	const struct hvg_inifile_reader reader = { on_setting, on_trouble, &file };

	hvg_always(hvg_inifile_parse((const char *)bytes, size, &reader) == 0);
	return 0;
}
