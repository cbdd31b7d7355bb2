// SPDX-License-Identifier: LGPL-2.1-or-later

/* os-release: every field ends and is well-formed. */

#include "fuzz.h"

#include "base/utf16.h"
#include "format/osrelease.h"

#include <string.h>

static void check(const char *text, size_t size)
{
	hvg_always(strnlen(text, size) < size);
	hvg_always(hvg_utf8_is_valid(text));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct hvg_osrelease release;

	hvg_osrelease_parse((const char *)bytes, size, &release);
	check(release.id, sizeof(release.id));
	check(release.name, sizeof(release.name));
	check(release.version_id, sizeof(release.version_id));
	check(release.pretty_name, sizeof(release.pretty_name));
	return 0;
}
