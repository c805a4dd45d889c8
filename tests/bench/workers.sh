#!/usr/bin/env bash
# What worker processes cost: each, and each further idle channel in a shared one.
#
#   tests/bench/workers.sh [--json] [--runs N] [--store DIR] [--build DIR]
#
# The settings are the quickstart's; in one start there is one further WhatsApp channel with `workers: shared`, in the
# next there are 200. channel_kb: private memory that the worker and the gateway have more for each of the 199, together.
# worker_mb: private memory of a worker with one channel. ready_ms: how much longer a start takes for each of ten
# channels with a worker of their own, from its process to `ready`. Medians of the runs.
# --json: one object on the last line. --build: take the programs from there.
set -euo pipefail
. "$(dirname "$0")/common.sh"
read_options "$@"
isolation=worker

many=200 further=10
private_kb() { awk '/^Private_/ { sum += $2 } END { print sum }' "/proc/$1/smaps_rollup"; }
now_ms() { echo $((${EPOCHREALTIME/./} / 1000)); }

# Starts a gateway with COUNT further channels of the plugin, whose `workers` is KIND; sets start_ms.
start_with() {
  local count=$1 kind=$2 i start
  write_settings "$store/workers" "http://127.0.0.1:9"
  for ((i = 1; i <= count; ++i)); do
    sed -i "/^channels:/a\\  idle$i: {connector: whatsapp, workers: $kind, portfolio: \"1029\", app_secret: \"\${file:app_secret}\", verify_token: bench, numbers: {it: {id: \"111\", region: IT}}}" \
      "$store/workers/patchbay.yaml"
  done
  # Its own channel is of that plugin, too, and shall not look like the shared worker.
  sed -i 's/^  whatsapp:/  alone:/' "$store/workers/patchbay.yaml"
  start=$(now_ms)
  run_gateway "$store/workers"
  start_ms=$(($(now_ms) - start))
  sleep 1 # what a start leaves behind
}

# The process that serves the shared channels has the plugin's name as its parameter.
shared_worker() {
  local pid
  for pid in $(pgrep -P "$gateway"); do
    [ "$(tr '\0' ' ' < "/proc/$pid/cmdline")" != "patchbay-worker whatsapp " ] || echo "$pid"
  done | tail -n 1
}

results=build/bench/workers.jsonl
: > "$results"
for ((run = 1; run <= runs; ++run)); do
  note "run $run of $runs"
  start_with 0 per_channel
  ready=$start_ms
  stop "$gateway"
  start_with "$further" per_channel
  ready=$(((start_ms - ready) / further))
  stop "$gateway"
  start_with 1 shared
  worker=$(private_kb "$(shared_worker)") one=$(($(private_kb "$(shared_worker)") + $(private_kb "$gateway")))
  stop "$gateway"
  start_with "$many" shared
  all=$(($(private_kb "$(shared_worker)") + $(private_kb "$gateway")))
  stop "$gateway"
  jq -nc --argjson worker "$worker" --argjson one "$one" --argjson all "$all" --argjson many "$many" \
    --argjson ready "$ready" \
    '{worker_mb: ($worker / 102.4 | round / 10), channel_kb: (($all - $one) / ($many - 1) | round), ready_ms: $ready}' |
    tee -a "$results" >&2
done
rm -rf "$store/workers"

summary=$(jq -sc 'def median: sort | .[length / 2 | floor];
  {worker_mb: map(.worker_mb) | median, channel_kb: map(.channel_kb) | median, ready_ms: map(.ready_ms) | median}' "$results")
if [ -n "$json" ]; then
  printf '%s\n' "$summary"
else
  jq -r 'to_entries[] | "\(.key): \(.value)"' <<< "$summary" | column -t
fi
