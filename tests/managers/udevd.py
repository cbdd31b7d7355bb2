#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What udevd tells of a device: udevd.py ACTION SUBSYSTEM SYSNAME DEVNAME. In a container there is none, and its
# listeners are in the network namespace that this runs in (struct monitor_netlink_header of systemd's sd-device).

import socket
import struct
import sys

ACTION, SUBSYSTEM, SYSNAME, DEVNAME = sys.argv[1:5]
GROUP = 2


def murmur2(data):
    """MurmurHash2 with seed 0: listeners have the kernel filter by it."""
    m, mask = 0x5bd1e995, 0xffffffff
    h = len(data)
    whole = len(data) - len(data) % 4
    for (k,) in struct.iter_unpack("<I", data[:whole]):
        k = k * m & mask
        h = (h * m & mask) ^ ((k ^ k >> 24) * m & mask)
    if whole < len(data):
        h = (h ^ int.from_bytes(data[whole:], "little")) * m & mask
    h = (h ^ h >> 13) * m & mask
    return h ^ h >> 15


def main():
    fields = {"ACTION": ACTION, "DEVPATH": f"/devices/virtual/{SUBSYSTEM}/{SYSNAME}", "SUBSYSTEM": SUBSYSTEM,
              "DEVNAME": f"/dev/{DEVNAME}", "MAJOR": "10", "MINOR": "99", "SEQNUM": "77"}
    properties = b"".join(f"{key}={value}".encode() + b"\0" for key, value in fields.items())
    size = 8 + 8 * 4
    header = struct.pack("=8s", b"libudev\0") + struct.pack("!I", 0xfeedcafe)
    header += struct.pack("=III", size, size, len(properties)) + struct.pack("!IIII", murmur2(SUBSYSTEM.encode()), 0, 0, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 15) as netlink:
        netlink.sendto(header + properties, (0, GROUP))


main()
