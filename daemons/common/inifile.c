// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * inih asks us for one line after the other. So we know which line it works on when it calls the
 * handler, and that a line was no setting when it asks for the next without having called it.
 */

#include "common/inifile.h"

#include "base/text.h"
#include "base/utf16.h"

#include <errno.h>
#include <ini.h>
#include <stdbool.h>
#include <string.h>

#define BOM "\xef\xbb\xbf"

/* Longer names are cut by inih (MAX_SECTION in its ini.c). */
#define SECTION_MAX 49

struct parser {
	const struct hvg_inifile_reader *reader;
	struct hvg_span rest;
	unsigned int line;
	bool expects_setting; /* the line that inih has is one, or is trouble */
	bool skips_section;
	int error;
};

static void tell(const struct parser *parser, const char *what)
{
	parser->reader->trouble(parser->reader->userdata, parser->line, what);
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct hvg_span trim(struct hvg_span line)
{
	for (; line.size > 0 && is_space(line.start[0]); line.size--)
		line.start++;
	while (line.size > 0 && is_space(line.start[line.size - 1]))
		line.size--;
	return line;
}

static bool has_control(const char *line)
{
	for (; *line; line++)
		if (((unsigned char)*line < 0x20 && *line != '\t') || *line == 0x7f)
			return true;
	return false;
}

/* What keeps inih from reading this line as it is meant; NULL if nothing does. */
static const char *fault_of_text(const char *line)
{
	if (has_control(line))
		return "a control character in the line, which is ignored";
	if (!hvg_utf8_is_valid(line))
		return "the line is not UTF-8, and is ignored";
	return NULL;
}

static const char *fault_of_header(const char *line)
{
	size_t size = strlen(line);

	if (line[size - 1] != ']' || strchr(line, ']') != line + size - 1 || size - 2 > SECTION_MAX)
		return "expected [Section]; everything up to the next section is ignored";
	return fault_of_text(line);
}

static const char *fault_of_setting(const char *line)
{
	if (strstr(line, " ;") || strstr(line, "\t;"))
		return "\" ;\" inside the line, which is ignored: comments are lines of their own";
	return fault_of_text(line);
}

/* Whether inih shall see this line. */
static bool accept(struct parser *parser, const char *line)
{
	bool is_header = *line == '[';
	const char *fault = is_header ? fault_of_header(line) : fault_of_setting(line);

	if (is_header)
		parser->skips_section = fault != NULL;
	if (fault)
		tell(parser, fault);
	parser->expects_setting = !is_header && !fault;
	return !fault;
}

static bool is_wanted(const struct parser *parser, struct hvg_span line)
{
	if (line.size == 0 || line.start[0] == '#' || line.start[0] == ';')
		return false;
	return !parser->skips_section || line.start[0] == '[';
}

static void refuse_long(struct parser *parser, struct hvg_span line)
{
	bool is_header = line.start[0] == '[';

	if (is_header)
		parser->skips_section = true;
	tell(parser, is_header ? "a section header of 199 bytes or more; everything up to the next is ignored" :
				 "the line has 199 bytes or more, and is ignored");
}

/*
 * The next line for inih, which gives us room for size bytes. It has its end: later than in 2023 inih takes what fills
 * the room without one for the front of a longer line, and throws away what comes up to the next end.
 */
static char *next_line(char *ret, int size, void *userdata)
{
	struct parser *parser = userdata;
	struct hvg_span line;

	if (parser->expects_setting)
		tell(parser, "expected Key=Value; the line is ignored");
	parser->expects_setting = false;
	while (parser->error == 0 && hvg_span_cut(&parser->rest, '\n', &line)) {
		parser->line++;
		line = trim(line);
		if (!is_wanted(parser, line))
			continue;
		if (line.size >= HVG_INIFILE_LINE_MAX || hvg_span_copy(line, ret, (size_t)size - 1) < 0)
			refuse_long(parser, line);
		else if (accept(parser, ret))
			return strcat(ret, "\n");
	}
	return NULL;
}

static int on_setting(void *userdata, const char *section, const char *key, const char *value)
{
	struct parser *parser = userdata;
	const char *const words[] = {
		[HVG_INIFILE_SECTION] = section,
		[HVG_INIFILE_KEY] = key,
		[HVG_INIFILE_VALUE] = value,
	};

	parser->expects_setting = false;
	parser->error = parser->reader->setting(parser->reader->userdata, parser->line, words);
	return parser->error == 0;
}

/* Whether there is a NUL byte, which no text has. */
static bool refuse_binary(struct parser *parser)
{
	const char *nul = memchr(parser->rest.start, '\0', parser->rest.size);

	if (!nul)
		return false;
	parser->line = 1;
	for (const char *at = parser->rest.start; at < nul; at++)
		parser->line += *at == '\n';
	tell(parser, "a NUL byte; this is no text file, and all of it is ignored");
	return true;
}

int hvg_inifile_parse(const char *text, size_t size, const struct hvg_inifile_reader *reader)
{
	struct parser parser = { .reader = reader, .rest = { text, size } };

	if (size >= strlen(BOM) && memcmp(text, BOM, strlen(BOM)) == 0)
		parser.rest = (struct hvg_span){ text + strlen(BOM), size - strlen(BOM) };
	if (refuse_binary(&parser))
		return 0;
	/* Its result is a line number, and counts only the lines that we let through. */
	(void)ini_parse_stream(next_line, &parser, on_setting, &parser);
	return parser.error;
}
