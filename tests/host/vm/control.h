/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_CONTROL_H
#define HVG_TESTS_HOST_VM_CONTROL_H

/*
 * How a scenario talks to the monitor: frames over one stream of bytes, be it a unix socket or
 * a serial port of an outer machine. Everything is little endian.
 *
 *	u32 size of the payload		at most CONTROL_MAX_PAYLOAD
 *	u32 type
 *	u64 id				the sender's own; 0: wants no reply
 *	payload
 *
 * Each frame from outside with an id gets one CONTROL_REPLY with that id, some of them late: an
 * OFFER when the guest has been told, a SEND when the guest has answered. Frames are obeyed in
 * order; orders to a guest that does not run yet are kept for it.
 *
 * The guest's agent has a byte stream of its own in TO_AGENT and FROM_AGENT. In the guest it is
 * a port of a virtio console (modules virtio_mmio, virtio_console): /dev/vport0p0, whose name in
 * /sys/class/virtio-ports/vport0p0/name is CONTROL_AGENT_PORT. Bytes wait for whoever opens it.
 */

#include <stddef.h>
#include <stdint.h>

#define CONTROL_AGENT_PORT  "hvguest.agent"

#define CONTROL_HEADER      16
#define CONTROL_MAX_PAYLOAD (1u << 20)

/* From outside. */
enum control_order {
	/* Starts the guest, the first time or after ENDED. Text: the kernel's command line;
	 * none: that of --append. */
	CONTROL_BOOT = 1,

	/* The monitor ends; whatever runs is lost. */
	CONTROL_QUIT,

	/* Nothing; replied to when all before it has been obeyed, with u64: the host's clock,
	 * in 100 ns since 1601. */
	CONTROL_PING,

	/* u32 component; for an adapter also u8 guid[16] (as text has them, in order), u8
	 * mac[6]. Offers it, as soon as the guest has let go of the last one: then comes the
	 * reply. */
	CONTROL_OFFER,

	/* u32 component. Rescinds it. What it had to answer is replied to with -ENODEV. */
	CONTROL_WITHDRAW,

	/* u32 component, then the bytes behind the IC header. Goes into the ring at once, or
	 * when the channel is open. The reply has the guest's status, and the bytes that came
	 * back. */
	CONTROL_SEND,

	/* u64 id of a SEND: nobody waits for it any more. It is replied to with -ECANCELED. */
	CONTROL_CANCEL,

	/* u32 component, u16 n, u16 m, then n framework and m message versions {u16 major, u16
	 * minor}: what the host will say that it knows, from the next negotiation on. None of
	 * either: what it says at first. */
	CONTROL_VERSIONS,

	/* u32 component (heartbeat, time sync), u32 period in ms, 0: never. At first 2000 and
	 * 5000, with a SYNC after each negotiation, as Hyper-V does. */
	CONTROL_CADENCE,

	/* u32 flags (1 SYNC, 2 SAMPLE), u64 time in 100 ns since 1601, 0: the host's clock. A
	 * time sync message; replied to as a SEND is. */
	CONTROL_TIME,

	/* s64 in 100 ns: from now on the host's clock is so much later. */
	CONTROL_SHIFT_CLOCK,

	/* The guest's processors stand still, and its time with them. */
	CONTROL_PAUSE,
	CONTROL_RESUME,

	/* u32: the highest VMBus version that is accepted, major << 16 | minor. */
	CONTROL_VMBUS_LIMIT,

	/* Bytes for the agent. */
	CONTROL_TO_AGENT,

	/* u32 number of a disk, u64 its new size in bytes; the guest is told. */
	CONTROL_RESIZE_DISK,

	/* The power is cut: the guest that runs ends at once (ENDED, off), whatever it does. */
	CONTROL_CUT,

	/* u32 component: the host asks for versions anew, as after a restore. The component is open, and
	 * NEGOTIATED when the guest has answered. */
	CONTROL_NEGOTIATE,

	/* All disks are as they were at first. -EBUSY: while a guest runs. */
	CONTROL_RENEW_DISKS,
};

/* From the monitor. */
enum control_news {
	/* u32 CONTROL_PROTOCOL, then text: where it runs. The first frame. */
	CONTROL_HELLO = 0x100,

	/* s32 result: 0 or negative errno; u32 status of the guest's answer; the bytes behind
	 * its IC header. */
	CONTROL_REPLY,

	/* u32 component, u32 enum control_state, then four u16 in NEGOTIATED: framework major,
	 * minor, message major, minor. */
	CONTROL_COMPONENT,

	/* u32: the VMBus version that guest and host agreed upon; 0: the guest has unloaded. */
	CONTROL_VMBUS,

	/* Text of the guest's console, in pieces. */
	CONTROL_CONSOLE,

	/* Bytes of the agent; and u32: 1 somebody has opened the port, 0 nobody has. */
	CONTROL_FROM_AGENT,
	CONTROL_AGENT,

	/* Text, a line: what went over the VMBus. */
	CONTROL_RECORD,

	/* Text: something that makes every test fail. A message that is not understood, with
	 * its bytes; an oops. */
	CONTROL_FAULT,

	/* u32 enum control_end, then text. BOOT starts it again. */
	CONTROL_ENDED,
};

#define CONTROL_PROTOCOL 1

enum control_component {
	CONTROL_HEARTBEAT = 1,
	CONTROL_SHUTDOWN,
	CONTROL_TIMESYNC,
	CONTROL_KVP,
	CONTROL_VSS,
	CONTROL_FCOPY,
	CONTROL_NIC = 0x100, /* and the next CONTROL_MAX_NICS - 1 */
};

#define CONTROL_MAX_NICS 8

/* A component as the host sees it. */
enum control_state {
	CONTROL_ABSENT,     /* not offered; or withdrawn, and the guest has let go of it */
	CONTROL_OFFERED,    /* the guest has been told */
	CONTROL_OPEN,       /* a driver has opened the channel */
	CONTROL_NEGOTIATED, /* versions are agreed upon: for KVP this is "contact" */
	CONTROL_RESCINDED,  /* withdrawn, and the guest still holds it */
};

enum control_end {
	CONTROL_END_OFF,
	CONTROL_END_RESET,
	CONTROL_END_CRASH, /* a triple fault, or the processor gave up */
};

struct control_frame {
	uint32_t type;
	uint64_t id;
	const uint8_t *payload;
	size_t size;
};

void control_encode_header(const struct control_frame *frame, uint8_t ret[CONTROL_HEADER]);

/* Bytes as they come from a stream, and the frames in them. All zero is an empty one. */
struct control_stream {
	uint8_t *bytes;
	size_t begin, end, room;
};

/* -ENOMEM */
int control_stream_add(struct control_stream *stream, const void *bytes, size_t size);

/* 1: a frame, whose payload is good until the next add; 0: not yet; -EBADMSG: no frames. */
int control_stream_next(struct control_stream *stream, struct control_frame *ret);

void control_stream_done(struct control_stream *stream);

#endif
