// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * hvctl time: how good the clock is, who keeps it, and the offsets of the last hour, as
 * hv-timed tells.
 */

#include "hvctl/time.h"

#include "base/duration.h"
#include "base/units.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define HOUR_S 3600

/* Text. */

static const char *say_duration(double ns, char ret[static HVG_DURATION_SIZE])
{
	hvg_duration_render(fabs(ns), ret);
	return ret;
}

static void print_keeper(const struct time_status *status)
{
	printf("       State: %s", status->state);
	if (strcmp(status->owner, "hv-timed") == 0)
		printf(", kept by hv-timed");
	else if (strcmp(status->owner, "another") == 0)
		printf(", kept by a program that nobody knows");
	else if (*status->owner != '\0')
		printf(", kept by %s", status->owner);
	printf(" (mode %s)\n", status->mode);
	if (*status->source_error != '\0')
		printf("       Error: the host's clock cannot be used: %s\n",
			status->source_error);
}

static void print_offset(const struct time_status *status)
{
	char offset[HVG_DURATION_SIZE], median[HVG_DURATION_SIZE], p99[HVG_DURATION_SIZE],
		worst[HVG_DURATION_SIZE];

	if (status->n_samples == 0)
		return;
	printf("      Offset: %s %s the host\n",
		say_duration((double)status->offset_ns, offset),
		status->offset_ns < 0 ? "behind" : "ahead of");
	printf("   Last hour: median %s, 99 %% within %s, worst %s\n",
		say_duration((double)status->spread_ns[1], median),
		say_duration((double)status->spread_ns[2], p99),
		say_duration((double)status->spread_ns[3], worst));
	printf("   Frequency: %.3f ppm %s, which is corrected\n",
		fabs(status->frequency_ppb) / 1e3, status->frequency_ppb < 0 ? "slow" : "fast");
}

/* Older daemons tell no cause. */
static const char *say_cause(const char *cause)
{
	if (strcmp(cause, "start") == 0)
		return "by hv-timed: it was that far off when hv-timed took it";
	if (strcmp(cause, "jump") == 0)
		return "by hv-timed: it, or the host's clock, had jumped";
	if (strcmp(cause, "another") == 0)
		return "not by hv-timed: by somebody else, or by the kernel for the host";
	return "";
}

static void print_step(const struct time_status *status)
{
	char by[HVG_DURATION_SIZE], when[64] = "";
	time_t seconds = (time_t)(status->last_step_time_us / (int64_t)HVG_USEC_PER_SEC);
	struct tm local;

	if (status->refused_step_ns != 0)
		printf("     Refused: to go back by %s, as the host wants\n",
			say_duration((double)status->refused_step_ns, by));
	if (status->last_step_ns == 0)
		return;
	if (localtime_r(&seconds, &local))
		(void)strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &local);
	printf("   Last step: %s by %s at %s\n              %s\n",
		status->last_step_ns < 0 ? "back" : "forward",
		say_duration((double)status->last_step_ns, by), when,
		say_cause(status->last_step_cause));
}

static void print_source(const struct time_status *status)
{
	char delay[HVG_DURATION_SIZE];

	if (*status->source == '\0')
		printf("      Source: none%s\n",
			*status->source_error == '\0' ? ": the host offers no PTP clock" : "");
	else
		printf("      Source: %s, read in %s\n", status->source,
			say_duration((double)status->sample_delay_ns, delay));
	printf("Clock source: %s\n", status->clock_source);
}

static struct plot plot_of(const struct time_history *history, struct plot_series *ret_series)
{
	*ret_series = (struct plot_series){ "offset to the host", "#2a7ad5", history->points,
		history->n };
	return (struct plot){
		.title = "Offset of the clock, last hour",
		.from_s = -HOUR_S,
		.series = ret_series,
		.n_series = 1,
	};
}

static void print_history(const struct time_history *history)
{
	struct plot_series series;
	struct plot plot = plot_of(history, &series);

	if (history->n == 0)
		return;
	printf("\n");
	plot_text(stdout, &plot);
}

/* JSON. */

static json_t *json_of_step(const struct time_status *status)
{
	if (status->last_step_ns == 0)
		return json_null();
	return json_pack("{sI sI ss ss}", "step_ns", (json_int_t)status->last_step_ns,
		"time_us", (json_int_t)status->last_step_time_us, "by", status->last_step_by,
		"cause", status->last_step_cause);
}

