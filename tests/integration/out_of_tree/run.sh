#!/usr/bin/env bash
# Installs the SDK alone, builds a copy of hello_connector and of c_connector against it as outside projects, and looks
# at the plugin folders that come out. Usage: run.sh BUILD_FOLDER SOURCE_FOLDER, compilers in CC and CXX.
set -euo pipefail
build=$1 source=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
  echo "out_of_tree: $*" >&2
  exit 1
}

# The output of a step that went well is of no interest.
quietly() {
  "$@" > "$work/log" 2>&1 || {
    cat "$work/log" >&2
    fail "running $*: it ended with an error"
  }
}

quietly cmake --install "$build" --component sdk --prefix "$work/prefix"
if grep -rlF -e "$source" -e "$build" "$work/prefix" > "$work/log"; then
  fail "installing the SDK: files name the folder that they were built in: $(tr '\n' ' ' < "$work/log")"
fi

for name in hello_connector c_connector; do
  cp -r "$source/examples/$name" "$work/$name"
  quietly cmake -S "$work/$name" -B "$work/$name/build" -G Ninja -DCMAKE_PREFIX_PATH="$work/prefix" \
    -DCMAKE_CXX_FLAGS="-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror" -DCMAKE_BUILD_TYPE=Debug
  quietly cmake --build "$work/$name/build" -j 2
  quietly ctest --test-dir "$work/$name/build" --no-tests=error --output-on-failure

  folder=$work/$name/build/lib/patchbay/plugins/$name
  found=$(cd "$folder" && echo *)
  [ "$found" = "$name.so manifest.json settings.schema.json" ] || fail "laying out $name: found $found"
  declared=$(jq -r .sha256 "$folder/manifest.json")
  actual=$(sha256sum "$folder/$(jq -r .library "$folder/manifest.json")" | cut -d ' ' -f 1)
  [ "$declared" = "$actual" ] || fail "laying out $name: the manifest says $declared, the library has $actual"
  exports=$(nm -D --defined-only "$folder/$name.so" | awk '{print $NF}')
  [ "$exports" = patchbay_plugin_v1 ] || fail "linking $name: expected patchbay_plugin_v1 alone, exported: $exports"
  readelf -nW "$folder/$name.so" | grep -q '^ *Patchbay ' || fail "linking $name: the note .note.patchbay is missing"

  # What is installed must be what was built, or the digest would not fit.
  quietly cmake --install "$work/$name/build" --prefix "$work/installed"
  copy=$(find "$work/installed" -path "*/patchbay/plugins/$name/$name.so")
  cmp -s "$copy" "$folder/$name.so" || fail "installing $name: the library differs from the one that was built"
done
echo "out_of_tree: 2 plugins built against the installed SDK: ok"
