// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * hvg-scenarios --daemon ours|debian|none [OPTION…]: chooses scenarios, and plays them, each on a
 * machine of its own. TAP goes to $HVG_TAP_DIR, into a file of the set's name.
 */

#include "host/vm/body.h"
#include "play.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define JOBS	      8
#define FULL_LIMIT_S  1800 /* of a scenario in a full run, at least */

#define MAX_SCENARIOS 512

static const struct scenario_set *const sets[] = {
	&scenarios_driver,
	&scenarios_kvp_auto,
	&scenarios_kvp_pools,
	&scenarios_kvp_text,
	&scenarios_kvp_guest,
	&scenarios_kvp_hostile,
	&scenarios_kvp_life,
	&scenarios_kvp_stale,
	&scenarios_kvp_files,
	&scenarios_kvp_ip,
	&scenarios_kvp_inject,
	&scenarios_kvp_bus,
	&scenarios_kvp_settings,
	&scenarios_fcopy_copy,
	&scenarios_fcopy_hostile,
	&scenarios_fcopy_life,
	&scenarios_fcopy_lisa,
	&scenarios_fcopy_bus,
	&scenarios_fcopy_ring,
	&scenarios_kvp_hvctl,
	&scenarios_kvp_hvctl_absent,
	&scenarios_kvp_hvctl_watch,
	&scenarios_vss,
	&scenarios_vss_faults,
	&scenarios_vss_fault_table,
	&scenarios_vss_bus,
	&scenarios_vss_applications,
	&scenarios_vss_hooks,
	&scenarios_vss_strange,
	&scenarios_calls,
	&scenarios_growth,
	&scenarios_vm_backup,
	&scenarios_vm_devices,
	&scenarios_vm_heartbeat,
	&scenarios_vm_hvctl,
	&scenarios_vm_time,
	&scenarios_vm_timed,
	&scenarios_vm_pause,
	&scenarios_vm_power,
	&scenarios_package_life,
	&scenarios_package_lisa,
	&scenarios_system_hvctl,
	&scenarios_system_life,
	&scenarios_system_disks,
	&scenarios_system_fcopy,
	&scenarios_system_neighbours,
	&scenarios_system_net,
	&scenarios_system_time,
	&scenarios_system_udev,
	&scenarios_system_vss,
};

/* They need what a virtual machine does not have: databases, a network. */
static const struct scenario_set *const sets_in_place[] = {
	&scenarios_calls_net,
	&scenarios_net_inject,
	&scenarios_vss_databases,
};

/*
 * Limits end what hangs, and nothing else: on a busy machine a row takes many times as long as on an idle
 * one. An exception waits for what will not come. On a real kernel a machine is shared, and 30 s are 30 s.
 * Patience stays below what the guest itself does after a time: a freeze ends after 55 s.
 */
static const struct body {
	const char *name;
	unsigned int time_limit_s; /* of a scenario; far more than the longest takes */
	uint64_t kernel_second_us, patience_us, patience_of_exceptions_us;
	bool has_kernel, has_system, has_packages, needs_root;
} bodies[] = {
	{ "fuse", 300, 100000, 45000000, 4000000, .needs_root = true },
	{ "vm", 1200, 1000000, 60000000, 15000000, .has_kernel = true },
	{ "system", 3600, 1000000, 300000000, 15000000, .has_kernel = true, .has_system = true }, /* the vm body's */
	{ "packages", 3600, 1000000, 300000000, 15000000, .has_kernel = true, .has_system = true, .has_packages = true },
};

static struct options {
	const struct body *body;
	const char *service, *daemon, *path;
	const char *name; /* of the only scenario to play, or NULL */
	const char *record_folder;
	const char *like_folder; /* of a kernel's records: those scenarios, at its pace; or NULL */
	bool only_exceptions, only_list, uses_ring;
	unsigned int jobs;
} options = { .body = &bodies[0], .service = "kvp", .daemon = "none", .jobs = JOBS };

static bool is_named(const char *daemon)
{
	return strcmp(options.daemon, daemon) == 0;
}

/*
 * Who plays a service's rows: its daemons, or ours alone. For Backup a kernel second is longer: a tenth of 30
 * is what the freezer has for an answer, which it must not miss on a busy machine.
 */
