// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Destinations that nobody should write to, guests that lay traps, and messages that no host sends.
 */

#include "fcopy.h"

/* Serves as if nothing had happened. */
static void expect_unharmed(struct machine *m)
{
	expect(guest_daemon_runs(m));
	expect_copy_text("/dst/", "after", "all");
	expect_file("/dst/after", "all");
	expect_nothing_half();
}

static void refuses_destinations_that_are_none(struct machine *m)
{
	static const char *const destinations[] = { "tmp/", "", "./dst", "../dst", "/dst/../etc/", "/dst/..",
		"C:\\Windows\\" };

	begin_fcopy(m);
	for (size_t i = 0; i < sizeof(destinations) / sizeof(destinations[0]); i++)
		expect_status(host_copy_text(m, destinations[i], "file", "1"), HV_INVALIDARG);
	expect_no_file("/etc/file");
	expect_unharmed(m);
}

static void refuses_names_that_are_none(struct machine *m)
{
	static const char *const names[] = { "", ".", "..", "a/b", "../etc/passwd", "/etc/passwd" };

	begin_fcopy(m);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		expect_status(host_copy_text(m, "/dst/", names[i], "1"), HV_INVALIDARG);
	expect_unharmed(m);
}

/* The kernel hands on 259 bytes of a name and says nothing of the rest. */
static void writes_to_no_name_that_was_cut(struct machine *m)
{
	char destination[300] = "/dst/";

	for (int i = 0; i < 62; i++)
		strcat(destination, "\xe2\x82\xac" "/");
	guest_run(m, "mkdir -p '%s'", destination);
	strcat(destination, "file-of-a-long-name");
	begin_fcopy(m);
	expect_status(host_copy_text(m, destination, "file", "1"), HV_INVALIDARG);
	guest_run(m, "! find /dst -type f | grep .");
	expect_unharmed(m);
}

static void writes_nothing_to_the_kernel(struct machine *m)
{
	static const char *const destinations[] = { "/proc/sys/kernel/", "/sys/", "/dev/", "/var/lib/hvguest/",
		"/var/lib/hyperv/", "/mnt/proc/" };

	guest_run(m, "mkdir -p /mnt/proc && mount -t proc proc /mnt/proc");
	begin_fcopy(m);
	for (size_t i = 0; i < sizeof(destinations) / sizeof(destinations[0]); i++)
		expect_status(host_copy_file(m, &(struct host_file){ .name = "hostname", .bytes = "owned",
						      .destination = destinations[i], .size = 5, .force = true }),
			HV_E_FAIL);
	expect_given(guest_ask(m, "cat /proc/sys/kernel/hostname"), "guest\n");
	guest_run(m, "! find /var/lib/hyperv /var/lib/hvguest -name hostname | grep .");
	expect_unharmed(m);
}

/* The trap of /dst: somebody without rights makes root write where he wants. */
static void follows_no_link_of_somebody_else(struct machine *m)
{
	struct host_file file = { .name = "file", .destination = "/dst/trap/", .bytes = "1", .size = 1,
		.force = true };

	guest_run(m, "mkdir /srv/secret && ln -s /srv/secret /dst/trap && chown -h daemon /dst/trap");
	guest_run(m, "ln -s /srv/secret/file /dst/file && chown -h daemon /dst/file");
	begin_fcopy(m);
	expect_status(host_copy_file(m, &file), HV_E_FAIL);
	file.destination = "/dst/";
	expect_status(host_copy_file(m, &file), HV_S_OK); /* the link is replaced, and not followed */
	expect_no_file("/srv/secret/file");
	guest_run(m, "test -f /dst/file -a ! -L /dst/file");
	expect_unharmed(m);
}

static void takes_a_dangling_link_for_a_file_that_exists(struct machine *m)
{
	guest_run(m, "ln -s /srv/made-by-root /dst/file && chown -h daemon /dst/file");
	begin_fcopy(m);
	expect_status(host_copy_text(m, "/dst/", "file", "1"), HV_ERROR_ALREADY_EXISTS);
	expect_no_file("/srv/made-by-root");
	expect_unharmed(m);
}

/* Somebody swaps a folder for a link and back, as fast as he can. */
static void loses_no_race_against_a_link(struct machine *m)
{
	static const char *const racer[] = { "/bin/sh", "-c",
		"cd /dst/race && while :; do mv folder kept; ln -s /srv/secret folder; rm folder; mv kept folder; done",
		NULL };
	struct host_file file = { .name = "file", .destination = "/dst/race/folder/", .bytes = "1", .size = 1,
		.force = true };
	int process;

	guest_run(m, "mkdir -p /srv/secret /dst/race/folder && chown -R daemon /dst/race");
	begin_fcopy(m);
	process = guest_spawn(m, &(struct guest_command){ .argv = racer, .user = "daemon" });
	for (int i = 0; i < 200; i++)
		(void)host_copy_file(m, &file);
	guest_end(m, process);
	guest_run(m, "test -z \"$(ls -A /srv/secret)\"");
	guest_run(m, "! find /dst -name '.hvcopy-*' | grep .");
	expect_unharmed(m);
}

static void publishes_nothing_with_a_gap(struct machine *m)
{
	struct host_file file = { .name = "file", .destination = "/dst/", .size = 20000 };

	begin_fcopy(m);
	expect_status(host_copy_start(m, &file), HV_S_OK);
	expect_status(host_copy_write(m, &file, 0, 6144), HV_S_OK);
	expect_status(host_copy_write(m, &file, 12288, 6144), HV_S_OK);
	expect_status(host_copy_complete(m), HV_E_FAIL);
	expect_no_file("/dst/file");
	expect_unharmed(m);
}

