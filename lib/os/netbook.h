/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_OS_NETBOOK_H
#define HVG_OS_NETBOOK_H

/*
 * What files were before they were changed, kept in a folder until the change is final:
 *
 *	open	copies of the files, then the book that lists them: from here on it can be undone
 *	undo	the files become what they were; may be repeated, by another process and after a crash
 *	close	the book is removed: the change is final
 *
 * The book also holds a text of the caller's, so that whoever finds it knows what was going on.
 */

#include <stdbool.h>
#include <stddef.h>

#define HVG_NETBOOK_FILES_MAX 8

/*
 * note: lines, each ending with a line break. Paths end with NULL. -EEXIST if a book is open there,
 * -E2BIG if there are too many files.
 */
int hvg_netbook_open(const char *folder, const char *note, const char *const *paths);

/* The note of an open book, which the caller frees; -ENOENT if none is open. */
int hvg_netbook_read(const char *folder, char **ret_note);

/* -ENOENT if none is open. */
int hvg_netbook_undo(const char *folder);
int hvg_netbook_close(const char *folder);

/* Closes it by keeping it elsewhere, in place of one that is there: the change is final, but can be undone. */
int hvg_netbook_keep(const char *folder, const char *elsewhere);

#endif
