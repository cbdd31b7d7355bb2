#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What the packages do to a system: life.py FOLDER-OF-PACKAGES bare|successor [DEBIAN], this machine's Debian or another. The
# cases are one story, in their order.

import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)) + "/../meta")
import bare
import successor
from system import System
from tap import Tap

STORIES = {"bare": bare.CASES, "successor": successor.CASES}


def play(tap, system, case):
    complaints = []
    begin = time.monotonic()
    try:
        case(system)
    except Exception as failure:
        complaints = [str(failure)]
    tap.check(f"{case.__name__.replace('_', ' ')} ({time.monotonic() - begin:.1f} s)", complaints)


def tell(tap, packages, story, debian):
    try:
        system = System(packages, debian)
    except Exception as failure:
        tap.check("the system comes up", [str(failure)])
        return
    try:
        for case in STORIES[story]:
            play(tap, system, case)
    finally:
        system.end()


def main():
    packages, story, debian = os.path.realpath(sys.argv[1]), sys.argv[2], sys.argv[3:]
    tap = Tap("-".join([*debian, "package", story]))
    tell(tap, packages, story, debian)
    tap.finish()


main()
