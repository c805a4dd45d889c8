#!/usr/bin/env bash
# points_test.sh SOURCE BUILD: every crash point that the sources name is in the test build, once, and none is in the
# gateway that ships.
set -euo pipefail
named=$(grep -rhoE 'PATCHBAY_CRASH_POINT\("[^"]+"\)' "$1/host" --include='*.cpp' | cut -d'"' -f2 | sort)
built=$(PATCHBAY_CRASH_AT=list "$2/bin/patchbay_faults" | sort)
if [ -z "$named" ] || [ "$named" != "$built" ] || [ -n "$(uniq -d <<< "$named")" ]; then
  echo "the sources (<) and patchbay_faults (>) differ, or one name is given twice:" >&2
  diff <(echo "$named") <(echo "$built") >&2 || true
  uniq -d <<< "$named" >&2
  exit 1
fi
if grep -qE 'patchbay_crash_points|PATCHBAY_CRASH_AT' "$2/bin/patchbay"; then
  echo "the gateway that ships has crash points" >&2
  exit 1
fi
echo "$(wc -l <<< "$built") crash points"
