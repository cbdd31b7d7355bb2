// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A program of the site's, as the kernel tree's daemon calls its hv_set_ifconfig: two files, and 0
 * for success. What it does with them is its own affair; they are kept, for going back to.
 */

#include "hv-netd/backend.h"
#include "hv-netd/systemd.h"

#include "base/units.h"
#include "format/ifcfg.h"
#include "format/keyfile.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE_US (15 * HVG_USEC_PER_SEC)

static enum netd_presence detect(struct netd_context *context, const struct netd_target *target)
{
	return *context->settings->script ? NETD_PRESENT : NETD_ABSENT;
}

static int prepare(struct netd_transaction *transaction)
{
	const char *state = transaction->context->state, *name = transaction->target.match.name;
	char text[HVG_IPCONFIG_TEXT_SIZE], path[256];
	struct hvg_printer printer;
	int r;

	hvg_printer_init(&printer, text, sizeof(text));
	hvg_ifcfg_render_legacy(&transaction->target.match, &transaction->config, &printer);
	snprintf(path, sizeof(path), "%s/script/ifcfg-%s", state, name);
	r = netd_edit_print(transaction, path, &printer, 0600);
	if (r < 0)
		return r;
	hvg_printer_init(&printer, text, sizeof(text));
	hvg_keyfile_render(&transaction->target.match, &transaction->config, &printer);
	snprintf(path, sizeof(path), "%s/script/%s.nmconnection", state, name);
	return netd_edit_print(transaction, path, &printer, 0600);
}

static int enter(struct netd_transaction *transaction)
{
	const char *const argv[] = { transaction->context->settings->script, transaction->edits[0].path,
		transaction->edits[1].path, NULL };
	int r;

	if (transaction->is_undoing && access(argv[1], F_OK) < 0)
		return netd_fail(transaction, -ENOENT, "%s was never called before, so it cannot go back", argv[0]);
	r = netd_run(transaction->context, argv, PATIENCE_US, 0);
	return r < 0 ? netd_fail(transaction, r, "%s failed", argv[0]) : 0;
}

const struct netd_backend netd_script = {
	.name = "script",
	.detect = detect,
	.prepare = prepare,
	.enter = enter,
};
