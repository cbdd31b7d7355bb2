// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A message is made into one harmless line first; where it goes is decided last. The process's
 * journal is the one global of the daemons: stderr and the journal's socket are the process's, too.
 */

#define SD_JOURNAL_SUPPRESS_LOCATION /* it would always name this file */

#include "common/journal.h"

#include "base/units.h"
#include "common/line.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-journal.h>
#include <time.h>
#include <unistd.h>

#define FIELD_SIZE 512
#define OWN_FIELDS 5 /* what stands in a message besides the caller's fields, at most */

struct fields {
	struct iovec list[HVG_LOG_FIELDS_MAX + OWN_FIELDS];
	int n;
};

static uint64_t monotonic_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * HVG_USEC_PER_SEC + (uint64_t)now.tv_nsec / HVG_NSEC_PER_USEC;
}

static struct hvg_journal process = {
	.name = "hvguest",
	.level = LOG_INFO,
	.fd = STDERR_FILENO,
	.send = sd_journal_sendv,
	.now_us = monotonic_us,
};

/* systemd names the stream that it gave us as stderr; somebody may have put another there since. */
static bool leads_to_journal(int fd)
{
	const char *stream = getenv("JOURNAL_STREAM");
	char name[64];
	struct stat file;

	if (!stream || fstat(fd, &file) < 0)
		return false;
	(void)snprintf(name, sizeof(name), "%" PRIuMAX ":%" PRIuMAX, (uintmax_t)file.st_dev,
		(uintmax_t)file.st_ino);
	return strcmp(stream, name) == 0;
}

static bool wants_colours(int fd)
{
	const char *terminal = getenv("TERM");

	return isatty(fd) && !getenv("NO_COLOR") && terminal && strcmp(terminal, "dumb") != 0;
}

void hvg_journal_init(struct hvg_journal *journal, const char *name, bool is_debug)
{
	*journal = (struct hvg_journal){
		.name = name,
		.level = is_debug ? LOG_DEBUG : LOG_INFO,
		.fd = leads_to_journal(STDERR_FILENO) ? -EBADF : STDERR_FILENO,
		.has_colours = wants_colours(STDERR_FILENO),
		.send = sd_journal_sendv,
		.now_us = monotonic_us,
	};
}

/* One field is a line for the terminal. */
static void output(void *userdata, const struct iovec *fields, int n)
{
	const struct hvg_journal *journal = userdata;

	if (journal->fd >= 0)
		(void)!writev(journal->fd, fields, n);
	else
		(void)journal->send(fields, n);
}

static void emit(struct hvg_journal *journal, const struct iovec *fields, int n)
{
	if (journal->held.is_on)
		hvg_held_add(&journal->held, fields, n);
	else
		output(journal, fields, n);
}

static void write_terminal(struct hvg_journal *journal, int level, const char *line)
{
	static const struct {
		const char *prefix, *colour;
	} styles[] = {
		[LOG_EMERG] = { "emergency: ", "\033[1;31m" },
		[LOG_ALERT] = { "alert: ", "\033[1;31m" },
		[LOG_CRIT] = { "critical: ", "\033[1;31m" },
		[LOG_ERR] = { "error: ", "\033[1;31m" },
		[LOG_WARNING] = { "warning: ", "\033[1;33m" },
		[LOG_NOTICE] = { "", "\033[1m" },
		[LOG_INFO] = { "", "" },
		[LOG_DEBUG] = { "debug: ", "\033[2m" },
	};
	const char *colour = journal->has_colours ? styles[level].colour : "";
	char text[HVG_LINE_SIZE + 128];
	int n = snprintf(text, sizeof(text), "%s%s: %s%s%s\n", colour, journal->name, styles[level].prefix,
		line, *colour ? "\033[0m" : "");

	emit(journal, &(struct iovec){ text, HVG_MIN((size_t)n, sizeof(text) - 1) }, 1);
}

static void add_field(struct fields *fields, char *text)
{
	fields->list[fields->n++] = (struct iovec){ text, strlen(text) };
}

