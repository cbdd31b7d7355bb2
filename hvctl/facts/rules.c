// SPDX-License-Identifier: LGPL-2.1-or-later

#include "hvctl/facts/rules.h"

#include "base/units.h"

bool rules_find(const struct guest *guest, bool (*is_wanted)(const struct fact *rules),
	struct fact *ret)
{
	static const char *const folders[] = { "/etc/udev/rules.d", "/usr/lib/udev/rules.d" };

	for (size_t i = 0; i < HVG_ELEMENTS(folders); i++) {
		struct facts_child child = { 0 };

		while (facts_next_child(guest->facts, folders[i], &child)) {
			*ret = fact(guest->facts, "%s/%s", folders[i], child.name);
			if (is_wanted(ret))
				return true;
		}
	}
	return false;
}
