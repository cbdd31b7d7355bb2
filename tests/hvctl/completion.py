#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Shells complete what hvctl knows: completion.py HVCTL. Each is given command lines, bash and fish by a call, zsh by
# what somebody types.

import os
import pty
import re
import subprocess
import sys
import tempfile
import threading
import time

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


# The last of these words is completed to that.
CASES = [
    (["hvctl", "fea"], "features"), (["hvctl", "features", "ip"], "ip-injection"),
    (["hvctl", "--json", "doctor", "HVG0201"], "HVG0201"), (["hvctl", "kvp", "un"], "unset"),
    (["hvctl", "kvp", "get", "ext"], "external"), (["hvctl", "devices", "--t"], "--tree"),
    (["hvctl", "time", "pl"], "plot"), (["hvctl", "time", "plot", "--s"], "--svg"), (["hvctl", "disk", "g"], "grow"),
    (["hvctl", "disk", "grow", "--d"], "--dry-run"), (["hvctl", "net", "apply", "--d"], "--dry-run"),
    (["hvctl", "report", "--fu"], "--full"), (["hvctl", "--v"], "--version"), (["hvctl", "completion", "z"], "zsh"),
    (["hvctl", "net", "apply", "FOLDER/on"], "FOLDER/one-file"),
    (["hvctl", "doctor", "--from", "FOLDER/on"], "FOLDER/one-file"),
]

# Nothing of that kind is offered there.
NOTHING = [["hvctl", "devices", "HVG"], ["hvctl", "features", "pl"], ["hvctl", "host", "sta"]]


def complaints(folder, complete):
    """complete tells what a shell makes of the last word; several words if it cannot tell."""
    for words, wanted in CASES:
        words, wanted = [word.replace("FOLDER", folder) for word in words], wanted.replace("FOLDER", folder)
        if complete(words) != [wanted]:
            yield f"{' '.join(words)}: {complete(words)} is offered, not {wanted}"
    for words in NOTHING:
        if complete(words) not in ([], [words[-1]]):
            yield f"{' '.join(words)}: {complete(words)} is offered"


def bash_complaints(script, folder):
    missing = set(VERBS) - set(offered(script, "hvctl", ""))
    if missing:
        yield f"verbs that bash does not offer: {missing}"
    yield from complaints(folder, lambda words: offered(script, *words))


def fish_complaints(script, folder):
    def complete(words):
        said = subprocess.run(["fish", "--no-config", "-c", f"source {script}; complete -C '{' '.join(words)}'"],
                              check=True, capture_output=True, text=True).stdout
        return [line.split("\t")[0] for line in said.splitlines()]

    missing = set(VERBS) - set(complete(["hvctl", ""]))
    if missing:
        yield f"verbs that fish does not offer: {missing}"
    yield from complaints(folder, complete)


ZSH = """unset zle_bracketed_paste; PS1=; fpath=(%(folder)s/zsh-functions $fpath); autoload -Uz compinit; compinit -D -u
show() { print -r -- "$BUFFER" >%(folder)s/said; BUFFER= }; zle -N show; bindkey '^O' show
"""


class Zsh:
    """One on a terminal, to which a line, a tab and a key that has it told are typed."""

    def __init__(self, folder):
        self.said = f"{folder}/said"
        process, self.terminal = pty.fork()
        if process == 0:
            os.execvpe("zsh", ["zsh", "-f", "-i"], dict(os.environ, TERM="dumb", LC_ALL="C.UTF-8"))
        threading.Thread(target=self.swallow, daemon=True).start()
        self.type(ZSH % {"folder": folder})

    def swallow(self):
        try:
            while os.read(self.terminal, 65536):
                pass
        except OSError:  # its end
            pass

    def type(self, text):
        os.write(self.terminal, text.encode())

    def complete(self, words):
        self.type(f"{' '.join(words)}\t\017")
        while not (os.path.exists(self.said) and open(self.said).read().endswith("\n")):
            time.sleep(0.01)
        line = open(self.said).read()
        os.remove(self.said)
        return [line.split(" ", len(words) - 1)[-1].strip()]


def zsh_complaints(folder):
    zsh = Zsh(folder)
    yield from complaints(f"{folder}/files", zsh.complete)
    zsh.type("exit\n")


def complaints_of(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    return [done.stdout + done.stderr] if done.returncode or done.stderr else []


def main():
    tap = Tap("hvctl-completion")
    with tempfile.TemporaryDirectory() as folder:
        for shell in "bash", "zsh", "fish":
            open(f"{folder}/{shell}", "w").write(output("completion", shell))
        for where in "files", "zsh-functions":
            os.mkdir(f"{folder}/{where}")
        open(f"{folder}/files/one-file", "w").close()
        os.symlink("../zsh", f"{folder}/zsh-functions/_hvctl")
        tap.check("bash completes", list(bash_complaints(f"{folder}/bash", f"{folder}/files")))
        tap.check("bash reads its script", complaints_of("bash", "-n", f"{folder}/bash"))
        tap.check("zsh completes", list(zsh_complaints(folder)))
        tap.check("zsh reads its script", complaints_of("zsh", "-n", f"{folder}/zsh"))
        tap.check("fish completes", list(fish_complaints(f"{folder}/fish", f"{folder}/files")))
        tap.check("fish reads its script", complaints_of("fish", "--no-execute", f"{folder}/fish"))
    tap.finish()


main()
