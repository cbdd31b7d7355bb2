/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_NETD_TRANSACTION_H
#define HVG_NETD_TRANSACTION_H

/*
 * One change of one adapter, from a request to a verified configuration or back:
 *
 *	plan, find, choose, prepare	nothing is touched: any refusal ends here
 *	arm				the manager's checkpoint, our timer
 *	open the book			from here on, whoever comes after a crash goes back
 *	leave, write, enter, verify
 *	keep the book			final; Rollback can still go back
 *
 * A failure after the book was opened: leave, undo the book, enter, close the book. If the manager cannot
 * be told then, the book is kept as what it is owed, and it is told when it is there again.
 */

#include "hv-netd/backend.h"
#include "service/ipplan.h"

enum netd_result {
	NETD_APPLIED,
	NETD_WRITTEN,	  /* the manager takes it when it starts */
	NETD_UNCHANGED,	  /* it was in force already */
	NETD_ROLLED_BACK, /* asked for, or after a crash */
	NETD_FAILED,	  /* and the former configuration is in force */
	NETD_REFUSED,	  /* nothing was touched */
};

const char *netd_result_name(enum netd_result result);

struct netd_outcome {
	enum netd_result result;
	int code; /* 0 or negative errno */
	char guid[40];
	char interface[HVG_NETIF_NAME_SIZE];
	char backend[32];
	char text[2 * NETD_TEXT_SIZE]; /* why not; "" if all is well */
	char warnings[NETD_WARNINGS_MAX][NETD_TEXT_SIZE];
	size_t n_warnings;
	bool is_settled; /* its gateways have been waited for */
	bool is_owed;	 /* the manager has still to be told that the former files are back */
};

/* adapter is a GUID, a MAC or a name. */
void netd_apply(struct netd_context *context, const char *adapter, const struct hvg_ipplan_request *request,
	struct netd_outcome *ret);

/* Undoes the last change of that adapter. */
void netd_roll_back(struct netd_context *context, const char *adapter, struct netd_outcome *ret);

/*
 * Tells a manager that was not there, or hung, when the former files came back: 1 if it has taken them, or
 * nobody owes it that any more, 0 not yet.
 */
int netd_return(struct netd_context *context, struct netd_outcome *ret);

/* Undoes a change whose maker did not survive. -ENOENT if there is none. */
int netd_recover(struct netd_context *context, struct netd_outcome *ret);

/* Up to where nothing is touched: fills in what would be done. The caller ends it with done. */
int netd_preview(struct netd_context *context, const char *adapter, const struct hvg_ipplan_request *request,
	struct netd_transaction *ret, struct netd_outcome *ret_outcome);
void netd_transaction_done(struct netd_transaction *transaction);

/*
 * Whether what was written before its manager could be told is in force: 1, 0 not yet, or negative errno.
 * If it is not, and the manager is there now, the manager is told, once.
 */
int netd_verify_written(struct netd_context *context, struct netd_outcome *ret, bool *is_told);

/*
 * An adapter has appeared: what back end "none" has in its file is put on it. UNCHANGED if there is no such
 * file, if somebody manages the adapter since, or if it has gone again.
 */
void netd_restore(struct netd_context *context, const char *adapter, struct netd_outcome *ret);

/* What came of a transaction, in the words of an outcome. */
void netd_report(const struct netd_transaction *transaction, enum netd_result result, int code,
	struct netd_outcome *ret);

#endif
