// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Who asks what. The answers of a table's rows come from files of their own; short ones stand
 * here.
 */

#include "hvctl/facts/asks.h"

#include "hvctl/facts/collect.h"

#include "base/units.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/utsname.h>
#include <unistd.h>

static const struct {
	unsigned int wanted;
	int (*ask)(struct facts *facts);
} asks[] = {
	{ FACTS_HOST | FACTS_SYSTEM, ask_caller },
	{ FACTS_HOST | FACTS_SYSTEM, ask_kernel },
	{ FACTS_HOST | FACTS_SYSTEM, ask_processor },
	{ FACTS_SYSTEM, ask_log },
	{ FACTS_SYSTEM, ask_clock },
	{ FACTS_SYSTEM, ask_processes },
	{ FACTS_SYSTEM, ask_units },
	{ FACTS_SYSTEM, ask_adapters },
	{ FACTS_SYSTEM, ask_disks },
};

int facts_ask(const char *root, struct facts *facts, unsigned int wanted)
{
	int r = ask_pools(root, facts);

	if (*root != '\0')
		return r;
	for (size_t i = 0; i < HVG_ELEMENTS(asks) && r == 0; i++)
		if (asks[i].wanted & wanted)
			r = asks[i].ask(facts);
	return r;
}

int ask_add(struct facts *facts, const char *path, const char *format, ...)
{
	va_list arguments;
	char text[1024];

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	return facts_add(facts, FACT_FILE, path, text);
}

int ask_caller(struct facts *facts)
{
	if (geteuid() == 0)
		return ask_add(facts, "caller/user", "root");
	return ask_add(facts, "caller/user", "%u", geteuid());
}

int ask_kernel(struct facts *facts)
{
	struct utsname name;
	int r;

	if (uname(&name) < 0)
		return 0;
	r = ask_add(facts, "uname/machine", "%s", name.machine);
	return r < 0 ? r : ask_add(facts, "page/size", "%ld", sysconf(_SC_PAGESIZE));
}
