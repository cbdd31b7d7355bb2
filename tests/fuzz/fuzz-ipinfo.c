// SPDX-License-Identifier: LGPL-2.1-or-later

/* Lists of addresses: every entry fits its buffer, and the list ends. */

#include "fuzz.h"

#include "hvguest/ipinfo.h"

#include <errno.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char entry[HVG_IPINFO_ENTRY_SIZE], *list = malloc(size + 1);
	size_t n = 0;
	int r;

	hvg_always(list);
	if (size > 0)
		memcpy(list, bytes, size);
	list[size] = '\0';
	while (r = hvg_ipinfo_entry(list, n, entry), r != -ENOENT) {
		hvg_always(r == 0 || r == -EMSGSIZE);
		hvg_always(r < 0 || (*entry != '\0' && strlen(entry) < sizeof(entry)));
		hvg_always(n++ <= size);
	}
	free(list);
	return 0;
}
