// SPDX-License-Identifier: LGPL-2.1-or-later

#include "common/transient.h"

#include <stdint.h>

/* ExecStart: a(sasb), the path, all words, whether a failure is ignored. */
int hvg_transient_append_command(sd_bus_message *message, const char *const argv[])
{
	int r;

	r = sd_bus_message_open_container(message, 'r', "sv");
	if (r >= 0)
		r = sd_bus_message_append(message, "s", "ExecStart");
	if (r >= 0)
		r = sd_bus_message_open_container(message, 'v', "a(sasb)");
	if (r >= 0)
		r = sd_bus_message_open_container(message, 'a', "(sasb)");
	if (r >= 0)
		r = sd_bus_message_open_container(message, 'r', "sasb");
	if (r >= 0)
		r = sd_bus_message_append(message, "s", argv[0]);
	if (r >= 0)
		r = sd_bus_message_append_strv(message, (char **)(uintptr_t)argv);
	if (r >= 0)
		r = sd_bus_message_append(message, "b", 0);
	for (unsigned int depth = 0; r >= 0 && depth < 4; depth++)
		r = sd_bus_message_close_container(message);
	return r;
}
