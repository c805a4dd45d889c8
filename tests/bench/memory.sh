#!/usr/bin/env bash
# Whether the gateway's memory stays bounded: its resident set along 100,000 interactions.
#
#   tests/bench/memory.sh [--json] [--messages N] [--store DIR] [--build DIR]
#
# The load is gateway.sh's. rss_mb: resident when all is delivered; rss_half_mb: when half of the time had passed, by
# when the store's cache (64 MB) is full; rss_peak_mb: the most at any time. Ends with status 1 where the second half
# added more than 16 MB. --json: one object on the last line. --build: take the programs from there.
set -euo pipefail
. "$(dirname "$0")/common.sh"
read_options --messages 100000 "$@"

journal=build/bench/journal samples=build/bench/memory.samples
rm -f "$journal" build/bench/*.out
"$binaries/bin/bench_receiver" --key "$whsec" --journal "$journal" --messages "$messages" > build/bench/receiver.out &
receiver=$!
pids+=("$receiver")
await "the receiver" grep -q '^port ' build/bench/receiver.out
start_gateway "$store/memory" "http://127.0.0.1:$(sed -n 's/^port //p' build/bench/receiver.out)"

"$binaries/bin/bench_load" --messages "$messages" --port "$public_port" --secret "$app_secret" --journal "$journal" \
  > build/bench/load.out &
load=$!
pids+=("$load")
: > "$samples"
while kill -0 "$load" 2> /dev/null; do
  memory_of "$gateway" VmRSS >> "$samples"
  sleep 0.5
done
wait "$load" || die "the load ended early"

summary=$(jq -nc --slurpfile samples "$samples" --argjson peak "$(memory_of "$gateway" VmHWM)" \
  --argjson rss "$(memory_of "$gateway" VmRSS)" --argjson messages "$messages" \
  '{interactions: $messages, rss_mb: $rss, rss_half_mb: $samples[$samples | length / 2 | floor], rss_peak_mb: $peak}')
stop "$gateway"
stop "$receiver"
rm -rf "$store/memory" "$journal"
if [ -n "$json" ]; then
  printf '%s\n' "$summary"
else
  jq -r 'to_entries[] | "\(.key): \(.value)"' <<< "$summary" | column -t
fi
jq -e '.rss_mb - .rss_half_mb <= 16' <<< "$summary" > /dev/null || die "memory goes on growing"
