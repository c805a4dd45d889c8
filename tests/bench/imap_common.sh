# Sourced by imap.sh and imap_idle.sh: their options beside those of common.sh, and how they show what they found.
#
# read_imap_options "$@"     sets also messages, folder, mailboxes, channels; the gateway is in PATCHBAY_BIN then
# show JSON                  as the options want it

. "$(dirname "$0")/common.sh"

read_imap_options() {
  while [ $# -gt 0 ]; do
    case $1 in
      --messages | --folder | --mailboxes | --channels)
        [ $# -gt 1 ] || usage 2
        printf -v "${1#--}" %s "$2"
        shift
        ;;
      *) common+=("$1") ;;
    esac
    shift
  done
  local wanted=${messages-}
  [ -z "${folder-}" ] || folder=$(realpath "$folder")
  read_options "${common[@]}"
  messages=$wanted
  here=$PWD/tests/bench
  if [ "$binaries" = build/release ]; then build release plugin_imap >&2; fi
  [ -d tests/npm/node_modules ] || prepare_node tests/npm >&2
  PATCHBAY_BIN=$(realpath "$binaries/bin/patchbay")
  PATCHBAY_PLUGINS=$(realpath "$binaries/lib/patchbay/plugins")
  export PATCHBAY_BIN PATCHBAY_PLUGINS
}

show() {
  if [ -n "$json" ]; then
    printf '%s\n' "$1"
  else
    jq -r 'to_entries[] | "\(.key): \(.value)"' <<< "$1" | column -t
  fi
}
