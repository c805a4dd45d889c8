#!/usr/bin/env bash
# clang-tidy over the product's own sources (tests left out), with the compile commands of build/release.
#
#   tools/tidy.sh [FILE...]
#
# Nearly all of its time goes to the headers, so up to eight files of a folder are read as one unit; those that cannot
# be (names in their unnamed namespaces clash) are halved until they can. The static analyzer looks only at the file it
# is given, so it is given each.
set -euo pipefail
cd "$(dirname "$0")/.."
database=build/release/compile_commands.json
work=build/tidy
most=8

# run CHECKS FILE FLAG...
run() {
  local log status=0
  log=$(mktemp "$work/log.XXXXXX")
  clang-tidy --quiet --checks="$1" "$2" -- "${@:3}" 2> "$log" || { status=1; grep -v ' generated\.$' "$log" >&2 || true; }
  rm "$log"
  return "$status"
}

# unit FLAGS FILE...
unit() {
  local flags name="$work/${2//\//_}" half=$((($# - 1) / 2))
  eval "flags=($1)"
  printf "#include \"$PWD/%s\"\n" "${@:2}" > "$name"
  if [ "$half" != 0 ] && ! clang++ -fsyntax-only -w "${flags[@]}" "$name" 2> /dev/null; then
    unit "$1" "${@:2:half}" && unit "$1" "${@:2+half}"
  else
    run '-clang-analyzer-*,-bugprone-suspicious-include' "$name" "${flags[@]}"
  fi
}

# analyse FLAGS FILE...
analyse() {
  local flags file failed=0
  eval "flags=($1)"
  for file in "${@:2}"; do
    run '-bugprone-*,-misc-*,-modernize-*,-performance-*,-readability-*' "$file" "${flags[@]}" || failed=1
  done
  return "$failed"
}

# One line for each file: its name and the flags that say what it means.
flags_of_files() {
  jq -r --arg top "$PWD/" '.[] | select(.command | contains("PATCHBAY_MUTANT") | not)
    | [(.file | ltrimstr($top)), ([.command | match("(?:-[DI]|-std=|-isystem )\\S+"; "g").string] | join(" "))]
    | join("\t")' "$database" | LC_ALL=C sort -u -t $'\t' -k 1,1
}

if [ "${1:-}" = --unit ] || [ "${1:-}" = --analyse ]; then
  "${1#--}" "${@:2}"
  exit
fi
[ -e "$database" ] || { echo "tidy: configure first: cmake --preset release" >&2; exit 1; }
mkdir -p "$work"
[ $# != 0 ] || set -- 'host/*.cpp' 'plugins/*.cpp'
git ls-files -- "$@" | grep -v '_test\.cpp$' | LC_ALL=C sort > "$work/files"
# The files of one folder and with the same flags, in their order: to each line a unit.
join -t $'\t' "$work/files" <(flags_of_files) | awk -F '\t' -v most="$most" '
  { folder = $1; sub("/[^/]*$", "", folder); key = folder "\t" $2
    if (key != last || ++n == most) { if (line) print line; line = $2; last = key; n = 0 }
    line = line "\t" $1 }
  END { if (line) print line }' > "$work/units"
[ -s "$work/units" ] || { echo "tidy: no such sources" >&2; exit 1; }
failed=0
for pass in --unit --analyse; do
  tr '\n' '\0' < "$work/units" |
    PASS=$pass xargs -0 -P "$(nproc)" -n 1 bash -c 'IFS=$'"'\t'"'; exec tools/tidy.sh $PASS $0' || failed=1
done
exit "$failed"
