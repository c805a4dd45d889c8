#!/usr/bin/env bash
# mutant_test.sh BUILD MUTANT FIGURE: the harness fails a gateway with this mistake, and by this figure.
set -euo pipefail
folder=$1/faults/$2.$$
trap 'rm -rf "$folder"' EXIT
status=0
line=$("$(dirname "$0")/run.sh" --build "$1" --gateway "$1/bin/patchbay_$2" --store "$folder" --kills 10 --seed 1) || status=$?
echo "$line"
if [ "$status" != 1 ] || ! grep -qE "^faults: kills=10 .* $3=[1-9]" <<< "$line"; then
  echo "expected exit status 1 and a $3 that is not 0, got exit status $status" >&2
  exit 1
fi
