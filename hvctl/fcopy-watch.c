// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * hvctl fcopy watch: a line for each file, which on a terminal is a bar while the file is coming. What
 * happens is told by signals; how far it is, is asked four times a second and only then.
 */

#include "hvctl/fcopy.h"

#include "base/units.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define REFRESH_US (250 * HVG_USEC_PER_MSEC)

/* Seconds over which the rate is averaged: steady enough to read, quick enough to be true. */
#define RATE_S 3.0

struct watch {
	struct hvctl *hvctl;
	bool is_terminal, is_coming;
	uint64_t looked_us, done;
	double rate; /* bytes a second; 0: not known yet */
};

static uint64_t now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * HVG_USEC_PER_SEC + (uint64_t)now.tv_nsec / HVG_NSEC_PER_USEC;
}

static int terminal_columns(void)
{
	struct winsize size;

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

/* An exponential mean of what came since the last look. */
static void measure(struct watch *watch, uint64_t done)
{
	uint64_t now = now_us();
	double seconds = (double)(now - watch->looked_us) / HVG_USEC_PER_SEC, weight;

	if (watch->looked_us > 0 && done >= watch->done && seconds > 0) {
		weight = watch->rate > 0 ? HVG_MIN(seconds / RATE_S, 1.0) : 1.0;
		watch->rate += weight * ((double)(done - watch->done) / seconds - watch->rate);
	}
	watch->looked_us = now;
	watch->done = done;
}

/* "#####.....  42%  1.3 GiB of 3.0 GiB  120.5 MiB/s  14 s left" */
static void print_bar(const struct watch *watch, const struct fcopy_state *state)
{
	char done[HVCTL_SIZE_SIZE], total[HVCTL_SIZE_SIZE], rate[HVCTL_SIZE_SIZE], left[FCOPY_SPAN_SIZE] = "?";
	double part = state->total > 0 ? (double)state->done / (double)state->total : 1;
	const char *slash = strrchr(state->path, '/');
	char *name = hvctl_escape(slash ? slash + 1 : state->path);
	int width = HVG_MAX(10, HVG_MIN(40, terminal_columns() - 90));
	int filled = (int)(part * width);

	hvctl_render_size((double)state->done, done);
	hvctl_render_size((double)state->total, total);
	hvctl_render_size(watch->rate, rate);
	if (watch->rate > 0)
		fcopy_render_span((uint64_t)((double)(state->total - state->done) / watch->rate + 0.5), left);
	printf("\r\033[K%.24s  [", name ? name : "?");
	free(name);
	for (int i = 0; i < width; i++)
		putchar(i < filled ? '#' : '.');
	printf("] %3.0f%%  %s of %s  %s/s  %s left", 100 * part, done, total, rate, left);
	fflush(stdout);
}

static int look(struct watch *watch)
{
	struct fcopy_state state;
	int status = fcopy_read_state(watch->hvctl, &state);

	if (status != HVCTL_OK)
		return status;
	watch->is_coming = state.active;
	if (state.active) {
		measure(watch, state.done);
		if (watch->is_terminal)
			print_bar(watch, &state);
	}
	fcopy_state_done(&state);
	return HVCTL_OK;
}

static void print_time(void)
{
	char when[HVCTL_TIME_SIZE];

	hvctl_render_time(time(NULL), when);
	printf("%s%s ", isatty(STDOUT_FILENO) ? "\r\033[K" : "", when);
}

static int on_started(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct watch *watch = userdata;
	char size[HVCTL_SIZE_SIZE], *escaped;
	const char *path;
	uint64_t bytes;
	int r;

	r = sd_bus_message_read(message, "st", &path, &bytes);
	if (r < 0)
		return r;
	watch->is_coming = true;
	watch->looked_us = watch->done = 0;
	watch->rate = 0;
	if (watch->hvctl->json)
		return hvctl_print_json(json_pack("{ss so sI}", "event", "started", "path", hvctl_json_text(path),
						"total", (json_int_t)bytes), true);
	hvctl_render_size((double)bytes, size);
	escaped = hvctl_escape(path);
	print_time();
	printf("started %s, %s\n", escaped ? escaped : "?", size);
	fflush(stdout);
	free(escaped);
	return 0;
}

static void print_end(const char *const texts[static 3], uint64_t bytes, uint64_t duration_us)
{
	char size[HVCTL_SIZE_SIZE], rate[HVCTL_SIZE_SIZE];
	double seconds = (double)duration_us / HVG_USEC_PER_SEC;
	char *path = hvctl_escape(texts[0]);

	hvctl_render_size((double)bytes, size);
	hvctl_render_size(seconds > 0 ? (double)bytes / seconds : 0, rate);
	print_time();
	printf("%s %s, %s", texts[1], path ? path : "?", size);
	free(path);
	if (strcmp(texts[1], "done") == 0)
		printf(" in %.2f s, %s/s\n", seconds, rate);
	else
		printf(": %s\n", texts[2]);
	fflush(stdout);
}

static int on_finished(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct watch *watch = userdata;
	uint64_t bytes, duration_us;
	const char *texts[3]; /* path, result, why */
	int r;

	r = sd_bus_message_read(message, "ssstt", &texts[0], &texts[1], &texts[2], &bytes, &duration_us);
	if (r < 0)
		return r;
	watch->is_coming = false;
	if (watch->hvctl->json)
		return hvctl_print_json(json_pack("{ss so so sI sf}", "event", texts[1], "path",
						hvctl_json_text(texts[0]), "error", hvctl_json_text(texts[2]),
						"bytes", (json_int_t)bytes, "seconds",
						(double)duration_us / HVG_USEC_PER_SEC), true);
	print_end(texts, bytes, duration_us);
	return 0;
}

static int listen_for(sd_bus *bus, const char *signal, sd_bus_message_handler_t handler, struct watch *watch)
{
	return sd_bus_match_signal(bus, NULL, FCOPY_SERVICE, FCOPY_PATH, FCOPY_INTERFACE, signal, handler, watch);
}

/* Until the bus is gone, or the daemon. */
static int run(sd_bus *bus, struct watch *watch)
{
	int r = 0;

	while (r >= 0) {
		r = sd_bus_process(bus, NULL);
		if (r == 0)
			r = sd_bus_wait(bus, watch->is_coming ? REFRESH_US : UINT64_MAX);
		if (r == -EINTR)
			r = 0;
		if (r >= 0 && watch->is_coming && now_us() - watch->looked_us >= REFRESH_US && look(watch) != HVCTL_OK)
			return HVCTL_WRONG;
	}
	hvctl_complain("watching ended: %s", strerror(-r));
	return HVCTL_WRONG;
}

int fcopy_watch(struct hvctl *hvctl, int argc, char *argv[])
{
	struct watch watch = { .hvctl = hvctl, .is_terminal = !hvctl->json && isatty(STDOUT_FILENO) };
	int r, status = hvctl_reach(hvctl, &fcopy_service, "file copy");

	if (status != HVCTL_OK)
		return status;
	r = listen_for(hvctl->bus, "Started", on_started, &watch);
	if (r >= 0)
		r = listen_for(hvctl->bus, "Finished", on_finished, &watch);
	if (r < 0) {
		hvctl_complain("cannot listen on the bus: %s", strerror(-r));
		return HVCTL_WRONG;
	}
	return look(&watch) == HVCTL_OK ? run(hvctl->bus, &watch) : HVCTL_WRONG;
}
