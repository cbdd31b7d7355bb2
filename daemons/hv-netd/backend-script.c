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

struct files {
	char ifcfg[256], keyfile[256];
};

/* Known from the target alone: whoever goes back after a crash has nothing else. */
static struct files files_of(const struct netd_transaction *transaction)
{
	const char *state = transaction->context->state, *name = transaction->target.match.name;
	struct files files;

	snprintf(files.ifcfg, sizeof(files.ifcfg), "%s/script/ifcfg-%s", state, name);
	snprintf(files.keyfile, sizeof(files.keyfile), "%s/script/%s.nmconnection", state, name);
	return files;
}

static int prepare(struct netd_transaction *transaction)
{
	struct files files = files_of(transaction);
	char text[HVG_IPCONFIG_TEXT_SIZE];
	struct hvg_printer printer;
	int r;

	hvg_printer_init(&printer, text, sizeof(text));
	hvg_ifcfg_render_legacy(&transaction->target.match, &transaction->config, &printer);
	r = netd_edit_print(transaction, files.ifcfg, &printer, 0600);
	if (r < 0)
		return r;
	hvg_printer_init(&printer, text, sizeof(text));
	hvg_keyfile_render(&transaction->target.match, &transaction->config, &printer);
	return netd_edit_print(transaction, files.keyfile, &printer, 0600);
}

static int enter(struct netd_transaction *transaction)
{
	const char *program = transaction->context->settings->script;
	struct files files = files_of(transaction);
	const char *const argv[] = { program, files.ifcfg, files.keyfile, NULL };
	int r;

	if (transaction->is_undoing && access(files.ifcfg, F_OK) < 0)
		return netd_fail(transaction, -ENOENT, "%s was never called before, so it cannot go back", program);
	r = netd_run(transaction->context, argv, PATIENCE_US, 0);
	return r < 0 ? netd_fail(transaction, r, "%s failed", program) : 0;
}

const struct netd_backend netd_script = {
	.name = "script",
	.detect = detect,
	.prepare = prepare,
	.enter = enter,
};
