#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Searches with libFuzzer: search.py BUILD-DIR [--time TIME] [--jobs N] [NAME...]. As many fuzzers at a time as there are
# processors, TIME each. What one says goes to a file; printed is a row of figures for each, then what those that failed said.

import argparse
import datetime
import glob
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed

SEEDS = os.path.realpath(f"{os.path.dirname(__file__)}/../data/fuzz")
UNITS = {"": 1, "s": 1, "m": 60, "h": 3600}
ROW = "{:<12} {:>13} {:>9} {:>7} {:>9} {:>6} {:>6}  {}"
HEADINGS = "FUZZER", "EXECUTIONS", "A SECOND", "EDGES", "FEATURES", "UNITS", "NEW", "RESULT"
SHOWN_LINES = 40


def seconds(text):
    match = re.fullmatch(r"(\d+)([smh]?)", text)
    if not match or int(match[1]) == 0:
        raise argparse.ArgumentTypeError(f"'{text}' is no time such as 90s, 10m or 1h")
    return int(match[1]) * UNITS[match[2]]


def last(pattern, said):
    """What the last match has, as a number."""
    found = re.findall(pattern, said)
    return int(found[-1]) if found else 0


def figures(said):
    """A fuzzer that fails prints its figures too, but for the line of coverage at its end."""
    return (last(r"stat::number_of_executed_units: +(\d+)", said), last(r"stat::average_exec_per_sec: +(\d+)", said),
            last(r"\bcov: (\d+)", said), last(r"\bft: (\d+)", said), last(r"\bcorp: (\d+)", said),
            last(r"stat::new_units_added: +(\d+)", said))


def search(folder, name, time):
    """Its figures, what was the matter (nothing, mostly), and where all that it said is."""
    corpus, log, artifacts = f"{folder}/corpus/{name}", f"{folder}/{name}.log", f"{folder}/{name}-"
    os.makedirs(corpus, exist_ok=True)
    with open(log, "w") as file:
        status = subprocess.run(
            [f"{folder}/tests/fuzz/fuzz-{name}", f"-max_total_time={time}", "-print_final_stats=1", "-timeout=60",
             f"-artifact_prefix={artifacts}", corpus, f"{SEEDS}/{name}"], stdout=file, stderr=file).returncode
    said = open(log, errors="replace").read()
    wrong = re.search(r"SUMMARY: (.*)", said) if status else None
    return figures(said), (wrong[1] if wrong else f"exit status {status}") if status else "", log


def show_failure(name, wrong, log):
    said = open(log, errors="replace").read()
    written = re.findall(r"Test unit written to (.*)", said)
    print(f"\n{name}: {wrong}")
    print("\n".join(f"    {line}" for line in said.splitlines()[-SHOWN_LINES:]))
    print(f"all of it: {log}")
    for path in written:
        print(f"again: {os.path.dirname(log)}/tests/fuzz/fuzz-{name} {path}")


def search_all(arguments, names):
    """Prints a row for each as it ends; returns the failures."""
    failures = []
    print(ROW.format(*HEADINGS), flush=True)
    with ThreadPoolExecutor(arguments.jobs) as pool:
        running = {pool.submit(search, arguments.build, name, arguments.time): name for name in names}
        for done in as_completed(running):
            numbers, wrong, log = done.result()
            print(ROW.format(running[done], *numbers, wrong or "nothing found"), flush=True)
            if wrong:
                failures.append((running[done], wrong, log))
    return failures


def main():
    parser = argparse.ArgumentParser(prog="./dev fuzz")
    parser.add_argument("build", help=argparse.SUPPRESS)
    parser.add_argument("names", nargs="*", metavar="NAME", help="fuzzers; all of them if none is named")
    parser.add_argument("--time", type=seconds, default=60, help="for each, such as 90s, 10m or 1h (1m)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="how many at a time")
    arguments = parser.parse_intermixed_args()
    known = sorted(os.path.basename(path)[len("fuzz-"):-2] for path in glob.glob(f"{os.path.dirname(__file__)}/fuzz-*.c"))
    for name in set(arguments.names) - set(known):
        parser.error(f"there is no fuzzer '{name}'; there are {', '.join(known)}")
    names = arguments.names or known
    rounds = -(-len(names) // arguments.jobs)
    end = datetime.datetime.now() + datetime.timedelta(seconds=rounds * arguments.time)
    print(f"{len(names)} fuzzers, {arguments.jobs} at a time, until {end:%F %H:%M}", file=sys.stderr)
    failures = search_all(arguments, names)
    for failure in failures:
        show_failure(*failure)
    sys.exit(len(failures) > 0)


main()
