// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The steps forward. undo.c has the way back.
 */

#include "hv-netd/transaction.h"

#include "base/cleanup.h"
#include "base/units.h"
#include "hv-netd/dns.h"
#include "hv-netd/record.h"
#include "hv-netd/systemd.h"
#include "hv-netd/undo.h"
#include "os/netbook.h"
#include "os/netfile.h"
#include "service/ipverify.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How often the kernel's tables are looked at. */
#define LOOK_US (20 * HVG_USEC_PER_MSEC)

#define METRIC_STEP 100u

const char *netd_result_name(enum netd_result result)
{
	static const char *const names[] = {
		[NETD_APPLIED] = "applied",
		[NETD_WRITTEN] = "written",
		[NETD_UNCHANGED] = "unchanged",
		[NETD_ROLLED_BACK] = "rolled back",
		[NETD_FAILED] = "failed",
		[NETD_REFUSED] = "refused",
	};

	return names[result];
}

void netd_transaction_done(struct netd_transaction *transaction)
{
	for (size_t i = 0; i < transaction->n_edits; i++) {
		free(transaction->edits[i].old);
		free(transaction->edits[i].text);
	}
	transaction->n_edits = 0;
}

/* Everything that can be said without touching anything. */

/* Two default routes of one metric would be a matter of luck: the adapters' own differ. */
static int plan(struct netd_transaction *transaction, const struct hvg_ipplan_request *request)
{
	struct hvg_ipplan_request ranked = *request;
	struct hvg_refusal refusal;
	int r;

	ranked.metric = HVG_MIN(transaction->target.rank * METRIC_STEP, HVG_FALLBACK_METRIC - 1u);
	r = hvg_ipplan_make(&ranked, &transaction->config, &refusal);

	return r < 0 ? netd_fail(transaction, r, "%s: %s", refusal.field, refusal.text) : 0;
}

static int find(struct netd_transaction *transaction, const char *adapter)
{
	struct netd_context *context = transaction->context;
	int r = netd_target_find(context, adapter, &transaction->target);

	if (r == -ENODEV)
		return netd_fail(transaction, r, "there is no synthetic network adapter %.64s", adapter);
	if (r < 0)
		return netd_fail(transaction, r, "the network adapters cannot be read: %s", strerror(-r));
	if (!context->settings->enable)
		return netd_fail(transaction, -EOPNOTSUPP, "Enable= says no");
	if (!netd_settings_allow(context->settings, transaction->target.adapter))
		return netd_fail(transaction, -EOPNOTSUPP, "AllowAdapters= leaves out %s", transaction->target.adapter);
	return 0;
}

static int prepare(struct netd_transaction *transaction, const char *adapter,
	const struct hvg_ipplan_request *request)
{
	enum netd_presence presence;
	int r = find(transaction, adapter);

	if (r >= 0)
		r = plan(transaction, request);
	if (r < 0)
		return r;
	netd_read_before(transaction);
	transaction->has_former =
		netd_record_read(transaction->context, transaction->target.guid, &transaction->former) >= 0;
	transaction->backend = netd_backend_choose(transaction->context, &transaction->target, &presence);
	transaction->is_cold = presence == NETD_COLD;
	if (presence == NETD_SILENT)
		return netd_fail(transaction, -ETIMEDOUT, "%s runs, but does not answer", transaction->backend->name);
	r = transaction->backend->prepare(transaction);
	if (r < 0 && transaction->reason[0] == '\0')
		return netd_fail(transaction, r, "%s: %s", transaction->backend->name, strerror(-r));
	return r;
}

static bool changes_files(const struct netd_transaction *transaction)
{
	for (size_t i = 0; i < transaction->n_edits; i++) {
		const struct netd_edit *edit = &transaction->edits[i];

		if (!edit->old != !edit->text || edit->old_size != edit->size ||
			(edit->text && memcmp(edit->old, edit->text, edit->size) != 0))
			return true;
	}
	return false;
}

/* Verifying. */

static struct hvg_ipverify look(struct netd_transaction *transaction)
{
	struct netd_context *context = transaction->context;
	unsigned int verify = context->settings->verify;
	const struct hvg_ipverify_wish wish = {
		.config = &transaction->config,
		.former = transaction->has_former ? &transaction->former : NULL,
		.checks_routes = verify == NETD_VERIFY_ROUTE,
	};

