#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# hv-vssd's hooks under the real systemd: hooks.py BUILD-DIR. It rehearses, and freezes nothing: its only file
# systems would be those of this machine.

import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE + "/../meta")
from container import Failed
from guest import Guest
from stacks import STACKS
from suite import expect
from tap import Tap

DAEMON = "systemd-run --quiet --unit=vssd -p Type=notify hv-vssd --device /dev/vmbus/hv_vss --config /etc/vss.conf --only-major 7"
HOOK = """#!/bin/bash
[ "$1" = pre-freeze ] || exit 0
echo "$(id -un) $(ulimit -n) $(cat /proc/self/cgroup)" >"/run/called/${0##*/}"
"""
LIMITS = "/etc/systemd/system/hvguest-vss-.service.d/limits.conf"
OWN = "/etc/systemd/system/hvguest-vss-10_who_am_i-.service.d/user.conf"


def begin(guest):
    guest.run("install -d -m 1777 /run/called; install -d /etc/hvguest/vss.d /run/hvguest/vss /var/lib/hvguest/vss;"
              " printf '[FileSystems]\\nInclude=/nowhere\\n' >/etc/vss.conf")
    for name in "10-who-am-i", "20-other":
        put(guest, f"/etc/hvguest/vss.d/{name}", HOOK)
        guest.run(f"chmod 0755 /etc/hvguest/vss.d/{name}")
    guest.run(DAEMON)


def put(guest, path, text):
    guest.run(f"mkdir -p {os.path.dirname(path)}; cat >{path} <<'END'\n{text}END")


def rehearse(guest):
    """What each hook says of itself: user, descriptors, unit."""
    guest.run("rm -f /run/called/*; systemctl daemon-reload; hvctl vss test")
    said = {}
    for name in "10-who-am-i", "20-other":
        user, files, cgroup = guest.read(f"/run/called/{name}").split(None, 2)
        said[name] = user, files
        unit = f"/hvguest-vss-{name.replace('-', '_')}-"
        if not re.search(unit + r"\d+-\d-pre-freeze-0\.service\s*$", cgroup):
            raise Failed(f"{name} runs in {cgroup}, not in {unit}...")
    return said


def runs_hooks_as_root_in_units_of_their_own(guest):
    said = rehearse(guest)
    expect({user for user, _ in said.values()}, {"root"}, "their user")


def takes_user_and_limits_from_drop_ins(guest):
    put(guest, LIMITS, "[Service]\nLimitNOFILE=99\n")
    put(guest, OWN, "[Service]\nUser=nobody\nLimitNOFILE=77\n")
    expect(rehearse(guest), {"10-who-am-i": ("nobody", "77"), "20-other": ("root", "99")}, "what they are")


def tells_of_a_hook_that_its_limits_have_ended(guest):
    put(guest, OWN, "[Service]\nUser=nosuchuser\n")
    guest.run("systemctl daemon-reload")
    expect(guest.try_run("hvctl vss test"), 1, "the exit status")
    said = guest.run("hvctl vss history")
    if "the hook /etc/hvguest/vss.d/10-who-am-i failed" not in said:
        raise Failed(said)


CASES = [runs_hooks_as_root_in_units_of_their_own, takes_user_and_limits_from_drop_ins,
         tells_of_a_hook_that_its_limits_have_ended]


def play(tap, guest):
    begin(guest)
    for case in CASES:
        complaints = []
        try:
            case(guest)
        except Exception as failure:
            complaints = [str(failure), guest.run("journalctl -b --no-pager | tail -30")]
        tap.check(case.__name__.replace("_", " "), complaints)


def main():
    build = os.path.realpath(sys.argv[1])
    root = subprocess.run([f"{HERE}/root.sh", "managers"], check=True, capture_output=True, text=True).stdout.strip()
    tap = Tap("managers-hooks")
    guest = Guest(root, build, STACKS["none"])
    try:
        play(tap, guest)
    finally:
        guest.end()
    tap.finish()


main()
