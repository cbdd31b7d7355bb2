// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A note is read into a transaction again, so that the back end goes back with what it knew.
 */

#include "hv-netd/undo.h"

#include "base/cleanup.h"
#include "hv-netd/record.h"
#include "hv-netd/systemd.h"
#include "os/netbook.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define NOTE_SIZE (HVG_IPCONFIG_TEXT_SIZE + 1024)

static void open_path(const struct netd_context *context, char ret[static NETD_TEXT_SIZE])
{
	snprintf(ret, NETD_TEXT_SIZE, "%s/open", context->state);
}

static void kept_path(const struct netd_context *context, const char *guid, char ret[static NETD_TEXT_SIZE])
{
	snprintf(ret, NETD_TEXT_SIZE, "%s/previous/%s", context->state, guid);
}

static void owed_path(const struct netd_context *context, const char *guid, char ret[static NETD_TEXT_SIZE])
{
	snprintf(ret, NETD_TEXT_SIZE, "%s/owed/%s", context->state, guid);
}

/* What the kernel has. */

static void take_addresses(const struct hvg_netfacts *facts, uint32_t index, struct hvg_ipconfig *ret)
{
	for (size_t i = 0; i < facts->n_addresses && ret->n_addresses < HVG_IPCONFIG_ADDRESSES_MAX; i++) {
		const struct hvg_ifaddr *address = &facts->addresses[i];

		if (address->index != index || !(address->flags & IFA_F_PERMANENT) || hvg_ip_is_link_local(&address->ip))
			continue;
		ret->addresses[ret->n_addresses++] = (struct hvg_ipaddress){ address->ip, address->prefix_length };
	}
}

static void take_routes(const struct hvg_netfacts *facts, uint32_t index, struct hvg_ipconfig *ret)
{
	for (size_t i = 0; i < facts->n_routes && ret->n_gateways < HVG_IPCONFIG_GATEWAYS_MAX; i++) {
		const struct hvg_default_route *route = &facts->routes[i];

		if (route->index != index || route->gateway.family != route->family || route->protocol == RTPROT_RA)
			continue;
		ret->gateways[ret->n_gateways++] = (struct hvg_gateway){ .ip = route->gateway, .metric = route->metric };
	}
	hvg_ipconfig_find_on_link(ret);
}

void netd_read_before(struct netd_transaction *transaction)
{
	const struct hvg_netfacts *facts = hvg_netaddr_facts(transaction->context->netaddr);
	struct hvg_ipconfig *before = &transaction->before;

	*before = (struct hvg_ipconfig){ 0 };
	take_addresses(facts, transaction->target.index, before);
	take_routes(facts, transaction->target.index, before);
	before->ipv4 = hvg_ipconfig_n_addresses(before, AF_INET) > 0 ? HVG_IPV4_STATIC : HVG_IPV4_OFF;
	before->ipv6 = hvg_ipconfig_n_addresses(before, AF_INET6) > 0 ? HVG_IPV6_STATIC : HVG_IPV6_AUTO;
}

/* The book. */

int netd_book_open(struct netd_transaction *transaction)
{
	const char *paths[NETD_EDITS_MAX + 1] = { NULL };
	char note[NOTE_SIZE], folder[NETD_TEXT_SIZE];
	struct hvg_printer printer;
	int r;

	for (size_t i = 0; i < transaction->n_edits; i++)
		paths[i] = transaction->edits[i].path;
	hvg_printer_init(&printer, note, sizeof(note));
	hvg_print(&printer, "backend %s\nadapter %s\n%s%sbefore\n", transaction->backend->name,
		transaction->target.guid, transaction->is_cold ? "cold\n" : "", transaction->note);
	hvg_ipconfig_render(&transaction->before, &printer);
	open_path(transaction->context, folder);
	r = hvg_printer_result(&printer);
	if (r >= 0)
		r = hvg_netbook_open(folder, note, paths);
	return r < 0 ? netd_fail(transaction, r, "what is there cannot be saved: %s", strerror(-r)) : 0;
}

