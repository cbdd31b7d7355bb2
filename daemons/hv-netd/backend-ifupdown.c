// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * ifupdown: the stanzas of the interface are replaced where they stand; ifdown with the old ones,
 * ifup with the new ones, as units of systemd's.
 */

#include "hv-netd/backend.h"
#include "hv-netd/systemd.h"

#include "base/cleanup.h"
#include "base/units.h"
#include "format/interfaces.h"
#include "os/netfile.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INTERFACES "/etc/network/interfaces"
#define IFSTATE	   "/run/network/ifstate"
#define IFUP	   "/sbin/ifup"
#define IFDOWN	   "/sbin/ifdown"
#define UNIT	   "networking.service"

/* ifupdown's own limit is 5 files deep as well. */
#define DEPTH_MAX 5

/* ifdown stops a DHCP client, ifup waits for the test for duplicates. */
#define IFDOWN_US (6 * HVG_USEC_PER_SEC)
#define IFUP_US	  (7 * HVG_USEC_PER_SEC)

/* A DHCP server may be slow: what waits for it is not ended with us. */
#define LEASE_US (90 * HVG_USEC_PER_SEC)

/* Looking for the file that has the stanza. */
struct search {
	const char *name;
	bool found;
	char path[256];
};

static void look_into(struct search *search, const char *path, unsigned int depth);

