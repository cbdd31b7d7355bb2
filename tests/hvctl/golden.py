#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What hvctl says of each recorded guest in tests/data/guests: golden.py SOURCE-DIR HVCTL.
#  - on terminals of 80 and of 140 columns, and as JSON, it is what tests/data/golden has;
#  - no line is wider than the terminal, also through a pager;
#  - a report, masked or not, is judged as what it was made of;
#  - JSON is what the schemas in hvctl/schema promise.
# HVG_GOLDEN_WRITE=1 writes the golden files anew, to be looked at before they are committed.

import difflib
import fcntl
import glob
import json
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios

import jsonschema
import schema

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../meta"))
from tap import Tap  # noqa: E402

SOURCE, HVCTL = sys.argv[1:3]
GUESTS = sorted(os.path.basename(path)[:-6] for path in glob.glob(f"{SOURCE}/tests/data/guests/*.guest"))

SYSTEMS = ["debian-12", "rhel-6.6", "rhel-7.0", "sles-12-sp2", "freebsd-14", "linux-4.4", "host-2012", "nonsense"]

ENVIRONMENT = dict(os.environ, LC_ALL="C.UTF-8", TZ="UTC", TERM="xterm", NO_COLOR="1")


def feature_names():
    said = subprocess.run([HVCTL, "--json", "features", "--for", "linux-6.1"], capture_output=True, text=True, check=True)
    return [feature["name"] for feature in json.loads(said.stdout)]


TEXT = [["status"], ["devices"], ["devices", "--tree"], ["devices", "--verbose"], ["host"], ["features"], ["features", "--all"],
        ["features", *feature_names()], ["doctor"], ["doctor", "HVG0201", "HVG0102"]]
JSON = {"devices": ["devices"], "host": ["host"], "features": ["features"], "doctor": ["doctor"],
        "status": ["status"]}


def command(guest, words):
    return [HVCTL, "--no-pager", *words, "--from", f"{SOURCE}/tests/data/guests/{guest}.guest"]


