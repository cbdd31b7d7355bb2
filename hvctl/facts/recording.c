// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Line by line, in both directions. A value of several lines is collected before it is added.
 */

#include "hvctl/facts/recording.h"

#include "base/units.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Reading */

struct parser {
	struct facts *facts;
	char folder[FACT_PATH_SIZE];

	/* A file of several lines, until another line comes. */
	bool is_in_text;
	char path[FACT_PATH_SIZE];
	char *lines;
	size_t n_lines;
};

static int digit(char character)
{
	const char *digits = "0123456789abcdef", *found = strchr(digits, character);

	return found && character ? (int)(found - digits) : -1;
}

/* In place; false for an escape that is none. A NUL cannot be said. */
static bool unescape(char *text)
{
	char *to = text;

	for (const char *at = text; *at; at++) {
		if (*at != '\\') {
			*to++ = *at;
			continue;
		}
		at++;
		if (*at == 'n' || *at == 't' || *at == '\\') {
			*to++ = (char)(*at == 'n' ? '\n' : *at == 't' ? '\t' : '\\');
		} else if (*at == 'x' && digit(at[1]) >= 0 && digit(at[2]) >= 0) {
			*to = (char)(digit(at[1]) * 16 + digit(at[2]));
			if (*to++ == '\0')
				return false;
			at += 2;
		} else {
			return false;
		}
	}
	*to = '\0';
	return true;
}

static int end_text(struct parser *parser)
{
	int r = 0;

	if (parser->is_in_text)
		r = facts_add(parser->facts, FACT_FILE, parser->path,
			parser->lines ? parser->lines : "");
	free(parser->lines);
	parser->lines = NULL;
	parser->n_lines = 0;
	parser->is_in_text = false;
	return r;
}

static int add_text_line(struct parser *parser, char *line)
{
	char *lines;

	if (!parser->is_in_text || !unescape(line))
		return -EBADMSG;
	if (asprintf(&lines, "%s%s%s", parser->lines ? parser->lines : "",
		    parser->n_lines ? "\n" : "", line) < 0)
		return -ENOMEM;
	free(parser->lines);
	parser->lines = lines;
	parser->n_lines++;
	return 0;
}

/* The name is a path below the folder. */
static int locate(const struct parser *parser, char *name, char ret[static FACT_PATH_SIZE])
{
	int size;

	if (*name == '\0' || !unescape(name))
		return -EBADMSG;
	size = snprintf(ret, FACT_PATH_SIZE, "%s/%s", parser->folder, name);
	return size < FACT_PATH_SIZE ? 0 : -EBADMSG;
}

static int add(struct parser *parser, enum fact_kind kind, char *name, char *text)
{
	char path[FACT_PATH_SIZE];

	if (!unescape(text) || locate(parser, name, path) < 0)
		return -EBADMSG;
	return facts_add(parser->facts, kind, path, text);
}

static int begin_text(struct parser *parser, char *name)
{
	parser->is_in_text = locate(parser, name, parser->path) == 0;
	return parser->is_in_text ? 0 : -EBADMSG;
}

/* "NAME:" or "NAME/", without the last character, which is the sign. */
static int parse_bare_entry(struct parser *parser, char *name, char sign)
{
	char nothing[] = "";

	if (sign == ':')
		return begin_text(parser, name);
	return sign == '/' ? add(parser, FACT_FOLDER, name, nothing) : -EBADMSG;
}

/* "NAME = TEXT", "NAME -> TARGET", "NAME ! ERROR", or without a blank. */
static int parse_entry(struct parser *parser, char *line)
{
	static const struct {
		const char *text;
		enum fact_kind kind;
	} signs[] = { { " = ", FACT_FILE }, { " -> ", FACT_LINK }, { " ! ", FACT_ERROR } };
	char *end = line + strcspn(line, " "), sign;

	for (size_t i = 0; i < HVG_ELEMENTS(signs); i++)
		if (strncmp(end, signs[i].text, strlen(signs[i].text)) == 0) {
			*end = '\0';
			return add(parser, signs[i].kind, line, end + strlen(signs[i].text));
		}
	if (*end != '\0' || end == line)
		return -EBADMSG;
	sign = end[-1];
	end[-1] = '\0';
	return parse_bare_entry(parser, line, sign);
}