static json_t *json_of_spread(const struct time_status *status)
{
	return json_pack("{sI sI sI sI}", "rms_ns", (json_int_t)status->spread_ns[0],
		"median_ns", (json_int_t)status->spread_ns[1], "p99_ns",
		(json_int_t)status->spread_ns[2], "max_ns", (json_int_t)status->spread_ns[3]);
}

static json_t *json_of_sample(const struct time_status *status)
{
	if (status->n_samples == 0)
		return json_null();
	return json_pack("{sI sI sI}", "offset_ns", (json_int_t)status->sample_offset_ns,
		"delay_ns", (json_int_t)status->sample_delay_ns, "time_us",
		(json_int_t)status->sample_time_us);
}

static json_t *json_of_status(const struct time_status *status)
{
	return json_pack("{ss ss ss ss ss ss sI sf so so so sI}", "state", status->state,
		"mode", status->mode, "owner", status->owner, "source", status->source,
		"source_error", status->source_error, "clock_source", status->clock_source,
		"offset_ns", (json_int_t)status->offset_ns, "frequency_ppb",
		status->frequency_ppb, "last_hour", json_of_spread(status), "sample",
		json_of_sample(status), "last_step", json_of_step(status), "refused_step_ns",
		(json_int_t)status->refused_step_ns);
}

static json_t *json_of_history(const struct time_history *history)
{
	json_t *samples = json_array();

	for (size_t i = 0; i < history->n; i++)
		json_array_append_new(samples,
			json_pack("{sI sI}", "time_us", (json_int_t)history->times_us[i],
				"offset_ns", (json_int_t)llround(history->points[i].y_ns)));
	return samples;
}

/* The subcommands. */

/* A clock that nobody keeps, or that is far off, is something wrong. */
static int judge(const struct time_status *status)
{
	return strcmp(status->state, "tracking") == 0 ||
			strcmp(status->state, "monitoring") == 0
		? HVCTL_OK
		: HVCTL_WRONG;
}

static int show_status(struct hvctl *hvctl, int argc, char *argv[])
{
	struct time_history history = { 0 };
	struct time_status status;
	int r = time_read_status(hvctl, &status);

	if (r == HVCTL_OK && hvctl->json) {
		r = HVG_MAX(hvctl_print_json(json_of_status(&status), false), judge(&status));
	} else if (r == HVCTL_OK) {
		print_keeper(&status);
		print_offset(&status);
		print_step(&status);
		print_source(&status);
		if (time_read_history(hvctl, &history) == HVCTL_OK)
			print_history(&history);
		r = judge(&status);
	}
	time_history_done(&history);
	time_status_done(&status);
	return r;
}

static int write_svg(const struct time_history *history, const char *path)
{
	struct plot_series series;
	struct plot plot = plot_of(history, &series);
	FILE *file = fopen(path, "we");

	if (!file) {
		hvctl_complain("%s: %s", path, strerror(errno));
		return HVCTL_WRONG;
	}
	plot_svg(file, &plot);
	if (fclose(file) != 0) {
		hvctl_complain("%s: %s", path, strerror(errno));
		return HVCTL_WRONG;
	}
	return HVCTL_OK;
}

static int show_plot(struct hvctl *hvctl, int argc, char *argv[])
{
	const char *path = argc == 3 && strcmp(argv[1], "--svg") == 0 ? argv[2] : NULL;
	struct time_history history;
	int r;

	if (argc > 1 && !path) {
		hvctl_complain("usage: hvctl time plot [--svg FILE]");
		return HVCTL_USAGE;
	}
	r = time_read_history(hvctl, &history);
	if (r == HVCTL_OK && path)
		r = write_svg(&history, path);
	else if (r == HVCTL_OK && hvctl->json)
		r = hvctl_print_json(json_of_history(&history), false);
	else if (r == HVCTL_OK)
		print_history(&history);
	time_history_done(&history);
	return r;
}

static const struct hvctl_subcommand subcommands[] = {
	{ "status", 1, 1, "status                    how good the clock is, and who keeps it", show_status },
	{ "plot", 1, 3, "plot [--svg FILE]         the offsets of the last hour", show_plot },
	{ NULL },
};

static const char words[] =
	"An offset is that of our clock to the host's: ahead or behind.\n"
	"\n"
	"Example: hvctl time plot --svg clock.svg\n";

int hvctl_time(struct hvctl *hvctl, int argc, char *argv[])
{
	return hvctl_subcommand_run(hvctl, subcommands, words, argc, argv);
}
