#!/usr/bin/env bash
# Patchbay's main job on sample input: WhatsApp messages of four people come in, a demo CRM gets four contacts, a folder
# gets the same events as files, and one of the four gets an answer.
#
#   examples/quickstart/run.sh          then keeps running until Ctrl-C
#   examples/quickstart/run.sh --once   ends when everything is delivered
#
# Installs what is missing, builds into build/release, and keeps its data below build/quickstart.
set -euo pipefail

once=
case ${1:-} in
  '') ;;
  --once) once=1 ;;
  *) sed -n '2,8p' "${BASH_SOURCE[0]}" | cut -c3-; exit 2 ;;
esac
. "$(dirname "${BASH_SOURCE[0]}")/../../tools/prepare.sh"

prepare_packages
prepare_node examples/quickstart
say "Building Patchbay"
build release patchbay plugin_whatsapp plugin_webhook plugin_file

here=examples/quickstart run=build/quickstart patchbay=build/release/bin/patchbay
rm -rf "$run"
mkdir -p "$run/archive"
pids=()
leave() {
  trap - EXIT INT TERM
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
}
trap leave EXIT
trap 'leave; exit 0' INT TERM

# Waits until COMMAND succeeds, for at most ten seconds.
await() {
  local what=$1 end=$((SECONDS + 10))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$end" ] || { tail -n 20 "$run"/*.log >&2; die "waiting for $what took longer than 10 s"; }
    sleep 0.1
  done
}

# The two secrets that the parties share: Meta's app secret signs what comes in, ours signs what goes out.
umask 077
app_secret=$(openssl rand -hex 16)
printf %s "$app_secret" > "$run/app_secret"
printf 'whsec_%s' "$(openssl rand -base64 32)" > "$run/whsec"

say "Starting the demo CRM"
node "$here/crm.mjs" --key "$(cat "$run/whsec")" > "$run/crm.log" 2>&1 &
pids+=($!)
await "the demo CRM" grep -qoE 'http://127\.0\.0\.1:[0-9]+' "$run/crm.log"
crm=$(grep -oE 'http://127\.0\.0\.1:[0-9]+' "$run/crm.log" | head -n 1)
crm_port=${crm##*:}

say "Starting a stand-in for Meta"
token=$(openssl rand -hex 16)
printf %s "$token" > "$run/token"
mkfifo "$run/webhook"
node "$here/meta.mjs" --token "$token" --secret "$app_secret" --number 111=390212345678 --number 222=48221234567 \
  < "$run/webhook" > "$run/meta.log" 2>&1 &
pids+=($!)
exec 3> "$run/webhook"
await "the stand-in for Meta" grep -q '^meta: http' "$run/meta.log"
read -r _ graph _ graph_range < "$run/meta.log"

cat > "$run/patchbay.yaml" <<YAML
business: {name: Rossi, region: IT, timezone: Europe/Rome, own: [rossi.example]}
listen:
  public: {address: "127.0.0.1:0", url: "http://127.0.0.1"}
  admin: {address: "127.0.0.1:0"}
store: {sqlite: store}
channels:
  whatsapp:
    connector: whatsapp
    portfolio: "1029"
    app_secret: "\${file:app_secret}"
    verify_token: quickstart
    token: "\${file:token}"
    api: "$graph"
    allow_private: ["$graph_range"]
    numbers: {it: {id: "111", region: IT}, pl: {id: "222", region: PL}}
destinations:
  crm: {sink: webhook, url: "$crm", keys: ["\${file:whsec}"], allow_private: ["127.0.0.1/32:$crm_port"]}
  archive: {sink: file, folder: "$PWD/$run/archive", format: csv, finish_after_seconds: 1}
routes:
  - {from: "*", to: crm}
  - {from: "*", to: archive}
YAML
say "Checking the settings ($run/patchbay.yaml)"
"$patchbay" --settings "$run/patchbay.yaml" check

say "Starting Patchbay"
"$patchbay" --settings "$run/patchbay.yaml" run 2> "$run/patchbay.log" &
pids+=($!)
await "Patchbay" grep -q ' ready admin_port=' "$run/patchbay.log"
admin_port=$(sed -nE 's/.* ready admin_port=([0-9]+).*/\1/p' "$run/patchbay.log")
public_port=$(sed -nE 's/.* public_port=([0-9]+).*/\1/p' "$run/patchbay.log")
sed -i "s/admin: {address: \"127.0.0.1:0\"}/admin: {address: \"127.0.0.1:$admin_port\"}/" "$run/patchbay.yaml"
manage() { "$patchbay" --settings "$run/patchbay.yaml" "$@"; }

webhook=http://127.0.0.1:$public_port/hooks/whatsapp
echo "$webhook" >&3

say "Posting what four people wrote, signed as Meta signs it"
node "$here/post.mjs" --url "$webhook" --secret "$app_secret" --now "$here"/messages/*.json

all_delivered() { manage --json status | jq -e '.deliveries.open == 0' ; }
await "the deliveries" all_delivered
sleep 0.3 # the demo CRM shows a contact when it has been quiet for a moment

say "What the CRM got"
cat "$run/crm.log"
say "The same contacts as Patchbay knows them"
manage contact find
say "Kasia wrote from a user id, then from her phone; Patchbay made her one person, and knows why"
manage contact show "$(manage --json contact find Kasia | jq -r '.items[0].id')"

say "The business answers her first message, on the phone she wrote from"
first=$(manage --json interaction list --contact "$(manage --json contact find Kasia | jq -r '.items[0].id')" | jq -r '.items | min_by(.occurred_at).id')
manage send --reply-to "$first" 'Dzień dobry! Tak, wysyłamy do Polski. Jakie krzesła Panią interesują?'
await "her reading it" grep -q 'reported read' "$run/meta.log"
await "the deliveries" all_delivered
tail -n +2 "$run/meta.log"
manage outbound list
sleep 0.3
say "Question and answer are one history at the CRM"
sed -n "$(grep -n '^╭─ Kasia' "$run/crm.log" | tail -n 1 | cut -d: -f1),\$p" "$run/crm.log"

all_archived() { [ -n "$(ls "$run/archive")" ] && [ -z "$(find "$run/archive" -name '*.part')" ]; }
await "the archive" all_archived

say "The archive got the same events; its last rows, for a spreadsheet (an apostrophe keeps +39... from being a formula)"
ls "$run"/archive/*.csv
tail -n 2 "$(ls "$run"/archive/*.csv | tail -n 1)"
say "Each event is delivered twice, to the CRM and to the archive"

status=$(manage --json status)
jq -r '"\nquickstart: \(.contacts) contacts, \(.interactions) interactions, \(.deliveries.delivered) deliveries, \(.deliveries.dead) dead letters"' <<< "$status"
[ -z "$once" ] || exit 0

cat <<TEXT

Patchbay keeps running; Ctrl-C ends it.
  contacts as the CRM sees them   $crm/
  the same events as files        $run/archive/
  send more messages              node $here/post.mjs --url http://127.0.0.1:$public_port/hooks/whatsapp --secret $app_secret --now FILE...
  ask Patchbay                    $patchbay --settings $run/patchbay.yaml status
  metrics                         http://127.0.0.1:$admin_port/metrics
  logs                            $run/patchbay.log, $run/crm.log
TEXT
wait
