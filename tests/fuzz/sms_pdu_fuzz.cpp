// Any bytes as what an SMSC says: reading ends, makes the same of it in whatever pieces it comes, and what was read
// whole is written as it came, or read again as the same.
#include "pdu.hpp"

#include <patchbay/errors.hpp>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace patchbay::sms;

void require(bool holds) {
  if (!holds) std::abort();
}

struct Read {
  std::vector<Pdu> pdus;
  std::string error;
};

Read read(std::string_view bytes, std::size_t piece) {
  PduReader reader(4096);
  Read all;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    reader.add(bytes.substr(at, piece));
    while (auto pdu = reader.take()) all.pdus.push_back(std::move(*pdu));
  }
  all.error = reader.error();
  return all;
}

// Nothing where a field is longer than one of ours may be.
std::string written(const Pdu& pdu) {
  try {
    return encode(pdu);
  } catch (const patchbay::Failure&) {
    return {};
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const Read whole = read(bytes, bytes.size() + 1), pieces = read(bytes, 3);
  require(whole.error == pieces.error && whole.pdus.size() == pieces.pdus.size());
  for (std::size_t i = 0; i < whole.pdus.size(); ++i) {
    const Pdu& pdu = whole.pdus[i];
    require(pdu.trouble == pieces.pdus[i].trouble && written(pdu) == written(pieces.pdus[i]));
    if (!pdu.trouble.empty() || !fields_of(pdu.command)) continue;
    const std::string again = written(pdu);
    if (!again.empty()) require(written(decode(again)) == again);
  }
  return 0;
}
