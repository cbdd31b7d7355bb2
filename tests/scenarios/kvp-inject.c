// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The host injects an IP configuration, as a failover does: hv-kvpd hands it to hv-netd, over its
 * socket or the bus, and tells the host how it went. hv-netd is a stand-in that prints the call.
 */

#include "scenario.h"

#include <stdio.h>

#define GUID "{b5e15ac5-0000-4000-8000-00155d010203}"

static const struct host_ip injected = {
	.adapter = GUID,
	.family = ADDR_FAMILY_IPV4,
	.addresses = "192.168.1.14",
	.subnets = "255.255.255.0",
	.gateways = "192.168.1.1",
	.dns = "192.168.1.2;1.1.1.1",
};

#define CALL                                                                                   \
	"Apply " GUID " families=1 dhcp=0 addresses=[192.168.1.14] subnets=[255.255.255.0]"    \
	" gateways=[192.168.1.1] dns=[192.168.1.2, 1.1.1.1]\n"

static void hands_it_to_netd_on_the_bus(struct machine *m)
{
	int netd;

	guest_start_bus(m);
	netd = guest_start_netd_on_bus(m, "ok");
	guest_start_daemon(m);
	expect_status(host_inject_ip(m, &injected), HV_S_OK);
	expect_given(guest_output(m, netd), "ready\n" CALL);
}

static void hands_it_to_netd_on_its_socket(struct machine *m)
{
	int netd = guest_start_netd_on_socket(m, "ok");

	guest_start_daemon(m);
	expect_status(host_inject_ip(m, &injected), HV_S_OK);
	expect_given(guest_output(m, netd), "ready\n" CALL);
	expect_status(host_inject_ip(m, &injected), HV_S_OK);
	expect_given(guest_output(m, netd), "ready\n" CALL CALL);
}

static void hands_over_every_field(struct machine *m)
{
	const struct host_ip ip = {
		.adapter = GUID,
		.family = ADDR_FAMILY_IPV4 | ADDR_FAMILY_IPV6,
		.dhcp = 1,
		.addresses = "fd00::7; 10.0.0.7;",
		.subnets = "/64; 255.255.255.0;",
		.gateways = "fd00::1;10.0.0.1",
		.dns = "",
	};
	int netd = guest_start_netd_on_socket(m, "ok");

	guest_start_daemon(m);
	expect_status(host_inject_ip(m, &ip), HV_S_OK);
	expect_given(guest_output(m, netd),
		"ready\nApply " GUID " families=3 dhcp=1 addresses=[fd00::7, 10.0.0.7]"
		" subnets=[/64, 255.255.255.0] gateways=[fd00::1, 10.0.0.1] dns=[]\n");
}

/* What can be no address is handed over as nothing, which is none either. */
static void hands_over_no_address_that_is_too_long(struct machine *m)
{
	int netd = guest_start_netd_on_socket(m, "org.hvguest.Error.InvalidValue");
	struct host_ip ip = injected;

	memset(ip.addresses, '1', 1000);
	guest_start_daemon(m);
	expect_status(host_inject_ip(m, &ip), HV_INVALIDARG);
	guest_wait_for_output(m, netd, "addresses=[] ");
	expect_set(0, "after", "all");
}

static void tells_the_host_how_it_went(struct machine *m)
{
	static const struct {
		const char *name;
		uint32_t status;
	} answers[] = {
		{ "org.hvguest.Error.NoDevice", (uint32_t)HV_GUID_NOTFOUND },
		{ "org.hvguest.Error.InvalidValue", (uint32_t)HV_INVALIDARG },
		{ "org.hvguest.Error.NotSupported", (uint32_t)HV_ERROR_NOT_SUPPORTED },
		{ "org.hvguest.Error.TimedOut", (uint32_t)HV_E_FAIL },
		{ "org.hvguest.Error.Failed", (uint32_t)HV_E_FAIL },
		{ "org.example.Whatever", (uint32_t)HV_E_FAIL },
	};
	int netd;

	guest_start_daemon(m);
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		netd = guest_start_netd_on_socket(m, answers[i].name);
		expect_status(host_inject_ip(m, &injected), answers[i].status);
		guest_end(m, netd);
	}
}

static void prefers_the_socket(struct machine *m)
{
	int on_bus, on_socket;

	guest_start_bus(m);
	on_bus = guest_start_netd_on_bus(m, "ok");
	on_socket = guest_start_netd_on_socket(m, "ok");
	guest_start_daemon(m);
	expect_status(host_inject_ip(m, &injected), HV_S_OK);
	expect_given(guest_output(m, on_socket), "ready\n" CALL);
	expect_given(guest_output(m, on_bus), "ready\n");
}

/* It was started by its socket, and did not live to take the call. */
static void goes_over_the_bus_when_netd_dies_before_it_takes_the_call(struct machine *m)
{
	int on_bus, on_socket;

	guest_start_bus(m);
	on_bus = guest_start_netd_on_bus(m, "ok");
	on_socket = guest_start_netd_on_socket(m, "gone");
	guest_start_daemon(m);
	guest_wait_for_bus_name(m, "org.hvguest.Kvp1");
	expect_status(host_inject_ip(m, &injected), HV_S_OK);
	expect_given(guest_output(m, on_socket), "ready\ngone\n");
	expect_given(guest_output(m, on_bus), "ready\n" CALL);
}

