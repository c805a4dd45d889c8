#include "gmime.hpp"

#include "utf8.hpp"

#include <algorithm>
#include <array>

namespace patchbay::imap {

namespace {

constexpr std::size_t most_ids = 200;
constexpr std::size_t longest_id = 500;
constexpr std::size_t longest_header = 64 * 1024;  // of one that is looked into

bool is_space(char letter) { return letter == ' ' || letter == '\t' || letter == '\r' || letter == '\n'; }

std::string unfolded(std::string_view raw) {
  std::string to;
  for (const char letter : raw.substr(0, longest_header)) {
    if (letter == '\r' || letter == '\n') continue;
    to += letter == '\t' ? ' ' : letter;
  }
  const std::size_t begin = to.find_first_not_of(' ');
  const std::size_t end = to.find_last_not_of(' ');
  return begin == std::string::npos ? std::string{} : to.substr(begin, end - begin + 1);
}

std::string bytes_of(GMimeStream* stream) {
  const GByteArray* const bytes = g_mime_stream_mem_get_byte_array(reinterpret_cast<GMimeStreamMem*>(stream));
  return bytes == nullptr ? std::string{} : std::string(reinterpret_cast<const char*>(bytes->data), bytes->len);
}

}  // namespace

GMimeParserOptions* parser_options() {
  static GMimeParserOptions* const options = [] {
    g_mime_init();
    GMimeParserOptions* const made = g_mime_parser_options_new();
    std::array<const char*, 3> charsets{"utf-8", "windows-1252", nullptr};
    g_mime_parser_options_set_fallback_charsets(made, charsets.data());
    g_mime_parser_options_set_allow_addresses_without_domain(made, TRUE);
    return made;
  }();
  return options;
}

Owned<GMimeMessage> parse_message(std::string_view bytes) {
  GMimeParserOptions* const options = parser_options();
  const Owned<GMimeStream> stream(g_mime_stream_mem_new_with_buffer(bytes.data(), bytes.size()));
  const Owned<GMimeParser> parser(g_mime_parser_new_with_stream(stream.get()));
  return Owned<GMimeMessage>(g_mime_parser_construct_message(parser.get(), options));
}

std::vector<std::string> headers(GMimeObject* object, const char* name) {
  std::vector<std::string> all;
  GMimeHeaderList* const list = g_mime_object_get_header_list(object);
  const int count = g_mime_header_list_get_count(list);
  for (int i = 0; i < count; ++i) {
    GMimeHeader* const one = g_mime_header_list_get_header_at(list, i);
    if (g_ascii_strcasecmp(g_mime_header_get_name(one), name) == 0)
      all.push_back(unfolded(view(g_mime_header_get_raw_value(one))));
  }
  return all;
}

std::string header(GMimeObject* object, const char* name) {
  std::vector<std::string> all = headers(object, name);
  return all.empty() ? std::string{} : std::move(all.front());
}

std::string with_whole_words(std::string_view raw) {
  std::string to;
  for (;;) {
    const std::size_t begin = raw.find("=?");
    const std::size_t charset = begin == std::string_view::npos ? begin : raw.find('?', begin + 2);
    if (charset == std::string_view::npos || charset + 2 >= raw.size()) break;
    const bool is_base64 = (raw[charset + 1] == 'B' || raw[charset + 1] == 'b') && raw[charset + 2] == '?';
    const std::size_t end = is_base64 ? raw.find("?=", charset + 3) : std::string_view::npos;
    if (end == std::string_view::npos || raw[end - 1] != '=' ||
        raw.substr(charset + 3, end - charset - 3).find(' ') != raw.npos) {
      to += raw.substr(0, charset + 1);
      raw.remove_prefix(charset + 1);
      continue;
    }
    std::string encoded(raw.substr(charset + 3, end - charset - 3));
    encoded.append((4 - encoded.size() % 4) % 4, '=');  // some leave out a part of the padding
    gsize count = 0;
    const std::unique_ptr<guchar, decltype(&g_free)> bytes(g_base64_decode(encoded.c_str(), &count), &g_free);
    to.append(raw.substr(0, charset + 1)).append("Q?");
    static constexpr std::string_view digits = "0123456789ABCDEF";
    for (gsize i = 0; i < count; ++i) {
      const unsigned byte = bytes.get()[i];
      to += '=';
      to += digits[byte >> 4U];
      to += digits[byte & 15U];
    }
    to += "?=";
    raw.remove_prefix(end + 2);
  }
  to += raw;
  return to;
}

std::string decoded_text(const std::string& raw) {
  const Owned<char> text(g_mime_utils_header_decode_text(parser_options(), with_whole_words(raw).c_str()));
  return to_utf8(view(text.get()), "");
}

std::string decoded_content(GMimePart* part) {
  GMimeDataWrapper* const content = g_mime_part_get_content(part);
  if (content == nullptr) return {};
  const Owned<GMimeStream> to(g_mime_stream_mem_new());
  g_mime_data_wrapper_write_to_stream(content, to.get());
  return bytes_of(to.get());
}

std::string written_out(GMimeObject* object) {
  const Owned<GMimeStream> to(g_mime_stream_mem_new());
  g_mime_object_write_to_stream(object, nullptr, to.get());
  return bytes_of(to.get());
}

// By hand: what stands in these headers in the wild is often less than the grammar.
std::vector<std::string> message_ids(const std::string& raw) {
  std::vector<std::string> ids;
  for (std::size_t at = raw.find('<'); at != std::string::npos && ids.size() < most_ids; at = raw.find('<', at + 1)) {
    const std::size_t end = raw.find('>', at);
    if (end == std::string::npos) break;
    std::string id = raw.substr(at + 1, end - at - 1);
    std::erase_if(id, is_space);
    if (!id.empty() && id.size() <= longest_id && id.find('<') == std::string::npos) ids.push_back(to_utf8(id, ""));
  }
  if (!ids.empty()) return ids;
  // One without brackets, as some write it.
  if (raw.find('@') != std::string::npos && raw.find_first_of(" <>\t,;\"") == std::string::npos &&
      raw.size() <= longest_id)
    ids.push_back(to_utf8(raw, ""));
  return ids;
}

}  // namespace patchbay::imap
