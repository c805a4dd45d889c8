#!/usr/bin/env bash
# Installs the SDK alone, builds a copy of hello_connector and of c_connector against it as outside projects, and looks
# at the plugin folders that come out. Then makes a plugin of each kind and language with `patchbay plugin new`, and does
# what its README says, all of it and nothing else: a channel must bring its first interaction into a real gateway.
# Usage: run.sh BUILD_FOLDER SOURCE_FOLDER, compilers in CC and CXX.
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

# What was compiled before, here or by an earlier run, is not compiled again.
export CMAKE_BUILD_TYPE=Debug CMAKE_PREFIX_PATH=$work/prefix CMAKE_BUILD_PARALLEL_LEVEL=2
export CFLAGS="-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror"
export CXXFLAGS=$CFLAGS
if command -v ccache > /dev/null; then
  export CMAKE_C_COMPILER_LAUNCHER=ccache CMAKE_CXX_COMPILER_LAUNCHER=ccache CCACHE_BASEDIR=$work CCACHE_NOHASHDIR=1
fi

quietly cmake --install "$build" --component sdk --prefix "$work/prefix"
if grep -rlF -e "$source" -e "$build" "$work/prefix" > "$work/log"; then
  fail "installing the SDK: files name the folder that they were built in: $(tr '\n' ' ' < "$work/log")"
fi

for name in hello_connector c_connector; do
  cp -r "$source/examples/$name" "$work/$name"
  quietly cmake -S "$work/$name" -B "$work/$name/build" -G Ninja
  quietly cmake --build "$work/$name/build"
  quietly ctest --test-dir "$work/$name/build" --no-tests=error --output-on-failure

  folder=$work/$name/build/lib/patchbay/plugins/$name
  found=$(cd "$folder" && echo *)
  [ "${found#check.json }" = "$name.so manifest.json settings.schema.json" ] || fail "laying out $name: found $found"
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

export PATH=$build/bin:$PATH
cd "$work"
free_ports() {
  node -e 'const net = require("net"); const all = [net.createServer(), net.createServer()]; let left = 2;
    for (const one of all) one.listen(0, "127.0.0.1", () => {
      if (--left === 0) { console.log(...all.map((each) => each.address().port)); all.map((each) => each.close()); } })'
}

# The commands of a README, then what must have come of them.
follow() {
  local folder=$1 then=$2 public admin
  read -r public admin <<< "$(free_ports)"
  sed -i "s/127\.0\.0\.1:8443/127.0.0.1:$public/g; s/127\.0\.0\.1:8080/127.0.0.1:$admin/g" "$folder/README.md" "$folder/try.yaml"
  awk '/^```sh$/ {on = 1; next} /^```$/ {on = 0} on' "$folder/README.md" > "$work/commands"
  echo "$then" >> "$work/commands"
  (cd "$folder" && quietly timeout 120 bash -euo pipefail "$work/commands")
}

# The gateway runs in the background then; it must know the first interaction within ten seconds, and end well.
first_interaction='
  manage() { patchbay --plugins build/lib/patchbay/plugins --settings try.yaml --json "$@"; }
  for attempt in $(seq 100); do
    manage interaction list | jq -e ".items | length > 0" && break
    sleep 0.1
  done
  manage interaction list | jq -e ".items | any(.channel == \"first\")"
  kill %1
  wait %1'
# And while it is written: what comes in is told, a change of the library is taken up, Ctrl-C leaves nothing behind.
while_written='
  mkdir -p temporary
  TMPDIR=$PWD/temporary patchbay --json plugin dev build/lib/patchbay/plugins/channel_in_cpp --listen 127.0.0.1:0 > told &
  dev=$!
  until_told() {
    for attempt in $(seq 200); do
      jq -se "$1" told > /dev/null && return
      sleep 0.1
    done
    cat told
    return 1
  }
  until_told "any(.[]; .ready)"
  curl --silent --fail "$(jq -r "select(.ready).ready.hook" told)" --data "{\"id\": \"1\", \"from\": \"kasia@example.org\", \"text\": \"hello\"}"
  until_told "any(.[]; .interaction.text == \"hello\" and .contact_is_new)"
  touch build/lib/patchbay/plugins/channel_in_cpp/channel_in_cpp.so
  until_told "map(select(.ready)) | length == 2"
  kill -INT "$dev"
  wait "$dev"
  [ -z "$(ls temporary)" ]'
for plugin in "channel c++" "channel c" "sink c++" "sink c"; do
  read -r kind language <<< "$plugin"
  name=${kind}_in_${language//+/p}
  quietly patchbay plugin new "$kind" "$name" --language "$language"
  then=:
  [ "$kind" = sink ] || then=$first_interaction
  [ "$plugin" = "channel c++" ] && then+=$while_written
  follow "$work/$name" "$then"
  if grep -rn -i newcomer "$work/$name" --include='*.*' --exclude-dir=build > "$work/log"; then
    fail "making $name: the template's own name is left over: $(cat "$work/log")"
  fi
  if patchbay plugin new "$kind" "$name" > "$work/log" 2>&1; then fail "making $name again overwrote it"; fi
done
echo "out_of_tree: 4 new plugins made, built, tested and tried as their README.md says: ok"
