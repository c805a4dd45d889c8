#!/usr/bin/env bash
# Proves that a new connector is one folder: in a copy of the tree a folder is added below plugins/channels, nothing else
# is touched, and the build knows the plugin. Configures only; compiles nothing.
# Usage: tools/check_new_plugin.sh [TREE]; compilers in CC and CXX. Where TREE is no git checkout, all of it but build/ is
# copied.
set -euo pipefail
source=$(cd "${1:-$(dirname "${BASH_SOURCE[0]}")/..}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { printf 'check_new_plugin: %s\n' "$*" >&2; exit 1; }

mkdir "$work/tree"
cd "$source"
if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
  # A file that is deleted but not committed yet is listed all the same.
  git ls-files -z | while IFS= read -r -d '' file; do if [ -e "$file" ]; then printf '%s\0' "$file"; fi; done > "$work/files"
  tar -c --null -T "$work/files" | tar -x -C "$work/tree"
else
  tar -c --exclude=./build --exclude=node_modules . | tar -x -C "$work/tree"
fi
cd "$work/tree"
digest() { find . -path ./plugins/channels/newcomer -prune -o -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum; }
before=$(digest)

new=plugins/channels/newcomer
cp -r examples/hello_connector "$new"
sed -i 's/hello_connector/newcomer/g' "$new/CMakeLists.txt" "$new/manifest.json" "$new/settings.schema.json"

cmake -S . -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DPATCHBAY_TESTS=OFF -DPATCHBAY_BENCHMARKS=OFF \
  > "$work/log" 2>&1 || { tail -n 20 "$work/log" >&2; fail "configuring the tree with the new folder failed"; }
ninja -C "$work/build" -t targets all > "$work/targets"
grep -q '^plugin_newcomer: ' "$work/targets" ||
  fail "the build does not know plugin_newcomer: does the glob in CMakeLists.txt still find plugins/channels/*?"
grep -q '^lib/patchbay/plugins/newcomer/newcomer.so: ' "$work/targets" ||
  fail "the build does not lay out lib/patchbay/plugins/newcomer: see sdk/cmake/PatchbayPlugin.cmake"
grep -q 'plugins/newcomer' "$work/build/plugins/channels/newcomer/cmake_install.cmake" ||
  fail "cmake --install leaves the new plugin out: see sdk/cmake/PatchbayPlugin.cmake"
[ "$before" = "$(digest)" ] || fail "configuring wrote into the tree outside of $new"
echo "check_new_plugin: one folder, and the build knows it: ok"
