#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Each feature in each state that it can be in: states.py SOURCE-DIR HVCTL.
#  - the recorded guests have most, those of which something is changed the rest, and both are golden: tests/data/golden
#    (HVG_GOLDEN_WRITE=1 writes states.txt anew);
#  - whatever is said has evidence, and a fix unless all is well.
# What is printed is a table of how many guests have which feature in which state.

import collections
import glob
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../meta"))
from tap import Tap  # noqa: E402

SOURCE, HVCTL = sys.argv[1:3]
GOLDEN = f"{SOURCE}/tests/data/golden/states.txt"
NO_FIX = {"works", "ready", "not applicable", "unknown"}

# Of works, off, missing and not offered: what can be. The others are not to be seen from within a guest (who asks for a
# shutdown, or copies a file, leaves no trace), or are nothing that a host offers.
POSSIBLE = {
    "shutdown": {"off", "missing", "not offered"}, "time": {"works", "missing", "not offered"}, "smp": {"works"},
    "heartbeat": {"works", "missing", "not offered"}, "mouse": {"missing", "not offered"},
    "storage": {"works", "missing", "not offered"}, "network": {"works", "missing", "not offered"},
    "jumbo": {"works", "not offered"}, "vlan": {"works"}, "live-migration": set(),
    "ip-injection": {"missing", "not offered"}, "vrss": {"works", "off", "not offered"},
    "offloads": {"works", "off", "not offered"}, "sriov": {"works", "missing", "not offered"},
    "vhdx-resize": {"missing"}, "fibre-channel": {"works", "missing", "not offered"},
    "backup": {"missing", "not offered"}, "trim": {"works", "off", "not offered"}, "mmio-gap": {"works"},
    "hot-add": {"works", "off", "missing", "not offered"}, "ballooning": {"works", "off", "missing", "not offered"},
    "video": {"works", "missing", "not offered"}, "kvp": {"works", "missing", "not offered"}, "nmi": set(), "pae": set(),
    "file-copy": {"missing", "not offered"}, "sockets": {"off", "not offered"}, "pci": {"works", "missing", "not offered"},
    "uefi": {"works"}, "secure-boot": {"works", "off"},
}

VMBUS = "/sys/bus/vmbus/devices/"
FIXED = ["ethtool/eth0/", *[f"\t{name} = off [fixed]" for name in (
    "tx-checksum-ipv4", "tx-checksum-ipv6", "rx-checksum", "tx-tcp-segmentation", "tx-tcp6-segmentation")]]

# What no recorded guest has: features, their state, a guest, and what is changed of it. "-PATH" takes away what has that
# path, or is below it; other lines stand in front, where they win.
CHANGED = [
    (["shutdown", "time", "heartbeat", "mouse", "storage", "network", "hot-add", "ballooning", "video"], "not offered",
     "nested", ["-/sys/bus/vmbus/devices", "/sys/bus/vmbus/devices/", "\t./"]),
    (["storage", "vhdx-resize"], "missing", "nested", [f"-{VMBUS}4d5c6b7a-8e10-4c6f-9d52-802e27ede19f/driver"]),
    (["network"], "missing", "nested", [f"-{VMBUS}aa11bb22-cc33-4d44-8e55-667788990011/driver"]),
    (["jumbo"], "not offered", "nested", ["ethtool/eth0/", "\tmtu-max = 1500"]),
    (["vrss"], "not offered", "broken", ["ethtool/eth0/", "\tchannels-max = 1"]),
    (["offloads"], "off", "broken", ["ethtool/eth0/", "\trx-checksum = off"]),
    (["offloads"], "not offered", "nested", FIXED),
    (["sriov"], "missing", "azure-gen2-sriov", ["-/sys/class/net/enP53091s1"]),
    (["fibre-channel"], "missing", "onprem-gen2-fc", [f"-{VMBUS}6b0a4d5e-9f3c-4b1a-8e2d-7c6f5a4b3e21/driver"]),
    (["trim"], "not offered", "nested", ["/sys/block/sda/queue/", "\tdiscard_max_bytes = 0"]),
    (["hot-add", "ballooning"], "off", "azure-gen1", ["/sys/bus/vmbus/", "\thibernation = 1"]),
    (["sockets"], "not offered", "onprem-gen1", ["cpuid/", "\t40000002 = 00002580 00060003 00000000 00000000"]),
    (["pci"], "works", "broken", ["/sys/bus/pci/devices/b4c5:00:00.0/", "\tdriver -> ../../../bus/pci/drivers/nouveau"]),
]