	if (verify == NETD_VERIFY_NOTHING)
		return (struct hvg_ipverify){ HVG_IPVERIFY_GOOD };
	if (hvg_netaddr_refresh(context->netaddr) < 0)
		return (struct hvg_ipverify){ HVG_IPVERIFY_NOT_YET, "the kernel's tables cannot be read" };
	return hvg_ipverify(hvg_netaddr_facts(context->netaddr), transaction->target.index, &wish);
}

/* What a manager does once the cable is in is not waited for. */
static int judge(struct netd_transaction *transaction, const struct hvg_ipverify *found)
{
	if (found->verdict == HVG_IPVERIFY_GOOD)
		return 0;
	if (found->verdict == HVG_IPVERIFY_NOT_YET && !netd_target_has_carrier(transaction->context, &transaction->target)) {
		netd_warn(transaction, "%s has no link, so %s", transaction->target.match.name, found->reason);
		return 0;
	}
	return netd_fail(transaction, found->verdict == HVG_IPVERIFY_BAD ? -EADDRINUSE : -ETIMEDOUT, "%s",
		found->reason);
}

static int verify(struct netd_transaction *transaction)
{
	uint64_t until_us = netd_now_us() +
		netd_patience_us(transaction->context, transaction->context->settings->verify_us);
	struct hvg_ipverify found = look(transaction);

	while (found.verdict == HVG_IPVERIFY_NOT_YET && netd_now_us() < until_us) {
		(void)usleep(LOOK_US);
		found = look(transaction);
	}
	return judge(transaction, &found);
}

/* In force, remembered as such, and no file would change. */
static bool is_in_force(struct netd_transaction *transaction)
{
	return !changes_files(transaction) && !transaction->is_cold && transaction->has_former &&
		hvg_ipconfig_is_equal(&transaction->former, &transaction->config) &&
		look(transaction).verdict == HVG_IPVERIFY_GOOD;
}

/* The change itself. */

static int write_files(struct netd_transaction *transaction)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < transaction->n_edits; i++) {
		const struct netd_edit *edit = &transaction->edits[i];

		r = edit->text ? hvg_netfile_write(edit->path, edit->text, edit->size, edit->mode) :
				 hvg_netfile_remove(edit->path);
		if (r < 0)
			(void)netd_fail(transaction, r, "%s cannot be written: %s", edit->path, strerror(-r));
	}
	return r;
}

/* What was written is what lies there now. */
static int read_back(struct netd_transaction *transaction)
{
	for (size_t i = 0; i < transaction->n_edits; i++) {
		const struct netd_edit *edit = &transaction->edits[i];
		_cleanup_free_ char *text = NULL;
		size_t size;
		int r = hvg_netfile_read(edit->path, &text, &size);

		if (r < 0 || size != edit->size || memcmp(text, edit->text, size) != 0)
			return netd_fail(transaction, -EIO, "%s is not what was written to it", edit->path);
	}
	return 0;
}

static int go_live(struct netd_transaction *transaction)
{
	int r = transaction->backend->enter(transaction);
	struct hvg_ipverify found;

	transaction->told_us = netd_now_us();
	if (r >= 0)
		return verify(transaction);
	found = look(transaction); /* may know better than the manager why */
	return found.verdict == HVG_IPVERIFY_BAD ? judge(transaction, &found) : r;
}

static int change(struct netd_transaction *transaction)
{
	const struct netd_backend *backend = transaction->backend;
	int r = 0;

	if (!transaction->is_cold && backend->leave)
		r = backend->leave(transaction);
	if (r >= 0)
		r = write_files(transaction);
	if (r >= 0)
		r = read_back(transaction);
	if (r >= 0 && !transaction->is_cold)
		r = go_live(transaction);
	return r;
}

/* Without systemd, or early in a boot, there is no timer: our next start goes back. */
static void arm_timer(struct netd_transaction *transaction)
{
	struct netd_context *context = transaction->context;
	int r = netd_timer_arm(context, context->settings->rollback_us);

	if (r < 0 && r != -ENOTCONN)
		netd_warn(transaction, "no timer would have gone back if hv-netd had died: %s", strerror(-r));
}

/* The manager keeps nothing any more for going back to. */
static void let_go(struct netd_transaction *transaction)
{
	if (!transaction->is_cold && transaction->backend->commit)
		(void)transaction->backend->commit(transaction);
}

static int arm(struct netd_transaction *transaction)
{
	int r = 0;

	netd_book_forgive(transaction);
	arm_timer(transaction);
	if (!transaction->is_cold && transaction->backend->arm)
		r = transaction->backend->arm(transaction);
	if (r < 0)
		return r;
	r = netd_book_open(transaction);
	if (r < 0)
		let_go(transaction);
	return r;
}

