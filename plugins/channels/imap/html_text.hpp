// What a person would read of an HTML mail, as plain text: paragraphs and lists as lines, quoted replies with ">", no
// scripts, styles or markup. HTML as mail programs write it, not as browsers read it.
//
// Pure; any thread. Whatever the input is, it costs time and memory linear in it, and never throws but for memory.
#pragma once

#include <string>
#include <string_view>

namespace patchbay::imap {

// UTF-8 in, UTF-8 out.
[[nodiscard]] std::string text_of_html(std::string_view html);

}  // namespace patchbay::imap
