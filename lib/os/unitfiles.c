// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * `systemctl enable` is a link in a .wants folder, `systemctl mask` one to /dev/null.
 */

#include "os/unitfiles.h"

#include "base/units.h"
#include "os/dropins.h"

#include <glob.h>
#include <stdio.h>

/* systemd.unit(5): the site's, this boot's, the vendor's. The first that has a unit decides what it is. */
static const char *const folders[] = { "/etc/systemd/system", "/run/systemd/system", "/usr/lib/systemd/system" };

#define PATH_SIZE 512

bool hvg_any_file(const char *pattern)
{
	glob_t found = { 0 };
	bool any = glob(pattern, GLOB_NOSORT, NULL, &found) == 0;

	globfree(&found);
	return any;
}

static bool is_masked(const char *unit)
{
	struct stat file;
	char path[PATH_SIZE];

	for (size_t i = 0; i < HVG_ELEMENTS(folders); i++) {
		snprintf(path, sizeof(path), "%s/%s", folders[i], unit);
		if (lstat(path, &file) == 0)
			return hvg_dropin_hides(path);
	}
	return false;
}

bool hvg_unit_is_enabled(const char *unit)
{
	char pattern[PATH_SIZE];
	bool is_wanted = false;

	for (size_t i = 0; !is_wanted && i < HVG_ELEMENTS(folders); i++) {
		snprintf(pattern, sizeof(pattern), "%s/*.wants/%s", folders[i], unit);
		is_wanted = hvg_any_file(pattern);
	}
	return is_wanted && !is_masked(unit);
}