static int commit(struct netd_transaction *transaction)
{
	int r = netd_book_keep(transaction);

	if (r < 0)
		return netd_fail(transaction, r, "the change cannot be made final: %s", strerror(-r));
	let_go(transaction);
	(void)netd_record_write(transaction->context, transaction->target.guid, &transaction->config);
	return 0;
}

static enum netd_result perform(struct netd_transaction *transaction, int *ret_code)
{
	int r = arm(transaction);

	if (r >= 0) {
		r = change(transaction);
		if (r >= 0)
			r = commit(transaction);
		if (r < 0)
			netd_undo(transaction);
	}
	netd_timer_disarm(transaction->context);
	*ret_code = r;
	if (r < 0)
		return NETD_FAILED;
	if (transaction->is_cold)
		return NETD_WRITTEN;
	netd_dns_check(transaction);
	return NETD_APPLIED;
}

void netd_report(const struct netd_transaction *transaction, enum netd_result result, int code,
	struct netd_outcome *ret)
{
	*ret = (struct netd_outcome){ .result = result, .code = code, .n_warnings = transaction->n_warnings,
		.is_owed = transaction->is_owed };
	snprintf(ret->guid, sizeof(ret->guid), "%s", transaction->target.guid);
	snprintf(ret->interface, sizeof(ret->interface), "%s", transaction->target.match.name);
	snprintf(ret->backend, sizeof(ret->backend), "%s", transaction->backend ? transaction->backend->name : "");
	memcpy(ret->warnings, transaction->warnings, sizeof(ret->warnings));
	if (code < 0)
		snprintf(ret->text, sizeof(ret->text), "%s", transaction->reason[0] ? transaction->reason : strerror(-code));
}

int netd_preview(struct netd_context *context, const char *adapter, const struct hvg_ipplan_request *request,
	struct netd_transaction *ret, struct netd_outcome *ret_outcome)
{
	int r;

	*ret = (struct netd_transaction){ .context = context };
	r = prepare(ret, adapter, request);
	if (r < 0)
		netd_report(ret, NETD_REFUSED, r, ret_outcome);
	else
		netd_report(ret, is_in_force(ret) ? NETD_UNCHANGED : ret->is_cold ? NETD_WRITTEN : NETD_APPLIED, 0, ret_outcome);
	return r;
}

void netd_apply(struct netd_context *context, const char *adapter, const struct hvg_ipplan_request *request,
	struct netd_outcome *ret)
{
	struct netd_transaction transaction;
	int r = netd_preview(context, adapter, request, &transaction, ret);

	if (r >= 0 && ret->result != NETD_UNCHANGED) {
		enum netd_result result = perform(&transaction, &r);

		netd_report(&transaction, result, r, ret);
	}
	netd_transaction_done(&transaction);
}

/*
 * A manager that read its files before ours was there does not read them again by itself: networkd, for
 * one, runs long before the bus over which it can be told.
 */
static void tell_manager(struct netd_transaction *transaction, bool *is_told)
{
	const struct netd_backend *backend = transaction->backend;

	if (*is_told || backend->detect(transaction->context, &transaction->target) != NETD_PRESENT)
		return;
	*is_told = true;
	(void)backend->enter(transaction);
}

/* Where nothing is verified it is in force once the manager has been told. */
static struct hvg_ipverify look_at_written(struct netd_transaction *transaction, bool is_told)
{
	if (transaction->context->settings->verify == NETD_VERIFY_NOTHING && !is_told)
		return (struct hvg_ipverify){ HVG_IPVERIFY_NOT_YET, "its manager has not been told" };
	return look(transaction);
}

int netd_verify_written(struct netd_context *context, struct netd_outcome *ret, bool *is_told)
{
	struct netd_transaction transaction = { .context = context, .backend = netd_backend_find(ret->backend) };
	struct hvg_ipverify found;
	int r = netd_target_find(context, ret->guid, &transaction.target);

	if (r >= 0)
		r = netd_record_read(context, ret->guid, &transaction.config);
	if (r < 0)
		return r;
	transaction.has_former = netd_book_read_before(context, ret->guid, &transaction.former) >= 0;
	found = look_at_written(&transaction, *is_told);
	if (found.verdict == HVG_IPVERIFY_NOT_YET && transaction.backend)
		tell_manager(&transaction, is_told);
	snprintf(ret->text, sizeof(ret->text), "%s", found.reason);
	if (found.verdict == HVG_IPVERIFY_BAD)
		return -EADDRINUSE;
	return found.verdict == HVG_IPVERIFY_GOOD;
}
