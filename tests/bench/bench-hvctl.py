#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What looking at a guest costs: bench-hvctl.py SOURCE-DIR HVCTL. A guest of 64 VMBus devices with 256 channels is made
# in a folder, and stands in for /sys in a namespace. CPU time of hvctl's verbs, and of the kernel tree's lsvmbus.

import os
import statistics
import subprocess
import sys
import tempfile
import uuid

SOURCE, HVCTL = sys.argv[1:3]
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


def cpu_ms(command):
    """User and system time of one run."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, _, usage = os.wait4(process.pid, 0)
    return 1000 * (usage.ru_utime + usage.ru_stime)


def measure(lsvmbus):
    rows = [("lsvmbus -vv", ["/usr/bin/python3", lsvmbus, "-vv"])]
    rows += [(f"hvctl {words}", [HVCTL, *words.split()])
             for words in ("devices", "devices --verbose", "--json devices", "host", "status", "features", "doctor")]
    first = None
    print(f"{DEVICES} devices, {CHANNELS} channels; CPU ms of one run, {ROUNDS} runs")
    print(f"{'':24}{'median':>8}{'best':>8}{'lsvmbus takes':>16}")
    for name, command in rows:
        times = [cpu_ms(command) for _ in range(ROUNDS)]
        median = statistics.median(times)
        first = first or median
        print(f"{name:24}{median:8.2f}{min(times):8.2f}{first / median:14.1f} x")


def main():
    if len(sys.argv) > 3:
        return measure(sys.argv[3])
    lsvmbus = subprocess.run([f"{SOURCE}/tests/hvctl/lsvmbus"], check=True, capture_output=True, text=True).stdout.strip()
    with tempfile.TemporaryDirectory() as folder:
        tree.build(recording(), folder)
        subprocess.run(tree.inside(folder, sys.executable, __file__, SOURCE, HVCTL, lsvmbus), check=True)


main()
