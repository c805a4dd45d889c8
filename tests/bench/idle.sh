#!/usr/bin/env bash
# What a gateway costs that has nothing to do: memory, wakeups, and how soon after its start it serves.
#
#   tests/bench/idle.sh [--json] [--runs N] [--store DIR] [--build DIR]
#
# The settings are the quickstart's: one channel, one destination. start_ms: from exec to the first 200 of /healthz, the
# median of five starts. wakeups_per_s: how often any of its threads was put on a CPU, over ten seconds. rss_mb after it.
# --json: one object on the last line. --build: take the programs from there.
set -euo pipefail
. "$(dirname "$0")/common.sh"
read_options "$@"

now_ms() { echo $((${EPOCHREALTIME/./} / 1000)); }
wakeups() { cat /proc/"$gateway"/task/*/status | awk '/ctxt_switches/ { sum += $2 } END { print sum }'; }

# The port is the one of a start before, so that nothing but the answer needs to be waited for.
start_time() {
  local settings=$store/idle/patchbay.yaml start
  start=$(now_ms)
  "$binaries/bin/patchbay" --settings "$settings" run 2> "$store/idle/patchbay.log" &
  gateway=$!
  pids+=("$gateway")
  # Redirections fail until the gateway listens.
  until { exec 3<> "/dev/tcp/127.0.0.1/$admin_port"; } 2> /dev/null; do sleep 0.002; done
  printf 'GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' >&3
  local answer
  read -r answer <&3
  exec 3>&-
  [[ $answer == *" 200 "* ]] || die "asking /healthz: $answer"
  start_ms=$(($(now_ms) - start))
}

start_gateway "$store/idle" "http://127.0.0.1:9"
stop "$gateway"
sed -i "s/admin: {address: \"127.0.0.1:0\"}/admin: {address: \"127.0.0.1:$admin_port\"}/" "$store/idle/patchbay.yaml"

times=()
for ((run = 1; run <= runs; ++run)); do
  start_time
  times+=("$start_ms")
  [ "$run" = "$runs" ] || stop "$gateway"
done

sleep 2 # what a start leaves behind
before=$(wakeups)
sleep 10
after=$(wakeups)
summary=$(jq -nc --argjson rss "$(memory_of "$gateway" VmRSS)" --argjson wakeups "$((after - before))" \
  --argjson start "$(printf '%s\n' "${times[@]}" | median)" \
  '{rss_mb: $rss, wakeups_per_s: ($wakeups / 10), start_ms: $start}')
stop "$gateway"
rm -rf "$store/idle"
if [ -n "$json" ]; then
  printf '%s\n' "$summary"
else
  jq -r 'to_entries[] | "\(.key): \(.value)"' <<< "$summary" | column -t
fi
