#!/usr/bin/env bash
# What a gateway costs that waits in many mailboxes where nothing happens.
#
#   tests/bench/imap_idle.sh [--json] [--mailboxes N] [--channels N] [--build DIR]
#
# 1,000 mailboxes in as many channels that share worker processes (`workers: shared`), or in N, each of them waiting (IDLE)
# on a TLS connection of its own to a server that keeps silent. rss_mb: private and shared memory (PSS) of the
# gateway and its workers together. cpu_percent: of one core, over thirty seconds. wakeups_per_s: how often any of their
# threads was put on a CPU.
# --json: one object on the last line. --build: take the programs from there.
set -euo pipefail
mailboxes=1000 channels='' common=()
. "$(dirname "$0")/imap_common.sh"
read_imap_options "$@"
summary=$(node "$here/imap.mjs" idle "$mailboxes" "${channels:-$mailboxes}")
show "$summary"
