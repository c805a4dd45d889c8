#!/usr/bin/env bash
# clang-tidy over the product's own sources (tests left out), with the compile commands of build/release.
set -euo pipefail
cd "$(dirname "$0")/.."
[ -e build/release/compile_commands.json ] || { echo "tidy: configure first: cmake --preset release" >&2; exit 1; }
git ls-files 'host/*.cpp' 'plugins/*.cpp' | grep -v '_test\.cpp$' | xargs -P "$(nproc)" -n 4 clang-tidy --quiet -p build/release 2>/dev/null
