#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What looking at a guest costs: bench-hvctl.py SOURCE-DIR HVCTL BARE. A guest of 64 VMBus devices with 256 channels is
# made in a folder, and stands in for /sys in a namespace. CPU and wall-clock time of hvctl's verbs, of the kernel tree's
# lsvmbus, and of a program that only reads what `hvctl devices` shows, or not even that. They take turns, so that all
# meet the same machine.

import os
import statistics
import subprocess
import sys
import tempfile
import time
import uuid

SOURCE, HVCTL, BARE = sys.argv[1:4]
sys.path.insert(0, f"{SOURCE}/tests/hvctl")
import tree  # noqa: E402

DEVICES, CHANNELS, ROUNDS = 64, 256, 25
CLASSES = ["f8615163-df3e-46c5-913f-f2d2f965ed0e", "ba6163d9-04a1-4d29-b605-72e2ffb1dc7f",
           "57164f39-9115-4e78-ab55-382f3bd5422d", "a9a0f4e7-5a45-4d96-b827-8a841e8c03e6"]


def recording():
    """Adapters, disk controllers and services in turns, with four channels each."""
    lines = []
    for i in range(DEVICES):
        instance = uuid.uuid5(uuid.NAMESPACE_OID, str(i))
        channels = range(i * CHANNELS // DEVICES, (i + 1) * CHANNELS // DEVICES)
        lines += [f"/sys/bus/vmbus/devices/{instance}/", f"\tclass_id = {{{CLASSES[i % 4]}}}",
                  f"\tdevice_id = {{{instance}}}", f"\tid = {channels[0]}", "\tstate = 3", "\tnuma_node = 0",
                  "\tdriver_override = (null)", "\tdriver -> ../../../../bus/vmbus/drivers/hv_utils",
                  "\tchannel_vp_mapping:", *[f"\t\t{channel}:{channel % 8}" for channel in channels]]
        for channel in channels:
            lines += [f"\tchannels/{channel}/{name} = {channel}" for name in
                      ("interrupts", "events", "out_full_total", "intr_in_full", "intr_out_empty")]
        if i % 4 == 0:
            lines += ["/sys/class/net/", f"\teth{i} -> ../../devices/ACPI0004:00/MSFT1000:00/{instance}/net/eth{i}",
                      f"/sys/class/net/eth{i}/", "\tmtu = 1500", "\tflags = 0x1003"]
    return "\n".join(lines)


def run(command):
    """CPU (user and system) and wall-clock time of one run, in ms."""
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, _, usage = os.wait4(process.pid, 0)
    return 1000 * (usage.ru_utime + usage.ru_stime), 1000 * (time.monotonic() - began)


def measure(lsvmbus):
    rows = {"lsvmbus -vv": ["/usr/bin/python3", lsvmbus, "-vv"], "bare: nothing": [BARE], "bare: reads": [BARE, "read"]}
    rows |= {f"hvctl {words}": [HVCTL, *words.split()] for words in
             ("devices", "devices --verbose", "--json devices", "host", "status", "features", "doctor")}
    times = {name: [] for name in rows}
    for _ in range(ROUNDS):
        for name, command in rows.items():
            times[name].append(run(command))
    print(f"{DEVICES} devices, {CHANNELS} channels; ms of one run, medians of {ROUNDS}; how often it runs while lsvmbus does once")
    print(f"{'':24}{'CPU':>8}{'best':>8}{'wall':>8}{'CPU':>10}{'wall':>10}")
    first = [statistics.median(column) for column in zip(*times["lsvmbus -vv"])]
    for name in rows:
        cpu, wall = ([*column] for column in zip(*times[name]))
        medians = statistics.median(cpu), statistics.median(wall)
        ratios = "".join(f"{a / b:8.1f} x" for a, b in zip(first, medians))
        print(f"{name:24}{medians[0]:8.2f}{min(cpu):8.2f}{medians[1]:8.2f}{ratios}")


def main():
    if len(sys.argv) > 4:
        return measure(sys.argv[4])
    lsvmbus = subprocess.run([f"{SOURCE}/tests/hvctl/lsvmbus"], check=True, capture_output=True, text=True).stdout.strip()
    with tempfile.TemporaryDirectory() as folder:
        tree.build(recording(), folder)
        subprocess.run(tree.inside(folder, sys.executable, __file__, SOURCE, HVCTL, BARE, lsvmbus), check=True)


main()
