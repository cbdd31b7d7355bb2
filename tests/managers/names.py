#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The least of a name server (RFC 1035): names.py SERVER NAME ADDRESS. It knows one name with one IPv4 address.

import socket
import struct
import sys

SERVER, NAME, ADDRESS = sys.argv[1:4]

A, IN, NO_SUCH_NAME = 1, 1, 3
WIRE_NAME = b"".join(bytes([len(label)]) + label.encode() for label in NAME.split(".")) + b"\0"


def answer(query):
    question_end = query.index(b"\0", 12) + 5
    name, (kind,) = query[12:question_end - 4], struct.unpack_from("!H", query, question_end - 4)
    is_known = name.lower() == WIRE_NAME
    record = struct.pack("!HHHIH4s", 0xc00c, A, IN, 60, 4, socket.inet_aton(ADDRESS)) if is_known and kind == A else b""
    header = query[:2] + struct.pack("!HHHHH", 0x8180 if is_known else 0x8180 | NO_SUCH_NAME, 1, 1 if record else 0, 0, 0)
    return header + query[12:question_end] + record


def main():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((SERVER, 53))
        while True:
            query, client = server.recvfrom(2048)
            server.sendto(answer(query), client)


main()
