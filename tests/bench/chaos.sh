#!/usr/bin/env bash
# Whether plugins that do what they must not hold up a healthy channel beside them.
#
#   tests/bench/chaos.sh [--json] [--runs N] [--messages N] [--store DIR] [--build DIR]
#
# A gateway has a WhatsApp channel, which is measured, and for each fault of tests/integration/chaos a channel that has
# it; every plugin runs in a worker. Five hundred WhatsApp messages a second come (open loop, so that what is held up is
# not held up out of sight) and are delivered to one receiver. In one run nobody touches the other channels, in the next,
# by turns, one of them is asked for its fault every 100 ms: crashes, endless loops, memory without end, floods of log
# lines, sockets, processes.
# p99_ms: from the post of a message to its receiver, with the faults and without; growth_percent: what they add. The
# first second does not count. Medians of five runs each. --store: where the stores are; /dev/shm/NAME leaves the disk
# out of it.
# --json: one object on the last line. --build: take the programs from there.
set -euo pipefail
. "$(dirname "$0")/common.sh"
here=$(cd "$(dirname "$0")" && pwd)
read_options --messages 7500 "$@"
isolation=worker

faults=(segfault abort exit close_socket garbage deadlock endless_loop socket fork execute kill_parent write_file
  read_passwd leak_descriptors allocate threads log_flood never_answer answer_twice answer_another)
results=build/bench/chaos.jsonl
: > "$results"

one_run() {
  local kind=$1 fault journal=build/bench/chaos.journal receiver poker=''
  rm -f "$journal" build/bench/*.out
  "$binaries/bin/bench_receiver" --key "$whsec" --journal "$journal" --messages "$messages" > build/bench/receiver.out &
  receiver=$!
  pids+=("$receiver")
  await "the receiver" grep -q '^port ' build/bench/receiver.out
  write_settings "$store/chaos" "http://127.0.0.1:$(sed -n 's/^port //p' build/bench/receiver.out)"
  for fault in "${faults[@]}"; do
    sed -i "/^channels:/a\\  $fault: {connector: chaos, isolation: worker, fault: $fault}" "$store/chaos/patchbay.yaml"
  done
  run_gateway "$store/chaos"
  if [ "$kind" = faults ]; then
    node "$here/poker.mjs" "http://127.0.0.1:$public_port" "${faults[@]}" > build/bench/poker.out &
    poker=$!
    pids+=("$poker")
  fi
  "$binaries/bin/bench_load" --port "$public_port" --secret "$app_secret" --messages "$messages" --people 1000 \
    --exponent 0 --connections 16 --rate 500 --journal "$journal" > build/bench/load.out
  await "the last delivery" node "$here/percentiles.mjs" "$journal" "$journal"
  node "$here/percentiles.mjs" --skip 500 "$journal" "$journal" |
    jq -c --arg kind "$kind" --slurpfile load build/bench/load.out \
      '. + {kind: $kind, accepted_per_s: $load[0].requests_per_s}'
  if [ -n "$poker" ]; then stop "$poker"; fi
  stop "$gateway"
  stop "$receiver"
  rm -rf "$store/chaos"
}

for ((run = 1; run <= runs; ++run)); do
  for kind in quiet faults; do
    note "run $run of $runs, $kind"
    one_run "$kind" > build/bench/run.json
    tee -a "$results" < build/bench/run.json >&2
  done
done

compare "$results" faults quiet
