#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What man pages and the README show as an example is one: examples.py SOURCE-DIR HVCTL NAME=DAEMON…,
# where NAME is that of the daemon's configuration.
#  - settings are taken by the daemon they are for, without a word;
#  - C compiles;
#  - command lines of hvctl, of the daemons and of ./dev have verbs and options that there are, and those that
#    only look at a guest are run on a recorded one;
#  - systemctl, journalctl and systemd-analyze are given units of ours.

import glob
import os
import re
import shlex
import subprocess
import sys
import tempfile

from tap import Tap

SOURCE, HVCTL = sys.argv[1:3]
DAEMONS = dict(pair.split("=", 1) for pair in sys.argv[3:])
PROGRAMS = {os.path.basename(path): path for path in [HVCTL, *DAEMONS.values()]}
GUEST = f"{SOURCE}/tests/data/guests/onprem-gen1.guest"
COMPILE = ["cc", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", f"-I{SOURCE}/lib/include"]
USAGE = 2  # hvctl's exit status for a command line that it does not understand


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def from_roff(text):
    for escape, plain in {"\\(dq": '"', "\\&": "", "\\-": "-", "\\e": "\\"}.items():
        text = text.replace(escape, plain)
    return text


class Document:
    """blocks: what is shown as it is; lines: what may be a command."""

    def __init__(self, path):
        self.name = os.path.basename(path)
        text = open(path).read()
        if path.endswith(".md"):
            self.blocks = re.findall(r"(?:^    .*\n|^\n(?=    ))+", text, re.M)
            self.blocks = [re.sub(r"^    ", "", block, flags=re.M) for block in self.blocks]
            inline = re.findall(r"`([^`\n]+)`", text)
        else:
            self.blocks = [from_roff(block) for block in re.findall(r"^\.Bd -literal.*\n((?:.*\n)*?)\.Ed", text, re.M)]
            inline = [from_roff(line) for line in re.findall(r"^\.(?:Dl|Ic) (.*?)(?: [,.;:])?$", text, re.M)]
        joined = "\n".join(self.blocks).replace("\\\n", " ")
        self.lines = joined.splitlines() + [line for text in inline for line in text.split(" , Ic ")]

    def commands(self, *programs):
        """Each simple command of one of these programs, as a list of words."""
        for line in self.lines:
            line = re.sub(r"\s{2,}.*", "", line.removeprefix("$ ").strip())  # what is said beside it
            if line.partition(" ")[0] not in programs and " && " not in line:
                continue
            for part in re.split(r"\s(?:\||&&|;|>+)\s?", line):
                words = shlex.split(part)
                if words and words[0] in programs:
                    yield words


def samples(document):
    """Settings: the file they are for is named by a comment, or by the page. Drop-ins for units are systemd's."""
    for block in document.blocks:
        if not re.search(r"^\[\w+\]$", block, re.M) or "# /etc/systemd/" in block:
            continue
        named = re.search(r"/etc/hvguest/(\w+)\.conf", block) or re.match(r"hvguest-(\w+)\.conf\.5", document.name)
        yield named.group(1) if named else None, block


def settings_refused(document):
    for name, block in samples(document):
        if name not in DAEMONS:
            yield f"{document.name}: no file is named for {block}"
            continue
        with tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
            file.write(block)
            file.flush()
            check = [DAEMONS[name], "--config", file.name, "--check-config"]
            done = subprocess.run(check, capture_output=True, text=True)
        if done.returncode != 0 or done.stderr:
            yield f"{document.name}: {done.stdout}{done.stderr}"


def code_that_does_not_compile(document):
    for block in document.blocks:
        if "#include" in block:
            done = subprocess.run([*COMPILE, "-x", "c", "-"], input=block, capture_output=True, text=True)
            if done.returncode != 0:
                yield f"{document.name}: {done.stderr}"


def options_of(words):
    return {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)}


def options_in(text):
    return set(re.findall(r"(--[a-z-]+|(?<!\S)-\w(?=,))", text))


def wrong_use_of_hvctl(words):
    general = output(HVCTL, "--help")
    rest = [word for word in words[1:] if word not in options_in(general)]
    if not rest or rest[0] == "…":
        return None
    verb = rest[0]
    if not re.search(rf"^  {verb} ", general, re.M):
        return f"there is no verb {verb}"
    help_text = output(HVCTL, verb, "--help")
    second = re.findall(r"^  ([a-z]+) ", help_text, re.M)
    if second and (len(rest) < 2 or rest[1] not in second):
        return f"{verb} has no {rest[1:2]}"
    wrong = options_of(rest) - options_in(help_text)
    if wrong:
        return f"{verb} has no option {wrong}"
    if "--from" not in options_in(help_text) or {"--from", "-o", "--output", "--list", "--for"} & options_of(rest):
        return None
    done = subprocess.run([HVCTL, *words[1:], "--from", GUEST], capture_output=True)
    return "it is not understood" if done.returncode == USAGE else None


def wrong_use_of_daemon(words):
    wrong = options_of(words) - options_in(output(PROGRAMS[words[0]], "--help"))
    return f"there is no option {wrong}" if wrong else None


def commands_that_are_wrong(document):
    for words in document.commands(*PROGRAMS):
        wrong = wrong_use_of_hvctl(words) if words[0] == "hvctl" else wrong_use_of_daemon(words)
        if wrong:
            yield f"{document.name}: {' '.join(words)}: {wrong}"


def units():
    names = set()
    for path in glob.glob(f"{SOURCE}/systemd/*.in"):
        names.add(os.path.basename(path)[: -len(".in")])
        names |= set(re.findall(r"^Alias=(\S+)$", open(path).read(), re.M))
    return names


def units_that_are_not(document):
    known = units()
    for words in document.commands("systemctl", "journalctl", "systemd-analyze"):
        for word in words[1:]:
            if re.match(r"hv[-_]", word) and not {word, f"{word}.service"} & known:
                yield f"{document.name}: {' '.join(words)}: there is no unit {word}"


def verbs_of_dev_that_are_not(document):
    verbs = set(re.findall(r"^\s+([a-z0-9]+)", output(f"{SOURCE}/dev", "help"), re.M))
    for words in document.commands("./dev"):
        if len(words) > 1 and words[1] not in verbs | {"VERB"}:
            yield f"{document.name}: ./dev has no verb {words[1]}"


def main():
    tap = Tap("meta-examples")
    pages = glob.glob(f"{SOURCE}/man/*.[1-8]") + glob.glob(f"{SOURCE}/*.md") + glob.glob(f"{SOURCE}/*/README.md")
    documents = [Document(path) for path in sorted(pages)]
    n = {"settings": sum(len(list(samples(document))) for document in documents),
         "commands": sum(len(list(document.commands(*PROGRAMS))) for document in documents)}
    tap.check(f"there are examples: {n}", [what for what, number in n.items() if number < 7])
    for what, complaints in (("settings are taken by their daemon", settings_refused),
                             ("C compiles", code_that_does_not_compile),
                             ("commands are understood", commands_that_are_wrong),
                             ("units are there", units_that_are_not),
                             ("verbs of ./dev are there", verbs_of_dev_that_are_not)):
        tap.check(what, [complaint for document in documents for complaint in complaints(document)])
    tap.finish()


main()
