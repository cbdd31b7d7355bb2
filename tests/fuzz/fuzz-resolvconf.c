// SPDX-License-Identifier: LGPL-2.1-or-later

/* resolv.conf: what is stored is an address, and no more is stored than there is room for. */

#include "fuzz.h"

#include "base/units.h"
#include "format/resolvconf.h"

#include <arpa/inet.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct hvg_resolvconf_server servers[2];
	size_t n = hvg_resolvconf_parse((const char *)bytes, size, servers, 2);

	for (size_t i = 0; i < HVG_MIN(n, (size_t)2); i++) {
		uint8_t address[16];

		hvg_always(inet_pton(AF_INET, servers[i].address, address) == 1 ||
			inet_pton(AF_INET6, servers[i].address, address) == 1);
	}
	return 0;
}
