#!/usr/bin/env bash
# The rules of the house (docs/architecture.md) that a compiler does not see. Ends with status 1 and names each line that
# breaks one:
#   - a module of host/ includes only what stands below it
#   - the parts that serve all channels name none of them
#   - Boost.Beast stays in host/net and in tests
#   - no PATCHBAY_TRY initialises a member in a braced list, since what was made of the list before it would leak
# Usage: tools/check_layers.sh [TREE], the tree being the one that it lies in.
set -euo pipefail
cd "${1:-$(dirname "${BASH_SOURCE[0]}")/..}"

awk '
# What each module may include besides itself and base. A name with a slash allows that one header.
BEGIN {
  may["base"] = may["telemetry"] = may["config"] = may["net"] = may["plugin"] = ""
  may["oauth2"] = "config net"
  may["worker"] = "plugin"
  may["store"] = ""
  may["identity"] = "store"
  may["contact"] = "identity store"
  may["delivery"] = "contact identity store net"
  may["outbound"] = "delivery contact identity store net"
  may["intake"] = may["outbound"]
  may["api"] = "intake outbound delivery contact identity store net config telemetry plugin/messages.hpp"
  may["gateway"] = "api intake outbound delivery contact identity store net config telemetry plugin oauth2"
  may["cli"] = "gateway conformance " may["gateway"]
  may["main"] = "cli worker"
  for (module in may) is_module[module] = 1
  channels = "(whatsapp|wamid|instagram|facebook|telegram|imap|smtp|smpp|sms|mms|twilio|trustpilot|review_author)"
}

function complain(what, remedy) {
  printf "%s:%d: %s; %s\n", FILENAME, FNR, what, remedy
  complaints++
}

FNR == 1 {
  files++
  split(FILENAME, step, "/")
  module = step[3] == "" ? "main" : step[2]
  test = FILENAME ~ /(_test\.cpp|_fixture\.hpp|_fakes\.hpp|\/test_[a-z_]*\.hpp|_test_data\.[a-z]+|_conformance\.hpp|_sample\.hpp)$/
  if (!(module in is_module)) complain("the module " module " has no place in the order", "give it one in tools/check_layers.sh")
}

/^#include "[a-z_0-9]+\// {
  header = $2
  gsub(/"/, "", header)
  other = substr(header, 1, index(header, "/") - 1)
  allowed = other == module || other == "base"
  count = split(may[module], names, " ")
  for (i = 1; i <= count; i++) if (names[i] == other || names[i] == header) allowed = 1
  # A test may put real parts together.
  if (!allowed && !test)
    complain(module " includes " header ", which does not stand below it", "hand it in through an interface of " module ", or move what both need down")
}

/^#include "/ && !/^#include "[a-z_0-9]+\// {
  complain("an include without its module", "write it as \"module/file.hpp\"")
}

/^#include <boost\/beast/ && module != "net" && !test {
  complain("Boost.Beast outside host/net", "use net/http_server.hpp or net/http_client.hpp")
}

/(^|[{,[:space:]])\.[a-z_0-9]+ *= *PATCHBAY_TRY\(/ || (opens_member && /^ *PATCHBAY_TRY\(/) {
  complain("PATCHBAY_TRY in a braced list leaks what was made of the list before it", "take its value into a variable first")
}
{ opens_member = /(^|[{,[:space:]])\.[a-z_0-9]+ *=$/ }

module ~ /^(net|store|delivery|intake|outbound)$/ && !test {
  line = tolower($0)
  sub(/\/\/.*/, "", line)
  if (line ~ "(^|[^a-z])" channels "([^a-z]|$)" )
    complain(module " names a channel", "it serves them all: let the connector say it in its manifest, settings or content")
}

END {
  if (!files) { print "check_layers: no file was found below host/"; exit 1 }
  if (complaints) { printf "check_layers: %d broken\n", complaints; exit 1 }
  printf "check_layers: %d files: ok\n", files
}
' $(find host -name '*.hpp' -o -name '*.cpp' | sort)
