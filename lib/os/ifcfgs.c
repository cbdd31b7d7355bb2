// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A file's name says nothing: whom it is for stands in it.
 */

#include "os/ifcfgs.h"

#include "base/cleanup.h"
#include "format/ifcfg.h"
#include "os/netfile.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

static bool is_for(const char *path, const struct hvg_netmatch *match)
{
	_cleanup_free_ char *text = NULL;
	size_t size;

	return hvg_netfile_read(path, &text, &size) >= 0 && hvg_ifcfg_is_for(text, size, match);
}

int hvg_ifcfgs_find(const struct hvg_netmatch *match, char *ret_path, size_t ret_path_size)
{
	glob_t files = { 0 };
	int r = -ENOENT;

	if (glob(HVG_IFCFG_FOLDER "/ifcfg-*", 0, NULL, &files) == 0)
		for (size_t i = 0; r < 0 && i < files.gl_pathc; i++) {
			if (!is_for(files.gl_pathv[i], match))
				continue;
			(void)snprintf(ret_path, ret_path_size, "%s", files.gl_pathv[i]);
			r = 0;
		}
	globfree(&files);
	return r;
}

enum hvg_dhcp_word hvg_ifcfgs_dhcp(const struct hvg_netmatch *match)
{
	_cleanup_free_ char *text = NULL;
	char path[256];
	size_t size;

	if (hvg_ifcfgs_find(match, path, sizeof(path)) < 0 ||
		hvg_netfile_read(path, &text, &size) < 0)
		return HVG_DHCP_UNSAID;
	return hvg_dhcpword_ifcfg((struct hvg_span){ text, size });
}
