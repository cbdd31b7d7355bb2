// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The journal's socket has a fixed place, /run/systemd/journal/socket. The last test plays journald
 * there, in a mount namespace of its own.
 */

#include "suites.h"

#include "base/units.h"
#include "common/journal.h"
#include "common/line.h"
#include "common/message-ids.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static struct hvg_journal journal;
static int output[2];
static uint64_t now_us;
static char sent[65536];
static int n_sent;

static uint64_t clock_us(void)
{
	return now_us;
}

/* Every field with a | behind it. */
static int send_fields(const struct iovec *fields, int n)
{
	sent[0] = '\0';
	for (int i = 0; i < n; i++)
		sprintf(sent + strlen(sent), "%.*s|", (int)fields[i].iov_len, (char *)fields[i].iov_base);
	n_sent++;
	return 0;
}

static void setup(void)
{
	ck_assert_int_eq(pipe2(output, O_CLOEXEC | O_NONBLOCK), 0);
	now_us = 1000;
	n_sent = 0;
	sent[0] = '\0';
	hvg_journal_init(&journal, "hv-testd", false);
	journal.fd = output[1];
	journal.has_colours = false;
	journal.send = send_fields;
	journal.now_us = clock_us;
}

static void teardown(void)
{
	close(output[0]);
	close(output[1]);
}

static void __attribute__((format(printf, 2, 3)))
say(const struct hvg_log_entry *entry, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	hvg_journal_write(&journal, entry, format, arguments);
	va_end(arguments);
}

static const char *printed(void)
{
	static char text[2 * HVG_LINE_SIZE];
	ssize_t n = read(output[0], text, sizeof(text) - 1);

	text[n < 0 ? 0 : n] = '\0';
	return text;
}

static const struct {
	int level;
	bool has_colours;
	const char *line;
} terminal_lines[] = {
	{ LOG_ERR, false, "hv-testd: error: said 5\n" },
	{ LOG_WARNING, false, "hv-testd: warning: said 5\n" },
	{ LOG_NOTICE, false, "hv-testd: said 5\n" },
	{ LOG_INFO, false, "hv-testd: said 5\n" },
	{ LOG_DEBUG, false, "hv-testd: debug: said 5\n" },
	{ LOG_ERR, true, "\033[1;31mhv-testd: error: said 5\033[0m\n" },
	{ LOG_WARNING, true, "\033[1;33mhv-testd: warning: said 5\033[0m\n" },
	{ LOG_INFO, true, "hv-testd: said 5\n" },
};

START_TEST(prints_one_line_on_a_terminal)
{
	journal.level = LOG_DEBUG;
	journal.has_colours = terminal_lines[_i].has_colours;
	say(&(struct hvg_log_entry){ terminal_lines[_i].level }, "said %d", 5);
	ck_assert_str_eq(printed(), terminal_lines[_i].line);
	ck_assert_int_eq(n_sent, 0);
}
END_TEST

START_TEST(keeps_debug_messages_to_itself_unless_asked)
{
	say(&(struct hvg_log_entry){ LOG_DEBUG }, "detail");
	ck_assert_str_eq(printed(), "");
	hvg_journal_init(&journal, "hv-testd", true);
	journal.fd = output[1];
	journal.has_colours = false;
	say(&(struct hvg_log_entry){ LOG_DEBUG }, "detail");
	ck_assert_str_eq(printed(), "hv-testd: debug: detail\n");
}
END_TEST

START_TEST(escapes_what_the_host_wrote)
{
	say(&(struct hvg_log_entry){ LOG_INFO }, "key %s", "a\nhv-testd: error: \033[2Jb");
	ck_assert_str_eq(printed(), "hv-testd: key a\\x0ahv-testd: error: \\x1b[2Jb\n");
}
END_TEST

START_TEST(cuts_a_line_that_is_too_long)
{
	char text[2 * HVG_LINE_SIZE];

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	say(&(struct hvg_log_entry){ LOG_INFO }, "%s", text);
	ck_assert_uint_eq(strlen(printed()), strlen("hv-testd: \n") + HVG_LINE_SIZE - 1);
}
END_TEST

