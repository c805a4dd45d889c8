#!/usr/bin/env bash
# Code in the documentation comes from sources that are built and tested. In a page,
#
#   <!-- from FILE: NAME -->
#
# stands before a block of code that holds what FILE has between the comments `[NAME]` and `[end]`, less its indentation.
#
#   tools/snippets.sh [--write] PAGE...    says which block is not what its source says, and ends with 1; or writes it
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
write=
[ "${1:-}" != --write ] || { write=yes; shift; }

# A page with its blocks as the sources have them now.
fresh() {
  awk '
    function snippet(file, name,   line, on, found, indent) {
      while ((getline line < file) > 0) {
        if (line ~ "^ *// \\[" name "\\]$") { on = found = 1; indent = index(line, "/") - 1; continue }
        if (line ~ "^ *// \\[end\\]$") on = 0
        if (on) print (line == "" ? "" : substr(line, indent + 1))
      }
      close(file)
      if (!found) { print FILENAME ": " file " has no [" name "]" > "/dev/stderr"; failed = 1 }
    }
    /^<!-- from [^ ]+: [a-z0-9_-]+ -->$/ { file = $3; sub(/:$/, "", file); name = $4; wanted = 1; print; next }
    wanted && /^```/ { print; snippet(file, name); wanted = 0; skipping = 1; next }
    skipping && /^```$/ { skipping = 0 }
    !skipping
    END { exit failed }' "$1"
}

stale=0
for page in "$@"; do
  text=$(fresh "$page" && echo .) || { stale=1; continue; }
  if [ -n "$write" ]; then
    printf %s "${text%.}" > "$page"
  elif ! difference=$(diff "$page" <(printf %s "${text%.}")); then
    echo "$page differs from its sources (>):"
    echo "$difference"
    stale=1
  fi
done
[ "$stale" = 0 ] || { echo "snippets: name what there is, then run tools/snippets.sh --write $*" >&2; exit 1; }
echo "snippets: $# pages: ok"
