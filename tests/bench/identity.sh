#!/usr/bin/env bash
# How fast the gateway decides who somebody is among a million contacts, and what that costs.
#
#   tests/bench/identity.sh [--json] [--contacts N] [--seed S] [--given FILE] [--family FILE] [--store DIR] [--build DIR]
#
# A made-up population of N people (1,000,000) in households writes through six channels to a new store in DIR, by way
# of the gateway's own committer, recorder and directory. arrivals_per_s: personas nobody knows yet, and a mixture with
# 60 % of repeats, in grouped commits; single: one at a time, until it is on the disk; growth: what one arrival costs at
# three tenths of N and at N; effort: candidates, judged pairs and re-linked nodes of an arrival; decisions: against the
# truth that the population knows; disk and memory for each persona, without its interactions; start_s: the rebuilding of
# the identities by the next process. Names come from files (one a line, the most frequent first), or are made up.
# --json: one object on the last line. --build: take the program from there. A million takes some ten minutes and 5 GB.
set -euo pipefail
. "$(dirname "$0")/common.sh"
read_options "$@"

folder=$store/identity
rm -rf "$folder"
mkdir -p "$folder"
note "feeding $contacts people"
"$binaries/bin/bench_identity" --folder "$folder/store" --contacts "$contacts" --seed "$seed" --given "$given" \
  --family "$family" > build/bench/identity.json
note "starting again"
summary=$("$binaries/bin/bench_identity" --reload "$folder/store" |
  jq -c --slurpfile fed build/bench/identity.json --argjson contacts "$contacts" --argjson seed "$seed" \
    '{people: $contacts, seed: $seed} + $fed[0] + .')
rm -rf "$folder"
if [ -n "$json" ]; then
  printf '%s\n' "$summary"
else
  jq -r 'paths(numbers) as $path | "\($path | join(".")): \(getpath($path))"' <<< "$summary" | column -t
fi