static void takes_no_more_than_was_announced(struct machine *m)
{
	struct host_file file = { .name = "file", .destination = "/dst/", .size = 100 };

	begin_fcopy(m);
	expect_status(host_copy_start(m, &file), HV_S_OK);
	expect_status(host_copy_write(m, &file, UINT64_C(1) << 40, 10), HV_INVALIDARG);
	expect_no_file("/dst/file");
	expect_unharmed(m);
}

static uint32_t ask(struct machine *m, uint32_t op, uint64_t offset, uint32_t size)
{
	static struct host_fcopy_message request;

	request = (struct host_fcopy_message){ .op = op, .offset = offset, .size = size };
	return host_fcopy_exchange(m, &request);
}

static void refuses_a_fragment_that_is_larger_than_its_message(struct machine *m)
{
	static const uint32_t sizes[] = { 6145, 65536, 0x7fffffff, 0xffffffff };
	struct host_file file = { .name = "file", .destination = "/dst/", .size = INT64_MAX };

	begin_fcopy(m);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		expect_status(host_copy_start(m, &file), HV_ERROR_DISK_FULL); /* a small disk */
		file.size = 10;
		expect_status(host_copy_start(m, &file), HV_S_OK);
		expect_status(ask(m, WRITE_TO_FILE, 0, sizes[i]), HV_INVALIDARG);
		file.size = INT64_MAX;
	}
	expect_no_file("/dst/file");
	expect_unharmed(m);
}

static void answers_what_belongs_to_no_file(struct machine *m)
{
	begin_fcopy(m);
	expect_status(ask(m, WRITE_TO_FILE, 0, 10), HV_E_FAIL);
	expect_status(host_copy_complete(m), HV_E_FAIL);
	expect_status(host_copy_cancel(m), HV_S_OK);
	expect_status(ask(m, 4, 0, 0), HV_ERROR_NOT_SUPPORTED);
	expect_status(ask(m, UINT32_MAX, 0, 0), HV_ERROR_NOT_SUPPORTED);
	expect_unharmed(m);
	expect_status(ask(m, WRITE_TO_FILE, 0, 3), HV_E_FAIL); /* the file before is closed */
	expect_file("/dst/after", "all");
}

static void begins_anew_when_the_host_does(struct machine *m)
{
	struct host_file file = { .name = "first", .destination = "/dst/", .size = 20000 };

	begin_fcopy(m);
	expect_status(host_copy_start(m, &file), HV_S_OK);
	expect_status(host_copy_write(m, &file, 0, 6144), HV_S_OK);
	expect_copy_text("/dst/", "second", "2");
	expect_file("/dst/second", "2");
	guest_run(m, "test \"$(ls -A /dst)\" = second");
	expect_unharmed(m);
}

static void fills_no_log_with_what_it_is_sent(struct machine *m)
{
	char name[32];

	begin_fcopy(m);
	for (uint32_t i = 0; i < FLOOD / 4; i++) {
		const struct host_file stray = { .bytes = "1", .size = 1 };

		(void)snprintf(name, sizeof(name), "file%u", i);
		expect_status(host_copy_text(m, "/proc/", name, "1"), HV_E_FAIL);
		expect(host_copy_write(m, &stray, 0, 1) != HV_S_OK);
		expect(host_copy_complete(m) != HV_S_OK);
		expect(host_fcopy_exchange(m, &(struct host_fcopy_message){ .op = 4 + i % 200 }) != HV_S_OK);
	}
	expect_short_log(m, "hv-fcopyd: ");
	expect_unharmed(m);
}

static const struct scenario rows[] = {
	ROW(refuses_destinations_that_are_none, .daemon = SCENARIO_FCOPY, .only_in_full = true,
		.not_debian = "it takes relative paths, and '..'"),
	ROW(refuses_names_that_are_none, .daemon = SCENARIO_FCOPY, .only_in_full = true, .not_debian = "it takes any name"),
	ROW(writes_to_no_name_that_was_cut, .needs_driver = true, .daemon = SCENARIO_FCOPY,
		.not_debian = "it cannot know, and writes to what is left of the name"),
	ROW(writes_nothing_to_the_kernel, .daemon = SCENARIO_FCOPY, .only_in_full = true, .not_debian = "it writes anywhere"),
	ROW(follows_no_link_of_somebody_else, .daemon = SCENARIO_FCOPY, .only_in_full = true, .not_debian = "it follows links"),
	ROW(takes_a_dangling_link_for_a_file_that_exists, .daemon = SCENARIO_FCOPY, .only_in_full = true,
		.not_debian = "it looks through the link, and then writes through it"),
	ROW(loses_no_race_against_a_link, .daemon = SCENARIO_FCOPY_OURS, .only_in_full = true),
	ROW(publishes_nothing_with_a_gap, .daemon = SCENARIO_FCOPY, .only_in_full = true,
		.not_debian = "it does not look whether the file is whole"),
	ROW(takes_no_more_than_was_announced, .daemon = SCENARIO_FCOPY, .only_in_full = true,
		.not_debian = "it does not look at the size of a file"),
	ROW(refuses_a_fragment_that_is_larger_than_its_message, .daemon = SCENARIO_FCOPY_OURS, .only_in_full = true),
	ROW(answers_what_belongs_to_no_file, .daemon = SCENARIO_FCOPY, .only_in_full = true,
		.not_debian = "without a file it writes to descriptor 0"),
	ROW(begins_anew_when_the_host_does, .daemon = SCENARIO_FCOPY, .only_in_full = true,
		.not_debian = "the first file stays, half"),
	ROW(fills_no_log_with_what_it_is_sent, .daemon = SCENARIO_FCOPY_OURS, .only_in_full = true),
};

SCENARIO_SET(scenarios_fcopy_hostile, rows);
