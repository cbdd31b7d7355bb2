// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Time synchronization: the host's time, and the reference time when it was that. A SYNC sets
 * the guest's clock; samples are what /dev/ptp tells.
 */

#include "host/vm/timesync.h"
#include "host/vm/bytes.h"

#include <inttypes.h>
#include <string.h>

/* struct ictimesync_data (until version 3) and ictimesync_ref_data of include/linux/hyperv.h */
#define AT_HOST_TIME           0
#define AT_REFERENCE           8
#define AT_FLAGS               16
#define BODY                   24
#define OLD_AT_TRIP            16
#define OLD_AT_FLAGS           24
#define OLD_BODY               32
#define VERSION_WITH_REFERENCE 4

static size_t encode(const struct ic *ic, const struct clock *clock, uint32_t flags,
	uint64_t host_time, uint8_t ret_body[OLD_BODY])
{
	bool is_old = ic->message.major < VERSION_WITH_REFERENCE;

	memset(ret_body, 0, OLD_BODY);
	put_le64(ret_body + AT_HOST_TIME, host_time);
	if (is_old) {
		ret_body[OLD_AT_FLAGS] = (uint8_t)flags;
		return OLD_BODY;
	}
	put_le64(ret_body + AT_REFERENCE, clock_reference(clock));
	ret_body[AT_FLAGS] = (uint8_t)flags;
	return BODY;
}

/* Which form it is is known by the size. */
static void describe(struct text *text, const uint8_t *body, size_t size, bool is_reply)
{
	if (is_reply || size < BODY)
		return;
	text_print(text, "time %" PRIu64 " flags %u", get_le64(body + AT_HOST_TIME),
		body[size == OLD_BODY ? OLD_AT_FLAGS : AT_FLAGS]);
}

static size_t say(struct ic *ic, const struct clock *clock, uint8_t *ret_body)
{
	uint32_t flags = ic->n_said++ == 0 ? TIMESYNC_SYNC : TIMESYNC_SAMPLE;

	return encode(ic, clock, flags, clock_host(clock), ret_body);
}

static bool is_answer(const struct ic *ic, const struct icmsg *reply)
{
	return reply->status == 0;
}

void timesync_ask(struct ic *ic, uint64_t id, const struct clock *clock, uint32_t flags,
	uint64_t host_time)
{
	uint8_t body[OLD_BODY];

	ic_ask(ic, id, body, encode(ic, clock, flags, host_time, body));
}

const struct ic_kind ic_timesync = {
	.component = CONTROL_TIMESYNC,
	.name = "timesync",
	.type = "9527e630-d0ae-497b-adce-e80ab0175caf",
	.instance = "2dd1ce17-079e-403c-b352-a1921ee207ee",
	.message_type = ICMSG_TIMESYNC,
	.versions = {
		.n_framework = 2,
		.framework = { { 1, 0 }, { 3, 0 } },
		.n_message = 3,
		.message = { { 1, 0 }, { 3, 0 }, { 4, 0 } },
	},
	.describe = describe,
	.period_ms = 5000,
	.say = say,
	.is_answer = is_answer,
};