static void look_into_all(struct search *search, struct hvg_span pattern, const char *below, unsigned int depth)
{
	glob_t found = { 0 };
	char text[256];

	if ((size_t)snprintf(text, sizeof(text), "%s%.*s%s", pattern.size && *pattern.start == '/' ? "" : "/etc/network/",
		    (int)pattern.size, pattern.start, below) >= sizeof(text))
		return;
	if (glob(text, 0, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc; i++)
			look_into(search, found.gl_pathv[i], depth + 1);
	globfree(&found);
}

static void follow_sources(struct search *search, struct hvg_span text, unsigned int depth)
{
	struct hvg_interfaces_line line;
	struct hvg_span word;

	while (!search->found && hvg_interfaces_next(&text, &line)) {
		struct hvg_span rest = line.value;

		while (hvg_span_is(line.word, "source") && hvg_interfaces_word(&rest, &word))
			look_into_all(search, word, "", depth);
		if (hvg_span_is(line.word, "source-directory") && hvg_interfaces_word(&rest, &word))
			look_into_all(search, word, "/*", depth);
	}
}

static void look_into(struct search *search, const char *path, unsigned int depth)
{
	_cleanup_free_ char *text = NULL;
	size_t size;

	if (search->found || depth > DEPTH_MAX || hvg_netfile_read(path, &text, &size) < 0)
		return;
	search->found = hvg_interfaces_has(text, size, search->name);
	if (search->found)
		snprintf(search->path, sizeof(search->path), "%s", path);
	else
		follow_sources(search, (struct hvg_span){ text, size }, depth);
}

static struct search find_stanza(const char *name)
{
	struct search search = { .name = name };

	look_into(&search, INTERFACES, 0);
	return search;
}

/* "eth0=eth0" in a line of its own: ifup brought it up. */
static bool is_up(const char *name)
{
	_cleanup_free_ char *text = NULL;
	struct hvg_span rest, line, up;
	size_t size;

	if (hvg_netfile_read(IFSTATE, &text, &size) < 0)
		return false;
	rest = (struct hvg_span){ text, size };
	while (hvg_span_cut(&rest, '\n', &line))
		if (hvg_span_cut(&line, '=', &up) && hvg_span_is(up, name))
			return true;
	return false;
}

static enum netd_presence detect(struct netd_context *context, const struct netd_target *target)
{
	const char *name = target->match.name;

	if (access(IFUP, X_OK) < 0 || !find_stanza(name).found)
		return NETD_ABSENT;
	if (is_up(name) && netd_bus_has(context, "org.freedesktop.systemd1"))
		return NETD_PRESENT;
	return netd_unit_is_enabled(UNIT) ? NETD_COLD : NETD_ABSENT;
}

static int check(struct netd_transaction *transaction, const struct hvg_printer *printer)
{
	struct hvg_ipconfig again;

	if (hvg_interfaces_parse(printer->text, printer->used, transaction->target.match.name, &again) < 0 ||
		!hvg_ipconfig_is_equal(&again, &transaction->config))
		return netd_fail(transaction, -EOPNOTSUPP, "this cannot be written into interfaces(5)");
	return 0;
}

/* Nothing hands name servers on to the resolver but these. */
static void warn_about_dns(struct netd_transaction *transaction)
{
	if (transaction->config.n_dns > 0 && access("/sbin/resolvconf", X_OK) < 0)
		netd_warn(transaction, "the name servers are not in force: ifupdown needs resolvconf for that");
}

/* cloud-init writes this file again when it finds a new instance. */
static void warn_about_cloud_init(struct netd_transaction *transaction, const char *path)
{
	if (strstr(path, "cloud-init") && access("/etc/cloud/cloud-init.disabled", F_OK) < 0)
		netd_warn(transaction, "cloud-init may write %s again", path);
}

static int prepare(struct netd_transaction *transaction)
{
	const char *name = transaction->target.match.name;
	struct search search = find_stanza(name);
	_cleanup_free_ char *old = NULL;
	_cleanup_free_ char *text = NULL;
	struct hvg_printer printer;
	size_t size = 0, room;
	int r;

	r = hvg_netfile_read(search.found ? search.path : INTERFACES, &old, &size);
	if (r < 0 && r != -ENOENT)
		return netd_fail(transaction, r, "%s cannot be read", search.found ? search.path : INTERFACES);
	room = size + HVG_IPCONFIG_TEXT_SIZE;
	text = malloc(room);
	if (!text)
		return -ENOMEM;
	hvg_printer_init(&printer, text, room);
	if (search.found)
		r = hvg_interfaces_edit((struct hvg_span){ old, size }, name, &transaction->config, &printer);
	else
		hvg_interfaces_render(name, &transaction->config, &printer);
	if (r == -EOPNOTSUPP)
		return netd_fail(transaction, r, "the stanza of %s in %s is of a kind that only ifupdown understands", name,
			search.path);
	if (r >= 0 || r == -ENOENT)
		r = check(transaction, &printer);
	if (r < 0)
		return r;
	warn_about_dns(transaction);
	warn_about_cloud_init(transaction, search.path);
	if (!search.found)
		snprintf(search.path, sizeof(search.path), "/etc/network/interfaces.d/hvguest-%s", name);
	return netd_edit_print(transaction, search.path, &printer, 0644);
}

/* An interface that is not up is no failure. */
static int leave(struct netd_transaction *transaction)
{
	const char *name = transaction->target.match.name;
	const char *const argv[] = { IFDOWN, "--force", name, NULL };
	int r = netd_run(transaction->context, argv, IFDOWN_US, 0);

	if (r < 0 && is_up(name))
		return netd_fail(transaction, r, "ifdown %s failed; `journalctl -t ifdown` may tell more", name);
	return 0;
}

static int enter(struct netd_transaction *transaction)
{
	const char *name = transaction->target.match.name;
	const char *const argv[] = { IFUP, "--force", name, NULL };
	bool may_go_on = transaction->is_undoing || transaction->config.ipv4 == HVG_IPV4_DHCP;
	int r = netd_run(transaction->context, argv, IFUP_US, may_go_on ? LEASE_US : 0);

	if (r == -EINPROGRESS && may_go_on) {
		netd_warn(transaction, "ifup is still waiting for a lease");
		return 0;
	}
	return r < 0 ? netd_fail(transaction, r, "ifup %s %s", name, r == -ETIMEDOUT ? "took too long" : "failed") : 0;
}

const struct netd_backend netd_ifupdown = {
	.name = "ifupdown",
	.detect = detect,
	.prepare = prepare,
	.leave = leave,
	.enter = enter,
};
