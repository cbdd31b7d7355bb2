#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Shells complete what hvctl knows: completion.py HVCTL. bash is asked what it offers for command lines;
# zsh and fish read their scripts.

import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../meta"))
from tap import Tap  # noqa: E402

HVCTL = sys.argv[1]


def output(*arguments):
    return subprocess.run([HVCTL, *arguments], check=True, capture_output=True, text=True).stdout


VERBS = re.findall(r"^  (\w+)", re.search(r"Verbs:\n(.*?)\n\n", output("--help"), re.S).group(1), re.M)


def offered(script, *words):
    """What bash offers for the last of these words."""
    quoted = " ".join(f"'{word}'" for word in words)
    code = f"source {script}; COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _hvctl; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    return subprocess.run(["bash", "-c", code], check=True, capture_output=True, text=True).stdout.split()


def bash_complaints(script):
    missing = set(VERBS) - set(offered(script, "hvctl", ""))
    if missing:
        yield f"verbs that bash does not offer: {missing}"
    cases = [
        (["hvctl", "fea"], "features"), (["hvctl", "features", "ip"], "ip-injection"),
        (["hvctl", "--json", "doctor", "HVG02"], "HVG0201"), (["hvctl", "kvp", "un"], "unset"),
        (["hvctl", "devices", "--t"], "--tree"), (["hvctl", "time", ""], "plot"), (["hvctl", "disk", "g"], "grow"), (["hvctl", "report", "--"], "--full"),
        (["hvctl", "--v"], "--version"), (["hvctl", "disk", "grow", "--d"], "--dry-run"),
    ]
    for words, wanted in cases:
        if wanted not in offered(script, *words):
            yield f"{' '.join(words)}: {wanted} is not offered, but {offered(script, *words)}"
    if offered(script, "hvctl", "devices", "HVG"):
        yield "devices takes no finding"
    if os.path.basename(script) not in offered(script, "hvctl", "doctor", "--from", os.path.dirname(script) + "/")[0]:
        yield "--from takes a file"


def complaints_of(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    return [done.stdout + done.stderr] if done.returncode or done.stderr else []


def main():
    tap = Tap("hvctl-completion")
    with tempfile.TemporaryDirectory() as folder:
        for shell in "bash", "zsh", "fish":
            open(f"{folder}/{shell}", "w").write(output("completion", shell))
        os.mkdir(f"{folder}/alone")
        os.rename(f"{folder}/bash", f"{folder}/alone/script")
        tap.check("bash completes", list(bash_complaints(f"{folder}/alone/script")))
        tap.check("bash reads its script", complaints_of("bash", "-n", f"{folder}/alone/script"))
        tap.check("zsh reads its script", complaints_of("zsh", "-n", f"{folder}/zsh"))
        tap.check("fish reads its script", complaints_of("fish", "--no-execute", f"{folder}/fish"))
    tap.finish()


main()
