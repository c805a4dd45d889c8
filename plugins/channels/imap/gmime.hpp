// Ownership of what GMime returns, and its texts as values. Any thread; the library is set up by the first use.
#pragma once

#include <gmime/gmime.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay::imap {

struct Unreference {
  template <class T>
  void operator()(T* object) const noexcept {
    g_object_unref(object);
  }
  void operator()(GMimeParserOptions* options) const noexcept { g_mime_parser_options_free(options); }
  void operator()(GMimeReferences* references) const noexcept { g_mime_references_free(references); }
  void operator()(char* text) const noexcept { g_free(text); }
};
template <class T>
using Owned = std::unique_ptr<T, Unreference>;

// How all mail is read: leniently, and 8-bit headers as UTF-8 or windows-1252.
[[nodiscard]] GMimeParserOptions* parser_options();

// The message, or nothing where there is none in these bytes.
[[nodiscard]] Owned<GMimeMessage> parse_message(std::string_view bytes);

[[nodiscard]] inline std::string_view view(const char* text) { return text == nullptr ? std::string_view{} : text; }
// The first header of that name as it is written, unfolded; or empty.
[[nodiscard]] std::string header(GMimeObject* object, const char* name);
[[nodiscard]] std::vector<std::string> headers(GMimeObject* object, const char* name);  // from the top
// The same header with RFC 2047's words in a form that the library reads: of base64 words in a row it drops what comes
// behind the first that is padded, though each is a whole of its own (section 2).
[[nodiscard]] std::string with_whole_words(std::string_view raw);
// What is within RFC 2047's words and raw bytes, as UTF-8.
[[nodiscard]] std::string decoded_text(const std::string& raw);
[[nodiscard]] std::string decoded_content(GMimePart* part);  // without its transfer encoding
[[nodiscard]] std::string written_out(GMimeObject* object);
// Message-IDs, without brackets, in their order (RFC 5322, section 3.6.4).
[[nodiscard]] std::vector<std::string> message_ids(const std::string& raw);

}  // namespace patchbay::imap
