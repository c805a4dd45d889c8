# Sourced by the benchmarks: their options, and a gateway on loopback with settings like the quickstart's.
#
# read_options "$@"          sets json, runs, messages, store, binaries, isolation, contacts, seed, given, family; then
#                            builds, unless --build names a folder
# write_settings FOLDER URL [PUBLIC [ADMIN]]   empties FOLDER and writes patchbay.yaml there: the store is FOLDER/store,
#                            webhooks go to URL, and the listeners are on these ports, or on free ones
# start_gateway FOLDER URL   one with such settings; sets gateway, admin_port, public_port
# run_gateway FOLDER         the same with the settings that are there
# free_port                  a port that nobody takes by chance
# stop PID                   ends a process that was started here and waits for it
# cpu_of PID NAME...         microseconds of CPU that its threads of these names have used; all threads without names
# memory_of PID FIELD        a field of /proc/PID/status in MB
# median                     of the numbers on standard input
# compare FILE KIND OTHER    medians of FILE's runs of KIND beside those of OTHER, and how much the p99 of KIND is longer

usage() {
  sed -n '2,/^set -euo/p' "$0" | sed '$d' | cut -c3-
  exit "$1"
}

read_options() {
  json='' runs=5 messages=50000 store=build/bench/store binaries='' isolation=in_process
  contacts=1000000 seed=1 given='' family=''
  while [ $# -gt 0 ]; do
    case $1 in
      --json) json=1 ;;
      --runs | --messages | --store | --build | --isolation | --contacts | --seed | --given | --family)
        [ $# -gt 1 ] || usage 2
        case $1 in
          --runs) runs=$2 ;; --messages) messages=$2 ;; --store) store=$2 ;; --build) binaries=$2 ;;
          --isolation) isolation=$2 ;;
          --contacts) contacts=$2 ;; --seed) seed=$2 ;; --given) given=$2 ;; --family) family=$2 ;;
        esac
        shift
        ;;
      --help) usage 0 ;;
      *) usage 2 ;;
    esac
    shift
  done
  . "$(dirname "$0")/../../tools/prepare.sh"
  mkdir -p build/bench "$store"
  if [ -z "$binaries" ]; then
    binaries=build/release
    { prepare_packages; say "Building what is measured"
      build release patchbay patchbay-worker plugin_whatsapp plugin_webhook bench_load bench_receiver bench_backlog bench_identity echo_server \
        bench_sqlite_reference
    } >&2
  fi
  umask 077
  pids=()
  trap leave EXIT
  trap 'exit 130' INT TERM
}

leave() {
  trap - EXIT
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
}

note() { printf '%s\n' "$*" >&2; }

# Waits until COMMAND succeeds, for at most twenty seconds.
await() {
  local what=$1 end=$((SECONDS + 20))
  shift
  until "$@" >/dev/null 2>&1; do
    # Somebody who has ended already is not waited for.
    kill -0 "${pids[-1]}" 2>/dev/null || die "waiting for $what: it has ended"
    [ "$SECONDS" -lt "$end" ] || die "waiting for $what took longer than 20 s"
    sleep 0.05
  done
}

stop() {
  kill "$1" 2>/dev/null || true
  wait "$1" || true
}

# Free on loopback, and out of the range from which the system takes those of outgoing connections: it stays free while
# its gateway is down.
free_port() {
  local port
  until port=$((20000 + RANDOM % 12000)) && ! (exec 3<> "/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
  echo "$port"
}

write_settings() {
  local folder=$1 url=$2 public=${3:-0} admin=${4:-0}
  rm -rf "$folder"
  mkdir -p "$folder"
  printf %s "$app_secret" > "$folder/app_secret"
  printf %s "$whsec" > "$folder/whsec"
  cat > "$folder/patchbay.yaml" <<YAML
business: {name: Rossi, region: IT, timezone: Europe/Rome, own: [rossi.example]}
listen:
  public: {address: "127.0.0.1:$public", url: "http://127.0.0.1"}
  admin: {address: "127.0.0.1:$admin"}
store: {sqlite: store}
channels:
  whatsapp:
    connector: whatsapp
    isolation: $isolation
    portfolio: "1029"
    app_secret: "\${file:app_secret}"
    verify_token: bench
    numbers: {it: {id: "111", region: IT}, pl: {id: "222", region: PL}}
destinations:
  crm:
    {sink: webhook, isolation: $isolation, url: "$url", keys: ["\${file:whsec}"],
     allow_private: ["127.0.0.1/32:${url##*:}"]}
routes:
  - {from: "*", to: crm}
YAML
}

start_gateway() {
  write_settings "$@"
  run_gateway "$1"
}

run_gateway() {
  local folder=$1
  "$binaries/bin/patchbay" --settings "$folder/patchbay.yaml" run 2> "$folder/patchbay.log" &
  gateway=$!
  pids+=("$gateway")
  await "the gateway (see $folder/patchbay.log)" grep -q ' ready admin_port=' "$folder/patchbay.log"
  admin_port=$(sed -nE 's/.* ready admin_port=([0-9]+).*/\1/p' "$folder/patchbay.log")
  public_port=$(sed -nE 's/.* public_port=([0-9]+).*/\1/p' "$folder/patchbay.log")
}

cpu_of() {
  local pid=$1 task name ticks=0 stat fields
  shift
  for task in /proc/"$pid"/task/*; do
    name=$(< "$task/comm")
    case " $* " in *" $name "* | '  ') ;; *) continue ;; esac
    stat=$(< "$task/stat")
    # Behind the name: state is the first, utime the 12th, stime the 13th.
    read -r -a fields <<< "${stat##*) }"
    ticks=$((ticks + fields[11] + fields[12]))
  done
  echo $((ticks * (1000000 / $(getconf CLK_TCK))))
}

memory_of() { awk -v field="$2:" '$1 == field { printf "%.1f\n", $2 / 1024 }' "/proc/$1/status"; }

median() { sort -g | awk '{ value[NR] = $1 } END { print NR % 2 ? value[(NR + 1) / 2] : (value[NR / 2] + value[NR / 2 + 1]) / 2 }'; }

compare() {
  local summary
  summary=$(jq -sc --arg kind "$2" --arg other "$3" --argjson messages "$messages" --argjson runs "$runs" '
    def median: sort | if length % 2 == 1 then .[length / 2 | floor] else (.[length / 2 - 1] + .[length / 2]) / 2 end;
    def of($kind; $key): map(select(.kind == $kind) | .[$key]) | median;
    of($kind; "p99_ms") as $with | of($other; "p99_ms") as $without |
    { p99_ms: {($kind): $with, ($other): $without},
      p50_ms: {($kind): of($kind; "p50_ms"), ($other): of($other; "p50_ms")},
      growth_percent: (($with / $without - 1) * 1000 | round / 10),
      accepted_per_s: of($kind; "accepted_per_s"), runs: $runs, messages: $messages }' "$1")
  if [ -n "$json" ]; then
    printf '%s\n' "$summary"
  else
    jq -r 'paths(numbers) as $path | "\($path | join(".")): \(getpath($path))"' <<< "$summary" | column -t
  fi
}

app_secret=$(openssl rand -hex 16)
whsec=whsec_$(openssl rand -base64 32)
