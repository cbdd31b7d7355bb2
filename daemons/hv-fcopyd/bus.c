// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * org.hvguest.FileCopy1: what is being copied, and what was. There is nothing to change over the bus.
 */

#include "hv-fcopyd/fcopyd.h"

#include "base/utf16.h"

#include <string.h>

#define NAME	  "org.hvguest.FileCopy1"
#define PATH	  "/org/hvguest/FileCopy1"
#define INTERFACE "org.hvguest.FileCopy1"

/* History() -> a(tsssttt): when, path, result, error, bytes, total, duration */

static int append_past(sd_bus_message *reply, const struct fcopyd_history *history)
{
	const struct fcopyd_past *past;
	int r = sd_bus_message_open_container(reply, 'a', "(tsssttt)");

	for (size_t i = 0; r >= 0 && (past = fcopyd_history_get(history, i)); i++)
		r = sd_bus_message_append(reply, "(tsssttt)", past->realtime_us, past->path, past->result,
			past->error, past->bytes, past->total, past->duration_us);
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int on_history(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct fcopyd *fcopyd = userdata;
	sd_bus_message *reply = NULL;
	int r;

	r = sd_bus_message_new_method_return(message, &reply);
	if (r >= 0)
		r = append_past(reply, &fcopyd->history);
	if (r >= 0)
		r = sd_bus_send(NULL, reply, NULL);
	sd_bus_message_unref(reply);
	return r;
}

/* Properties. */

static int get_registered(sd_bus *bus, const char *path, const char *interface, const char *property,
	sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	return sd_bus_message_append(reply, "b", strcmp(fcopyd_state(userdata), "registered") == 0);
}

static int get_state(sd_bus *bus, const char *path, const char *interface, const char *property,
	sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	return sd_bus_message_append(reply, "s", fcopyd_state(userdata));
}

static int get_device(sd_bus *bus, const char *path, const char *interface, const char *property,
	sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	struct fcopyd *fcopyd = userdata;

	return sd_bus_message_append(reply, "s", fcopyd->device.node);
}

static int get_active(sd_bus *bus, const char *path, const char *interface, const char *property,
	sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	struct fcopyd *fcopyd = userdata;
	struct fcopyd_news current;

	return sd_bus_message_append(reply, "b", fcopyd_transfer_look(&fcopyd->transfer, &current));
}

/* Of the file that is being copied; "" if there is none. */
static int get_path(sd_bus *bus, const char *path, const char *interface, const char *property,
	sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	struct fcopyd *fcopyd = userdata;
	char text[PATH_MAX] = "";
	struct fcopyd_news current;

	if (fcopyd_transfer_look(&fcopyd->transfer, &current))
		(void)hvg_utf8_fit(current.path, HVG_UTF8_TO_NUL, SIZE_MAX, text, sizeof(text));
	return sd_bus_message_append(reply, "s", text);
}

static int get_number(sd_bus *bus, const char *path, const char *interface, const char *property,
	sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	bool is_done = strcmp(property, "BytesDone") == 0;
	struct fcopyd *fcopyd = userdata;
	struct fcopyd_news current;
	uint64_t number = 0;

	if (fcopyd_transfer_look(&fcopyd->transfer, &current))
		number = is_done ? current.bytes : current.total;
	return sd_bus_message_append(reply, "t", number);
}

static const sd_bus_vtable vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD_WITH_ARGS("History", SD_BUS_NO_ARGS, SD_BUS_RESULT("a(tsssttt)", files), on_history,
		SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_SIGNAL_WITH_ARGS("Started", SD_BUS_ARGS("s", path, "t", bytes), 0),
	SD_BUS_SIGNAL_WITH_ARGS("Finished",
		SD_BUS_ARGS("s", path, "s", result, "s", error, "t", bytes, "t", duration), 0),
	SD_BUS_PROPERTY("Registered", "b", get_registered, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("State", "s", get_state, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("Device", "s", get_device, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("Active", "b", get_active, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("Path", "s", get_path, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("BytesDone", "t", get_number, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("BytesTotal", "t", get_number, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("FilesCopied", "t", NULL, offsetof(struct fcopyd, n_copied), 0),
	SD_BUS_VTABLE_END,
};

void fcopyd_bus_state_changed(struct fcopyd *fcopyd)
{
	sd_bus *bus = hvg_bus_get(fcopyd->bus);

	if (bus)
		(void)sd_bus_emit_properties_changed(bus, PATH, INTERFACE, "Registered", "State", "Device", NULL);
}

void fcopyd_bus_progressed(struct fcopyd *fcopyd)
{
	sd_bus *bus = hvg_bus_get(fcopyd->bus);

	if (bus)
		(void)sd_bus_emit_properties_changed(bus, PATH, INTERFACE, "BytesDone", NULL);
}

static void emit_current(sd_bus *bus)
{
	(void)sd_bus_emit_properties_changed(bus, PATH, INTERFACE, "Active", "Path", "BytesDone", "BytesTotal",
		NULL);
}

void fcopyd_bus_started(struct fcopyd *fcopyd, const struct fcopyd_news *news)
{
	sd_bus *bus = hvg_bus_get(fcopyd->bus);
	char text[PATH_MAX];

	if (!bus)
		return;
	(void)hvg_utf8_fit(news->path, HVG_UTF8_TO_NUL, SIZE_MAX, text, sizeof(text));
	(void)sd_bus_emit_signal(bus, PATH, INTERFACE, "Started", "st", text, news->total);
	emit_current(bus);
}

void fcopyd_bus_finished(struct fcopyd *fcopyd, const struct fcopyd_past *past)
{
	sd_bus *bus = hvg_bus_get(fcopyd->bus);

	if (!bus)
		return;
	(void)sd_bus_emit_signal(bus, PATH, INTERFACE, "Finished", "ssstt", past->path, past->result, past->error,
		past->bytes, past->duration_us);
	emit_current(bus);
}

static int joined(void *userdata, sd_bus *bus)
{
	struct fcopyd *fcopyd = userdata;
	int r;

	r = sd_bus_add_object_vtable(bus, NULL, PATH, INTERFACE, vtable, fcopyd);
	if (r < 0)
		return r;
	hvg_sleep_joined(&fcopyd->sleep, bus);
	return 0;
}

static void lost(void *userdata, int error)
{
	struct fcopyd *fcopyd = userdata;

	hvg_sleep_lost(&fcopyd->sleep);
}

int fcopyd_bus_init(struct fcopyd *fcopyd)
{
	struct hvg_bus_config config = {
		.name = NAME,
		.joined = joined,
		.lost = lost,
		.userdata = fcopyd,
	};

	return hvg_bus_new(hvg_loop_event(fcopyd->loop), &config, &fcopyd->bus);
}