START_TEST(sends_fields_to_the_journal)
{
	journal.fd = -EBADF;
	say(&(struct hvg_log_entry){ LOG_WARNING, HVG_MSG_DEVICE_BUSY,
		    HVG_FIELDS({ "HVGUEST_DEVICE", "/dev/x" }, { "HVGUEST_KEY", "a\nb" }) },
		"held: %s", "\x01");
	ck_assert_str_eq(sent,
		"MESSAGE=held: \\x01|PRIORITY=4|SYSLOG_IDENTIFIER=hv-testd|MESSAGE_ID=" HVG_MSG_DEVICE_BUSY
		"|HVGUEST_DEVICE=/dev/x|HVGUEST_KEY=a\\x0ab|");
	ck_assert_str_eq(printed(), "");
	say(&(struct hvg_log_entry){ LOG_INFO }, "plain");
	ck_assert_str_eq(sent, "MESSAGE=plain|PRIORITY=6|SYSLOG_IDENTIFIER=hv-testd|");
}
END_TEST

START_TEST(sends_all_fields_that_fit)
{
	char value[2048];
	struct hvg_field fields[HVG_LOG_FIELDS_MAX + 2] = { { NULL, NULL } };
	unsigned int n = 0;

	memset(value, 'v', sizeof(value));
	value[sizeof(value) - 1] = '\0';
	for (unsigned int i = 0; i <= HVG_LOG_FIELDS_MAX; i++)
		fields[i] = (struct hvg_field){ "HVGUEST_F", value };
	journal.fd = -EBADF;
	say(&(struct hvg_log_entry){ LOG_INFO, HVG_MSG_STALLED, fields }, "m");
	for (const char *at = sent; (at = strstr(at, "HVGUEST_F=")); at += strcspn(at, "|"), n++)
		ck_assert_uint_eq(strcspn(at, "|"), 511);
	ck_assert_uint_eq(n, HVG_LOG_FIELDS_MAX);
}
END_TEST

START_TEST(limits_a_flood_and_counts_what_it_kept_back)
{
	const struct hvg_log_entry entry = { LOG_WARNING, HVG_MSG_REQUEST_REFUSED };

	journal.fd = -EBADF;
	for (unsigned int i = 0; i < 1000; i++)
		say(&entry, "refused %u", i);
	ck_assert_int_eq(n_sent, HVG_RATELIMIT_BURST);
	now_us += HVG_RATELIMIT_US;
	say(&entry, "refused again");
	ck_assert_ptr_nonnull(strstr(sent, "MESSAGE=refused again (and 990 more like this before)|"));
	say(&entry, "refused again");
	ck_assert_ptr_nonnull(strstr(sent, "MESSAGE=refused again|"));
}
END_TEST

START_TEST(limits_messages_without_an_id_by_their_format)
{
	journal.fd = -EBADF;
	for (unsigned int i = 0; i < 100; i++)
		say(&(struct hvg_log_entry){ LOG_INFO }, "one %u", i);
	say(&(struct hvg_log_entry){ LOG_INFO }, "other");
	ck_assert_int_eq(n_sent, HVG_RATELIMIT_BURST + 1);
}
END_TEST

START_TEST(does_not_limit_debug_messages)
{
	journal.fd = -EBADF;
	journal.level = LOG_DEBUG;
	for (unsigned int i = 0; i < 100; i++)
		say(&(struct hvg_log_entry){ LOG_DEBUG }, "detail");
	ck_assert_int_eq(n_sent, 100);
}
END_TEST

/* Sets JOURNAL_STREAM to what stderr leads to, with the inode number changed by this. */
static void set_stream(int change)
{
	struct stat file;
	char stream[64];

	ck_assert_int_eq(fstat(STDERR_FILENO, &file), 0);
	snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)file.st_dev,
		(uintmax_t)file.st_ino + (uintmax_t)change);
	ck_assert_int_eq(setenv("JOURNAL_STREAM", stream, 1), 0);
}

