#!/usr/bin/env bash
# The whole test suite, from a bare Debian 12 machine on.
#
#   tests/run.sh                  the release suite, the unit tests under ASan and UBSan, each fuzzer for a few seconds
#   tests/run.sh --tsan           the suite under ThreadSanitizer
#   tests/run.sh --fuzz SECONDS   each fuzzer for that long
#   tests/run.sh --faults KILLS   a gateway is killed that often under load: tests/faults/run.sh
#   tests/run.sh --long           what takes long: the tests labelled `long`
#   tests/run.sh --tidy           clang-tidy over all sources
#   tests/run.sh --samples DIR    also posts the WhatsApp webhook bodies in DIR and counts what became of them
#   tests/run.sh --all            all of these, the fuzzers for ten minutes each
#
# Flags add up. The last line counts the tests: "N passed, N failed".
set -euo pipefail

default=1 tsan= fuzz= faults= long= tidy= samples=
usage() { sed -n '2,14p' "${BASH_SOURCE[0]}" | cut -c3-; exit "$1"; }
while [ $# -gt 0 ]; do
  case $1 in
    --tsan) tsan=1 default= ;;
    --fuzz) [ $# -gt 1 ] || usage 2; fuzz=$2 default=; shift ;;
    --faults) [ $# -gt 1 ] || usage 2; faults=$2 default=; shift ;;
    --long) long=1 default= ;;
    --tidy) tidy=1 default= ;;
    --samples) [ $# -gt 1 ] || usage 2; samples=$(realpath "$2"); shift ;;
    --all) default=1 tsan=1 fuzz=600 long=1 tidy=1 ;;
    --help | -h) usage 0 ;;
    *) echo "tests/run.sh: no option is called $1" >&2; usage 2 ;;
  esac
  shift
done

. "$(dirname "${BASH_SOURCE[0]}")/../tools/prepare.sh"
started=$SECONDS passed=0 failed=0

count() { if "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "failed: $*" >&2; fi; }

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
}

run_fuzzers() {
  build fuzz fuzzers
  local fuzzer name
  for fuzzer in build/fuzz/bin/*_fuzz; do
    name=$(basename "$fuzzer" _fuzz)
    say "Fuzzing: $name for $1 s"
    mkdir -p "build/fuzz/corpus/$name"
    count "$fuzzer" -max_total_time="$1" -timeout=10 -rss_limit_mb=2048 -print_final_stats=0 -verbosity=0 \
      -artifact_prefix="build/fuzz/$name-" "build/fuzz/corpus/$name" "tests/fuzz/corpus/$name"
  done
}

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
  run_ctest release -LE long -j 2
  say "Building with AddressSanitizer and UndefinedBehaviorSanitizer"
  build asan unit_tests
  say "Unit tests under AddressSanitizer and UndefinedBehaviorSanitizer"
  run_ctest asan -L unit -LE long -j 2
  [ -n "$fuzz" ] || { say "Fuzzing"; run_fuzzers 5; }
fi
if [ -n "$tsan" ]; then
  say "Building with ThreadSanitizer"
  build tsan all
  export TSAN_OPTIONS="suppressions=$top/tests/tsan.supp halt_on_error=1"
  run_ctest tsan -LE 'long|slow_under_tsan' -j 2
fi
if [ -n "$long" ]; then
  say "Long tests"
  build release all
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

printf '\nThe suite took %s s.\n' $((SECONDS - started))
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
