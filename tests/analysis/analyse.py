#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What static analysis finds in what is installed: analyse.py BUILD-DIR [TOOL...] [--only PATTERN]. TOOL is cppcheck, gcc
# or clang-tidy; all of them if none is named. Findings that are none are listed in `known`, each with its reason.

import argparse
import fnmatch
import json
import os
import re
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.realpath(f"{HERE}/../..")
FOLDERS = ("lib/", "daemons/", "hvctl/")
JOBS = os.cpu_count()
FINDING = re.compile(r"^(?P<file>[^\s:]+):(?P<line>\d+):(?:\d+:)? (?:warning|error): (?P<text>.*) \[(?P<check>[^\[\]]+)\]$")


def commands(build, pattern):
    """Of compile_commands.json, one for each file of ours."""
    found = {}
    for entry in json.load(open(f"{build}/compile_commands.json")):
        path = os.path.relpath(entry["file"], SOURCE)
        if path.startswith(FOLDERS) and fnmatch.fnmatch(path, pattern):
            found.setdefault(path, entry)
    return list(found.values())


def run(argv, folder):
    done = subprocess.run(argv, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.stdout


def run_each(make_argv, entries):
    with ThreadPoolExecutor(JOBS) as pool:
        return "".join(pool.map(lambda entry: run(make_argv(entry), entry["directory"]), entries))


def cppcheck(build, entries):
    project = f"{build}/cppcheck"
    os.makedirs(project, exist_ok=True)
    with open(f"{project}/compile_commands.json", "w") as file:
        json.dump(entries, file)
    return run(["cppcheck", f"--project={project}/compile_commands.json", f"--cppcheck-build-dir={project}", "--std=c11",
                "--enable=warning,performance,portability", f"-j{JOBS}", "--quiet", f"--library={HERE}/jansson.cfg",
                "--template={file}:{line}: warning: {message} [{id}]"], SOURCE)


def with_analyzer(entry):
    """The compiler's own command, which makes nothing."""
    words = [word for word in shlex.split(entry["command"]) if not word.endswith("ccache")]
    for option in "-o", "-MF", "-MT":
        if option in words:
            at = words.index(option)
            del words[at:at + 2]
    return [word for word in words if word != "-MD"] + ["-o", "/dev/null", "-fanalyzer", "-fno-diagnostics-color"]


def gcc(build, entries):
    return run_each(with_analyzer, entries)


def clang_tidy(build, entries):
    return run_each(lambda entry: ["clang-tidy", "-p", build, "--quiet", entry["file"]], entries)


TOOLS = {"cppcheck": cppcheck, "gcc": gcc, "clang-tidy": clang_tidy}


def known():
    for line in open(f"{HERE}/known"):
        if line.strip() and not line.startswith("#"):
            yield line.split(None, 3)[:3]


def is_known(tool, path, check):
    return any(tool == of and fnmatch.fnmatch(path, pattern) and fnmatch.fnmatch(check, which)
               for of, pattern, which in known())


def findings(tool, said):
    """Once each, without what is known."""
    found = {}
    for match in filter(None, map(FINDING.match, said.splitlines())):
        path = os.path.relpath(os.path.join(SOURCE, match["file"]), SOURCE)
        check = match["check"].split(",")[0]
        if path.startswith(FOLDERS) and not is_known(tool, path, check):
            found[f"{path}:{match['line']}: {match['text']} [{check}]"] = None
    return list(found)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("tools", nargs="*", choices=[[], *TOOLS], metavar="TOOL")
    parser.add_argument("--only", default="*", help="files to look at, such as 'lib/wire/*'")
    arguments = parser.parse_args()
    build = os.path.realpath(arguments.build)
    entries = commands(build, arguments.only)
    n = 0
    for tool in arguments.tools or TOOLS:
        found = findings(tool, TOOLS[tool](build, entries))
        print("\n".join([*found, f"{tool}: {len(entries)} files, {len(found)} findings"]), flush=True)
        n += len(found)
    sys.exit(n > 0 or not entries)


main()
