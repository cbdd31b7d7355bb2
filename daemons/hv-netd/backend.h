/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_NETD_BACKEND_H
#define HVG_NETD_BACKEND_H

/*
 * What may manage a network, behind one interface. All of them work alike: files are replaced, and
 * the manager is made to take them. So the transaction writes and restores the files; a back end
 * says what is to be in them, and tells the manager.
 *
 *	detect		is this adapter theirs?
 *	prepare		which files, and their new content; nothing is touched yet
 *	arm		(if any) what survives our own end, before anything changes
 *	leave		(if any) before the files change, with the old ones in place
 *	enter		after they changed: the manager takes them, live
 *	commit		(if any) it is final, or has not begun after all
 *
 * Rolling back is leave with the new files, the old files back, enter.
 */

#include "hv-netd/context.h"

#include <sys/types.h>

#define NETD_EDITS_MAX	  4
#define NETD_WARNINGS_MAX 6
#define NETD_TEXT_SIZE	  256

enum netd_presence {
	NETD_ABSENT,  /* not its adapter */
	NETD_PRESENT, /* runs, and manages this adapter */
	NETD_COLD,    /* will manage it, once it has been started */
	NETD_SILENT,  /* runs, and does not answer: nobody can know */
};

/* A file, and what is to be in it. */
struct netd_edit {
	char path[256];
	char *old, *text; /* NULL: no such file */
	size_t old_size, size;
	mode_t mode; /* of a file that is new */
};

struct netd_transaction {
	struct netd_context *context;
	const struct netd_backend *backend;
	struct netd_target target;
	struct hvg_ipconfig config; /* what is to be */
	struct hvg_ipconfig before; /* what the kernel had */
	struct hvg_ipconfig former; /* what is to be gone then, if has_former: what we applied last */
	bool has_former;
	bool is_cold;
	bool is_undoing; /* the files are the old ones again */
	bool is_owed;	 /* and the manager has still to be told of them */
	uint64_t told_us;  /* when the manager had been told of the files */
	struct netd_edit edits[NETD_EDITS_MAX];
	size_t n_edits;
	char note[NETD_TEXT_SIZE]; /* of the back end's, lines for after a crash: "checkpoint /…\n" */
	char reason[NETD_TEXT_SIZE]; /* why it failed, as a sentence without its full stop */
	char warnings[NETD_WARNINGS_MAX][NETD_TEXT_SIZE];
	size_t n_warnings;
};

struct netd_backend {
	const char *name;
	bool may_return; /* it is a daemon: one that hangs or has died may take tomorrow what it does not today */
	enum netd_presence (*detect)(struct netd_context *context, const struct netd_target *target);
	int (*prepare)(struct netd_transaction *transaction);
	int (*arm)(struct netd_transaction *transaction);
	int (*leave)(struct netd_transaction *transaction);
	int (*enter)(struct netd_transaction *transaction);
	int (*commit)(struct netd_transaction *transaction);
};

/* In the order in which they are asked; the last one takes what nobody wants. */
extern const struct netd_backend *const netd_backends[];
extern const size_t netd_n_backends;

extern const struct netd_backend netd_script, netd_networkmanager, netd_networkd, netd_netplan, netd_ifupdown,
	netd_ifcfg, netd_others, netd_none;

/* A file that is changed is cloud-init's, and may be written by it again. */
void netd_warn_about_cloud_init(struct netd_transaction *transaction, const char *path, const char *text);

const struct netd_backend *netd_backend_find(const char *name);

/* Whose adapter it is; settings may say so. Never NULL; with NETD_SILENT nothing can be changed. */
const struct netd_backend *netd_backend_choose(struct netd_context *context, const struct netd_target *target,
	enum netd_presence *ret_presence);

/* For back ends. */

/* What the file has is read; text (size bytes, taken over) is what it is to have, NULL: no file. */
int netd_edit_add(struct netd_transaction *transaction, const char *path, char *text, mode_t mode);

/* The same, with what is in a printer; -ENOSPC if that is full. */
int netd_edit_print(struct netd_transaction *transaction, const char *path, const struct hvg_printer *printer,
	mode_t mode);

/* Sets the reason and returns r. */
int netd_fail(struct netd_transaction *transaction, int r, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void netd_warn(struct netd_transaction *transaction, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* "00155d010203", or the name of what has no MAC of its own: names files for an adapter. */
void netd_target_key(const struct netd_target *target, char ret[static HVG_MAC_TEXT_SIZE]);

#endif
