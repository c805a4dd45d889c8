#!/bin/sh
# Runs one test file against a gateway: run.sh FILE PATCHBAY PLUGINS [SOURCE BUILD]
# PATCHBAY is the program, PLUGINS the folder that holds the examples' plugins; SOURCE and BUILD are wanted by
# plugins_test.mjs alone, which builds a plugin outside the tree.
set -eu
file=$1
export PATCHBAY_BIN="$2" PATCHBAY_PLUGINS="$3" PATCHBAY_SOURCE="${4:-}" PATCHBAY_BUILD="${5:-}"
cd "$(dirname "$0")"
if [ ! -d ../../npm/node_modules ]; then
  echo "tests/npm/node_modules is missing; run: npm ci --prefix tests/npm" >&2
  exit 1
fi
exec timeout 150 node --test "$file"
