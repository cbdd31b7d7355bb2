# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A recorded guest as files below a folder, and programs that take its /sys for the machine's.

import os
import re


def unescape(text):
    plain = {"n": "\n", "t": "\t", "\\": "\\"}
    return re.sub(r"\\(x[0-9a-f]{2}|[nt\\])", lambda found: plain.get(found[1]) or chr(int(found[1][1:], 16)), text)


def entries(recording):
    """Pairs of a path and what is there: (sign, text), as hvctl/facts/recording.h describes them."""
    folder, several = "", None
    for line in recording.splitlines():
        if line.startswith("\t\t"):
            several[1].append(unescape(line[2:]))
            continue
        if several:
            yield several[0], ("=", "\n".join(several[1]))
            several = None
        if not line or line.startswith("#"):
            continue
        if not line.startswith("\t"):
            folder = unescape(line[:-1])
            continue
        found = re.match(r"\t(\S+?)(?: (=|->|!) (.*)|(:)|(/))$", line)
        path = f"{folder}/{unescape(found[1])}"
        if found[4]:
            several = (path, [])
        elif found[5]:
            yield path, ("/", "")
        else:
            yield path, (found[2], unescape(found[3]))
    if several:
        yield several[0], ("=", "\n".join(several[1]))


def build(recording, root):
    """
    Only what is a file. Of a path that is a link with files below it (/sys/class/net/eth0), the files are put where
    the link leads.
    """
    found = {path: entry for path, entry in entries(recording) if path.startswith("/") and entry[0] != "!"}
    folders = {path[:at] for path in found for at in range(len(path)) if path[at] == "/"}
    for path, (sign, text) in sorted(found.items()):
        place = root + path
        if sign == "->":
            os.makedirs(os.path.dirname(place), exist_ok=True)
            if path in folders:
                os.makedirs(os.path.normpath(f"{os.path.dirname(place)}/{text}"), exist_ok=True)
            os.symlink(text, place)
            continue
        os.makedirs(place if sign == "/" else os.path.dirname(place), exist_ok=True)
        if sign == "=":
            with open(place, "w") as file:
                file.write(text + "\n")


def inside(root, *command):
    """The command, with root's /sys over the machine's, in a namespace of its own."""
    who = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--mount", "--map-root-user"]
    return [*who, "sh", "-c", 'mount --bind "$0/sys" /sys && exec "$@"', root, *command]
