#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""stand-in-monitor.py CASE SOCKET: takes hvg-vm's place in a session, with a guest that is all right; but CASE.

It speaks tests/host/vm/control.h, and for the guest's agent tests/host/vm/agent.h: as much as one scenario needs,
which asks for a heartbeat. Before it answers that, CASE happens:

    well      nothing
    nonsense  a message that the monitor does not understand
    oops      a line on the console that no healthy kernel prints
    hang      the watchdog barks
    crash     the processor gives up
    end       the monitor dies
    unheard   nothing; but there was a fault before, when no scenario was there
    stillborn nothing, because the guest has ended before it was up
"""

import socket
import struct
import sys

BOOT, QUIT, OFFER, WITHDRAW, SEND, TO_AGENT, CUT = 1, 2, 4, 5, 6, 15, 17
HELLO, REPLY, COMPONENT, CONSOLE, FROM_AGENT, FAULT, ENDED = 0x100, 0x101, 0x102, 0x104, 0x105, 0x108, 0x109
OFFERED, OPEN, NEGOTIATED = 1, 2, 3
HEARTBEAT = 1
AGENT_REPLY, AGENT_READY = 0x100, 0x102
END_OFF, END_CRASH = 0, 2

case, path = sys.argv[1:]
stream = socket.socket(socket.AF_UNIX)
stream.connect(path)
n_boots = 0


def frame(kind, id=0, payload=b""):
    return struct.pack("<IIQ", len(payload), kind, id) + payload


def say(*arguments):
    stream.sendall(frame(*arguments))


def say_from_agent(*arguments):
    say(FROM_AGENT, 0, frame(*arguments))


def say_state(component, state):
    say(COMPONENT, 0, struct.pack("<IIHHHH", component, state, 3, 0, 3, 0))


def read(n):
    data = b""
    while len(data) < n:
        data += stream.recv(n - len(data)) or sys.exit(0)
    return data


def boot():
    global n_boots
    n_boots += 1
    if case == "stillborn":
        say(CONSOLE, 0, b"agent: no port: No such device\n")
        say(ENDED, 0, struct.pack("<I", END_OFF))
        return
    say_state(HEARTBEAT, NEGOTIATED)
    say_from_agent(AGENT_READY, 0, b"0.0-stand-in\0")
    if case == "unheard" and n_boots == 1:
        say(FAULT, 0, b"a fault that nobody hears")


def let_it_happen():
    if case == "nonsense":
        say(FAULT, 0, b"a VMBus message that makes no sense, 8 bytes: 63 00 00 00 2a 00 00 00")
    elif case == "oops":
        say(CONSOLE, 0, b"[    1.0] BUG: kernel NULL pointer dereference\n")
        say(FAULT, 0, b"the guest's kernel: [    1.0] BUG: kernel NULL pointer dereference")
    elif case == "hang":
        say(FAULT, 0, b"the guest hangs; it said last:\n[    1.0] its last words\n")
    elif case == "crash":
        say(ENDED, 0, struct.pack("<I", END_CRASH) + b"a triple fault at 0x1234")
    elif case == "end":
        sys.exit(3)


def obey(kind, id, payload):
    if kind == BOOT:
        boot()
    elif kind == QUIT:
        sys.exit(0)
    elif kind == CUT:
        say(ENDED, 0, struct.pack("<I", END_OFF))
    elif kind == OFFER:
        say_state(struct.unpack_from("<I", payload)[0], OPEN)
    elif kind == TO_AGENT:
        say_from_agent(AGENT_REPLY, struct.unpack_from("<IIQ", payload)[2], struct.pack("<i", 0))
    result = struct.pack("<iI", 0, 0)
    if kind == SEND:
        let_it_happen()
        result += struct.pack("<Q", struct.unpack_from("<Q", payload, 4)[0] + 1)
    if id:
        say(REPLY, id, result)


say(HELLO, 0, struct.pack("<I", 1) + b"stand-in")
while True:
    size, kind, id = struct.unpack("<IIQ", read(16))
    obey(kind, id, read(size))