static const struct service {
	const char *name;
	enum scenario_daemon both, ours;
	uint64_t kernel_second_us; /* at least */
} services[] = {
	{ "kvp", SCENARIO_KVP, SCENARIO_OURS },
	{ "vss", SCENARIO_VSS, SCENARIO_VSS_OURS, 300000 },
	{ "fcopy", SCENARIO_FCOPY, SCENARIO_FCOPY_OURS },
};

static const struct service *find_service(void)
{
	for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++)
		if (strcmp(services[i].name, options.service) == 0)
			return &services[i];
	return NULL;
}

/* Something was said in it. */
static bool is_recorded(const struct scenario *scenario, const char *folder)
{
	char path[4096];
	struct stat stat;

	(void)snprintf(path, sizeof(path), "%s/%s.txt", folder, scenario->name);
	return lstat(path, &stat) == 0 && stat.st_size > 0;
}

/* Why Debian's daemon, of which there are two for file copy, cannot pass; NULL: it can. */
static const char *reason_of(const struct scenario *scenario)
{
	return options.uses_ring && scenario->not_debian_ring ? scenario->not_debian_ring : scenario->not_debian;
}

/* Where packages are installed all rows of a system can be played, and are in full runs: most tell nothing new of them. */
static bool is_for_packages(const struct scenario *scenario)
{
	if (!options.body->has_packages)
		return !scenario->needs_packages;
	return scenario->needs_packages || options.name || getenv("HVG_FULL");
}

static bool is_wanted(const struct scenario *scenario)
{
	const struct service *service = find_service();
	bool is_both = scenario->daemon == service->both, is_ours = scenario->daemon == service->ours;

	if (options.body->has_kernel ? scenario->not_on_kernel != NULL : scenario->needs_kernel)
		return false;
	if (scenario->needs_system != options.body->has_system)
		return false;
	if (!is_for_packages(scenario))
		return false;
	if (scenario->only_in_full && options.body->has_kernel && !options.name && !getenv("HVG_FULL"))
		return false;
	if (options.uses_ring ? scenario->needs_driver : scenario->needs_ring)
		return false;
	if (options.like_folder && !is_recorded(scenario, options.like_folder))
		return false;
	if (scenario->needs_databases != !!getenv("HVG_DATABASES"))
		return false;
	if (options.name)
		return strcmp(options.name, scenario->name) == 0 &&
		       (scenario->daemon == SCENARIO_DRIVER || is_both || is_ours);
	if (is_named("none"))
		return scenario->daemon == SCENARIO_DRIVER;
	if (is_named("ours"))
		return is_both || is_ours;
	return is_both && !!reason_of(scenario) == options.only_exceptions;
}

static size_t choose_of(const struct scenario_set *set, const struct scenario *ret[static MAX_SCENARIOS], size_t n)
{
	for (size_t i = 0; i < set->n && n < MAX_SCENARIOS; i++)
		if (is_wanted(&set->scenarios[i]))
			ret[n++] = &set->scenarios[i];
	return n;
}

static size_t choose(const struct scenario *ret[static MAX_SCENARIOS])
{
	size_t n = 0;

	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
		n = choose_of(sets[i], ret, n);
	for (size_t i = 0; !options.body->has_kernel && i < sizeof(sets_in_place) / sizeof(sets_in_place[0]); i++)
		n = choose_of(sets_in_place[i], ret, n);
	return n;
}