START_TEST(knows_the_stream_that_systemd_gave_it)
{
	ck_assert_int_ge(dup2(output[1], STDERR_FILENO), 0);
	unsetenv("JOURNAL_STREAM");
	hvg_journal_init(&journal, "hv-testd", false);
	ck_assert_int_eq(journal.fd, STDERR_FILENO);
	set_stream(1);
	hvg_journal_init(&journal, "hv-testd", false);
	ck_assert_int_eq(journal.fd, STDERR_FILENO);
	set_stream(0);
	hvg_journal_init(&journal, "hv-testd", false);
	ck_assert_int_lt(journal.fd, 0);
}
END_TEST

static const struct {
	const char *terminal, *no_color;
	bool has_colours;
} terminals[] = {
	{ "xterm", NULL, true },
	{ "dumb", NULL, false },
	{ NULL, NULL, false },
	{ "xterm", "1", false },
};

static void set_variable(const char *name, const char *value)
{
	if (value)
		setenv(name, value, 1);
	else
		unsetenv(name);
}

START_TEST(has_colours_on_a_terminal_only)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), slave;

	ck_assert_int_ge(master, 0);
	ck_assert_int_eq(grantpt(master), 0);
	ck_assert_int_eq(unlockpt(master), 0);
	slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	ck_assert_int_ge(slave, 0);
	set_variable("TERM", terminals[_i].terminal);
	set_variable("NO_COLOR", terminals[_i].no_color);
	ck_assert_int_ge(dup2(slave, STDERR_FILENO), 0);
	hvg_journal_init(&journal, "hv-testd", false);
	ck_assert_int_eq(journal.has_colours, terminals[_i].has_colours);
	ck_assert_int_ge(dup2(output[1], STDERR_FILENO), 0);
	hvg_journal_init(&journal, "hv-testd", false);
	ck_assert(!journal.has_colours);
	close(slave);
	close(master);
}
END_TEST

START_TEST(logs_to_stderr_before_anybody_opened_it)
{
	ck_assert_int_ge(dup2(output[1], STDERR_FILENO), 0);
	hvg_log(LOG_WARNING, HVG_MSG_STALLED, "early %d", 1);
	hvg_log(LOG_DEBUG, NULL, "unheard");
	ck_assert_str_eq(printed(), "hvguest: warning: early 1\n");
	unsetenv("JOURNAL_STREAM");
	hvg_log_open("hv-testd", true);
	hvg_log_entry(&(struct hvg_log_entry){ LOG_DEBUG }, "late %d", 2);
	ck_assert_str_eq(printed(), "hv-testd: debug: late 2\n");
	hvg_log_journal()->level = LOG_ERR;
	hvg_log(LOG_WARNING, NULL, "unheard");
	ck_assert_str_eq(printed(), "");
}
END_TEST

