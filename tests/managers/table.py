#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Prints what a run of the managers' tests showed as a table of cases and stacks, in Markdown:
# table.py FOLDER, where FOLDER is the HVG_TAP_DIR of that run.

import glob
import re
import sys

from stacks import STACKS

LINE = re.compile(r"(not )?ok \d+ - managers-([a-z-]+): (.*) \(([\d.]+) s\)")


def read(folder):
    """(case, stack) -> what is shown; and the cases in their order."""
    found, cases = {}, []
    for path in glob.glob(f"{folder}/managers-*.tap"):
        for line in open(path):
            match = LINE.match(line)
            if not match:
                continue
            failed, stack, case, seconds = match.groups()
            found[case, stack] = "FAILED" if failed else f"{seconds} s"
            if case not in cases:
                cases.append(case)
    return found, cases


def main():
    found, cases = read(sys.argv[1])
    stacks = [stack for stack in STACKS if any(key[1] == stack for key in found)]
    print("| | " + " | ".join(stacks) + " |")
    print("|---" * (len(stacks) + 1) + "|")
    for case in cases:
        print(f"| {case} | " + " | ".join(found.get((case, stack), "") for stack in stacks) + " |")


main()
