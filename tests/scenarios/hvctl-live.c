// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * hvctl on a guest whose kernel is on a VMBus: each thing that the host can offer is looked for in
 * what devices and features tell, and the verbs are held against each other. What is withdrawn or
 * offered takes the guest a while, so it is asked again until it is right.
 */

#include "host/vm/deeds.h"
#include "hvctl.h"

#include <stdio.h>
#include <stdlib.h>

/* What can be offered, as the guest sees it: class GUIDs are from include/linux/hyperv.h. */
static const struct offer {
	uint32_t component;
	const char *class_guid, *feature;
} offers[] = {
	{ CONTROL_HEARTBEAT, "57164f39-9115-4e78-ab55-382f3bd5422d", "heartbeat" },
	{ CONTROL_SHUTDOWN, "0e0b6031-5213-4934-818b-38d90ced39db", "shutdown" },
	{ CONTROL_TIMESYNC, "9527e630-d0ae-497b-adce-e80ab0175caf", "time" },
	{ CONTROL_KVP, "a9a0f4e7-5a45-4d96-b827-8a841e8c03e6", "kvp" },
	{ CONTROL_VSS, "35fa2e29-ea23-4236-96ae-3a6ebacba440", "backup" },
	{ CONTROL_FCOPY, "34d14be3-dee4-41c8-9ae7-6b174977c192", "file-copy" },
	{ CONTROL_NIC, "f8615163-df3e-46c5-913f-f2d2f965ed0e", "network" },
};

#define N_OFFERS (sizeof(offers) / sizeof(offers[0]))

/* What the host will never offer here. */
static const char *const never[] = { "mouse", "storage", "fibre-channel", "hot-add",
	"ballooning", "video", "pci" };

struct told {
	json_t *devices, *features, *status, *doctor;
};

static json_t *ask(struct machine *m, const char *hvctl, const char *verb, const char *options)
{
	char command[512];

	(void)snprintf(command, sizeof(command), "%s --json %s %s", hvctl, verb, options);
	return hvctl_ask_json(m, command);
}

static struct told ask_all(struct machine *m, const char *hvctl, const char *options)
{
	return (struct told){
		.devices = ask(m, hvctl, "devices", options),
		.features = ask(m, hvctl, "features", options),
		.status = ask(m, hvctl, "status", options),
		.doctor = ask(m, hvctl, "doctor", options),
	};
}

