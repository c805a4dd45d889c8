#!/usr/bin/env bash
# How fast the gateway takes WhatsApp messages in and delivers them, and what that costs.
#
#   tests/bench/gateway.sh [--json] [--runs N] [--messages N] [--store DIR] [--build DIR] [--isolation worker]
#
# Each run: signed webhooks of 10,000 people (Zipf) over 64 connections to a gateway with an empty store in DIR (default
# below build/; choose a folder on the disk that matters), delivered to a receiver that checks the v1 signature; then
# the references on the same folder: the same rows straight through SQLite, and the same load on a bare Beast echo.
# The figures are medians of five runs. --json: one object on the last line. --build: take the programs from there.
# --isolation worker: the connector and the sink each run in a worker process. Everything is on loopback and ends by
# itself. docs/performance.md says what each figure means.
set -euo pipefail
. "$(dirname "$0")/common.sh"
read_options "$@"

people=10000 connections=64
results=build/bench/gateway.jsonl
: > "$results"
load() { "$binaries/bin/bench_load" --messages "$messages" --people "$people" --connections "$connections" "$@"; }
port_in() { sed -n 's/^port //p' "$1"; }

one_run() {
  local journal=build/bench/journal receiver echo
  # Gone, so that nobody takes the port of the run before for this one's.
  rm -f "$journal" build/bench/*.out
  "$binaries/bin/bench_receiver" --key "$whsec" --journal "$journal" --messages "$messages" > build/bench/receiver.out &
  receiver=$!
  pids+=("$receiver")
  await "the receiver" grep -q '^port ' build/bench/receiver.out
  start_gateway "$store/gateway" "http://127.0.0.1:$(port_in build/bench/receiver.out)"

  local names=(http whatsapp committer delivery) before=() used=() i
  for i in "${!names[@]}"; do before[i]=$(cpu_of "$gateway" "${names[i]}"); done
  local all_before all
  all_before=$(cpu_of "$gateway")
  local measured
  measured=$(load --port "$public_port" --secret "$app_secret" --journal "$journal")
  for i in "${!names[@]}"; do used[i]=$(($(cpu_of "$gateway" "${names[i]}") - before[i])); done
  all=$(($(cpu_of "$gateway") - all_before))
  local rss
  rss=$(memory_of "$gateway" VmHWM)
  stop "$gateway"
  stop "$receiver"
  local received
  received=$(tail -n 1 build/bench/receiver.out)
  jq -e --argjson all "$messages" '.interactions == $all and .forged == 0' <<< "$received" > /dev/null ||
    die "the receiver got something else than $messages interactions: $received"
  rm -rf "$store/gateway" "$journal"

  local reference
  reference=$("$binaries/bin/bench_sqlite_reference" "$store/reference" --interactions "$messages" --people "$people")
  rm -rf "$store/reference"

  "$binaries/bin/echo_server" 0 > build/bench/echo.out &
  echo=$!
  pids+=("$echo")
  await "the echo server" grep -q '^port ' build/bench/echo.out
  local echoed
  echoed=$(load --port "$(port_in build/bench/echo.out)")
  stop "$echo"

  jq -nc --argjson load "$measured" --argjson reference "$reference" --argjson echo "$echoed" \
    --argjson received "$received" --argjson rss "$rss" --argjson all "$all" --argjson http "${used[0]}" \
    --argjson plugin "${used[1]}" --argjson commit "${used[2]}" --argjson delivery "${used[3]}" '
    ($load.messages) as $n | def each: . / $n * 10 | round / 10;
    { interactions_per_s: $load.interactions_per_s,
      accept_p50_ms: $load.accept_p50_ms, accept_p99_ms: $load.accept_p99_ms,
      delivered_p50_ms: $load.delivered_p50_ms, delivered_p99_ms: $load.delivered_p99_ms,
      rss_mb: $rss,
      sqlite_commits_per_s: $reference.interactions_per_s, echo_requests_per_s: $echo.requests_per_s,
      sqlite_cpu_us_per_interaction: $reference.cpu_us_per_interaction,
      accepted_per_s: $load.requests_per_s, fdatasync_p50_ms: $reference.fdatasync_p50_ms,
      cpu_us_per_interaction: { total: ($all | each), http_and_plugin: ($http + $plugin | each),
                                commit: ($commit | each), delivery: ($delivery | each) },
      events_per_interaction: (($received.interactions + $received.other_events) / $n * 100 | round / 100) }'
}

for ((run = 1; run <= runs; ++run)); do
  note "run $run of $runs"
  one_run > build/bench/run.json
  tee -a "$results" < build/bench/run.json >&2
done

summary=$(jq -sc --argjson messages "$messages" '
  def median: sort | if length % 2 == 1 then .[length / 2 | floor] else (.[length / 2 - 1] + .[length / 2]) / 2 end;
  . as $runs | [$runs[0] | paths(numbers)] | map({path: ., value: (. as $path | [$runs[] | getpath($path)] | median)})
  | reduce .[] as $each ({}; setpath($each.path; $each.value))
  | . + {runs: ($runs | length), messages: $messages}' "$results")
if [ -n "$json" ]; then
  printf '%s\n' "$summary"
else
  jq -r 'paths(numbers) as $path | "\($path | join(".")): \(getpath($path))"' <<< "$summary" | column -t
fi