def without(recording, gone):
    """The lines of a recording but for what has one of these paths, or is below it."""
    folder, is_gone = "", False
    for line in recording.splitlines():
        if line.startswith("\t\t"):
            if not is_gone:
                yield line
            continue
        if not line.startswith("\t"):
            folder = line[:-1]
            yield line
            continue
        path = f"{folder}/{line.split()[0].rstrip(':')}"
        is_gone = any(path == one or path.startswith(f"{one}/") for one in gone)
        if not is_gone:
            yield line


def changed(guest, changes):
    recording = open(f"{SOURCE}/tests/data/guests/{guest}.guest").read()
    more = [line for line in changes if not line.startswith("-")]
    return "\n".join([*more, *without(recording, [line[1:] for line in changes if line.startswith("-")])]) + "\n"


def features(path):
    said = subprocess.run([HVCTL, "--json", "features", "--from", path], capture_output=True, text=True).stdout
    return json.loads(said) if said else []


def complaints_of(where, feature):
    if not feature["evidence"] or not feature["why"]:
        yield f"{where}: {feature['name']} is {feature['state']} without evidence"
    if feature["state"] not in NO_FIX and not feature["fix"]:
        yield f"{where}: {feature['name']} is {feature['state']}, and nothing is said of what to do"
    if feature["state"] in ("works", "off", "missing", "not offered") and feature["state"] not in POSSIBLE[feature["name"]]:
        yield f"{where}: {feature['name']} cannot be '{feature['state']}', as stands here"


def golden_text(folder):
    """Of the changed guests."""
    for names, state, guest, changes in CHANGED:
        with open(f"{folder}/guest", "w") as file:
            file.write(changed(guest, changes))
        wrong = [one["name"] for one in features(f"{folder}/guest") if one["name"] in names and one["state"] != state]
        if wrong:
            raise SystemExit(f"{wrong} of {guest} with {changes} is not '{state}'")
        said = subprocess.run([HVCTL, "features", *names, "--from", f"{folder}/guest"], capture_output=True, text=True,
                              env=dict(os.environ, COLUMNS="80", LC_ALL="C.UTF-8", TZ="UTC")).stdout
        yield f"$ # {guest}, changed: {' '.join(line.strip() for line in changes)}\n$ hvctl features {' '.join(names)}\n{said}\n"


def collect():
    """How often each state is seen of each feature, and what is wrong with it."""
    seen, wrong = collections.defaultdict(collections.Counter), []
    with tempfile.TemporaryDirectory() as folder:
        for number, (names, _, guest, changes) in enumerate(CHANGED):
            with open(f"{folder}/{number}", "w") as file:
                file.write(changed(guest, changes))
            for feature in features(f"{folder}/{number}"):
                if feature["name"] in names:
                    seen[feature["name"]][feature["state"]] += 1
                wrong += complaints_of(f"{guest} with {changes}", feature)
        for path in sorted(glob.glob(f"{SOURCE}/tests/data/guests/*.guest")):
            for feature in features(path):
                seen[feature["name"]][feature["state"]] += 1
                wrong += complaints_of(os.path.basename(path), feature)
    return seen, wrong


def print_table(seen):
    states = ["works", "ready", "degraded", "off", "missing", "not offered", "not applicable", "unknown"]
    print(f"# {'feature':15}" + "".join(f"{state:>15}" for state in states))
    for name, counts in seen.items():
        print(f"# {name:15}" + "".join(f"{counts[state] or '-':>15}" for state in states))


def main():
    tap = Tap("hvctl-states")
    seen, wrong = collect()
    print_table(seen)
    tap.check("whatever is said of a feature has evidence, and a fix", wrong)
    tap.check("each feature is seen in each state that it can be in",
              [f"{name}: {state}" for name, states in POSSIBLE.items() for state in states if not seen[name][state]])
    tap.check("all features stand here", sorted(set(seen) ^ set(POSSIBLE)))
    with tempfile.TemporaryDirectory() as folder:
        text = "".join(golden_text(folder))
    if os.environ.get("HVG_GOLDEN_WRITE"):
        open(GOLDEN, "w").write(text)
    tap.check("they say what tests/data/golden/states.txt has", [] if text == open(GOLDEN).read() else [text])
    tap.finish()


main()