/* NAME=value, escaped and cut to fit. The name is one of ours, and short. */
static char *render_field(const struct hvg_field *field, char ret[static FIELD_SIZE])
{
	size_t size = strlen(field->name);

	memcpy(ret, field->name, size);
	ret[size++] = '=';
	hvg_line_escape(field->value, ret + size, FIELD_SIZE - size);
	return ret;
}

static void write_journal(struct hvg_journal *journal, const struct hvg_log_entry *entry,
	const char *line)
{
	char own[OWN_FIELDS][FIELD_SIZE], others[HVG_LOG_FIELDS_MAX][FIELD_SIZE];
	char message[sizeof("MESSAGE=") + HVG_LINE_SIZE];
	const struct hvg_field *field = entry->fields;
	struct fields fields = { .n = 0 };

	(void)snprintf(message, sizeof(message), "MESSAGE=%s", line);
	add_field(&fields, message);
	(void)snprintf(own[0], FIELD_SIZE, "PRIORITY=%d", entry->level);
	add_field(&fields, own[0]);
	(void)snprintf(own[1], FIELD_SIZE, "SYSLOG_IDENTIFIER=%s", journal->name);
	add_field(&fields, own[1]);
	if (entry->id) {
		(void)snprintf(own[2], FIELD_SIZE, "MESSAGE_ID=%s", entry->id);
		add_field(&fields, own[2]);
	}
	for (int i = 0; field && field->name && i < HVG_LOG_FIELDS_MAX; field++, i++)
		add_field(&fields, render_field(field, others[i]));
	emit(journal, fields.list, fields.n);
}

/* Whether it may be said; what is to be added then about those that were not is put into ret. */
static bool admit(struct hvg_journal *journal, const struct hvg_log_entry *entry, const char *format,
	char ret[static 64])
{
	unsigned int n_unsaid = 0;

	if (entry->level > journal->level)
		return false;
	if (entry->level < LOG_DEBUG && !hvg_ratelimit_admit(&journal->limit,
						entry->id ? entry->id : format,
						journal->now_us(), &n_unsaid))
		return false;
	*ret = '\0';
	if (n_unsaid > 0)
		(void)snprintf(ret, 64, " (and %u more like this before)", n_unsaid);
	return true;
}

void hvg_journal_write(struct hvg_journal *journal, const struct hvg_log_entry *entry,
	const char *format, va_list arguments)
{
	char raw[HVG_LINE_SIZE], line[HVG_LINE_SIZE], unsaid[64];

	if (!admit(journal, entry, format, unsaid))
		return;
	(void)vsnprintf(raw, sizeof(raw), format, arguments);
	hvg_line_escape(raw, line, sizeof(line) - strlen(unsaid));
	(void)strcat(line, unsaid);
	if (journal->fd >= 0)
		write_terminal(journal, entry->level, line);
	else
		write_journal(journal, entry, line);
}

void hvg_journal_hold(struct hvg_journal *journal)
{
	journal->held.is_on = true;
}

static void __attribute__((format(printf, 2, 3)))
warn(struct hvg_journal *journal, const char *format, ...)
{
	const struct hvg_log_entry entry = { .level = LOG_WARNING };
	va_list arguments;

	va_start(arguments, format);
	hvg_journal_write(journal, &entry, format, arguments);
	va_end(arguments);
}

void hvg_journal_release(struct hvg_journal *journal)
{
	unsigned int n_dropped;

	journal->held.is_on = false;
	n_dropped = hvg_held_release(&journal->held, output, journal);
	if (n_dropped > 0)
		warn(journal, "%u messages were dropped, because there was no room to keep them.", n_dropped);
}

void hvg_log_open(const char *name, bool is_debug)
{
	hvg_journal_init(&process, name, is_debug);
}

struct hvg_journal *hvg_log_journal(void)
{
	return &process;
}

void hvg_log(int level, const char *id, const char *format, ...)
{
	const struct hvg_log_entry entry = { .level = level, .id = id };
	va_list arguments;

	va_start(arguments, format);
	hvg_journal_write(&process, &entry, format, arguments);
	va_end(arguments);
}

void hvg_log_entry(const struct hvg_log_entry *entry, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	hvg_journal_write(&process, entry, format, arguments);
	va_end(arguments);
}