int netd_book_keep(struct netd_transaction *transaction)
{
	char open[NETD_TEXT_SIZE], kept[NETD_TEXT_SIZE];

	open_path(transaction->context, open);
	kept_path(transaction->context, transaction->target.guid, kept);
	return hvg_netbook_keep(open, kept);
}

void netd_book_forgive(struct netd_transaction *transaction)
{
	char owed[NETD_TEXT_SIZE];

	owed_path(transaction->context, transaction->target.guid, owed);
	(void)hvg_netbook_close(owed);
}

/* Reading the note back. */

static void take_line(struct netd_transaction *transaction, const char *line, char *ret_guid, size_t guid_size)
{
	if (strncmp(line, "backend ", 8) == 0)
		transaction->backend = netd_backend_find(line + 8);
	else if (strncmp(line, "adapter ", 8) == 0)
		snprintf(ret_guid, guid_size, "%s", line + 8);
	else if (strcmp(line, "cold") == 0)
		transaction->is_cold = true;
	else {
		size_t used = strlen(transaction->note);

		snprintf(transaction->note + used, sizeof(transaction->note) - used, "%s\n", line);
	}
}

static int read_note(struct netd_transaction *transaction, const char *folder, char *ret_guid, size_t guid_size)
{
	_cleanup_free_ char *note = NULL;
	int r = hvg_netbook_read(folder, &note);
	char *rest = note, *line;

	if (r < 0)
		return r;
	while ((line = strsep(&rest, "\n")) && strcmp(line, "before") != 0)
		take_line(transaction, line, ret_guid, guid_size);
	if (!transaction->backend || !rest)
		return -EBADMSG;
	return hvg_ipconfig_parse(rest, strlen(rest), &transaction->before);
}

int netd_book_read_before(struct netd_context *context, const char *guid, struct hvg_ipconfig *ret)
{
	struct netd_transaction last = { .context = context };
	char folder[NETD_TEXT_SIZE], whose[40];
	int r;

	kept_path(context, guid, folder);
	r = read_note(&last, folder, whose, sizeof(whose));
	if (r >= 0)
		*ret = last.before;
	return r;
}

/* Going back. */

static void blame(struct netd_transaction *transaction, const char *what, int r)
{
	char first[NETD_TEXT_SIZE];

	snprintf(first, sizeof(first), "%s", transaction->reason);
	snprintf(transaction->reason, sizeof(transaction->reason), "%.100s%s%s: %s", first, *first ? "; and " : "", what,
		strerror(-r));
}

/* What a manager that may return has not taken is kept for then. */
static void end_book(struct netd_transaction *transaction, const char *folder, bool is_taken)
{
	char owed[NETD_TEXT_SIZE];

	owed_path(transaction->context, transaction->target.guid, owed);
	transaction->is_owed =
		!is_taken && transaction->backend->may_return && hvg_netbook_keep(folder, owed) >= 0;
	if (!transaction->is_owed)
		(void)hvg_netbook_close(folder);
}

/*
 * Where no manager returns who could be told later, a second time: what failed may be a matter of the moment (no
 * memory, no buffers).
 */
static int enter_former(struct netd_transaction *transaction)
{
	const struct netd_backend *backend = transaction->backend;
	int r = backend->enter(transaction);

	return r < 0 && !backend->may_return ? backend->enter(transaction) : r;
}

/*
 * The manager is asked although the files could not all be restored: better half of it back than
 * none. Once they are, the book is done with, and does not keep us from the next injection. What made us
 * go back stays the reason.
 */
