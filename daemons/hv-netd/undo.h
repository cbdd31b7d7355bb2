/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_NETD_UNDO_H
#define HVG_NETD_UNDO_H

/*
 * The way back, by the book (os/netbook.h): at once after a failure, later on demand, or after a crash
 * by whoever comes next. The book's note has what cannot be read from files:
 *
 *	backend ifupdown
 *	adapter b5e15ac5-…
 *	cold				if the manager was not running
 *	checkpoint /org/…		whatever the back end wants to know
 *	before
 *	ipv4 static			what the kernel had
 *	…
 */

#include "hv-netd/transaction.h"

/* What the kernel has, into transaction->before. */
void netd_read_before(struct netd_transaction *transaction);

int netd_book_open(struct netd_transaction *transaction);
int netd_book_keep(struct netd_transaction *transaction);

/* What the kernel had before the last change that was kept. */
int netd_book_read_before(struct netd_context *context, const char *guid, struct hvg_ipconfig *ret);

/* A new change begins: its manager is not owed the end of a former one any more. */
void netd_book_forgive(struct netd_transaction *transaction);

/* After a failure with the book open. What fails here is added to the reason. */
void netd_undo(struct netd_transaction *transaction);

#endif
