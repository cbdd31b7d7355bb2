#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# hvctl devices says what the kernel tree's lsvmbus says of the same /sys, for each recorded guest; and a
# copy of a guest's files is judged as its recording is: agree.py SOURCE-DIR HVCTL.

import glob
import json
import os
import re
import subprocess
import sys
import tempfile

import tree

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../meta"))
from tap import Tap  # noqa: E402

SOURCE, HVCTL = sys.argv[1:3]


def output(*command):
    return subprocess.run(command, capture_output=True, text=True).stdout


def by_lsvmbus(text):
    """(id, class, name, instance, [(channel, processor)]) of each device."""
    devices = []
    for line in text.splitlines():
        if found := re.match(r"VMBUS ID +(\d+): Class_ID = \{(.*)\} - (.*)", line):
            devices.append([int(found[1]), found[2], found[3], None, []])
        elif found := re.match(r"\tDevice_ID = \{(.*)\}", line):
            devices[-1][3] = found[1]
        elif found := re.match(r"\tRel_ID=(\d+), target_cpu=(\d+)", line):
            devices[-1][4].append((int(found[1]), int(found[2])))
    return devices


def by_hvctl(text):
    return [[one["id"], one["class"], one["name"], one["instance"],
             sorted((channel["id"], channel["cpu"]) for channel in one["channels"])] for one in json.loads(text)]


def check_guest(tap, lsvmbus, guest, folder):
    recording = open(f"{SOURCE}/tests/data/guests/{guest}.guest").read()
    tree.build(recording, folder)
    theirs = by_lsvmbus(output(*tree.inside(folder, sys.executable, lsvmbus, "-vv")))
    ours = by_hvctl(output(*tree.inside(folder, HVCTL, "--json", "devices")))
    tap.check(f"lsvmbus and hvctl agree on {guest}", [] if ours == theirs and ours else [f"{ours}\n{theirs}"])
    for form in ("--tree", "--verbose", "--json", "--no-pager"):
        words = [HVCTL, "devices", form, "--from"]
        same = output(*words, folder) == output(*words, f"{SOURCE}/tests/data/guests/{guest}.guest")
        tap.check(f"a copy of {guest} has the devices of its recording, {form}", [] if same else ["it has others"])


def main():
    tap = Tap("hvctl-agree")
    lsvmbus = output(f"{SOURCE}/tests/hvctl/lsvmbus").strip()
    tap.check("there is lsvmbus", [] if lsvmbus and os.path.getsize(lsvmbus) > 1000 else ["it could not be fetched"])
    for path in sorted(glob.glob(f"{SOURCE}/tests/data/guests/*.guest")):
        guest = os.path.basename(path)[:-6]
        if guest not in ("kvm", "bare-metal"):
            with tempfile.TemporaryDirectory() as folder:
                check_guest(tap, lsvmbus, guest, folder)
    tap.finish()


main()
