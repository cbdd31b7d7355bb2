// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A Debian in which our packages are installed, on a Hyper-V host: all of it is up, nothing
 * complains, and a restart while the host goes on asking loses nothing.
 */

#include "host/machine.h"
#include "host/vm/system.h"
#include "scenario.h"

#include <stdio.h>
#include <unistd.h>

/* Between two questions: an emulated processor has hardly answered them when the next come. */
#define BREATH_US 2000000

static const char *const services[] = { "hv-kvpd.service", "hv-vssd.service",
	"hv-fcopyd.service", "hv-timed.service", "hv-netd.socket" };

/* The host sees them too. */
static void wait_for_services(struct machine *m)
{
	for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++)
		guest_wait_for_unit(m, services[i], "active");
	host_wait_for_contact(m);
	host_wait_for_backup_service(m);
	host_fcopy_wait_until_served(m);
}

/* Nobody speaks of us in anger, and nothing has failed. That a machine is slow is a warning. */
static void expect_no_complaint(struct machine *m, const char *boot)
{
	expect_given(guest_ask(m,
			     "journalctl --boot=%s --quiet --no-pager --priority=err |"
			     " grep -i 'hv-\\|hv_\\|hvguest' || true",
			     boot),
		"");
	expect_given(guest_ask(m, "systemctl list-units --failed --no-legend --plain"), "");
}

static void all_five_services_are_up(struct machine *m)
{
	wait_for_services(m);
	for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++)
		guest_run(m, "systemctl is-enabled %s", services[i]);
	guest_run(
		m, "busctl --timeout=60 introspect org.hvguest.Network1 /org/hvguest/Network1");
	guest_wait_for_unit(m, "hv-netd.service", "active");
	expect_given(
		guest_ask(m,
			"dpkg-query -W -f '${db:Status-Status} ' hvguest hvctl libhvguest0 libhvguest-dev"),
		"installed installed installed installed ");
	expect_no_complaint(m, "0");
}

/*
 * The host says what it is, as it does when somebody listens; then no service and no feature
 * wants anything but what this machine lacks: offloads of its adapter, a module for sockets.
 */
static void status_and_features_are_green(struct machine *m)
{
	wait_for_services(m);
	expect_set(3, "PhysicalHostNameFullyQualified", "HYPERV1.example.org");
	expect_set(3, "VirtualMachineName", "debian");
	guest_run(m, "hvctl status >/tmp/status; cat /tmp/status; hvctl features");
	guest_run(m, "grep -q 'Problems: none$' /tmp/status");
	expect_given(guest_ask(m,
			     "awk '/^SERVICE/ { is_one = 1; next } /^$/ { is_one = 0 } "
			     "is_one && $2 !~ /^(works|ready)$/' /tmp/status"),
		"");
	expect_given(
		guest_ask(m,
			"hvctl features | awk '$2 ~ /^(degraded|missing|off)$/ { print $1, $2 }'"),
		"offloads degraded\nsockets off\n");
}

struct name {
	char name[32];
};

static struct name number(unsigned int n)
{
	struct name name;

	(void)snprintf(name.name, sizeof(name.name), "number%u", n);
	return name;
}

/* What was asked for meanwhile; what was answered with success is done. */
struct asked {
	unsigned int n_pairs, n_files, n_refused;
};

/* What is refused in the moment of a restart is said again, as by a host's administrator. */
static void ask(struct machine *m, struct asked *asked)
{
	struct name pair = number(asked->n_pairs), file = number(asked->n_files);
	bool has_pair = host_kvp_set(m, 0, pair.name, pair.name) == HV_S_OK;
	bool has_file = host_copy_text(m, "/root/asked/", file.name, file.name) == HV_S_OK;

	asked->n_pairs += has_pair;
	asked->n_files += has_file;
	asked->n_refused += !has_pair + !has_file;
}

/* Each name is a key and a value of the pool, once; and the content of a file. */
static void expect_done(struct machine *m, const struct asked *asked)
{
	machine_note(m, "%u pairs and %u files meanwhile, %u refusals", asked->n_pairs, asked->n_files,
		asked->n_refused);
	expect(asked->n_pairs > 1 && asked->n_files > 1);
	guest_run(m,
		"[ $(tr '\\0' '\\n' </var/lib/hyperv/.kvp_pool_0 | grep -x 'number[0-9]*' | sort | uniq -c |"
		" grep -c '^ *2 ') = %u ]",
		asked->n_pairs);
	guest_run(m,
		"cd /root/asked && [ $(ls -A | wc -l) = %u ] &&"
		" for name in *; do read -r text <$name; [ \"$text\" = $name ] || exit; done",
		asked->n_files);
}

/* While the command runs, and until all is served again. */
static void lose_nothing_during(struct machine *m, const char *line)
{
	const char *const argv[] = { "/bin/sh", "-c", line, NULL };
	const struct guest_command command = { .argv = argv, .talks_to_log = true };
	struct asked asked = { 0 };
	int process;

	wait_for_services(m);
	for (unsigned int i = 0; host_kvp_delete(m, 0, number(i).name) == HV_S_OK; i++)
		;
	guest_run(m, "rm -rf /root/asked && mkdir /root/asked");
	process = guest_spawn(m, &command);
	do {
		ask(m, &asked);
		(void)usleep(BREATH_US);
	} while (guest_runs(m, process));
	expect_number(guest_wait(m, process), 0);
	wait_for_services(m);
	ask(m, &asked);
	expect_done(m, &asked);
	expect_no_complaint(m, "0");
}

static void a_restart_under_load_loses_nothing(struct machine *m)
{
	lose_nothing_during(m, "systemctl restart hv-kvpd hv-vssd hv-fcopyd hv-timed");
}

static void the_host_shuts_it_down(struct machine *m)
{
	wait_for_services(m);
	host_wait_for_state(m, CONTROL_SHUTDOWN, CONTROL_NEGOTIATED);
	expect_status(host_shut_down(m, HOST_POWER_OFF), HV_S_OK);
	expect_number(host_wait_for_end(m), CONTROL_END_OFF);
	host_boot(m);
	wait_for_services(m);
	expect_no_complaint(m, "-1");
	expect_no_complaint(m, "0");
	guest_run(m,
		"! journalctl --boot=-1 --no-pager | grep -i 'hv-.*\\(timed out\\|dumped core\\|killing\\)'");
}

static const struct scenario rows[] = {
	PACKAGE_ROW(all_five_services_are_up),
	PACKAGE_ROW(status_and_features_are_green),
	PACKAGE_ROW(a_restart_under_load_loses_nothing),
	PACKAGE_ROW(the_host_shuts_it_down),
};

SCENARIO_SET(scenarios_package_life, rows);
