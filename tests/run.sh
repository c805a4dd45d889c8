#!/usr/bin/env bash
# The whole test suite, from a bare Debian 12 machine on.
#
#   tests/run.sh                  what is tested as a whole, the unit tests under ASan and UBSan, each fuzzer for a few seconds
#   tests/run.sh --tsan           all of the suite under ThreadSanitizer
#   tests/run.sh --units          the unit tests as they are released
#   tests/run.sh --fuzz SECONDS   each fuzzer for that long
#   tests/run.sh --faults KILLS   a gateway is killed that often under load: tests/faults/run.sh
#   tests/run.sh --long           what takes long: the tests labelled `long`
#   tests/run.sh --tidy           clang-tidy over all sources
#   tests/run.sh --samples DIR    also posts the WhatsApp webhook bodies in DIR and counts what became of them
#   tests/run.sh --mail DIR       also holds what the channel imap makes of the mail in DIR against Python's email package
#   tests/run.sh --all            all of these, the fuzzers for ten minutes each
#
# Flags add up. The last line counts the tests: "N passed, N failed".
set -euo pipefail

default=1 tsan= fuzz= faults= long= tidy= samples= mail= units=
usage() { sed -n '2,15p' "${BASH_SOURCE[0]}" | cut -c3-; exit "$1"; }
while [ $# -gt 0 ]; do
  case $1 in
    --tsan) tsan=1 default= ;;
    --units) units=1 default= ;;
    --fuzz) [ $# -gt 1 ] || usage 2; fuzz=$2 default=; shift ;;
    --faults) [ $# -gt 1 ] || usage 2; faults=$2 default=; shift ;;
    --long) long=1 default= ;;
    --tidy) tidy=1 default= ;;
    --samples) [ $# -gt 1 ] || usage 2; samples=$(realpath "$2"); shift ;;
    --mail) [ $# -gt 1 ] || usage 2; mail=$(realpath "$2"); shift ;;
    --all) default=1 tsan=1 units=1 fuzz=600 long=1 tidy=1 ;;
    --help | -h) usage 0 ;;
    *) echo "tests/run.sh: no option is called $1" >&2; usage 2 ;;
  esac
  shift
done

. "$(dirname "${BASH_SOURCE[0]}")/../tools/prepare.sh"
passed=0 failed=0 failures=()

