// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * What VMware's tools run around a snapshot (scriptOps.c of open-vm-tools' vmbackup): the
 * programs of a folder, and two of fixed names from the time before it. The one before is called
 * first, the one after last, and either may be missing. tools.conf may give all of them a second
 * argument, or forbid them.
 */

#include "hv-vssd/hook-list.h"

#include "base/cleanup.h"
#include "common/inifile.h"
#include "os/hookdir.h"
#include "os/mounts.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define FOLDER	      "/etc/vmware-tools/backupScripts.d"
#define CONFIG	      "/etc/vmware-tools/tools.conf"
#define LEGACY_BEFORE "/usr/sbin/pre-freeze-script"
#define LEGACY_AFTER  "/usr/sbin/post-thaw-script"

struct config {
	char argument[HVG_INIFILE_LINE_MAX]; /* "": none */
	bool forbids;
};

/* A word of GKeyFile's booleans; what is none leaves the default, which is to run them. */
static bool is_false(const char *value)
{
	return strcmp(value, "false") == 0 || strcmp(value, "0") == 0;
}

static int take_setting(void *userdata, unsigned int line, const char *const words[static 3])
{
	const char *key = words[HVG_INIFILE_KEY], *value = words[HVG_INIFILE_VALUE];
	struct config *config = userdata;

	if (strcmp(words[HVG_INIFILE_SECTION], "vmbackup") != 0)
		return 0;
	if (strcmp(key, "scriptArg") == 0)
		(void)snprintf(config->argument, sizeof(config->argument), "%s", value);
	else if (strcmp(key, "execScripts") == 0)
		config->forbids = is_false(value);
	return 0;
}

/* It is not ours to complain of. */
static void ignore_trouble(void *userdata, unsigned int line, const char *what)
{
}

static void read_config(struct config *ret)
{
	struct hvg_inifile_reader reader = {
		.setting = take_setting,
		.trouble = ignore_trouble,
		.userdata = ret,
	};
	_cleanup_free_ char *text = NULL;
	size_t size;

	*ret = (struct config){ 0 };
	if (hvg_file_read(CONFIG, &text, &size) >= 0)
		(void)hvg_inifile_parse(text, size, &reader);
}

static bool may_be_written_to(const char *path)
{
	struct stat file;

	return stat(path, &file) == 0 && hvg_hookdir_is_for_others(&file);
}

static int refuse_config(struct vssd_hook_list *list)
{
	struct vssd_hook hook = {
		.path = strdup(CONFIG),
		.refusal = "others than root may write to it",
	};

	return hook.path ? vssd_hook_list_add(list, &hook) : -ENOMEM;
}

/* Each is called at one of the ends. */
static int add_legacy(struct vssd_hook_list *list, const char *argument)
{
	const struct vssd_hook_words before = { .before = "freeze", .argument = argument };
	const struct vssd_hook_words after = {
		.after = "thaw",
		.abort = "freezeFail",
		.argument = argument,
	};
	int r = vssd_hook_list_add_program(list, LEGACY_AFTER, &after);

	return r < 0 ? r : vssd_hook_list_add_program(list, LEGACY_BEFORE, &before);
}

int vssd_vmware_hooks_find(struct vssd_hook_list *list)
{
	struct vssd_hook_words words = { "freeze", "thaw", "freezeFail" };
	struct config config;
	int r;

	if (may_be_written_to(CONFIG))
		return refuse_config(list);
	read_config(&config);
	if (config.forbids)
		return 0;
	words.argument = *config.argument ? config.argument : NULL;
	r = add_legacy(list, words.argument);
	return r < 0 ? r : vssd_hook_list_add_folder(list, FOLDER, &words);
}