def on_terminal(columns, arguments):
    """What the program prints on a terminal of that width, and its exit status. What is under way in a terminal when
    its last user closes it may be lost: so that is us, and a zero byte behind everything tells when all of it is here."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    mode = termios.tcgetattr(theirs)
    mode[1] &= ~termios.OPOST
    termios.tcsetattr(theirs, termios.TCSANOW, mode)
    process = subprocess.Popen(["sh", "-c", '"$@"; status=$?; printf "\\000"; exit $status', "sh", *arguments],
                               stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs, env=ENVIRONMENT)
    text = b""
    while not text.endswith(b"\0"):
        text += os.read(ours, 65536)
    os.close(theirs)
    os.close(ours)
    return text[:-1].decode(), process.wait()


def check_pager(tap):
    """What a pager gets is for its terminal, with colours and all."""
    guest, words = f"{SOURCE}/tests/data/guests/broken.guest", [["features"], ["features", "smp"], ["doctor"], ["devices"],
                                                               ["devices", "--tree"]]
    ENVIRONMENT.update(HVCTL_PAGER="sed s/^/paged:/", NO_COLOR="")
    for columns in 80, 140:
        complaints = []
        for verb in words:
            plain, _ = on_terminal(columns, [HVCTL, "--no-pager", *verb, "--from", guest])
            paged, _ = on_terminal(columns, [HVCTL, *verb, "--from", guest])
            complaints += list(difflib.unified_diff(["paged:" + line for line in plain.splitlines()], paged.splitlines()))
        tap.check(f"a pager of {columns} columns gets what a terminal does", complaints)
    plain, _ = on_terminal(80, [HVCTL, "--no-pager", "doctor", "--from", guest])
    tap.check("there are colours in it", [] if "\x1b[" in plain else [plain])
    ENVIRONMENT.update(NO_COLOR="1")
    del ENVIRONMENT["HVCTL_PAGER"]


def relative(text):
    return text.replace(f"{SOURCE}/", "")


def as_text(guest, columns):
    for words in TEXT:
        text, status = on_terminal(columns, command(guest, words))
        end = "" if status == 0 else f"[exit status {status}]\n"
        yield f"$ hvctl {' '.join(words)}\n{relative(text)}{end}\n"


def as_json(guest):
    for name, words in JSON.items():
        done = subprocess.run(command(guest, ["--json", *words]), capture_output=True, text=True, env=ENVIRONMENT)
        end = "" if done.returncode == 0 else f"[exit status {done.returncode}]\n"
        yield name, done.stdout, f"$ hvctl --json {' '.join(words)}\n{relative(done.stdout + done.stderr)}{end}\n"


def compare(guest, kind, text):
    path = f"{SOURCE}/tests/data/golden/{guest}.{kind}"
    if os.environ.get("HVG_GOLDEN_WRITE"):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        open(path, "w").write(text)
    try:
        golden = open(path).read()
    except FileNotFoundError:
        golden = ""
    return list(difflib.unified_diff(golden.splitlines(), text.splitlines(), path, "now", lineterm=""))


def too_wide(text, columns):
    for line in text.splitlines():
        # A path has no place to be broken at, and a command is there to be copied. Complaints are no tables.
        is_path = len(line.replace("Evidence: ", "").split()) == 1
        if len(line) > columns and not is_path and not line.startswith(("$ ", "hvctl: ", "       Fix: ", " " * 12)):
            yield f"{len(line)} columns: {line}"


def report(guest, *options):
    return subprocess.run(command(guest, ["report", *options]), capture_output=True, text=True).stdout


def judged(path):
    """The states of features and the ids of findings, which no mask may change."""
    found = []
    for words in ["features"], ["doctor"]:
        said = subprocess.run([HVCTL, "--json", *words, "--from", path], capture_output=True, text=True).stdout
        value = json.loads(said) if said else {"findings": []}
        found.append([(one["name"], one["state"]) for one in value] if isinstance(value, list)
                     else [one["id"] for one in value["findings"]])
    return found


SECRETS = ["00:0d:3a:1b:2c:3d", "000d3a1b", "2c3d000d", "0022480a", "7f3e0022", "00:15:5d", "HV-07", "example.test", "HYPERV3",
           "corp.example", "A8F1C7E2", "RD281878", "MNZ2", "ff04"]


def check_report(tap, guest):
    """What is recorded anew is judged the same, with and without masks."""
    path = f"{SOURCE}/tests/data/guests/{guest}.guest"
    original = judged(path)
    with tempfile.TemporaryDirectory() as folder:
        for options in [], ["--full"]:
            text = report(guest, *options)
            open(f"{folder}/report", "w").write(text)
            complaints = [] if judged(f"{folder}/report") == original else ["it is judged differently"]
            if not options:
                complaints += [f"'{secret}' is in it" for secret in SECRETS if secret in text]
            tap.check(f"a report of {guest} {' '.join(options)}", complaints)
        if text:
            body = "".join(line for line in open(path) if not line.startswith("#"))
            tap.check(f"a full report of {guest} is what was recorded", [] if text.partition("\n")[2] == body else ["no"])


def check_hostile(tap):
    """Whatever a recording names things, nothing of it commands a terminal."""
    text = open(f"{SOURCE}/tests/data/guests/nested.guest").read()
    for name in "eth0", "hv_netvsc", "Debian", "noble", "/dev/sda1":
        text = text.replace(name, f"{name[:-1]}\\x1b\\xc2\\x9b\\n{name[-1]}")
    with tempfile.TemporaryDirectory() as folder:
        open(f"{folder}/report", "w").write(text + "zzz/\n\t\\x1b[2J ! EACCES\n")
        complaints = []
        for words in TEXT:
            said, status = on_terminal(80, [HVCTL, "--no-pager", *words, "--from", f"{folder}/report"])
            complaints += [f"{words}: {line!r}" for line in said.splitlines() if "\x1b" in line or "\x9b" in line]
            complaints += [f"{words}: exit status {status}"] if status not in (0, 1) else []
        tap.check("names command no terminal", complaints)
        open(f"{folder}/latin1", "w").write(text.replace("\\xc2\\x9b", "\\xe9"))
        said = subprocess.run([HVCTL, "--json", "devices", "--from", f"{folder}/latin1"], capture_output=True, text=True)
        drivers = [device["driver"] for device in json.loads(said.stdout)]
        tap.check("names that are no UTF-8 are told", [] if "hv_netvs\x1b\ufffd\nc" in drivers else drivers)


def check_systems(tap):
    """What other systems have, which takes no guest."""
    complaints, everything = [], ""
    for system in SYSTEMS:
        text, status = on_terminal(80, [HVCTL, "features", "--for", system])
        everything += f"$ hvctl features --for {system}\n{text}[exit status {status}]\n\n"
        said = subprocess.run([HVCTL, "--json", "features", "--for", system], capture_output=True, text=True)
        complaints += schema.complaints("features-for", said.stdout) if said.stdout else []
    tap.check("features --for SYSTEM", compare("systems", "80.txt", everything) + list(too_wide(everything, 80)))
    tap.check("features --for SYSTEM as JSON", complaints)
    said = subprocess.run([HVCTL, "--json", "doctor", "--list"], capture_output=True, text=True, check=True).stdout
    tap.check("doctor --list as JSON", list(schema.complaints("doctor-list", said)))


def broken_schemas():
    for path in sorted(glob.glob(f"{SOURCE}/hvctl/schema/*.json")):
        try:
            jsonschema.Draft202012Validator.check_schema(json.load(open(path)))
        except (jsonschema.SchemaError, ValueError) as error:
            yield f"{path}: {error}"


def readme_lies():
    """What README.md shows of hvctl is what it prints; a line "…" stands for any number of lines."""
    blocks = re.findall(r"^    \$ hvctl (.*--from .*)\n((?:    .*\n)*)", open(f"{SOURCE}/README.md").read(), re.M)
    if len(blocks) < 3:
        yield "it shows too little"
    for arguments, shown in blocks:
        said = subprocess.run([HVCTL, *arguments.split()], capture_output=True, text=True, cwd=SOURCE).stdout
        lines = iter(line.rstrip() for line in said.splitlines())
        for wanted in (line[4:] for line in shown.splitlines() if line != "    …"):
            if wanted not in lines:
                yield f"hvctl {arguments} does not print: {wanted}"


def misaligned_verbs(locale):
    """Each verb's help begins in the same column, that of a verb without arguments."""
    said = subprocess.run([HVCTL, "--help"], capture_output=True, text=True, check=True, encoding="utf-8",
                          env=dict(ENVIRONMENT, LC_ALL=locale)).stdout
    rows = said.partition("Verbs:\n")[2].partition("\n\n")[0].splitlines()
    column = len(next(re.match("  status +", row) for row in rows if row.startswith("  status"))[0])
    return [row for row in rows if row[column - 1:column] != " " or row[column:column + 1] in ("", " ")]


def main():
    tap = Tap("hvctl-golden")
    tap.check("README.md shows what hvctl prints", list(readme_lies()))
    for locale in "C.UTF-8", "C":
        tap.check(f"hvctl --help has its columns ({locale})", misaligned_verbs(locale))
    tap.check("schemas are schemas", list(broken_schemas()))
    check_systems(tap)
    check_pager(tap)
    check_hostile(tap)
    tap.check("there are recorded guests", [] if len(GUESTS) >= 10 else GUESTS or ["none"])
    for guest in GUESTS:
        for columns in 80, 140:
            text = "".join(as_text(guest, columns))
            tap.check(f"{guest} at {columns} columns", compare(guest, f"{columns}.txt", text))
            tap.check(f"{guest} fits into {columns} columns", list(too_wide(text, columns)))
        complaints, all_text = [], ""
        for name, said, text in as_json(guest):
            complaints += schema.complaints(name, said) if said else []
            all_text += text
        tap.check(f"{guest} as JSON", compare(guest, "json.txt", all_text))
        tap.check(f"{guest} is what the schemas promise", complaints)
        check_report(tap, guest)
    tap.finish()


main()
