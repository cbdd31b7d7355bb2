/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Lists what the Hyper-V host offers this guest, and who drives it. */

#include <hvguest.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
	const struct hvg_vmbus_device *device;
	struct hvg_vmbus_devices *devices;
	int r = hvg_vmbus_devices_new(&devices);

	if (r < 0) {
		fprintf(stderr, "list-devices: %s\n", strerror(-r));
		return 1;
	}
	for (size_t i = 0; (device = hvg_vmbus_devices_get(devices, i)); i++)
		printf("%s %s, driver: %s\n", device->instance, device->class_name, device->driver);
	hvg_vmbus_devices_free(devices);
	return 0;
}