/* The same while there is no bus: it is held. */
static void holds_what_was_not_taken_until_the_bus_is_there(struct machine *m)
{
	uint64_t id;
	int netd;

	guest_install_netd(m, "ok");
	netd = guest_start_netd_on_socket(m, "gone");
	guest_start_daemon(m);
	id = host_begin_inject_ip(m, &injected);
	guest_wait_for_output(m, netd, "gone");
	expect_status(host_end_within(m, id, 5), HOST_NO_ANSWER);
	guest_start_bus(m);
	expect_status(host_end_within(m, id, 15), HV_S_OK);
	guest_wait_for_log(m, CALL);
}

/* The bus knows nobody of that name, and nobody to start. */
static void tells_that_nobody_does_that(struct machine *m)
{
	guest_start_bus(m);
	guest_start_daemon(m);
	guest_wait_for_bus_name(m, "org.hvguest.Kvp1");
	expect_status(host_inject_ip(m, &injected), HV_ERROR_NOT_SUPPORTED);
	expect_set(0, "after", "all");
}

static void has_the_bus_start_netd(struct machine *m)
{
	guest_install_netd(m, "ok");
	guest_start_bus(m);
	guest_start_daemon(m);
	guest_wait_for_bus_name(m, "org.hvguest.Kvp1");
	expect_status(host_inject_ip(m, &injected), HV_S_OK);
	guest_wait_for_log(m, CALL);
}

/* A failover injects right after we register, and the bus is not up yet. */
static void holds_it_until_the_bus_is_there(struct machine *m)
{
	uint64_t id;

	guest_install_netd(m, "ok");
	guest_start_daemon(m);
	id = host_begin_inject_ip(m, &injected);
	expect_status(host_end_within(m, id, 5), HOST_NO_ANSWER);
	guest_start_bus(m);
	expect_status(host_end_within(m, id, 15), HV_S_OK);
	guest_wait_for_log(m, CALL);
}

static void holds_it_no_longer_than_the_kernel(struct machine *m)
{
	uint64_t begin_us, id;

	guest_start_daemon(m);
	begin_us = kernel_now_us(m);
	id = host_begin_inject_ip(m, &injected);
	expect_status(host_end_within(m, id, 20), HOST_NO_ANSWER);
	expect_status(host_end(m, id), HV_E_FAIL);
	expect(kernel_seconds_since(m, begin_us) < 29);
	expect_set(0, "after", "all");
}

/* What was held and refused must not be applied later. */
static void applies_nothing_that_it_has_refused(struct machine *m)
{
	int netd;

	guest_start_daemon(m);
	expect_status(host_inject_ip(m, &injected), HV_E_FAIL);
	guest_start_bus(m);
	netd = guest_start_netd_on_bus(m, "ok");
	guest_wait_for_bus_name(m, "org.hvguest.Kvp1");
	expect_set(0, "after", "all");
	expect_given(guest_output(m, netd), "ready\n");
}

static void does_not_wait_for_ever_for_netd(struct machine *m)
{
	int netd = guest_start_netd_on_socket(m, "silence");
	uint64_t begin_us;

	guest_start_daemon(m);
	begin_us = kernel_now_us(m);
	expect_status(host_inject_ip(m, &injected), HV_E_FAIL);
	expect(kernel_seconds_since(m, begin_us) < 29);
	guest_wait_for_output(m, netd, CALL);
	expect_set(0, "after", "all");
}

static void survives_the_end_of_netd(struct machine *m)
{
	int netd = guest_start_netd_on_socket(m, "silence");
	uint64_t id;

	guest_start_daemon(m);
	id = host_begin_inject_ip(m, &injected);
	guest_wait_for_output(m, netd, CALL);
	guest_end(m, netd);
	expect_status(host_end_within(m, id, 20), HV_E_FAIL);
	expect_set(0, "after", "all");
}

/* Its pid is the same, and its bus another one. */
static void survives_the_end_of_the_bus(struct machine *m)
{
	uint64_t id;

	guest_start_bus(m);
	(void)guest_start_netd_on_bus(m, "silence");
	guest_start_daemon(m);
	guest_wait_for_bus_name(m, "org.hvguest.Kvp1");
	id = host_begin_inject_ip(m, &injected);
	expect_status(host_end_within(m, id, 2), HOST_NO_ANSWER);
	guest_stop_bus(m);
	expect_status(host_end_within(m, id, 28), HV_E_FAIL);
	guest_start_bus(m);
	(void)guest_start_netd_on_bus(m, "ok");
	guest_wait_for_bus_name(m, "org.hvguest.Kvp1");
	expect_status(host_inject_ip(m, &injected), HV_S_OK);
}

#define OUR_ROW(function) ROW(function, .daemon = SCENARIO_OURS, .only_in_full = true)

static const struct scenario rows[] = {
	OUR_ROW(hands_it_to_netd_on_the_bus),
	OUR_ROW(hands_it_to_netd_on_its_socket),
	OUR_ROW(hands_over_every_field),
	OUR_ROW(hands_over_no_address_that_is_too_long),
	OUR_ROW(tells_the_host_how_it_went),
	OUR_ROW(prefers_the_socket),
	OUR_ROW(goes_over_the_bus_when_netd_dies_before_it_takes_the_call),
	OUR_ROW(holds_what_was_not_taken_until_the_bus_is_there),
	OUR_ROW(tells_that_nobody_does_that),
	OUR_ROW(has_the_bus_start_netd),
	OUR_ROW(holds_it_until_the_bus_is_there),
	OUR_ROW(holds_it_no_longer_than_the_kernel),
	OUR_ROW(applies_nothing_that_it_has_refused),
	OUR_ROW(does_not_wait_for_ever_for_netd),
	OUR_ROW(survives_the_end_of_netd),
	OUR_ROW(survives_the_end_of_the_bus),
};

SCENARIO_SET(scenarios_kvp_inject, rows);
