#!/usr/bin/env bash
# How a gateway comes back with many deliveries queued: how soon it serves, how fast they go out, what memory it takes.
#
#   tests/bench/backlog.sh [--json] [--messages N] [--store DIR] [--build DIR]
#
# A store with N open deliveries (1,000,000) of 10,000 people is made by the gateway's own store, in DIR. ready_ms: from
# exec to the first 200 of /healthz. drain_per_s: from the first to the last delivery at a receiver that verifies each
# signature. rss_mb: the most memory at any time. store_mb: what the store takes. --json: one object on the last line.
# --build: take the programs from there. Ends with status 1 where a delivery is missing or came twice.
set -euo pipefail
. "$(dirname "$0")/common.sh"
read_options --messages 1000000 "$@"

folder=$store/backlog journal=build/bench/journal
rm -f "$journal" build/bench/*.out
"$binaries/bin/bench_receiver" --key "$whsec" --journal "$journal" --messages "$messages" > build/bench/receiver.out &
receiver=$!
pids+=("$receiver")
await "the receiver" grep -q '^port ' build/bench/receiver.out
admin_port=$(free_port)
write_settings "$folder" "http://127.0.0.1:$(sed -n 's/^port //p' build/bench/receiver.out)" 0 "$admin_port"
note "making $messages deliveries"
"$binaries/bin/bench_backlog" --make "$folder/store" --deliveries "$messages"
store_mb=$(du -sm "$folder/store" | cut -f 1)

now_ms() { echo $((${EPOCHREALTIME/./} / 1000)); }
ask() {
  { exec 3<> "/dev/tcp/127.0.0.1/$admin_port"; } 2> /dev/null || return 1
  printf 'GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' "$1" >&3
  cat <&3
  exec 3>&-
}
delivered() { ask /metrics | awk '/^patchbay_deliveries_delivered_total/ { print $2 }'; }

note "starting the gateway"
started=$(now_ms)
"$binaries/bin/patchbay" --settings "$folder/patchbay.yaml" run 2> "$folder/patchbay.log" &
gateway=$!
pids+=("$gateway")
until ask /healthz > build/bench/health.out 2> /dev/null; do
  kill -0 "$gateway" 2> /dev/null || die "the gateway has ended: $(tail -n 1 "$folder/patchbay.log")"
  sleep 0.005
done
ready_ms=$(($(now_ms) - started))
grep -q ' 200 ' build/bench/health.out || die "asking /healthz: $(head -n 1 build/bench/health.out)"

last=-1 still=$SECONDS
until [ "$(delivered)" = "$messages" ]; do
  kill -0 "$gateway" 2> /dev/null || die "the gateway has ended: $(tail -n 1 "$folder/patchbay.log")"
  now=$(delivered)
  if [ "$now" != "$last" ]; then last=$now still=$SECONDS; fi
  [ $((SECONDS - still)) -lt 30 ] || die "$now of $messages were delivered, and no more for 30 s"
  sleep 0.5
done
rss=$(memory_of "$gateway" VmHWM)
stop "$gateway"
stop "$receiver"
jq -e --argjson all "$messages" '.interactions == $all and .repeated == 0 and .forged == 0' \
  <<< "$(tail -n 1 build/bench/receiver.out)" > /dev/null ||
  die "the receiver got something else than $messages deliveries: $(tail -n 1 build/bench/receiver.out)"
summary=$("$binaries/bin/bench_backlog" --journal "$journal" --deliveries "$messages" |
  jq -c --argjson ready "$ready_ms" --argjson rss "$rss" --argjson store "$store_mb" \
    '{deliveries: .delivered, ready_ms: $ready, drain_per_s: .drain_per_s, rss_mb: $rss, store_mb: $store}')
rm -rf "$folder" "$journal"
if [ -n "$json" ]; then
  printf '%s\n' "$summary"
else
  jq -r 'to_entries[] | "\(.key): \(.value)"' <<< "$summary" | column -t
fi
