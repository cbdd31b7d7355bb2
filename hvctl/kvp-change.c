// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * hvctl kvp set and unset: hv-kvpd alone changes pools, and polkit decides who may have it do so.
 */

#include "hvctl/hvctl.h"
#include "hvctl/kvp.h"

#include "base/utf16.h"
#include "hvguest/kvp.h"

static int change(struct hvctl *hvctl, const char *method, int argc, char *argv[])
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	int r, status = hvctl_reach(hvctl, &kvp_service, argv[2]);

	if (status != HVCTL_OK)
		return status;
	if (argc == 4)
		r = sd_bus_call_method(hvctl->bus, KVP_SERVICE, KVP_PATH, KVP_INTERFACE, method, &error, NULL,
			"sss", kvp_pool_name(argv[1]), argv[2], argv[3]);
	else
		r = sd_bus_call_method(hvctl->bus, KVP_SERVICE, KVP_PATH, KVP_INTERFACE, method, &error, NULL,
			"ss", kvp_pool_name(argv[1]), argv[2]);
	if (r < 0)
		status = hvctl_bus_failed(&error, r, argv[2]);
	sd_bus_error_free(&error);
	return status;
}

/* A pool holds more than a message to the host does. */
static void warn_if_cut(const char *what, const char *text, size_t max_chars)
{
	char fitting[3 * HVG_KVP_VALUE_MAX_CHARS + 1];

	if (hvg_utf8_fit(text, HVG_UTF8_TO_NUL, max_chars, fitting, sizeof(fitting)) & HVG_UTF8_CUT)
		hvctl_complain("the host gets only the first %zu characters (UTF-16 units) of this %s",
			max_chars, what);
}

int kvp_set(struct hvctl *hvctl, int argc, char *argv[])
{
	int status = change(hvctl, "Set", argc, argv);

	if (status == HVCTL_OK) {
		warn_if_cut("key", argv[2], HVG_KVP_KEY_MAX_CHARS);
		warn_if_cut("value", argv[3], HVG_KVP_VALUE_MAX_CHARS);
	}
	return status;
}

int kvp_unset(struct hvctl *hvctl, int argc, char *argv[])
{
	return change(hvctl, "Unset", argc, argv);
}
