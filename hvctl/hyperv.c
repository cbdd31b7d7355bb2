// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Is this a Hyper-V guest at all? The kernel has the VMBus only where Hyper-V is; without its driver
 * the firmware still says who made the machine.
 */

#include "hvctl/hvctl.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define VMBUS "/sys/bus/vmbus"
#define DMI   "/sys/class/dmi/id/"

static bool says(const char *path, const char *expected)
{
	char line[64] = "";
	FILE *file = fopen(path, "re");

	if (!file)
		return false;
	if (fgets(line, sizeof(line), file))
		line[strcspn(line, "\n")] = '\0';
	fclose(file);
	return strcmp(line, expected) == 0;
}

bool hvctl_is_hyperv(void)
{
	if (access(VMBUS, F_OK) == 0)
		return true;
	return says(DMI "sys_vendor", "Microsoft Corporation") && says(DMI "product_name", "Virtual Machine");
}

int hvctl_is_no_guest(void)
{
	hvctl_complain("this is not a Hyper-V guest");
	return HVCTL_NOT_HYPERV;
}
