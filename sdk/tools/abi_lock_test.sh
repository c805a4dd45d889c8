#!/usr/bin/env bash
# Changes a copy of abi.h in the ways that matter and expects abi_lock to name exactly that. CC as for abi_lock.
set -euo pipefail
sdk=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/patchbay"
failures=0

# expect CASE SED_SCRIPT LINE...: each line must be among those printed, and the end must be 1.
expect() {
  local name=$1 script=$2 status=0
  shift 2
  sed -E "$script" "$sdk/include/patchbay/abi.h" > "$work/patchbay/abi.h"
  "$sdk/tools/abi_lock" --include "$work" --lock "$work/abi.lock" > "$work/out" 2> "$work/errors" || status=$?
  if [ "$status" -ne 1 ]; then
    echo "$name: expected the end 1, got $status"
    failures=$((failures + 1))
  fi
  for line in "$@"; do
    grep -qhxF -- "$line" "$work/out" "$work/errors" && continue
    printf '%s: expected the line\n  %s\ngot\n' "$name" "$line"
    sed 's/^/  /' "$work/out" "$work/errors"
    failures=$((failures + 1))
  done
}

# The record to compare with is made here, so that the cases hold whatever version sdk/abi.lock is at.
"$sdk/tools/abi_lock" --write --lock "$work/abi.lock" > /dev/null
"$sdk/tools/abi_lock" --lock "$work/abi.lock" > /dev/null

# Where a name stands among the compiler's strings makes no difference: the one at their very beginning was left out.
for name in $(grep -oE '\bPB_[A-Z0-9_]+ = ' "$sdk/include/patchbay/abi.h" | cut -d' ' -f1); do
  grep -q "^enumerator $name " "$work/abi.lock" && continue
  echo "every enumerator is recorded: $name is not"
  failures=$((failures + 1))
done

expect "a member is added at the end" 's/^(  pb_bytes region;   .*of the business.*)$/\1\n  uint64_t flags;/' \
  'changed: struct pb_open: was size 56, is size 64' \
  'added:   member pb_open.flags: offset 56, uint64_t'
expect "a member grows" 's/^  uint32_t credit; /  uint64_t credit; /' \
  'changed: member pb_open.credit: was offset 4, uint32_t, is offset 8, uint64_t' \
  'changed: member pb_open.name: was offset 8, pb_bytes, is offset 16, pb_bytes'
expect "a member changes its type and nothing else" 's/^  int32_t verdict;/  uint32_t verdict;/' \
  'changed: member pb_judged.verdict: was offset 4, int32_t, is offset 4, uint32_t'
expect "a member is renamed" 's/^  pb_bytes remedy;  .*person.*$/  pb_bytes advice;/' \
  'added:   member pb_error.advice: offset 48, pb_bytes' \
  'gone:    member pb_error.remedy: was offset 48, pb_bytes'
expect "a function takes one argument more" 's/^  void \(\*stop\)\(void\* state\);/  void (*stop)(void* state, int32_t why);/' \
  'changed: member pb_plugin.stop: was offset 80, void(*)(void*), is offset 80, void(*)(void*, int32_t)'
expect "an enumerator moves" 's/PB_BUSY = 8,/PB_BUSY = 18,/' 'changed: enumerator PB_BUSY: was 8, is 18'
expect "an enumerator is added" 's/PB_TIMEOUT = 11 /PB_TIMEOUT = 11, PB_AGAIN = 12 /' 'added:   enumerator PB_AGAIN: 12'
expect "an extension has another id" 's|"patchbay.poll/1"|"patchbay.poll/2"|' \
  'changed: constant PATCHBAY_EXT_POLL: was "patchbay.poll/1", is "patchbay.poll/2"'
expect "a struct goes" '/^\/\* patchbay.replay\/1/,/^} pb_replay;/d' 'gone:    struct pb_replay: was size 16'
expect "the entry has another name" 's/ patchbay_plugin_v1\(/ patchbay_plugin_v2(/' \
  'abi_lock: compiling patchbay/abi.h with patchbay_plugin_v1 as its pb_entry: the compiler refused it'

[ "$failures" -eq 0 ] && echo "abi_lock_test: 10 changes, each one named"
exit "$((failures > 0))"
