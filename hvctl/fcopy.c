// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * hvctl fcopy: the file that the host is copying, and those that it has copied. All of it comes from
 * hv-fcopyd over the bus.
 */

#include "hvctl/fcopy.h"

#include "base/units.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fcopy_render_span(uint64_t seconds, char ret[static FCOPY_SPAN_SIZE])
{
	if (seconds >= 3600)
		snprintf(ret, FCOPY_SPAN_SIZE, "%" PRIu64 " h %" PRIu64 " min", seconds / 3600, seconds % 3600 / 60);
	else if (seconds >= 60)
		snprintf(ret, FCOPY_SPAN_SIZE, "%" PRIu64 " min %" PRIu64 " s", seconds / 60, seconds % 60);
	else
		snprintf(ret, FCOPY_SPAN_SIZE, "%" PRIu64 " s", seconds);
}

const struct hvctl_service fcopy_service = { FCOPY_SERVICE, "hv-fcopyd", "file-copy" };

static int get_number(sd_bus *bus, const char *name, uint64_t *ret, sd_bus_error *error)
{
	return sd_bus_get_property_trivial(bus, FCOPY_SERVICE, FCOPY_PATH, FCOPY_INTERFACE, name, error, 't', ret);
}

static int get_text(sd_bus *bus, const char *name, char **ret, sd_bus_error *error)
{
	return sd_bus_get_property_string(bus, FCOPY_SERVICE, FCOPY_PATH, FCOPY_INTERFACE, name, error, ret);
}

static int read_properties(sd_bus *bus, struct fcopy_state *state, sd_bus_error *error)
{
	int r;

	r = get_text(bus, "State", &state->state, error);
	if (r >= 0)
		r = get_text(bus, "Device", &state->device, error);
	if (r >= 0)
		r = get_text(bus, "Path", &state->path, error);
	if (r >= 0)
		r = sd_bus_get_property_trivial(bus, FCOPY_SERVICE, FCOPY_PATH, FCOPY_INTERFACE, "Active", error, 'b',
			&state->active);
	if (r >= 0)
		r = get_number(bus, "BytesDone", &state->done, error);
	if (r >= 0)
		r = get_number(bus, "BytesTotal", &state->total, error);
	if (r >= 0)
		r = get_number(bus, "FilesCopied", &state->copied, error);
	return r;
}

int fcopy_read_state(struct hvctl *hvctl, struct fcopy_state *ret)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	int r, status = hvctl_reach(hvctl, &fcopy_service, "file copy");

	*ret = (struct fcopy_state){ 0 };
	if (status != HVCTL_OK)
		return status;
	r = read_properties(hvctl->bus, ret, &error);
	if (r < 0) {
		status = hvctl_bus_failed(&error, r, "file copy");
		fcopy_state_done(ret);
	}
	sd_bus_error_free(&error);
	return status;
}

void fcopy_state_done(struct fcopy_state *state)
{
	free(state->state);
	free(state->device);
	free(state->path);
	*state = (struct fcopy_state){ 0 };
}

/* status */

static int print_state_json(const struct fcopy_state *state)
{
	json_t *file = state->active ? json_pack("{so sI sI}", "path", hvctl_json_text(state->path), "done",
					       (json_int_t)state->done, "total", (json_int_t)state->total) :
				       json_null();

	return hvctl_print_json(json_pack("{ss ss sI so}", "state", state->state, "device", state->device, "copied",
					(json_int_t)state->copied, "file", file), false);
}

static void print_state(const struct fcopy_state *state)
{
	char *path = hvctl_escape(state->path);
	char done[HVCTL_SIZE_SIZE], total[HVCTL_SIZE_SIZE];

	printf("State:   %s\n", state->state);
	printf("Device:  %s\n", *state->device ? state->device : "none");
	printf("Copied:  %" PRIu64 " files since hv-fcopyd was started\n", state->copied);
	hvctl_render_size((double)state->done, done);
	hvctl_render_size((double)state->total, total);
	if (state->active)
		printf("Now:     %s, %s of %s\n", path ? path : "?", done, total);
	else
		printf("Now:     no file is being copied\n");
	free(path);
}

