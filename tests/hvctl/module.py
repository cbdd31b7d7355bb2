#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# hvctl and the module that asks others, and what it does without: module.py SOURCE-DIR HVCTL.

import shutil
import subprocess
import sys
import tempfile

SOURCE, HVCTL = sys.argv[1:3]
sys.path.insert(0, f"{SOURCE}/tests/meta")
from tap import Tap  # noqa: E402

RECORDING = f"{SOURCE}/tests/data/guests/onprem-gen2-fc.guest"
LATE = ["libhvguest", "libmnl", "libsystemd", "libudev"]


def run(program, *arguments):
    return subprocess.run([program, *arguments], capture_output=True, text=True)


def loaded_early():
    linked = run("ldd", HVCTL).stdout
    return [f"hvctl is linked with {library}" for library in LATE if library in linked]


def different_without(alone):
    for verb in ("devices", "features", "doctor", "status"):
        words = ["--json", verb, "--from", RECORDING]
        if run(alone, *words).stdout != run(HVCTL, *words).stdout:
            yield f"{verb}: another answer"


def silent_without(alone):
    for words in (["kvp", "list"], ["status"]):
        answer = run(alone, *words)
        if answer.returncode != 1 or "hvctl-asks.so" not in answer.stderr or answer.stdout:
            yield f"{words}: {answer}"


def complaints_with():
    answer = run(HVCTL, "time", "--help")
    return [] if answer.returncode == 0 and answer.stdout.startswith("usage: hvctl time") else [f"{answer}"]


tap = Tap("hvctl-module")
tap.check("the module is found", complaints_with())
with tempfile.TemporaryDirectory() as folder:
    alone = shutil.copy(HVCTL, f"{folder}/hvctl")
    tap.check("hvctl itself is not linked with what takes long to load", loaded_early())
    tap.check("recorded guests are judged without the module", list(different_without(alone)))
    tap.check("who asks without it is told so", list(silent_without(alone)))
tap.finish()
