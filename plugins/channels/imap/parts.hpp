// What is in a message: the text that a person reads, and everything else as attachments. Any thread.
#pragma once

#include "gmime.hpp"

#include <patchbay/values.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace patchbay::imap {

struct Contents {
  std::string text;  // UTF-8 with LF
  bool is_from_html = false;
  std::vector<Attachment> attachments;
  std::vector<std::pair<std::string, std::size_t>> inline_images;  // Content-ID, and which attachment it is
  bool has_calendar = false, has_message = false, is_encrypted = false, is_signed = false;
  std::string calendar_method;  // "REQUEST", "REPLY", "CANCEL" (RFC 5546), or empty
  std::size_t left_out = 0;     // parts beyond what is taken

  // Of a report (RFC 6522): its type, the machine's part, and the headers of what it is about.
  std::string report_type, report;
  Owned<GMimeMessage> about;

  // Of an envelope: the message in it, which is no attachment then, and what the provider says of it (daticert.xml).
  Owned<GMimeMessage> enclosed;
  std::string certificate;
};

enum class Form : std::uint8_t { letter, envelope };
[[nodiscard]] Contents contents_of(GMimeMessage* message, Form form = Form::letter);

}  // namespace patchbay::imap