static void forget(struct told *told)
{
	json_decref(told->devices);
	json_decref(told->features);
	json_decref(told->status);
	json_decref(told->doctor);
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/* The first object that has the value; or NULL. */
static const json_t *find(const json_t *array, const char *key, const char *value)
{
	const json_t *object;
	size_t i;

	json_array_foreach(array, i, object)
		if (strcmp(text_of(object, key), value) == 0)
			return object;
	return NULL;
}

static const char *state_of(const struct told *told, const char *feature)
{
	return text_of(find(told->features, "name", feature), "state");
}

static bool is_told_as(const struct told *told, const struct offer *offer, bool is_offered)
{
	return (find(told->devices, "class", offer->class_guid) != NULL) == is_offered &&
		(strcmp(state_of(told, offer->feature), "not offered") != 0) == is_offered;
}

static bool is_offered(struct machine *m, const struct offer *offer)
{
	enum control_state state = host_state(m, offer->component);

	return state != CONTROL_ABSENT && state != CONTROL_RESCINDED;
}

static bool is_what_the_host_offers(struct machine *m, const struct told *told)
{
	for (size_t i = 0; i < N_OFFERS; i++)
		if (!is_told_as(told, &offers[i], is_offered(m, &offers[i])))
			return false;
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		if (strcmp(state_of(told, never[i]), "not offered") != 0)
			return false;
	return true;
}

static json_int_t count(const json_t *array, const char *key, const char *value)
{
	const json_t *object;
	json_int_t n = 0;
	size_t i;

	json_array_foreach(array, i, object)
		n += strcmp(text_of(object, key), value) == 0;
	return n;
}

/* Every number of the object is how many of the array have its name for a value. */
static bool are_counted(json_t *counts, const json_t *array, const char *key)
{
	json_t *counted;
	const char *name;

	json_object_foreach(counts, name, counted) if (json_integer_value(counted) !=
		count(array, key, name)) return false;
	return json_object_size(counts) > 0;
}

/* What status tells is what features and doctor do. */
static bool agree(const struct told *told)
{
	const json_t *services = json_object_get(told->status, "services"), *service;
	size_t i;

	json_array_foreach(
		services, i, service) if (strcmp(text_of(service, "state"),
						  state_of(told, text_of(service, "name"))) !=
		0) return false;
	return json_array_size(services) > 0 &&
		are_counted(
			json_object_get(told->status, "features"), told->features, "state") &&
		are_counted(json_object_get(told->status, "problems"),
			json_object_get(told->doctor, "findings"), "severity");
}

static bool is_right(struct machine *m, const char *hvctl)
{
	struct told told = ask_all(m, hvctl, "");
	bool is = is_what_the_host_offers(m, &told) && agree(&told);

	forget(&told);
	return is;
}

void hvctl_expect_agreement(struct machine *m, const char *hvctl)
{
	expect(machine_eventually(m, is_right(m, hvctl)));
}

void hvctl_expect_state(
	struct machine *m, const char *hvctl, const char *feature, const char *state)
{
	if (!machine_eventually(m,
		    guest_try(m, "%s features %s | grep -q '(%s): %s$'", hvctl, feature,
			    feature, state) == 0))
		machine_fail(m, "%s is not %s", feature, state);
}

/* What was counted or measured since is other evidence, so it is not compared. */
static bool have_same(
	const json_t *these, const json_t *those, const char *name, const char *value)
{
	const json_t *object;
	size_t i;

	json_array_foreach(these, i, object)
		if (strcmp(text_of(object, value),
			    text_of(find(those, name, text_of(object, name)), value)) != 0)
			return false;
	return json_array_size(these) == json_array_size(those);
}

/* An instance has the adapter's MAC in it, which is masked. */
static bool is_told_alike(const struct told *live, const struct told *from)
{
	return json_array_size(live->devices) > 0 &&
		have_same(live->devices, from->devices, "class", "state") &&
		have_same(live->features, from->features, "name", "state") &&
		have_same(json_object_get(live->status, "services"),
			json_object_get(from->status, "services"), "name", "state") &&
		have_same(json_object_get(live->doctor, "findings"),
			json_object_get(from->doctor, "findings"), "id", "title");
}

static bool is_reported(struct machine *m, const char *hvctl, const char *option)
{
	struct told live, from;
	bool is;

	guest_run(m, "rm -f /tmp/hvctl.report && %s report %s -o /tmp/hvctl.report", hvctl, option);
	live = ask_all(m, hvctl, "");
	from = ask_all(m, hvctl, "--from /tmp/hvctl.report");
	is = is_told_alike(&live, &from);
	forget(&live);
	forget(&from);
	return is;
}

/* HVG_KEEP_REPORT names a file for it: that is how a recorded guest of tests/data/guests is made. */
static void keep_report(struct machine *m)
{
	const char *path = getenv("HVG_KEEP_REPORT");
	FILE *file = path ? fopen(path, "we") : NULL;
	char *report = file ? guest_ask(m, "cat /tmp/hvctl.report") : NULL;

	if (!file)
		return;
	fputs(report, file);
	expect(fclose(file) == 0);
	free(report);
}

/* A count may go up between the two, and a state with it. */
void hvctl_expect_report(struct machine *m, const char *hvctl)
{
	expect(machine_eventually(m, is_reported(m, hvctl, "")));
	keep_report(m);
	expect(machine_eventually(m, is_reported(m, hvctl, "--full")));
}

/* CPUID's, in vm/cpuid.c. */
void hvctl_expect_host(struct machine *m, const char *hvctl)
{
	json_t *host = ask(m, hvctl, "host", "");

	expect_text(text_of(host, "version"), "10.0.17763");
	expect_text(text_of(host, "name"), "Windows Server 2019");
	json_decref(host);
}

/*
 * From Linux 6.10 on nobody drives file copy at first, and a kernel may not survive that it is
 * withdrawn then.
 */
static bool can_go(const struct offer *offer)
{
	return offer->component != CONTROL_FCOPY;
}

void hvctl_expect_to_follow(struct machine *m, const char *hvctl)
{
	for (size_t i = 0; i < N_OFFERS; i++)
		if (can_go(&offers[i]))
			host_withdraw_component(m, offers[i].component);
	hvctl_expect_agreement(m, hvctl);
	hvctl_expect_state(m, hvctl, "heartbeat", "not offered");
	for (size_t i = 0; i < N_OFFERS; i++)
		if (can_go(&offers[i]) && offers[i].component != CONTROL_NIC)
			host_offer_component(m, offers[i].component);
	host_offer_adapter(m, 0, GUEST_ADAPTER_GUID, GUEST_MAC);
	hvctl_expect_agreement(m, hvctl);
	hvctl_expect_state(m, hvctl, "heartbeat", "works");
}
