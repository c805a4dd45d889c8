// Any bytes as what an IMAP server says: reading ends, keeps to its limits, and makes the same of it in whatever pieces
// it comes. What is a mailbox's name stays it when it is written as IMAP wants it, and a set of UIDs the same set.
#include "command.hpp"
#include "response.hpp"
#include "uid_set.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

using namespace patchbay::imap;

void require(bool holds) {
  if (!holds) std::abort();
}

void add(const std::vector<Value>& values, std::size_t depth, std::string& to) {
  require(depth <= 8);
  for (const Value& value : values) {
    to += static_cast<char>('0' + static_cast<int>(value.type));
    to += value.text + "\n";
    add(value.items, depth + 1, to);
  }
}

std::string read(std::string_view bytes, std::size_t piece) {
  ResponseReader reader({.line = 4096, .literal = 8192, .depth = 8, .values = 256});
  std::string seen;
  for (std::size_t at = 0; at < bytes.size() && reader.error().empty(); at += piece) {
    reader.add(bytes.substr(at, piece));
    while (const auto response = reader.take()) {
      seen += response->tag + " " + response->name + " " + response->code + " " + response->text + "\n";
      add(response->code_values, 0, seen);
      add(response->values, 0, seen);
    }
    require(reader.held() < 256 * 1024 + 2 * bytes.size());
  }
  return seen + reader.error();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string whole = read(bytes, size == 0 ? 1 : size);
  require(read(bytes, 1) == whole);
  require(read(bytes, 7) == whole);
  const std::string name = encode_mailbox(bytes);
  require(encode_mailbox(decode_mailbox(name)) == name);
  if (const auto set = UidSet::read(bytes)) {
    require(set->is_empty() || (set->contains(set->last()) && set->count() != 0));
    require(UidSet::read(set->text()) == set);
    UidSet rest = *set, all = set->beginning(10);
    rest.remove(all);
    require(rest.count() + all.count() == set->count());
    all.add(rest);
    require(all == *set);
  }
  return 0;
}
