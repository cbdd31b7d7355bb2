#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The least of a DHCP server (RFC 2131): dhcp.py INTERFACE SERVER ADDRESS. Whoever asks on that
# interface is given that one address, for ten minutes.

import socket
import struct
import sys

INTERFACE, SERVER, ADDRESS = sys.argv[1:4]

DISCOVER, OFFER, REQUEST, ACK = 1, 2, 3, 5
COOKIE = b"\x63\x82\x53\x63"
HEADER = "!4BIHH4s4s4s4s16s192x4s"


def options_of(packet):
    at, found = struct.calcsize(HEADER), {}
    while at + 1 < len(packet) and packet[at] != 255:
        if packet[at] == 0:
            at += 1
            continue
        size = packet[at + 1]
        found[packet[at]] = packet[at + 2:at + 2 + size]
        at += 2 + size
    return found


def option(code, value):
    return bytes([code, len(value)]) + value


def answer(packet, kind):
    _, hardware, size, _, transaction, *_ = struct.unpack_from(HEADER, packet)
    client = packet[28:44]
    server, address = socket.inet_aton(SERVER), socket.inet_aton(ADDRESS)
    reply = struct.pack(HEADER, 2, hardware, size, 0, transaction, 0, 0x8000, b"", address, server, b"", client, COOKIE)
    reply += option(53, bytes([kind])) + option(54, server) + option(51, struct.pack("!I", 600))
    reply += option(1, socket.inet_aton("255.255.255.0")) + option(3, server) + b"\xff"
    return reply.ljust(300, b"\0")


def main():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        server.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, INTERFACE.encode())
        server.bind(("", 67))
        while True:
            packet = server.recv(2048)
            kind = options_of(packet).get(53, b"\0")[0] if packet[0] == 1 else 0
            if kind in (DISCOVER, REQUEST):
                server.sendto(answer(packet, OFFER if kind == DISCOVER else ACK), ("255.255.255.255", 68))


main()
