#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What udev makes of our rules for recorded guests: udev.py SOURCE-DIR. A virtual function cannot be had in a virtual
# machine, so a recording's /sys stands in for one, in a namespace, and udevadm(8) goes through the rules for a device of
# it; what a rule would run is only told. tests/scenarios/system-udev.c has the others, before udevd.

import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../meta"))
from tap import Tap  # noqa: E402
import tree  # noqa: E402

SOURCE = sys.argv[1]
UDEVADM = subprocess.run([f"{SOURCE}/tests/host/vm/setup/cache", "udev"], check=True, capture_output=True,
                         text=True).stdout.strip() + "/bin/udevadm"  # of the guests: not every machine has one
FUNCTION, ADAPTER = "enP53091s1", "eth0"  # of azure-gen2-sriov
PASS_THROUGH = "{44c4f61d-4444-4400-9d52-802e27ede19f}"


def put(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)


def make_device(folder, interface):
    """What a device has beside its attributes: uevent, and a link that tells its subsystem."""
    device = os.path.realpath(f"{folder}/sys/class/net/{interface}")
    put(f"{device}/uevent", f"INTERFACE={interface}\nIFINDEX=7\n")
    os.symlink(os.path.relpath(f"{folder}/sys/class/net", device), f"{device}/subsystem")
    parent = os.path.dirname(os.path.dirname(device))
    put(f"{parent}/uevent", "")
    return device.removeprefix(folder), parent


def properties(folder, device):
    """After the rules, as a dictionary."""
    script = ("mount --bind $0/sys /sys && mount -t tmpfs none /usr/lib/udev/rules.d && mount -t tmpfs none /run && "
              "mkdir -p /run/udev/rules.d && cp $1/conf/udev-extra/*.rules /run/udev/rules.d && "
              "exec $3 test --action=add $2")
    said = subprocess.run(["unshare", "--mount", "--net", "sh", "-c", script, folder, SOURCE, device, UDEVADM], text=True,
                          capture_output=True, env=dict(os.environ, SYSTEMD_DEVICE_VERIFY_SYSFS="0"))
    if said.returncode:
        raise SystemExit(said.stdout + said.stderr)
    return dict(line.split("=", 1) for line in said.stdout.splitlines() if "=" in line and line[0].isupper())


def with_guest(change=lambda folder, parent: None, interface=FUNCTION):
    with tempfile.TemporaryDirectory() as folder:
        tree.build(open(f"{SOURCE}/tests/data/guests/azure-gen2-sriov.guest").read(), folder)
        device, parent = make_device(folder, interface)
        put(f"{parent}/class_id", "{f8615163-df3e-46c5-913f-f2d2f965ed0e}\n" if interface == ADAPTER else PASS_THROUGH + "\n")
        change(folder, parent)
        return properties(folder, device)


def give_it_a_mac_of_its_own(folder, parent):
    put(f"{os.path.realpath(f'{folder}/sys/class/net/{FUNCTION}')}/address", "02:00:00:00:00:01\n")


def complaints(found, is_unmanaged):
    wanted = {"NM_UNMANAGED": "1", "ID_NET_MANAGED_BY": "unmanaged"}
    if {key: found.get(key) for key in wanted} != (wanted if is_unmanaged else dict.fromkeys(wanted)):
        yield f"it has {found}"


def main():
    tap = Tap("hvctl-udev")
    if os.geteuid() != 0:
        tap.check("no root # SKIP", [])
        tap.finish()
    tap.check("a virtual function is left alone", list(complaints(with_guest(), True)))
    tap.check("an adapter that is passed through is not",
              list(complaints(with_guest(give_it_a_mac_of_its_own), False)))
    tap.check("nor is a synthetic adapter", list(complaints(with_guest(interface=ADAPTER), False)))
    tap.finish()


main()
