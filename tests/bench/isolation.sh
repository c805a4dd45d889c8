#!/usr/bin/env bash
# Whether destinations that are dead hold up those that are well.
#
#   tests/bench/isolation.sh [--json] [--runs N] [--messages N] [--store DIR] [--build DIR]
#
# Everything goes to ten destinations. Five are well, and it is measured when each message reaches each of them. The
# other five are well in one run and dead in the next, by turns: one takes requests and never answers, one answers a byte
# a second, one never answers the TLS handshake, one answers a body without an end, one answers 500. Each run has a
# gateway with an empty store in DIR. Two hundred WhatsApp messages a second come, of people who write equally often: open
# loop, so that what is held up is not held up out of sight.
# p99_ms: from the post to a healthy destination, with the others dead and well; growth_percent: what the dead ones add.
# Medians of five runs each. --json: one object on the last line. --build: take the programs from there.
set -euo pipefail
. "$(dirname "$0")/common.sh"
here=$(cd "$(dirname "$0")" && pwd)
read_options --messages 3000 "$@"

well=5
results=build/bench/isolation.jsonl
: > "$results"

add_destinations() {
  local file=$1 index=0 url key
  shift
  sed -i '/^destinations:/,$d' "$file"
  printf 'destinations:\n' >> "$file"
  for url in "$@"; do
    index=$((index + 1))
    printf '  d%s: {sink: webhook, url: "%s", keys: ["${file:whsec}"], allow_private: ["127.0.0.1/32:%s"]}\n' \
      "$index" "$url" "${url##*:}" >> "$file"
  done
  printf 'routes:\n' >> "$file"
  for ((key = 1; key <= index; ++key)); do printf '  - {from: "*", to: d%s}\n' "$key" >> "$file"; done
}

one_run() {
  local kind=$1 i urls=() journals=() ended=()
  rm -f build/bench/isolation.*.journal build/bench/*.out
  for ((i = 1; i <= well; ++i)); do
    journals+=("build/bench/isolation.$i.journal")
    "$binaries/bin/bench_receiver" --key "$whsec" --journal "${journals[-1]}" --messages "$messages" \
      > "build/bench/receiver$i.out" &
    ended+=("$!") pids+=("$!")
    await "a receiver" grep -q '^port ' "build/bench/receiver$i.out"
    urls+=("http://127.0.0.1:$(sed -n 's/^port //p' "build/bench/receiver$i.out")")
  done
  node "$here/hostile_receivers.mjs" "$kind" > build/bench/hostile.out &
  ended+=("$!") pids+=("$!")
  await "the other receivers" eval '[ "$(wc -l < build/bench/hostile.out)" = 5 ]'
  mapfile -t -O "$well" urls < build/bench/hostile.out

  write_settings "$store/isolation" "${urls[0]}"
  add_destinations "$store/isolation/patchbay.yaml" "${urls[@]}"
  run_gateway "$store/isolation"
  "$binaries/bin/bench_load" --port "$public_port" --secret "$app_secret" --messages "$messages" --people 1000 \
    --exponent 0 --connections 16 --rate 200 --journal "${journals[0]}" > build/bench/load.out
  await "the last delivery" node "$here/percentiles.mjs" "${journals[0]}" "${journals[@]}"
  node "$here/percentiles.mjs" "${journals[0]}" "${journals[@]}" |
    jq -c --arg kind "$kind" --slurpfile load build/bench/load.out \
      '. + {kind: $kind, accepted_per_s: $load[0].requests_per_s}'
  stop "$gateway"
  for i in "${ended[@]}"; do stop "$i"; done
  rm -rf "$store/isolation"
}

for ((run = 1; run <= runs; ++run)); do
  for kind in well dead; do
    note "run $run of $runs, the others are $kind"
    one_run "$kind" > build/bench/run.json
    tee -a "$results" < build/bench/run.json >&2
  done
done

compare "$results" dead well
