// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * At boot, for adapters without a manager: each file is one adapter's configuration.
 */

#include "hv-netd/transaction.h"

#include "base/cleanup.h"
#include "os/netfile.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>

static void close_folder(DIR **folder)
{
	if (*folder)
		(void)closedir(*folder);
}

static int restore_one(struct netd_context *context, const char *guid)
{
	struct netd_transaction transaction = { .context = context };
	_cleanup_free_ char *text = NULL;
	enum netd_presence presence;
	char path[NETD_TEXT_SIZE];
	size_t size;
	int r = netd_target_find(context, guid, &transaction.target);

	if (r < 0)
		return r;
	if (netd_backend_choose(context, &transaction.target, &presence) != &netd_none)
		return 0; /* it has got a manager since */
	snprintf(path, sizeof(path), "%s/static/%s", context->state, guid);
	r = hvg_netfile_read(path, &text, &size);
	if (r >= 0)
		r = hvg_ipconfig_parse(text, size, &transaction.config);
	return r < 0 ? r : netd_none.enter(&transaction);
}

int netd_restore(struct netd_context *context)
{
	_cleanup_(close_folder) DIR *folder = NULL;
	char path[NETD_TEXT_SIZE];
	int first = 0;

	snprintf(path, sizeof(path), "%s/static", context->state);
	folder = opendir(path);
	if (!folder)
		return errno == ENOENT ? 0 : -errno;
	for (const struct dirent *entry; (entry = readdir(folder));) {
		int r = entry->d_name[0] == '.' ? 0 : restore_one(context, entry->d_name);

		if (r < 0 && first == 0)
			first = r;
	}
	return first;
}
