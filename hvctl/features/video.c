// SPDX-License-Identifier: LGPL-2.1-or-later

#include "hvctl/features/offered.h"

#include <string.h>

void judge_video(const struct guest *guest, struct verdict *ret)
{
	const struct device *device = guest_device(guest, CLASS_VIDEO);
	struct fact framebuffer = fact(guest->facts, "/proc/fb");

	/* Azure shows a serial console; its kernels leave the driver out, and nobody misses it.
	 */
	if (device && device->driver[0] == '\0' && guest_is_azure(guest->facts)) {
		judgement_because(&ret->judgement, device_fact(guest, device, "driver"));
		verdict_is(ret, FEATURE_NOT_APPLICABLE, "Azure shows no screen");
		return;
	}
	if (!offered_service(guest, &service_video, ret)) {
		judgement_because(&ret->judgement, framebuffer);
		if (ret->state == FEATURE_MISSING)
			verdict_is(ret, FEATURE_MISSING,
				"no driver takes it; the firmware's picture has a fixed size");
		return;
	}
	judgement_because(&ret->judgement, framebuffer);
	if (strstr(framebuffer.text, "hyperv"))
		verdict_is(
			ret, FEATURE_WORKS, "the console shows what %s draws", device->driver);
	else
		verdict_is(ret, FEATURE_READY,
			"%s drives it, and the kernel's console is elsewhere", device->driver);
}
