#!/usr/bin/env bash
# How long a first import of a mailbox takes, beside mbsync on the same mailbox.
#
#   tests/bench/imap.sh [--json] [--runs N] [--messages N] [--folder DIR] [--build DIR]
#
# A real Dovecot holds 5,000 made messages (66 MB), or those of DIR, one a file. patchbay_s: from the start of a gateway
# with an empty store until all are durable there, resolved, and queued for a destination. mbsync_s: `mbsync --all` into an
# empty Maildir, which waits for the disk after each message, as it does unless it is told otherwise. Medians of the runs,
# in each of which both have their turn. ratio: patchbay_s / mbsync_s.
# arrival_*_ms: from a program that connects and appends a message to its event at a destination, while the channel waits.
# --json: one object on the last line. --build: take the programs from there. Needs Debian's packages dovecot-imapd and
# isync (apt-get install isync).
set -euo pipefail
messages=5000 folder='' common=()
. "$(dirname "$0")/imap_common.sh"
read_imap_options "$@"
command -v mbsync > /dev/null || die "mbsync is missing: apt-get install isync"
summary=$(node "$here/imap.mjs" import "$messages" "$runs" "$folder")
show "$summary"
