// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * What asks others (daemons, systemd, the kernel by netlink) is in a module of hvctl. For
 * libsystemd and what that needs in turn take longer to load than 64 devices take to be read,
 * and a program loads whatever it is linked with, whatever it was asked for.
 */

#include "hvctl/facts/collect.h"
#include "hvctl/hvctl.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * HVCTL_MODULE is seen from hvctl's own folder. dlopen's $ORIGIN would say the same, but where a
 * sanitizer stands between dlopen and its caller.
 */
static void *load(void)
{
	char path[PATH_MAX];
	ssize_t size = readlink("/proc/self/exe", path, sizeof(path) - sizeof(HVCTL_MODULE));

	if (size < 0) {
		hvctl_complain("%s cannot be found: /proc is missing", HVCTL_MODULE);
		exit(HVCTL_WRONG);
	}
	path[size] = '\0';
	(void)strcpy(strrchr(path, '/') + 1, HVCTL_MODULE);
	return dlopen(path, RTLD_NOW);
}

/* Without its module hvctl is not completely installed, and there is nothing to be done. */
static void *find(const char *symbol)
{
	static void *module;
	void *found;

	if (!module)
		module = load();
	found = module ? dlsym(module, symbol) : NULL;
	if (!found) {
		hvctl_complain("%s", dlerror());
		exit(HVCTL_WRONG);
	}
	return found;
}

hvctl_run *hvctl_module_verb(const char *name)
{
	char symbol[32];

	(void)snprintf(symbol, sizeof(symbol), "hvctl_%s", name);
	return (hvctl_run *)find(symbol);
}

/* The module's function of the same name. */
int facts_ask(const char *root, struct facts *facts, unsigned int wanted)
{
	__typeof__(facts_ask) *ask = (__typeof__(facts_ask) *)find("facts_ask");

	return ask(root, facts, wanted);
}