/* A table's rows, for the list in README.md. */
static int list(const struct scenario *const scenarios[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (options.only_exceptions)
			printf("| `%s` | %s |\n", scenarios[i]->name, reason_of(scenarios[i]));
		else
			puts(scenarios[i]->name);
	return 0;
}

static const struct body *find_body(const char *name)
{
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
		if (strcmp(bodies[i].name, name) == 0)
			return &bodies[i];
	return NULL;
}

/* Which machine, whose daemon, and what of it: scenarios-vm-6.1-kvp-debian-exceptions. */
static void name_tap(char *ret, size_t size)
{
	const char *machine = options.body->has_kernel ? getenv("HVG_VM_NAME") : NULL;

	(void)snprintf(ret, size, "scenarios-%s%s%s%s%s%s", machine ? machine : "", machine ? "-" : "",
		options.body->has_system ? "system" : is_named("none") ? "driver" : options.service, is_named("none") ? "" : "-",
		is_named("none") ? "" : options.daemon,
		options.only_exceptions ? "-exceptions" : options.uses_ring ? "-ring"
					: getenv("HVG_DATABASES") ? "-databases" : "");
}

static unsigned int time_limit_s(const struct body *pace)
{
	return getenv("HVG_FULL") && pace->time_limit_s < FULL_LIMIT_S ? FULL_LIMIT_S : pace->time_limit_s;
}

static uint64_t kernel_second_us(const struct body *pace)
{
	uint64_t least_us = find_service()->kernel_second_us;

	return pace->kernel_second_us < least_us ? least_us : pace->kernel_second_us;
}

/* A database is installed and started by one command each. */
static uint64_t patience_us(const struct body *pace)
{
	if (options.only_exceptions)
		return pace->patience_of_exceptions_us;
	return getenv("HVG_DATABASES") ? 4 * pace->patience_us : pace->patience_us;
}

static struct host_setup setup(void)
{
	const struct body *pace = options.like_folder ? find_body("vm") : options.body;

	return (struct host_setup){
		.body = options.body->has_system ? "vm" : options.body->name,
		.has_system = options.body->has_system,
		.uses_ring = options.uses_ring,
		.kernel_second_us = kernel_second_us(pace),
		.patience_us = patience_us(pace),
		.time_limit_s = time_limit_s(pace),
	};
}

static int play(const struct scenario *const scenarios[], size_t n)
{
	char tap_name[128], tap_path[4096];
	const char *folder = getenv("HVG_TAP_DIR");
	struct play_options play = {
		.setup = setup(),
		.jobs = options.body->has_kernel ? 1 : options.jobs,
		.has_kernel = options.body->has_kernel,
		.must_fail = options.only_exceptions,
		.record_folder = options.record_folder,
		.tap_path = folder ? tap_path : NULL,
		.tap_name = tap_name,
	};

	name_tap(tap_name, sizeof(tap_name));
	(void)snprintf(tap_path, sizeof(tap_path), "%s/%s.tap", folder ? folder : "", tap_name);
	if (options.body->needs_root && geteuid() != 0) {
		play_skip(&play, "needs root");
		return 0;
	}
	if (host_setup_service(&play.setup, options.service, options.daemon, options.path) < 0)
		return 2;
	return play_all(scenarios, n, &play) > 0;
}

static bool parse(int argc, char *argv[])
{
	static const struct option long_options[] = {
		{ "body", required_argument, NULL, 'b' },
		{ "daemon", required_argument, NULL, 'd' },
		{ "exceptions", no_argument, NULL, 'e' },
		{ "jobs", required_argument, NULL, 'j' },
		{ "like", required_argument, NULL, 'k' },
		{ "list", no_argument, NULL, 'l' },
		{ "path", required_argument, NULL, 'p' },
		{ "record", required_argument, NULL, 'r' },
		{ "ring", no_argument, NULL, 'R' },
		{ "scenario", required_argument, NULL, 's' },
		{ "service", required_argument, NULL, 'S' },
		{ 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", long_options, NULL)) >= 0)
		switch (option) {
		case 'b':
			options.body = find_body(optarg);
			break;
		case 'd':
			options.daemon = optarg;
			break;
		case 'e':
			options.only_exceptions = true;
			break;
		case 'j':
			options.jobs = (unsigned int)strtoul(optarg, NULL, 10);
			break;
		case 'k':
			options.like_folder = optarg;
			break;
		case 'l':
			options.only_list = true;
			break;
		case 'p':
			options.path = optarg;
			break;
		case 'r':
			options.record_folder = optarg;
			break;
		case 'R':
			options.uses_ring = true;
			break;
		case 's':
			options.name = optarg;
			break;
		case 'S':
			options.service = optarg;
			break;
		default:
			return false;
		}
	return optind == argc && options.jobs > 0 && options.body && find_service();
}

int main(int argc, char *argv[])
{
	const struct scenario *scenarios[MAX_SCENARIOS];
	size_t n;

	if (!parse(argc, argv)) {
		fprintf(stderr,
			"usage: hvg-scenarios [--body fuse|vm|system|packages] [--service kvp|vss|fcopy] [--daemon ours|debian|none]\n"
			"\t[--path FILE] [--scenario NAME] [--exceptions] [--ring] [--jobs N] [--record FOLDER]\n"
			"\t[--like FOLDER] [--list]\n");
		return 2;
	}
	options.uses_ring |= options.body->has_kernel && vm_body_has_channel();
	n = choose(scenarios);
	if (n == 0) {
		fprintf(stderr, "hvg-scenarios: nothing to play\n");
		return 2;
	}
	return options.only_list ? list(scenarios, n) : play(scenarios, n);
}
