// What an IMAP server says, cut into responses: RFC 3501, section 7 and the grammar of section 9; literals of RFC 7888
// and RFC 3516 and the lists of RFC 5161 and RFC 6154 among them.
//
// Sans-IO and pure: bytes in, responses out, whatever pieces the bytes come in. One thread at a time. Owns its buffer,
// and gives the content of a literal away without copying it.
//
// A server is not trusted: lines, literals, depth and number of values are bounded (Limits), and take() ends with what
// is wrong, after which the connection is of no more use. What is harmless junk (a lone backslash in a quoted string, a
// bare line feed) is read as what it was meant to be, since servers in use write it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay::imap {

struct Limits {
  std::size_t line = std::size_t{4} << 20U;      // a response without its literals
  std::size_t literal = std::size_t{48} << 20U;  // all literals of a response together
  std::size_t depth = 32;                        // of lists within lists
  std::size_t values = 200'000;                  // of a response
};

struct Value {
  enum class Type : std::uint8_t { atom, string, list, nil };
  Type type = Type::nil;
  std::string text;          // of an atom or a string
  std::vector<Value> items;  // of a list

  [[nodiscard]] bool is(std::string_view atom) const;  // whether it is that atom, in any case
};

struct Response {
  enum class Kind : std::uint8_t { untagged, tagged, continuation };
  Kind kind = Kind::untagged;
  std::string tag;                      // of a tagged one
  std::string name;                     // OK, NO, BAD, BYE, PREAUTH, CAPABILITY, FETCH, EXISTS, ... in upper case
  std::optional<std::uint64_t> number;  // "* 23 EXISTS"
  std::string code;                     // of a status response, in upper case: "UIDVALIDITY"
  std::vector<Value> code_values;       // what stands behind it within the brackets
  std::string text;                     // for people; of a continuation, all of it
  std::vector<Value> values;            // what else a response of data holds
};

// A decimal number of at most 20 digits that fits, or nothing.
[[nodiscard]] std::optional<std::uint64_t> number_of(std::string_view text);
[[nodiscard]] std::string upper(std::string_view text);                 // ASCII
[[nodiscard]] bool same(std::string_view one, std::string_view other);  // but for the case of ASCII letters

class ResponseReader {
 public:
  explicit ResponseReader(Limits limits = {}) : limits_(limits) {}

  // Appends what came; take() until it has nothing.
  void add(std::string_view bytes) { buffer_.append(bytes); }
  // The next whole response, or nothing: more is needed, or error() says why there will be none.
  [[nodiscard]] std::optional<Response> take();
  // "reading a response: expected ..., got ..."
  [[nodiscard]] const std::string& error() const { return error_; }
  // How much is kept for a response that is not whole yet.
  [[nodiscard]] std::size_t held() const;
  // Takes away what came behind the last response, as it came.
  [[nodiscard]] std::string take_rest();
  // Whether nothing of a next response has come yet.
  [[nodiscard]] bool is_between() const { return line_.empty() && literals_.empty() && begin_ == buffer_.size(); }

 private:
  [[nodiscard]] bool gather();
  [[nodiscard]] bool takes_literals() const;
  void fail(std::string what) { error_ = "reading a response: " + std::move(what); }

  const Limits limits_;
  std::string buffer_;                  // what came and was not looked at yet, from begin_ on
  std::size_t begin_ = 0, seen_ = 0;    // seen_: no line feed before that
  std::string line_;                    // of the response in course, each literal's place marked by its {n} and CRLF
  std::vector<std::string> literals_;   // in their order
  std::size_t literal_bytes_ = 0;       // of all of them
  std::optional<std::size_t> missing_;  // of the last literal
  std::string error_;
};

}  // namespace patchbay::imap
