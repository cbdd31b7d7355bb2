// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * What people see of a configuration: its check and its sample file.
 */

#include "base/cleanup.h"
#include "base/text.h"
#include "common/config.h"
#include "common/line.h"

#include <stdbool.h>
#include <string.h>

#define COLUMNS 96

static void print_warning(void *userdata, const struct hvg_config_warning *warning)
{
	char text[HVG_LINE_SIZE];

	hvg_line_escape(warning->text, text, sizeof(text));
	if (warning->line > 0)
		(void)fprintf(userdata, "%s:%u: %s\n", warning->file, warning->line, text);
	else
		(void)fprintf(userdata, "%s: %s\n", warning->file, text);
}

int hvg_config_check(const struct hvg_config *config, const struct hvg_config_source *source,
	FILE *out)
{
	struct hvg_config_source loud = *source;
	_cleanup_free_ void *settings = calloc(1, config->size);
	int r;

	loud.warn = print_warning;
	loud.userdata = out;
	r = settings ? hvg_config_load(config, &loud, settings) : -ENOMEM;
	if (r < 0) {
		(void)fprintf(out, "%s.conf: %s\n", config->name, strerror(-r));
		return 1;
	}
	hvg_config_done(config, settings);
	(void)fprintf(out, "%s.conf: %d warning%s\n", config->name, r, r == 1 ? "" : "s");
	return r > 0;
}

/* A paragraph as comment lines of at most COLUMNS, broken between words. */
static void print_comment(const char *text, FILE *out)
{
	struct hvg_span rest = hvg_span_of(text), word;
	size_t column = 0;

	while (hvg_span_cut(&rest, ' ', &word)) {
		bool breaks = column == 0 || column + 1 + word.size > COLUMNS;

		if (breaks)
			(void)fprintf(out, "%s# ", column == 0 ? "" : "\n");
		else
			(void)fputc(' ', out);
		(void)fwrite(word.start, 1, word.size, out);
		column = breaks ? 2 + word.size : column + 1 + word.size;
	}
	(void)fputc('\n', out);
}

void hvg_config_dump(const struct hvg_config *config, FILE *out)
{
	const char *section = "";

	for (size_t i = 0; i < config->n_settings; i++) {
		const struct hvg_setting *setting = &config->settings[i];

		if (i > 0)
			(void)fputc('\n', out);
		if (strcmp(setting->section, section) != 0)
			(void)fprintf(out, "[%s]\n", setting->section);
		section = setting->section;
		print_comment(setting->help, out);
		(void)fprintf(out, "#%s=%s\n", setting->key, setting->standard);
	}
}
