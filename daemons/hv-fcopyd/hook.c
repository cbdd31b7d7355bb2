// SPDX-License-Identifier: LGPL-2.1-or-later

#include "hv-fcopyd/hook.h"

#include "base/units.h"
#include "common/journal.h"
#include "common/message-ids.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define TIME_LIMIT_US (5 * 60 * HVG_USEC_PER_SEC)

static int on_started(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	const sd_bus_error *failure = sd_bus_message_get_error(reply);

	if (failure)
		hvg_log(LOG_WARNING, HVG_MSG_FCOPY_HOOK, "PostCopyHook= cannot be run: %s.", failure->message);
	return 0;
}

/* ExecStart is a(sasb): the program, all of argv, and whether its failure is none. */
static int append_properties(sd_bus_message *call, const char *program, const char *path)
{
	int r;

	r = sd_bus_message_append(call, "(sv)(sv)(sv)", "Description", "s", "Hook after a file copied by the host",
		"RuntimeMaxUSec", "t", TIME_LIMIT_US, "CollectMode", "s", "inactive-or-failed");
	if (r >= 0)
		r = sd_bus_message_append(call, "(sv)", "ExecStart", "a(sasb)", 1, program, 2, program, path, 0);
	return r;
}

static int append_call(sd_bus_message *call, const char *program, const char *path)
{
	static unsigned int n;
	char unit[64];
	int r;

	snprintf(unit, sizeof(unit), "hvguest-fcopy-hook-%d-%u.service", (int)getpid(), ++n);
	r = sd_bus_message_append(call, "ss", unit, "fail");
	if (r >= 0)
		r = sd_bus_message_open_container(call, 'a', "(sv)");
	if (r >= 0)
		r = append_properties(call, program, path);
	if (r >= 0)
		r = sd_bus_message_close_container(call);
	return r < 0 ? r : sd_bus_message_append(call, "a(sa(sv))", 0);
}

int fcopyd_hook_run(sd_bus *bus, const char *program, const char *path)
{
	sd_bus_message *call = NULL;
	int r;

	if (!bus)
		return -ENOTCONN;
	r = sd_bus_message_new_method_call(bus, &call, "org.freedesktop.systemd1", "/org/freedesktop/systemd1",
		"org.freedesktop.systemd1.Manager", "StartTransientUnit");
	if (r >= 0)
		r = append_call(call, program, path);
	if (r >= 0)
		r = sd_bus_call_async(bus, NULL, call, on_started, NULL, 0);
	sd_bus_message_unref(call);
	return r;
}
