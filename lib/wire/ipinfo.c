// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Lists of addresses as a host writes them: "a; b;c;".
 */

#include "hvguest/ipinfo.h"

#include "base/text.h"

#include <errno.h>

int hvg_ipinfo_entry(const char *list, size_t n, char ret[HVG_IPINFO_ENTRY_SIZE])
{
	struct hvg_span rest = hvg_span_of(list), piece;

	while (hvg_span_cut(&rest, ';', &piece)) {
		piece = hvg_span_trim(piece);
		if (piece.size == 0)
			continue;
		if (n-- == 0)
			return hvg_span_copy(piece, ret, HVG_IPINFO_ENTRY_SIZE) < 0 ? -EMSGSIZE : 0;
	}
	return -ENOENT;
}
