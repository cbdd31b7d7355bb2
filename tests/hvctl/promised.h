/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HVCTL_PROMISED_H
#define HVG_TESTS_HVCTL_PROMISED_H

/* Whether JSON that hvctl has said is what a schema in hvctl/schema promises: schema.py looks, and says why not. */

#include <stdbool.h>
#include <stdio.h>

static inline bool is_promised(const char *schema, const char *said)
{
	char command[512];
	FILE *python;

	(void)snprintf(command, sizeof(command), "/usr/bin/python3 " HVG_SOURCE_DIR "/tests/hvctl/schema.py %s", schema);
	python = popen(command, "we");
	return python && fputs(said, python) >= 0 && pclose(python) == 0;
}

#endif