count() { if "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)) failures+=("$*"); echo "failed: $*" >&2; fi; }

# Runs ctest in build/PRESET and adds its figures to ours.
run_ctest() {
  local preset=$1 log="build/$1.ctest.log"
  shift
  (cd "build/$preset" && ctest --output-on-failure "$@") 2>&1 | tee "$log" | grep -vE '^ *[0-9]+/[0-9]+ Test .* Passed|^ *Start +[0-9]+' || true
  local total bad
  total=$(sed -nE 's/.*tests failed out of ([0-9]+).*/\1/p' "$log" | tail -n 1)
  bad=$(sed -nE 's/.*, ([0-9]+) tests failed out of.*/\1/p' "$log" | tail -n 1)
  [ -n "$total" ] || { total=1 bad=1; }
  passed=$((passed + total - bad)) failed=$((failed + bad))
  if [ "$bad" != 0 ]; then
    mapfile -t -O "${#failures[@]}" failures < <(sed -nE "s/^[[:space:]]+[0-9]+ - (.*)/$preset: \1/p" "$log")
    outputs_of_failed "$log" >> build/failures.log
  fi
}

# Of a log of ctest's: the last lines that each failed test wrote.
outputs_of_failed() {
  awk '
    function flush_test() { if (!failed) return; print failed; for (i = (n > 40 ? n - 40 : 0); i < n; ++i) print "    " lines[i]; failed = "" }
    /^ *[0-9]+\/[0-9]+ Test +#/ { flush_test(); n = 0; if (/\*\*\*/) failed = $0; next }
    /^ *Start +[0-9]+:/ { next }
    /% tests passed, / { flush_test() }
    failed { lines[n++] = substr($0, 1, 400) }
  ' "$1"
}

# A fuzzer speaks of each new thing it reaches; what is of use is its last word, and that only where it fails.
fuzz_one() {
  local name=$1 seconds=$2 log="build/fuzz/$1.log"
  mkdir -p "build/fuzz/corpus/$name"
  "build/asan/bin/${name}_fuzz" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -verbosity=0 -print_final_stats=1 \
    -artifact_prefix="build/fuzz/$name-" "build/fuzz/corpus/$name" "tests/fuzz/corpus/$name" > "$log" 2>&1 ||
    { grep -vE 'Uses: [0-9]+$|NEW_FUNC' "$log" | tail -n 60 | tee -a build/failures.log >&2; return 1; }
  sed -n 's/^stat::number_of_executed_units: *\([0-9]*\)/\1 inputs/p' "$log"
}

run_fuzzers() {
  build asan fuzzers
  local fuzzer name
  for fuzzer in build/asan/bin/*_fuzz; do
    name=$(basename "$fuzzer" _fuzz)
    say "Fuzzing: $name for $1 s"
    count fuzz_one "$name" "$1"
  done
}

: > build/failures.log
prepare_packages
prepare_node tests/npm
prepare_node examples/quickstart

if [ -n "$default" ]; then
  say "Style"
  git ls-files '*.hpp' '*.cpp' '*.h' '*.c' '*.ipp' | xargs clang-format --dry-run --Werror > build/format.log 2>&1 && style=true || style=false
  $style || head -n 20 build/format.log >&2
  count $style
  say "Building for release"
  build release all
  say "Testing"
  run_ctest release -L integration -LE long -j 3
  say "Building with AddressSanitizer and UndefinedBehaviorSanitizer"
  build asan unit_tests fuzzers
  say "Unit tests under AddressSanitizer and UndefinedBehaviorSanitizer"
  run_ctest asan -L unit -LE long -j 2
  [ -n "$fuzz" ] || { say "Fuzzing"; run_fuzzers 3; }
fi
if [ -n "$units" ]; then
  say "Unit tests"
  build release unit_tests
  run_ctest release -L unit -LE long -j 2
fi
if [ -n "$tsan" ]; then
  say "Building with ThreadSanitizer"
  build tsan all unit_tests
  export TSAN_OPTIONS="suppressions=$top/tests/tsan.supp halt_on_error=1"
  run_ctest tsan -LE 'long|measures' -j 2
fi
if [ -n "$long" ]; then
  say "Long tests"
  build release all unit_tests
  run_ctest release -L long
fi
if [ -n "$faults" ]; then
  build release patchbay plugin_whatsapp plugin_webhook faults_programs
  say "$faults kills"
  count tests/faults/run.sh --kills "$faults" --build build/release
fi
if [ -n "$fuzz" ]; then run_fuzzers "$fuzz"; fi
if [ -n "$tidy" ]; then
  build release all
  say "clang-tidy"
  count tools/tidy.sh
fi
if [ -n "$samples" ]; then
  build release patchbay plugin_whatsapp plugin_webhook
  say "WhatsApp samples"
  count node tests/integration/whatsapp/samples.mjs --bin build/release/bin/patchbay --samples "$samples"
fi
if [ -n "$mail" ]; then
  command -v python3 > /dev/null || die "--mail needs python3: apt-get install python3"
  build release imap_map
  say "Mail"
  count tests/integration/imap/corpus_check.py build/release/bin/imap_map "$mail" tests/integration/imap/judged.txt
fi

if [ ${#failures[@]} != 0 ]; then
  printf '\nWhat failed, and the last that it wrote:\n'
  printf '  %s\n' "${failures[@]}"
  cat build/failures.log
fi
printf '\nThe suite took %s s.\n' "$SECONDS"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
