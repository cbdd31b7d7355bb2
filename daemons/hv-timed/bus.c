// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * org.hvguest.Time1: what is known of the clock, for everybody to read. Nothing can be changed
 * here: that is the configuration's business.
 */

#include "hv-timed/timed.h"

#include "base/units.h"

#include <math.h>
#include <string.h>

#define NAME      "org.hvguest.Time1"
#define PATH      "/org/hvguest/Time1"
#define INTERFACE "org.hvguest.Time1"

/* History() -> a(xx): the host's time in us since 1970, the offset in ns; oldest first */

static int append_history(sd_bus_message *reply, const struct hvg_timehistory *history)
{
	const struct hvg_timehistory_entry *entry;
	int r = sd_bus_message_open_container(reply, 'a', "(xx)");

	for (size_t i = 0; r >= 0 && (entry = hvg_timehistory_at(history, i)); i++)
		r = sd_bus_message_append(reply, "(xx)", entry->host_us, entry->offset_ns);
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int on_history(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct timed *timed = userdata;
	sd_bus_message *reply = NULL;
	int r;

	hvg_timehistory_expire(&timed->keeper.history, hvg_clock_us(CLOCK_MONOTONIC));
	r = sd_bus_message_new_method_return(message, &reply);
	if (r >= 0)
		r = append_history(reply, &timed->keeper.history);
	if (r >= 0)
		r = sd_bus_send(NULL, reply, NULL);
	sd_bus_message_unref(reply);
	return r;
}

static const char *step_author(const struct timed *timed)
{
	return timed->keeper.last_step_cause == HVG_TIME_STEP_BY_ANOTHER ? "another"
									 : "hv-timed";
}

/* Why there is no reading: the clock cannot be opened, or not be read. */
static const char *source_error(const struct timed *timed)
{
	int error = timed->source.error < 0 ? timed->source.error : timed->keeper.source_error;

	return error < 0 ? strerror(-error) : "";
}

/* Properties: one function for those of a kind, told apart by name. */

static const char *text_of(const struct timed *timed, const char *property)
{
	if (strcmp(property, "State") == 0)
		return hvg_timekeeper_state(&timed->keeper);
	if (strcmp(property, "Mode") == 0)
		return hvg_clock_mode_name((enum hvg_clock_mode)timed->settings.mode);
	if (strcmp(property, "Owner") == 0)
		return timed_owner(timed);
	if (strcmp(property, "Source") == 0)
		return timed->source.node;
	if (strcmp(property, "SourceError") == 0)
		return source_error(timed);
	if (timed->keeper.last_step_ns == 0)
		return "";
	if (strcmp(property, "LastStepCause") == 0)
		return hvg_time_step_cause_name(timed->keeper.last_step_cause);
	return step_author(timed); /* LastStepBy */
}

static int get_text(sd_bus *bus, const char *path, const char *interface, const char *property,
	sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	return sd_bus_message_append(reply, "s", text_of(userdata, property));
}

static int get_clock_source(sd_bus *bus, const char *path, const char *interface,
	const char *property, sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	char name[HVG_CLOCKSOURCE_SIZE];

	hvg_clocksource_name(name);
	return sd_bus_message_append(reply, "s", name);
}

/* As the servo knows it where there is one, else as it was measured last. */
static int64_t offset_of(const struct timed *timed)
{
	const struct hvg_timekeeper *keeper = &timed->keeper;

	if (keeper->is_active && keeper->servo.state == HVG_SERVO_TRACKING)
		return llround(
			hvg_servo_offset_ns(&keeper->servo, hvg_clock_us(CLOCK_MONOTONIC)));
	return keeper->sample.offset_ns;
}

static int64_t number_of(const struct timed *timed, const char *property)
{
	const struct hvg_timekeeper *keeper = &timed->keeper;

	if (strcmp(property, "OffsetNSec") == 0)
		return offset_of(timed);
	if (strcmp(property, "SampleOffsetNSec") == 0)
		return keeper->sample.offset_ns;
	if (strcmp(property, "SampleDelayNSec") == 0)
		return keeper->sample.delay_ns;
	if (strcmp(property, "SampleTimeUSec") == 0)
		return keeper->sample.device_ns / (int64_t)HVG_NSEC_PER_USEC;
	if (strcmp(property, "LastStepNSec") == 0)
		return keeper->last_step_ns;
	if (strcmp(property, "LastStepTimeUSec") == 0)
		return timed->last_step_realtime_us;
	return llround(keeper->servo.refused_ns); /* RefusedStepNSec */
}

static int get_number(sd_bus *bus, const char *path, const char *interface,
	const char *property, sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	return sd_bus_message_append(reply, "x", number_of(userdata, property));
}

/* What the clock does by itself is known only while nobody else has it. */
static int get_frequency(sd_bus *bus, const char *path, const char *interface,
	const char *property, sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	const struct timed *timed = userdata;

	return sd_bus_message_append(reply, "d",
		timed->keeper.is_claimed ? timed->keeper.servo.frequency_ppb
					 : -timed->keeper.rate_ppb);
}

static int get_spread(sd_bus *bus, const char *path, const char *interface,
	const char *property, sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	struct timed *timed = userdata;
	struct hvg_timehistory_spread spread;

	hvg_timehistory_expire(&timed->keeper.history, hvg_clock_us(CLOCK_MONOTONIC));
	spread = hvg_timehistory_spread(&timed->keeper.history);
	return sd_bus_message_append(reply, "(xxxx)", (int64_t)llround(spread.rms_ns),
		spread.median_abs_ns, spread.p99_abs_ns, spread.max_abs_ns);
}

static const sd_bus_vtable vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD_WITH_ARGS("History", SD_BUS_NO_ARGS, SD_BUS_RESULT("a(xx)", samples),
		on_history, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_SIGNAL_WITH_ARGS("Stepped", SD_BUS_ARGS("x", step_nsec, "s", by), 0),
	SD_BUS_PROPERTY("State", "s", get_text, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("Mode", "s", get_text, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("Owner", "s", get_text, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("Source", "s", get_text, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("SourceError", "s", get_text, 0, 0),
	SD_BUS_PROPERTY("ClockSource", "s", get_clock_source, 0, 0),
	SD_BUS_PROPERTY("OffsetNSec", "x", get_number, 0, 0),
	SD_BUS_PROPERTY("FrequencyPPB", "d", get_frequency, 0, 0),
	SD_BUS_PROPERTY("SampleOffsetNSec", "x", get_number, 0, 0),
	SD_BUS_PROPERTY("SampleDelayNSec", "x", get_number, 0, 0),
	SD_BUS_PROPERTY("SampleTimeUSec", "x", get_number, 0, 0),
	SD_BUS_PROPERTY("Samples", "u", NULL, offsetof(struct timed, keeper.n_samples), 0),
	SD_BUS_PROPERTY("Spread", "(xxxx)", get_spread, 0, 0),
	SD_BUS_PROPERTY("LastStepNSec", "x", get_number, 0, 0),
	SD_BUS_PROPERTY("LastStepTimeUSec", "x", get_number, 0, 0),
	SD_BUS_PROPERTY("LastStepBy", "s", get_text, 0, 0),
	SD_BUS_PROPERTY("LastStepCause", "s", get_text, 0, 0),
	SD_BUS_PROPERTY("RefusedStepNSec", "x", get_number, 0, 0),
	SD_BUS_VTABLE_END,
};

void timed_bus_changed(struct timed *timed)
{
	sd_bus *bus = hvg_bus_get(timed->bus);

	if (bus)
		(void)sd_bus_emit_properties_changed(
			bus, PATH, INTERFACE, "State", "Mode", "Owner", "Source", NULL);
}

void timed_bus_stepped(struct timed *timed)
{
	sd_bus *bus = hvg_bus_get(timed->bus);

	if (bus)
		(void)sd_bus_emit_signal(bus, PATH, INTERFACE, "Stepped", "xs",
			timed->keeper.last_step_ns, step_author(timed));
}

static int joined(void *userdata, sd_bus *bus)
{
	struct timed *timed = userdata;
	int r = sd_bus_add_object_vtable(bus, NULL, PATH, INTERFACE, vtable, timed);

	if (r < 0)
		return r;
	timed_owners_joined(&timed->owners, bus);
	return 0;
}

static void lost(void *userdata, int error)
{
	struct timed *timed = userdata;

	timed_owners_lost(&timed->owners);
}

int timed_bus_init(struct timed *timed)
{
	struct hvg_bus_config config = {
		.name = NAME,
		.joined = joined,
		.lost = lost,
		.userdata = timed,
	};

	return hvg_bus_new(hvg_loop_event(timed->loop), &config, &timed->bus);
}