static int show_status(struct hvctl *hvctl, int argc, char *argv[])
{
	struct fcopy_state state;
	int status = fcopy_read_state(hvctl, &state);

	if (status != HVCTL_OK)
		return status;
	if (hvctl->json)
		status = print_state_json(&state);
	else
		print_state(&state);
	if (strcmp(state.state, "registered") != 0)
		status = HVCTL_WRONG;
	fcopy_state_done(&state);
	return status;
}

/* history */

struct past {
	uint64_t realtime_us, bytes, total, duration_us;
	const char *path, *result, *error;
};

static void add_to_table(struct hvctl_table *table, const struct past *past)
{
	char when[HVCTL_TIME_SIZE], size[HVCTL_SIZE_SIZE], took[32], *path = hvctl_escape(past->path);

	hvctl_render_time((time_t)(past->realtime_us / HVG_USEC_PER_SEC), when);
	hvctl_render_size((double)past->bytes, size);
	snprintf(took, sizeof(took), "%.2f s", (double)past->duration_us / HVG_USEC_PER_SEC);
	hvctl_table_add(table,
		(const char *const[]){ when, past->result, size, took, path ? path : "?", past->error });
	free(path);
}

static json_t *as_json(const struct past *past)
{
	char when[HVCTL_TIME_SIZE];

	hvctl_render_time((time_t)(past->realtime_us / HVG_USEC_PER_SEC), when);
	return json_pack("{ss so ss so sI sI sf}", "time", when, "path", hvctl_json_text(past->path), "result",
		past->result, "error", hvctl_json_text(past->error), "bytes", (json_int_t)past->bytes, "total",
		(json_int_t)past->total, "seconds", (double)past->duration_us / HVG_USEC_PER_SEC);
}

static int read_history(sd_bus_message *reply, struct hvctl_table *table, json_t *list)
{
	struct past past;
	int r = sd_bus_message_enter_container(reply, 'a', "(tsssttt)");

	while (r >= 0 && (r = sd_bus_message_read(reply, "(tsssttt)", &past.realtime_us, &past.path, &past.result,
				  &past.error, &past.bytes, &past.total, &past.duration_us)) > 0) {
		if (table)
			add_to_table(table, &past);
		else
			json_array_append_new(list, as_json(&past));
	}
	return r;
}

static int print_history(struct hvctl *hvctl, sd_bus_message *reply)
{
	static const char *const headings[] = { "TIME", "RESULT", "SIZE", "TOOK", "FILE", "WHY", NULL };
	struct hvctl_table *table = hvctl->json ? NULL : hvctl_table_new(hvctl, headings);
	json_t *list = hvctl->json ? json_array() : NULL;
	int r = read_history(reply, table, list), status;

	if (r < 0)
		hvctl_complain("history: %s", strerror(-r));
	if (hvctl->json)
		return HVG_MAX(hvctl_print_json(list, false), r < 0 ? HVCTL_WRONG : HVCTL_OK);
	hvctl_pager_begin(hvctl);
	status = hvctl_table_print(table);
	hvctl_pager_end(hvctl);
	return HVG_MAX(status, r < 0 ? HVCTL_WRONG : HVCTL_OK);
}

static int history(struct hvctl *hvctl, int argc, char *argv[])
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *reply = NULL;
	int r, status = hvctl_reach(hvctl, &fcopy_service, "history");

	if (status != HVCTL_OK)
		return status;
	r = sd_bus_call_method(hvctl->bus, FCOPY_SERVICE, FCOPY_PATH, FCOPY_INTERFACE, "History", &error, &reply, "");
	status = r < 0 ? hvctl_bus_failed(&error, r, "history") : print_history(hvctl, reply);
	sd_bus_message_unref(reply);
	sd_bus_error_free(&error);
	return status;
}

/* The subcommands. */

static const struct hvctl_subcommand subcommands[] = {
	{ "status", 1, 1, "status    the device, and the file that is being copied", show_status },
	{ "watch", 1, 1, "watch     files as they come, with their progress", fcopy_watch },
	{ "history", 1, 1, "history   the last files, and what became of them", history },
	{ NULL },
};

static const char words[] =
	"The host copies with Copy-VMFile; this guest says what it allows in hvguest-fcopy.conf(5).\n"
	"\n"
	"Example: hvctl fcopy watch\n";

int hvctl_fcopy(struct hvctl *hvctl, int argc, char *argv[])
{
	return hvctl_subcommand_run(hvctl, subcommands, words, argc, argv);
}
