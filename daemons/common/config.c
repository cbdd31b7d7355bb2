// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Files are read in order into one settings struct. Beside it we note in which file each setting was
 * last seen: that tells a repetition from a later file's better knowledge.
 */

#include "common/config.h"

#include "base/cleanup.h"
#include "common/config-files.h"
#include "common/inifile.h"

#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#define WARNING_SIZE 512

#define NO_SECTION "]" /* no section has such a name */

struct loader {
	const struct hvg_config *config;
	const struct hvg_config_source *source;
	char *settings;
	unsigned int *seen_in; /* for each setting the number of the file, from 1; 0: in none */
	unsigned int n_files, n_warnings;
	const char *file;
	char unknown_section[64]; /* one warning for all of its settings is enough */
};

static void __attribute__((format(printf, 3, 4)))
warn(struct loader *loader, unsigned int line, const char *format, ...)
{
	char text[WARNING_SIZE];
	struct hvg_config_warning warning = { .file = loader->file, .line = line, .text = text };
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	loader->n_warnings++;
	if (loader->source->warn)
		loader->source->warn(loader->source->userdata, &warning);
}

static const struct hvg_setting *find(const struct hvg_config *config, const char *section,
	const char *key)
{
	for (size_t i = 0; i < config->n_settings; i++) {
		const struct hvg_setting *setting = &config->settings[i];

		if (strcmp(setting->section, section) == 0 && (!key || strcmp(setting->key, key) == 0))
			return setting;
	}
	return NULL;
}

static void warn_unknown(struct loader *loader, unsigned int line, const char *const words[static 3])
{
	const char *section = words[HVG_INIFILE_SECTION], *key = words[HVG_INIFILE_KEY];

	if (find(loader->config, section, NULL)) {
		warn(loader, line, "[%s] has no setting \"%s\"; ignored", section, key);
		return;
	}
	if (strcmp(section, loader->unknown_section) == 0)
		return;
	(void)snprintf(loader->unknown_section, sizeof(loader->unknown_section), "%s", section);
	if (*section)
		warn(loader, line, "there is no section [%s]; what stands in it is ignored", section);
	else
		warn(loader, line, "\"%s\" stands before the first [Section]; ignored", key);
}

static void warn_value(struct loader *loader, unsigned int line, const struct hvg_setting *setting,
	const char *value)
{
	char expected[WARNING_SIZE / 2];

	hvg_setting_describe(setting, expected, sizeof(expected));
	warn(loader, line, "%s=%s: expected %s; ignored", setting->key, value, expected);
}

static int assign(struct loader *loader, const struct hvg_setting *setting, const char *value)
{
	bool is_first = loader->seen_in[setting - loader->config->settings] == 0;
	int r = 0;

	if (!*value || (is_first && setting->type == HVG_SETTING_LIST))
		r = hvg_setting_empty(setting, loader->settings);
	if (r == 0 && *value)
		r = hvg_setting_assign(setting, loader->settings, value);
	return r;
}

static int on_setting(void *userdata, unsigned int line, const char *const words[static 3])
{
	struct loader *loader = userdata;
	const char *value = words[HVG_INIFILE_VALUE];
	const struct hvg_setting *setting =
		find(loader->config, words[HVG_INIFILE_SECTION], words[HVG_INIFILE_KEY]);
	unsigned int *seen_in;
	int r;

	if (!setting) {
		warn_unknown(loader, line, words);
		return 0;
	}
	seen_in = &loader->seen_in[setting - loader->config->settings];
	if (*seen_in == loader->n_files && setting->type != HVG_SETTING_LIST) {
		warn(loader, line, "%s= stands in this file already; ignored", setting->key);
		return 0;
	}
	r = assign(loader, setting, value);
	*seen_in = loader->n_files;
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		warn_value(loader, line, setting, value);
	return 0;
}

static void on_trouble(void *userdata, unsigned int line, const char *what)
{
	warn(userdata, line, "%s", what);
}

static void warn_file(void *userdata, const char *path, int error)
{
	struct loader *loader = userdata;

	loader->file = path;
	if (error == -EBADF)
		warn(loader, 0, "not a regular file; ignored");
	else if (error == -EFBIG)
		warn(loader, 0, "larger than %d bytes; ignored", HVG_CONFIG_FILE_MAX);
	else
		warn(loader, 0, "cannot be read (%s); ignored", strerror(-error));
}

static int load_file(struct loader *loader, const char *path)
{
	const struct hvg_inifile_reader reader = {
		.setting = on_setting,
		.trouble = on_trouble,
		.userdata = loader,
	};
	_cleanup_free_ char *text = NULL;
	size_t size;
	int r;

	loader->file = path;
	loader->n_files++;
	(void)strcpy(loader->unknown_section, NO_SECTION);
	r = hvg_config_file_read(path, &text, &size);
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		warn_file(loader, path, r);
		return 0;
	}
	return hvg_inifile_parse(text, size, &reader);
}

static int load_files(struct loader *loader)
{
	const struct hvg_config_search search = {
		.root = loader->source->root,
		.name = loader->config->name,
		.trouble = warn_file,
		.userdata = loader,
	};
	_cleanup_(hvg_config_files_done) struct hvg_config_files files = { 0 };
	int r;

	if (loader->source->file)
		return load_file(loader, loader->source->file);
	r = hvg_config_files_find(&search, &files);
	for (size_t i = 0; r == 0 && i < files.n; i++)
		r = load_file(loader, files.paths[i]);
	return r;
}

static int load_defaults(const struct hvg_config *config, void *settings)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < config->n_settings; i++)
		r = hvg_setting_reset(&config->settings[i], settings);
	return r;
}

int hvg_config_load(const struct hvg_config *config, const struct hvg_config_source *source,
	void *ret_settings)
{
	_cleanup_free_ unsigned int *seen_in = calloc(config->n_settings + 1, sizeof(*seen_in));
	_cleanup_free_ char *settings = calloc(1, config->size);
	struct loader loader = {
		.config = config,
		.source = source,
		.settings = settings,
		.seen_in = seen_in,
	};
	int r;

	if (!seen_in || !settings)
		return -ENOMEM;
	r = load_defaults(config, settings);
	if (r == 0)
		r = load_files(&loader);
	if (r < 0) {
		hvg_config_done(config, settings);
		return r;
	}
	memcpy(ret_settings, settings, config->size);
	return (int)loader.n_warnings;
}

void hvg_config_done(const struct hvg_config *config, void *settings)
{
	for (size_t i = 0; i < config->n_settings; i++)
		hvg_setting_done(&config->settings[i], settings);
}
