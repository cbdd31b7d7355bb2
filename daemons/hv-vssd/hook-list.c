// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Folders are read by os/hookdir, which knows what must not be run; here each platform's words are added.
 */

#include "hv-vssd/hook-list.h"

#include "os/hookdir.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER	  "/etc/hvguest/vss.d"
#define QEMU_HOOK "/etc/qemu/fsfreeze-hook"

/* Of sysexits.h, EX_TEMPFAIL: the hook has nothing to do this time. */
#define NOTHING_TO_DO 75

static void free_command(char **command)
{
	for (char **word = command; word && *word; word++)
		free(*word);
	free(command);
}

char **vssd_hook_command(const char *const words[])
{
	size_t n = 0;
	char **command;

	while (words[n])
		n++;
	command = calloc(n + 1, sizeof(*command));
	for (size_t i = 0; command && i < n; i++) {
		command[i] = strdup(words[i]);
		if (!command[i]) {
			free_command(command);
			return NULL;
		}
	}
	return command;
}

void vssd_hook_done(struct vssd_hook *hook)
{
	free(hook->path);
	free(hook->after_path);
	free(hook->failure);
	free_command(hook->before);
	free_command(hook->after);
	free_command(hook->abort);
}

int vssd_hook_list_add(struct vssd_hook_list *list, struct vssd_hook *hook)
{
	struct vssd_hook *more = reallocarray(list->hooks, list->n + 1, sizeof(*more));

	if (!more) {
		vssd_hook_done(hook);
		return -ENOMEM;
	}
	list->hooks = more;
	more[list->n++] = *hook;
	return 0;
}

static int make_command(char ***ret, const char *path, const char *word, const char *argument)
{
	if (word)
		*ret = vssd_hook_command((const char *const[]){ path, word, argument, NULL });
	return !word || *ret ? 0 : -ENOMEM;
}

static int append_file(struct vssd_hook_list *list, const struct hvg_hookfile *file,
	const struct vssd_hook_words *words)
{
	struct vssd_hook hook = {
		.path = strdup(file->path),
		.is_session = words->has_sessions && file->is_session,
		.refusal = file->refusal,
		.other_success = NOTHING_TO_DO,
	};
	int r = hook.path ? 0 : -ENOMEM;

	if (r >= 0)
		r = make_command(&hook.before, file->path, words->before, words->argument);
	if (r >= 0)
		r = make_command(&hook.after, file->path, words->after, words->argument);
	if (r >= 0)
		r = make_command(&hook.abort, file->path, words->abort, words->argument);
	if (r >= 0)
		return vssd_hook_list_add(list, &hook);
	vssd_hook_done(&hook);
	return r;
}

static int append_files(struct vssd_hook_list *list, const struct hvg_hookdir *found,
	const struct vssd_hook_words *words)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < found->n; i++)
		r = append_file(list, &found->files[i], words);
	return r;
}

int vssd_hook_list_add_folder(struct vssd_hook_list *list, const char *folder,
	const struct vssd_hook_words *words)
{
	struct hvg_hookdir found = { 0 };
	int r = hvg_hookdir_read(&found, folder);

	if (r >= 0)
		r = append_files(list, &found, words);
	hvg_hookdir_done(&found);
	return r;
}

int vssd_hook_list_add_program(struct vssd_hook_list *list, const char *path,
	const struct vssd_hook_words *words)
{
	struct hvg_hookdir found = { 0 };
	int r = hvg_hookdir_add(&found, path);

	if (r >= 0)
		r = append_files(list, &found, words);
	hvg_hookdir_done(&found);
	return r;
}

static int find_ours(struct vssd_hook_list *list)
{
	static const struct vssd_hook_words words = {
		"pre-freeze", "post-thaw", "abort", .has_sessions = true,
	};

	return vssd_hook_list_add_folder(list, FOLDER, &words);
}

/* QEMU's agent has one program, which has a folder of its own if it wants to. */
static int find_qemu(struct vssd_hook_list *list)
{
	static const struct vssd_hook_words words = { "freeze", "thaw", "thaw" };

	return vssd_hook_list_add_program(list, QEMU_HOOK, &words);
}

static int find_azure(struct vssd_hook_list *list)
{
	struct vssd_hook hook = { 0 };
	int r = vssd_azure_hook_read(&hook);

	return r > 0 ? vssd_hook_list_add(list, &hook) : r;
}

static const struct {
	const char *platform;
	int (*find)(struct vssd_hook_list *list);
} finders[] = {
	{ "qemu", find_qemu },
	{ "vmware", vssd_vmware_hooks_find },
	{ "azure", find_azure },
};

static bool is_among(char *const *platforms, const char *platform)
{
	for (; platforms && *platforms; platforms++)
		if (strcmp(*platforms, platform) == 0)
			return true;
	return false;
}

int vssd_hook_list_find(struct vssd_hook_list *list, char *const *platforms)
{
	int r = find_ours(list);

	for (size_t i = 0; r >= 0 && i < sizeof(finders) / sizeof(finders[0]); i++)
		if (is_among(platforms, finders[i].platform))
			r = finders[i].find(list);
	return r;
}

bool vssd_hook_list_forbids_freeze(char *const *platforms)
{
	return is_among(platforms, "azure") && vssd_azure_hook_forbids_freeze();
}

void vssd_hook_list_done(struct vssd_hook_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		vssd_hook_done(&list->hooks[i]);
	free(list->hooks);
	*list = (struct vssd_hook_list){ 0 };
}
