#!/bin/sh
# Runs node on one of the files here, once the packages are there: run.sh [--test] FILE
set -eu
cd "$(dirname "$0")"
if [ ! -d node_modules ]; then
  echo "tests/npm/node_modules is missing; run: npm ci --prefix tests/npm" >&2
  exit 1
fi
exec node "$@"
