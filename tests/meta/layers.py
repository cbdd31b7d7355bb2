#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The house keeps its layers: layers.py SOURCE-DIR BUILD-DIR.
#  - a file of lib/ includes only from its own layer and the ones below;
#  - the pure layers call nothing outside but functions that compute;
#  - libhvguest.so exports what its version script says, and no object is in it and in libhvg-internal.a.

import os
import re
import subprocess
import sys

from tap import Tap

SOURCE, BUILD = sys.argv[1:3]

BELOW = {
    "base": {"base"},
    "wire": {"base", "hvguest", "wire"},
    "format": {"base", "hvguest", "format"},
    "service": {"base", "hvguest", "wire", "format", "service"},
    "transport": {"base", "hvguest", "transport"},
    "os": {"base", "hvguest", "format", "os"},
}
PURE = ["base", "wire", "format", "service"]

# What pure code may take from libc: it computes, and touches nothing but its arguments.
COMPUTES = set("""
    __assert_fail __errno_location __stack_chk_fail abort bsearch fnmatch inet_ntop inet_pton memchr memcmp
    memcpy memmem memmove memrchr memset qsort snprintf sprintf __snprintf_chk __sprintf_chk __memcpy_chk
    strchr strchrnul strcmp strcasecmp strncasecmp strcpy strcspn strlen strncmp strnlen strrchr strspn strstr
    strtol strtoul strtoull tolower toupper __ctype_b_loc sscanf stpcpy vsnprintf __vsnprintf_chk
    ceil exp floor llround sqrt _GLOBAL_OFFSET_TABLE_
""".split())


def plain(symbol):
    """A function of the C library without the year of the standard that it obeys: which one that is depends on its age."""
    return re.sub(r"^__isoc\d\d_", "", symbol)


def sources(layer):
    folder = f"{SOURCE}/lib/{layer}"
    return [f"{folder}/{name}" for name in sorted(os.listdir(folder)) if name.endswith((".c", ".h"))]


def wrong_includes(layer):
    for path in sources(layer):
        for line in open(path):
            found = re.match(r'#include "([^/"]+)/', line)
            if found and found.group(1) not in BELOW[layer]:
                yield f"{path}: {line.strip()}"


def nm(*arguments):
    return subprocess.run(["nm", *arguments], check=True, capture_output=True, text=True).stdout.splitlines()


def objects(layer):
    for folder, _, names in os.walk(f"{BUILD}/lib"):
        for name in names:
            if name.endswith(".c.o") and os.path.basename(folder) == layer:
                yield f"{folder}/{name}"


def outside_calls(layer):
    for path in objects(layer):
        for line in nm("-u", path):
            symbol = plain(line.split()[-1])
            ours = symbol.startswith(("hvg_", "__asan", "__ubsan", "__sanitizer"))
            if not ours and symbol not in COMPUTES:
                yield f"{path} calls {symbol}"


# What hvctl concludes from facts is as pure: it may look at facts, and allocate for itself.
CONCLUDES = ["disk/plan.c", "facts/disks.c", "facts/guest.c", "facts/judgement.c", "facts/machine.c", "facts/memory.c",
             "facts/pool-facts.c", "facts/rules.c", "facts/services.c"]
CONCLUDES += [f"{folder}/{name}" for folder in ("doctor", "features")
              for name in sorted(os.listdir(f"{SOURCE}/hvctl/{folder}")) if name.endswith(".c")]
CONCLUDES_BY = "check finding fact guest_ device_ judgement_ judge_ verdict_ feature offered_ service_ process_ unit_ disk mount memory_ pool_ rules_"
FACTS = "calloc free strtoll strtoull strpbrk"


def conclusions():
    for source in CONCLUDES:
        library = "hvg-disk" if source.startswith("disk/") else "hvg-facts"
        path = f"{BUILD}/hvctl/CMakeFiles/{library}.dir/{source}.o"
        for line in nm("-u", path):
            symbol = plain(line.split()[-1])
            ours = symbol.startswith(("hvg_", "__asan", "__ubsan", "__sanitizer", *CONCLUDES_BY.split()))
            if not ours and symbol not in COMPUTES and symbol not in FACTS.split():
                yield f"{source} calls {symbol}"


def wrong_exports():
    script = open(f"{SOURCE}/lib/libhvguest.map").read()
    wanted = re.findall(r"^\t(hvg_\w+);", script, re.M)
    exported = [line.split()[-1].split("@")[0] for line in nm("-D", "--defined-only", f"{BUILD}/lib/libhvguest.so")]
    exported = [symbol for symbol in exported if symbol.startswith("hvg_")]
    if wanted != sorted(wanted):
        yield "libhvguest.map is not sorted"
    for symbol in sorted(set(wanted) ^ set(exported)):
        yield f"{symbol} is {'not exported' if symbol in wanted else 'exported, but not in libhvguest.map'}"


def undeclared_exports():
    headers = "".join(open(f"{SOURCE}/lib/include/hvguest/{name}").read()
                      for name in os.listdir(f"{SOURCE}/lib/include/hvguest"))
    for symbol in re.findall(r"^\t(hvg_\w+);", open(f"{SOURCE}/lib/libhvguest.map").read(), re.M):
        if not re.search(rf"\b{symbol}\(", headers):
            yield f"{symbol} is exported, but in no public header"


def objects_in_both():
    members = subprocess.run(["ar", "t", f"{BUILD}/lib/libhvg-internal.a"], check=True, capture_output=True,
                             text=True).stdout.split()
    internal = set()
    for line in nm("--defined-only", f"{BUILD}/lib/libhvg-internal.a"):
        parts = line.split()
        if len(parts) == 3 and parts[1] == "T":
            internal.add(parts[2])
    shared = {line.split()[-1].split("@")[0] for line in nm("--defined-only", f"{BUILD}/lib/libhvguest.so")}
    for symbol in sorted(internal & shared):
        if symbol.startswith("hvg_"):
            yield f"{symbol} is in libhvguest.so and in libhvg-internal.a"
    if not members:
        yield "libhvg-internal.a is empty"


def main():
    tap = Tap("meta-layers")
    for layer in BELOW:
        tap.check(f"lib/{layer} includes only from below", list(wrong_includes(layer)))
    for layer in PURE:
        found = list(objects(layer))
        tap.check(f"lib/{layer} is pure", list(outside_calls(layer)) if found else [f"no objects of {layer}"])
    tap.check("what hvctl concludes from facts is pure", list(conclusions()))
    tap.check("libhvguest.so exports its version script", list(wrong_exports()))
    tap.check("every export is in a public header", list(undeclared_exports()))
    tap.check("no object stands in both libraries", list(objects_in_both()))
    tap.finish()


main()
