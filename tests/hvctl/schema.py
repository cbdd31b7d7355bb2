#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Whether JSON is what a schema in hvctl/schema promises: schema.py NAME, with the JSON on standard input. Where the
# verb prints one object in each line, each is looked at.

import json
import os
import sys

import jsonschema

SCHEMAS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../hvctl/schema")


def values(text):
    """What jq(1) would see: one value behind the other."""
    decoder, at = json.JSONDecoder(), 0
    while text[at:].strip():
        at += len(text[at:]) - len(text[at:].lstrip())
        value, at = decoder.raw_decode(text, at)
        yield value


def complaints(name, text):
    validator = jsonschema.Draft202012Validator(json.load(open(f"{SCHEMAS}/{name}.json")))
    found = list(values(text))
    if not found:
        yield f"{name}: there is no JSON"
    for value in found:
        for error in validator.iter_errors(value):
            yield f"{name}: {'/'.join(map(str, error.absolute_path))}: {error.message}"


if __name__ == "__main__":
    text = sys.stdin.read()
    wrong = list(complaints(sys.argv[1], text))
    if wrong:
        sys.exit("\n".join([*wrong, text]))