static int begin_folder(struct parser *parser, char *line)
{
	size_t size = strlen(line);

	if (size < 2 || size > sizeof(parser->folder) || line[size - 1] != '/')
		return -EBADMSG;
	line[size - 1] = '\0';
	if (!unescape(line))
		return -EBADMSG;
	(void)strcpy(parser->folder, line);
	return 0;
}

static int parse_line(struct parser *parser, char *line)
{
	int r;

	if (strncmp(line, "\t\t", 2) == 0)
		return add_text_line(parser, line + 2);
	r = end_text(parser);
	if (r < 0 || *line == '\0' || *line == '#')
		return r;
	if (*line != '\t')
		return begin_folder(parser, line);
	return parser->folder[0] != '\0' ? parse_entry(parser, line + 1) : -EBADMSG;
}

int recording_parse(const char *text, struct facts *facts, unsigned int *ret_line)
{
	struct parser parser = { .facts = facts };
	unsigned int n = 0;
	int r = 0;

	for (const char *at = text; *at && r >= 0; n++) {
		size_t size = strcspn(at, "\n");
		char *line = strndup(at, size);

		r = line ? parse_line(&parser, line) : -ENOMEM;
		free(line);
		at += size + (at[size] == '\n');
	}
	if (r >= 0)
		r = end_text(&parser);
	free(parser.lines);
	if (r < 0) {
		*ret_line = n;
		return r;
	}
	facts_sort(facts);
	return 0;
}

/* Writing */

static void print_escaped(const char *text, size_t size, bool escapes_blanks, FILE *file)
{
	for (const char *at = text; at < text + size; at++) {
		unsigned char byte = (unsigned char)*at;

		if (byte == '\\')
			fputs("\\\\", file);
		else if (byte == '\n')
			fputs("\\n", file);
		else if (byte < 0x20 || byte == 0x7f || (escapes_blanks && byte == ' '))
			fprintf(file, "\\x%02x", byte);
		else
			fputc(byte, file);
	}
}

static void print_lines(const char *text, FILE *file)
{
	for (const char *at = text; at;) {
		size_t size = strcspn(at, "\n");

		fputs("\t\t", file);
		print_escaped(at, size, false, file);
		fputc('\n', file);
		at = at[size] == '\n' ? at + size + 1 : NULL;
	}
}

static void print_name(const char *name, const char *sign, FILE *file)
{
	fputc('\t', file);
	print_escaped(name, strlen(name), true, file);
	fputs(sign, file);
}

static void print_value(const struct fact *fact, FILE *file)
{
	print_escaped(fact->text, strlen(fact->text), false, file);
	fputc('\n', file);
}

static void print_entry(const struct fact *fact, const char *name, FILE *file)
{
	switch (fact->kind) {
	case FACT_FILE:
		if (strchr(fact->text, '\n')) {
			print_name(name, ":\n", file);
			print_lines(fact->text, file);
			break;
		}
		print_name(name, " = ", file);
		print_value(fact, file);
		break;
	case FACT_LINK:
		print_name(name, " -> ", file);
		print_value(fact, file);
		break;
	case FACT_ERROR:
		print_name(name, " ! ", file);
		print_value(fact, file);
		break;
	case FACT_FOLDER:
		print_name(name, "/\n", file);
		break;
	case FACT_MISSING:
		break;
	}
}

/*
 * How much of a path is the folder under which it is printed: of a device, the device's own; of
 * anything else, what is before the last '/'.
 */
static size_t folder_size(const char *path)
{
	static const char devices[] = "/sys/bus/vmbus/devices/";
	const char *last = strrchr(path, '/');

	if (strncmp(path, devices, strlen(devices)) == 0 && strchr(path + strlen(devices), '/'))
		return (size_t)(strchr(path + strlen(devices), '/') - path);
	return last ? (size_t)(last - path) : 0;
}

void recording_print(const struct facts *facts, FILE *file)
{
	char folder[FACT_PATH_SIZE] = "";

	for (size_t i = 0; i < facts_count(facts); i++) {
		struct fact fact = facts_at(facts, i);
		size_t size = folder_size(fact.path);

		if (size == 0)
			continue;
		if (strncmp(folder, fact.path, size) != 0 || folder[size] != '\0') {
			(void)snprintf(folder, sizeof(folder), "%.*s", (int)size, fact.path);
			print_escaped(folder, size, true, file);
			fputs("/\n", file);
		}
		print_entry(&fact, fact.path + size + 1, file);
	}
}
