/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_AGENT_H
#define HVG_TESTS_HOST_VM_AGENT_H

/*
 * How a scenario talks to the agent, which is the guest's first process: frames as in control.h, over
 * the monitor's stream to it. Each order gets one AGENT_REPLY with its id. One order at a time: the
 * next one ends the wait of the last.
 */

enum agent_order {
	/* Nothing; what was said before has arrived when the reply does. */
	AGENT_PING = 1,

	/* u8: our udev rule is installed. Everything that was started is killed, everything that was
	 * changed is as it was: a fresh machine. In a whole system only what was started is. */
	AGENT_RESET,

	/* u8 talks_to_log, text user ("": root), u32 n, n texts argv, u32 n, n texts environment.
	 * Result: the number of the process. */
	AGENT_SPAWN,

	AGENT_PID,    /* u32 process. Result: its pid */
	AGENT_SIGNAL, /* u32 process, u32 signal */
	AGENT_WAIT,   /* u32 process, u64 patience_us. Result: the wait status, or -ETIMEDOUT */
	AGENT_OUTPUT, /* u32 process, u64 offset. Bytes, as many as fit */
	AGENT_FORGET, /* u32 process */

	/* Text path, u64 offset. Bytes, as many as fit. */
	AGENT_READ,

	/* Text path, u8 enum guest_write_mode, bytes. */
	AGENT_WRITE,

	AGENT_START_BUS,
	AGENT_STOP_BUS,

	/* Text path, u32 uid, u64 patience_us: until the node is there and belongs to that user. */
	AGENT_AWAIT_NODE,
};

enum agent_news {
	/* s32 result, bytes. */
	AGENT_REPLY = 0x100,

	/* Text: what the guest's programs said. */
	AGENT_LOG,

	/* Text: the kernel's release. The guest is up. */
	AGENT_READY,
};

#define AGENT_CHUNK (512 * 1024) /* bytes in a reply; well below CONTROL_MAX_PAYLOAD */

#endif