/* A socket where journald's is; -EPERM where we may not. */
static int play_journald(void)
{
	const struct sockaddr_un address = { AF_UNIX, "/run/systemd/journal/socket" };
	int fd;

	if (unshare(CLONE_NEWNS) < 0)
		return -EPERM;
	ck_assert_int_eq(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	ck_assert_int_eq(mount("tmpfs", "/run", "tmpfs", 0, NULL), 0);
	ck_assert_int_eq(mkdir("/run/systemd", 0755), 0);
	ck_assert_int_eq(mkdir("/run/systemd/journal", 0755), 0);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

START_TEST(reaches_the_journals_own_socket)
{
	char datagram[4096];
	ssize_t n;
	int fd = play_journald();

	if (fd < 0)
		return;
	ck_assert_int_ge(dup2(output[1], STDERR_FILENO), 0);
	set_stream(0);
	hvg_log_open("hv-testd", false);
	hvg_log_entry(&(struct hvg_log_entry){ LOG_NOTICE, HVG_MSG_BUS_JOINED,
			      HVG_FIELDS({ "HVGUEST_NAME", "org.hvguest.Test1" }) },
		"joined");
	n = recv(fd, datagram, sizeof(datagram) - 1, 0);
	ck_assert_int_gt(n, 0);
	datagram[n] = '\0';
	ck_assert_ptr_nonnull(strstr(datagram, "MESSAGE=joined\n"));
	ck_assert_ptr_nonnull(strstr(datagram, "PRIORITY=5\n"));
	ck_assert_ptr_nonnull(strstr(datagram, "MESSAGE_ID=" HVG_MSG_BUS_JOINED "\n"));
	ck_assert_ptr_nonnull(strstr(datagram, "SYSLOG_IDENTIFIER=hv-testd\n"));
	ck_assert_ptr_nonnull(strstr(datagram, "HVGUEST_NAME=org.hvguest.Test1\n"));
	ck_assert_ptr_null(strstr(datagram, "CODE_FILE"));
	close(fd);
}
END_TEST

START_TEST(keeps_messages_in_memory_while_it_is_held)
{
	const struct hvg_log_entry notice = { .level = LOG_NOTICE };

	hvg_journal_hold(&journal);
	say(&notice, "first");
	say(&notice, "second %d", 2);
	ck_assert_str_eq(printed(), "");
	hvg_journal_release(&journal);
	ck_assert_str_eq(printed(), "hv-testd: first\nhv-testd: second 2\n");
	say(&notice, "third");
	ck_assert_str_eq(printed(), "hv-testd: third\n");
	hvg_journal_hold(&journal);
	hvg_journal_release(&journal);
	ck_assert_str_eq(printed(), "");
}
END_TEST

START_TEST(keeps_fields_for_the_journal)
{
	const struct hvg_log_entry notice = { .level = LOG_NOTICE, .id = HVG_MSG_STALLED };

	journal.fd = -EBADF;
	hvg_journal_hold(&journal);
	say(&notice, "kept");
	ck_assert_int_eq(n_sent, 0);
	hvg_journal_release(&journal);
	ck_assert_int_eq(n_sent, 1);
	ck_assert_str_eq(sent, "MESSAGE=kept|PRIORITY=5|SYSLOG_IDENTIFIER=hv-testd|MESSAGE_ID=" HVG_MSG_STALLED "|");
}
END_TEST

START_TEST(tells_how_many_messages_found_no_room)
{
	const struct hvg_log_entry debug = { .level = LOG_DEBUG };

	journal.fd = -EBADF;
	journal.level = LOG_DEBUG;
	hvg_journal_hold(&journal);
	for (int i = 0; i < 60; i++)
		say(&debug, "%02000d", i);
	hvg_journal_release(&journal);
	ck_assert_int_gt(n_sent, 10);
	ck_assert_int_lt(n_sent, 60);
	ck_assert_ptr_nonnull(strstr(sent, "messages were dropped"));
}
END_TEST

Suite *hvg_suite_daemons_journal(void)
{
	Suite *suite = suite_create("daemons-journal");
	TCase *tcase = hvg_suite_case(suite, "journal");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, prints_one_line_on_a_terminal, 0, HVG_ELEMENTS(terminal_lines));
	tcase_add_test(tcase, keeps_debug_messages_to_itself_unless_asked);
	tcase_add_test(tcase, escapes_what_the_host_wrote);
	tcase_add_test(tcase, cuts_a_line_that_is_too_long);
	tcase_add_test(tcase, sends_fields_to_the_journal);
	tcase_add_test(tcase, sends_all_fields_that_fit);
	tcase_add_test(tcase, limits_a_flood_and_counts_what_it_kept_back);
	tcase_add_test(tcase, limits_messages_without_an_id_by_their_format);
	tcase_add_test(tcase, does_not_limit_debug_messages);
	tcase_add_test(tcase, knows_the_stream_that_systemd_gave_it);
	tcase_add_loop_test(tcase, has_colours_on_a_terminal_only, 0, HVG_ELEMENTS(terminals));
	tcase_add_test(tcase, logs_to_stderr_before_anybody_opened_it);
	tcase_add_test(tcase, reaches_the_journals_own_socket);
	tcase_add_test(tcase, keeps_messages_in_memory_while_it_is_held);
	tcase_add_test(tcase, keeps_fields_for_the_journal);
	tcase_add_test(tcase, tells_how_many_messages_found_no_room);
	return suite;
}
