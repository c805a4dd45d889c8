#!/usr/bin/env bash
# Kills a gateway under load and checks that nothing which it accepted is lost, doubled or out of order.
#
#   tests/faults/run.sh [--kills N] [--seed S] [--rate N] [--store DIR] [--crash-points] [--build DIR] [--gateway PROGRAM] [--isolation in_process]
#
# --kills        how often it is killed (30)
# --seed         of everything that is random (one of its own, which is printed)
# --rate         messages a second (1000)
# --store        a folder for the store and the journals: choose one on the disk that matters (below build/)
# --crash-points crashes at every crash point of a test build instead, at its first and at a later passing
# --build        takes the programs from there instead of building them
# --gateway      hurts this program instead of the released one
# --isolation    in_process: its plugins run in the gateway itself
#
# The last line counts: "faults: kills=N accepted=N delivered=N lost=N doubled=N disorder=N recovery_p99_ms=N". Exit
# status 0 only where lost, doubled and disorder are 0. After a failure the folder stays: README.md says how to read it.
set -euo pipefail
. "$(dirname "$0")/../bench/common.sh"

kills=30 seed=$((RANDOM * 32768 + RANDOM)) rate=1000 store='' crash_points='' binaries='' program='' isolation=worker
while [ $# -gt 0 ]; do
  case $1 in
    --kills | --seed | --rate | --store | --build | --gateway | --isolation)
      [ $# -gt 1 ] || usage 2
      case $1 in
        --kills) kills=$2 ;; --seed) seed=$2 ;; --rate) rate=$2 ;; --store) store=$2 ;; --build) binaries=$2 ;;
        --gateway) program=$2 ;; --isolation) isolation=$2 ;;
      esac
      shift
      ;;
    --crash-points) crash_points=yes ;;
    --help) usage 0 ;;
    *) usage 2 ;;
  esac
  shift
done
. "$(dirname "$0")/../../tools/prepare.sh"
if [ -z "$binaries" ]; then
  binaries=build/release
  { prepare_packages; say "Building what is hurt"
    build release patchbay patchbay-worker plugin_whatsapp plugin_webhook faults_programs
  } >&2
fi
program=${program:-$binaries/bin/$([ -z "$crash_points" ] && echo patchbay || echo patchbay_faults)}
faketime=$(find /usr/lib -name libfaketimeMT.so.1 2>/dev/null | head -n 1)
[ -n "$faketime" ] || die "libfaketime is missing; install the Debian package faketime"

folder=${store:-build/faults}/run.$$
umask 077
mkdir -p "$(dirname "$folder")"
receiver=$(free_port) public=$(free_port) admin=$(free_port)
write_settings "$folder" "http://127.0.0.1:$receiver" "$public" "$admin"
note "faults: seed $seed, in $folder"

failed() {
  note "faults: seed $seed did not pass; its journals are in $folder"
  exit 1
}
"$binaries/bin/faults_nemesis" --folder "$folder" --programs "$binaries/bin" --gateway "$program" \
  --faketime "$faketime" --receiver-port "$receiver" --public-port "$public" --admin-port "$admin" --kills "$kills" \
  --seed "$seed" --rate "$rate" ${crash_points:+--crash-points yes} >&2 && carried=1 || carried=
"$binaries/bin/faults_check" --accepted "$folder/accepted.log" --applied "$folder/applied.log" \
  --faults "$folder/faults.log" && [ -n "$carried" ] || failed
rm -rf "$folder"
