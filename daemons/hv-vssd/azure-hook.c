// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The two scripts that Azure's VM backup extension runs, and how: they are named by a JSON file
 * (VMSnapshotScriptPluginConfig.json of its VMBackup/main/tempPlugin; ScriptRunner.py there tells what it
 * means). They are given to sh, must be root's alone, and say by status 2 that they warn. By
 * fsFreezeEnabled the file may say that they are all there is to do.
 */

#include "hv-vssd/hook-list.h"

#include "base/units.h"
#include "os/hookdir.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <sys/stat.h>

#define CONFIG "/etc/azure/VMSnapshotScriptPluginConfig.json"

/* As there: if the file does not say, and at most. */
#define TIMEOUT_SEC	10
#define TIMEOUT_MAX_SEC 1800

#define WARNING 2

/* Ours: one that fails so often will not succeed. */
#define RETRIES_MAX 10

#define PARAMETERS_MAX 64

/* NULL if the file may be believed. */
static const char *refusal_of_config(void)
{
	struct stat file;

	if (stat(CONFIG, &file) < 0 || !S_ISREG(file.st_mode))
		return "it cannot be read";
	return hvg_hookdir_is_for_others(&file) ? "others than root may write to it" : NULL;
}

static const char *refusal_of_script(const char *path)
{
	struct stat file;

	if (path[0] != '/' || stat(path, &file) < 0)
		return "one of its scripts cannot be read";
	if (!S_ISREG(file.st_mode))
		return "one of its scripts is no file";
	return file.st_uid != 0 || (file.st_mode & 077) ? "others than root have a right to one of its scripts" : NULL;
}

static const char *script(const json_t *config, const char *key)
{
	const char *path = json_string_value(json_object_get(config, key));

	return path ? path : "";
}

static unsigned int number(const json_t *config, const char *key, unsigned int fallback, unsigned int max)
{
	const json_t *value = json_object_get(config, key);
	json_int_t n = json_is_integer(value) ? json_integer_value(value) : fallback;

	return (unsigned int)(n < 0 ? 0 : HVG_MIN(n, (json_int_t)max));
}

/* Parameters that are no strings are left out: the template's are empty strings, which sh is given. */
static char **command(const char *path, const json_t *parameters)
{
	const char *words[PARAMETERS_MAX + 3] = { "/bin/sh", path };
	const json_t *parameter;
	size_t n = 2, i;

	json_array_foreach(parameters, i, parameter)
		if (json_is_string(parameter) && n < PARAMETERS_MAX + 2)
			words[n++] = json_string_value(parameter);
	return vssd_hook_command(words);
}

static int fill(struct vssd_hook *hook, const json_t *config)
{
	const char *before = script(config, "preScriptLocation"), *after = script(config, "postScriptLocation");
	const json_t *goes_on = json_object_get(config, "continueBackupOnFailure");

	hook->refusal = refusal_of_script(before);
	if (!hook->refusal)
		hook->refusal = refusal_of_script(after);
	hook->limit_us = number(config, "timeoutInSeconds", TIMEOUT_SEC, TIMEOUT_MAX_SEC) * HVG_USEC_PER_SEC;
	hook->n_retries_before = number(config, "preScriptNoOfRetries", 0, RETRIES_MAX);
	hook->n_retries_after = number(config, "postScriptNoOfRetries", 0, RETRIES_MAX);
	hook->is_optional = !json_is_false(goes_on);
	hook->other_success = WARNING;
	if (hook->refusal)
		return 0;
	hook->path = strdup(before);
	hook->after_path = strdup(after);
	hook->before = command(before, json_object_get(config, "preScriptParams"));
	hook->after = command(after, json_object_get(config, "postScriptParams"));
	hook->abort = command(after, json_object_get(config, "postScriptParams"));
	return hook->path && hook->after_path && hook->before && hook->after && hook->abort ? 0 : -ENOMEM;
}

/* A hook that is refused is called like the file that names it. */
int vssd_azure_hook_read(struct vssd_hook *ret)
{
	struct vssd_hook hook = { .refusal = refusal_of_config() };
	json_t *config = NULL;
	struct stat status;
	int r = 0;

	if (lstat(CONFIG, &status) < 0)
		return 0;
	if (!hook.refusal)
		config = json_load_file(CONFIG, 0, NULL);
	if (config)
		r = fill(&hook, config);
	else if (!hook.refusal)
		hook.refusal = "it is no JSON";
	json_decref(config);
	if (r >= 0 && !hook.path)
		hook.path = strdup(CONFIG);
	if (r < 0 || !hook.path) {
		vssd_hook_done(&hook);
		return -ENOMEM;
	}
	*ret = hook;
	return 1;
}

bool vssd_azure_hook_forbids_freeze(void)
{
	json_t *config = refusal_of_config() ? NULL : json_load_file(CONFIG, 0, NULL);
	bool is_forbidden = json_is_false(json_object_get(config, "fsFreezeEnabled"));

	json_decref(config);
	return is_forbidden;
}