static int go_back(struct netd_transaction *transaction, const char *folder, bool is_here)
{
	const struct netd_backend *backend = transaction->backend;
	bool is_live = is_here && !transaction->is_cold;
	char reason[NETD_TEXT_SIZE];
	int r, live = 0;

	memcpy(reason, transaction->reason, sizeof(reason));
	if (is_live && backend->leave)
		(void)backend->leave(transaction);
	r = hvg_netbook_undo(folder);
	transaction->is_undoing = true;
	if (is_live)
		live = enter_former(transaction);
	memcpy(transaction->reason, reason, sizeof(reason));
	if (r < 0)
		blame(transaction, "the former files could not all be restored", r);
	if (live < 0)
		blame(transaction, "the former configuration could not be activated", live);
	if (r >= 0)
		end_book(transaction, folder, live >= 0);
	return r < 0 ? r : live;
}

void netd_undo(struct netd_transaction *transaction)
{
	char folder[NETD_TEXT_SIZE];

	open_path(transaction->context, folder);
	/* Going back has a time of its own. */
	transaction->context->deadline_us = netd_now_us() + transaction->context->undo_us;
	(void)go_back(transaction, folder, true);
}

static void report(const struct netd_transaction *transaction, const char *guid, int code, struct netd_outcome *ret)
{
	*ret = (struct netd_outcome){ .result = code < 0 ? NETD_FAILED : NETD_ROLLED_BACK, .code = code,
		.is_owed = transaction->is_owed };
	snprintf(ret->guid, sizeof(ret->guid), "%s", guid);
	snprintf(ret->interface, sizeof(ret->interface), "%s", transaction->target.match.name);
	snprintf(ret->backend, sizeof(ret->backend), "%s", transaction->backend ? transaction->backend->name : "");
	snprintf(ret->text, sizeof(ret->text), "%s",
		code < 0 && transaction->reason[0] == '\0' ? strerror(-code) : transaction->reason);
}

/* An adapter that is gone gets its files back all the same. */
static int go_back_by(struct netd_context *context, const char *folder, struct netd_outcome *ret)
{
	struct netd_transaction transaction = { .context = context };
	char guid[40] = "";
	int r = read_note(&transaction, folder, guid, sizeof(guid));

	if (r >= 0) {
		bool is_here = netd_target_find(context, guid, &transaction.target) >= 0;

		r = go_back(&transaction, folder, is_here);
		netd_record_forget(context, guid);
	}
	report(&transaction, guid, r, ret);
	return r;
}

int netd_recover(struct netd_context *context, struct netd_outcome *ret)
{
	char folder[NETD_TEXT_SIZE];
	int r;

	open_path(context, folder);
	r = go_back_by(context, folder, ret);
	if (r == -ENOENT && ret->guid[0] == '\0')
		return -ENOENT;
	netd_timer_disarm(context);
	return r;
}

void netd_roll_back(struct netd_context *context, const char *adapter, struct netd_outcome *ret)
{
	struct netd_transaction none = { .context = context };
	char folder[NETD_TEXT_SIZE];
	int r = netd_target_find(context, adapter, &none.target);

	if (r < 0) {
		(void)netd_fail(&none, r, "there is no synthetic network adapter %.64s", adapter);
		report(&none, "", r, ret);
		ret->result = NETD_REFUSED;
		return;
	}
	kept_path(context, none.target.guid, folder);
	r = go_back_by(context, folder, ret);
	if (r == -ENOENT && ret->guid[0] == '\0') {
		(void)netd_fail(&none, r, "nothing was injected into %s that could be taken back", none.target.adapter);
		report(&none, none.target.guid, r, ret);
		ret->result = NETD_REFUSED;
	}
}

int netd_return(struct netd_context *context, struct netd_outcome *ret)
{
	struct netd_transaction transaction = { .context = context, .is_undoing = true };
	char folder[NETD_TEXT_SIZE], guid[40];

	owed_path(context, ret->guid, folder);
	if (read_note(&transaction, folder, guid, sizeof(guid)) < 0)
		return 1; /* another change has come since */
	if (netd_target_find(context, ret->guid, &transaction.target) < 0 ||
		transaction.backend->detect(context, &transaction.target) != NETD_PRESENT ||
		transaction.backend->enter(&transaction) < 0)
		return 0;
	(void)hvg_netbook_close(folder);
	return 1;
}
