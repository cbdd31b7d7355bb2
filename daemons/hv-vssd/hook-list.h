/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_VSSD_HOOK_LIST_H
#define HVG_VSSD_HOOK_LIST_H

/*
 * Which programs are run around a freeze, and with which words: ours, and those of other platforms'
 * agents (CompatHooks=), each called as it was written to be.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vssd_hook {
	char *path;		     /* what it is called in messages */
	char *after_path;	     /* the same after the thaw; NULL: path */
	bool is_session;	     /* it stays between the two, and is stopped after the thaw */
	const char *refusal;	     /* why it must not be run; static text, or NULL */
	char **before, **after, **abort; /* commands, program first; NULL: not called then */
	uint64_t limit_us;	     /* how long it may take; 0: HookTimeoutSec= */
	int other_success;	     /* an exit status that is none of a failure, besides 0 */
	unsigned int n_retries_before, n_retries_after;
	bool has_run;
	char *failure;		     /* of its first call that failed, or NULL */
	uint64_t before_us, after_us; /* how long the calls took, retries included */
	bool is_optional;	     /* the backup goes on without it, whatever OnHookFailure= says */
};

struct vssd_hook_list {
	struct vssd_hook *hooks;
	size_t n;
};

/* Appends to what is there; platforms: a list that ends with NULL, or NULL. Negative errno. */
int vssd_hook_list_find(struct vssd_hook_list *list, char *const *platforms);
void vssd_hook_list_done(struct vssd_hook_list *list);

/* What a platform calls its programs with, besides their own name. */
struct vssd_hook_words {
	const char *before, *after, *abort; /* NULL: they are not called then */
	const char *argument; /* a second one, or NULL */
	bool has_sessions;
};

int vssd_hook_list_add_folder(struct vssd_hook_list *list, const char *folder,
	const struct vssd_hook_words *words);

/* One, if it exists. */
int vssd_hook_list_add_program(struct vssd_hook_list *list, const char *path,
	const struct vssd_hook_words *words);

/* The hook is the list's, whatever the result. */
int vssd_hook_list_add(struct vssd_hook_list *list, struct vssd_hook *hook);

/* vmware-hook.c: what VMware's tools run. */
int vssd_vmware_hooks_find(struct vssd_hook_list *list);

/* Whether those of one of the platforms want nothing frozen. */
bool vssd_hook_list_forbids_freeze(char *const *platforms);

/* azure-hook.c: the pair of scripts that Azure's backup extension runs. 1 if there is one. */
int vssd_azure_hook_read(struct vssd_hook *ret);
bool vssd_azure_hook_forbids_freeze(void);

/* A copy of words, all of it the caller's; NULL if there is no memory. */
char **vssd_hook_command(const char *const words[]);

void vssd_hook_done(struct vssd_hook *hook);

#endif
