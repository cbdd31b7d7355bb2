#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# fidelity.sh NAME KERNEL DOUBLE: what was said in each scenario that both bodies have played (hvg-scenarios
# --record) is the same, to the byte: KERNEL has what a real driver did, DOUBLE what we believe of it.
set -euo pipefail

tap_name=$1 kernel=$2 double=$3
. "$(dirname "$0")/../meta/tap.sh"

for record in "$kernel"/*.txt; do
	scenario=$(basename "$record" .txt)
	[ -s "$record" ] && [ -e "$double/$scenario.txt" ] || continue
	check "$scenario" diff -u --label "a real kernel" --label "the fuse body" "$record" "$double/$scenario.txt"
done
finish
