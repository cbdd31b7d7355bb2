#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What section 3 of the manual says of the library is what its headers say: library.py SOURCE-DIR.
#  - each function that is exported stands on one page, under NAME and under SYNOPSIS;
#  - there its prototype is the header's, and the header is named;
#  - each structure and enumeration is shown as the header has it, comments apart;
#  - each constant of a header is on one of its pages.

import glob
import os
import re
import sys

from tap import Tap

SOURCE = sys.argv[1]


def squeeze(text):
    """One blank between words, none beside punctuation: how C is written does not matter."""
    return re.sub(r"\s*([(),;{}*=\[\]])\s*", r"\1", " ".join(text.split()))


def without_comments(code):
    return re.sub(r"/\*.*?\*/", " ", code, flags=re.S)


def exported():
    return set(re.findall(r"^\t(hvg_\w+);$", open(f"{SOURCE}/lib/libhvguest.map").read(), re.M))


class Header:
    def __init__(self, path):
        self.name = f"hvguest/{os.path.basename(path)}"
        code = without_comments(open(path).read())
        self.constants = set(re.findall(r"^#define (HVG_\w+)[ \t]+\S", code, re.M))
        code = re.sub(r"^#.*$", "", code, flags=re.M)
        self.constants |= set(re.findall(r"^\t(HVG_\w+)", code, re.M))
        self.types = {squeeze(found) for found in re.findall(r"^(?:struct|enum) hvg_\w+ \{.*?^\};", code, re.M | re.S)}
        code = re.sub(r"^(?:struct|enum) hvg_\w+ \{.*?^\};", "", code, flags=re.M | re.S)
        self.functions = {
            re.search(r"(hvg_\w+)\(", found).group(1): squeeze(found)
            for found in re.findall(r"^[a-z][^;{}()]*\bhvg_\w+\([^;{}]*\);", code, re.M)
        }


class Page:
    def __init__(self, path):
        self.name = os.path.basename(path)
        text = open(path).read().replace("\\(aq", "'").replace("\\e", "\\")
        self.words = set(re.findall(r"\bHVG_\w+", text))
        self.named = re.findall(r"^\.Nm (hvg_\w+)", self.section(text, "NAME"), re.M)
        synopsis = self.section(text, "SYNOPSIS")
        self.headers = re.findall(r"^\.In (\S+)", synopsis, re.M)
        self.functions = {
            name: squeeze(f"{result} {name}({','.join(self.arguments(arguments))});")
            for result, name, arguments in re.findall(r'^\.Ft "?([^"\n]+)"?\n\.Fo (\w+)\n(.*?)^\.Fc', synopsis, re.M | re.S)
        }
        literal = without_comments("\n".join(re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed", text, re.M | re.S)))
        self.types = {squeeze(found) for found in re.findall(r"^(?:struct|enum) hvg_\w+ \{.*?^\};", literal, re.M | re.S)}

    @staticmethod
    def section(text, name):
        return text.partition(f".Sh {name}\n")[2].partition("\n.Sh ")[0] + "\n"

    @staticmethod
    def arguments(lines):
        return re.findall(r'^\.Fa "?([^"\n]+)"?$', lines, re.M)


def functions_without_page(pages):
    named = [name for page in pages for name in page.named]
    for name in sorted(set(named) ^ exported()):
        yield f"{name} is {'on no page' if name in exported() else 'exported by nobody'}"
    for name in sorted({name for name in named if named.count(name) > 1}):
        yield f"{name} is on two pages"


def prototypes_that_differ(page, headers):
    if sorted(page.named) != sorted(page.functions):
        yield f"NAME and SYNOPSIS of {page.name} differ: {sorted(set(page.named) ^ set(page.functions))}"
    for name, prototype in page.functions.items():
        header = next((header for header in headers if name in header.functions), None)
        if not header or header.name not in page.headers:
            yield f"{name} is declared in {header.name if header else 'no header'}, and {page.name} says {page.headers}"
        elif header.functions[name] != prototype:
            yield f"{page.name} has {prototype}, and {header.name} has {header.functions[name]}"


def types_that_differ(header, pages):
    shown = {found for page in pages if header.name in page.headers for found in page.types}
    for found in sorted(header.types ^ shown):
        yield f"{'not on the page' if found in header.types else 'not in the header'}: {found}"


def constants_without_page(header, pages):
    told = {word for page in pages if header.name in page.headers for word in page.words}
    for name in sorted(header.constants - told):
        yield f"{name} is on no page of {header.name}"


def main():
    tap = Tap("meta-library")
    headers = [Header(path) for path in sorted(glob.glob(f"{SOURCE}/lib/include/hvguest/*.h"))]
    pages = [Page(path) for path in sorted(glob.glob(f"{SOURCE}/man/hvg_*.3"))]
    tap.check("every function that is exported is on one page", list(functions_without_page(pages)))
    for page in pages:
        tap.check(f"{page.name} has the prototypes of its header", list(prototypes_that_differ(page, headers)))
    for header in headers:
        tap.check(f"the pages show the types of {header.name}", list(types_that_differ(header, pages)))
        tap.check(f"the pages name the constants of {header.name}", list(constants_without_page(header, pages)))
    tap.finish()


main()
