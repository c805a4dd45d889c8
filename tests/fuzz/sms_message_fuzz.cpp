// Any bytes as a message: its header, its text in every coding, and a receipt. What is read as text can be sent again,
// and a phone that joins the parts reads the same.
#include "coding.hpp"
#include "receipt.hpp"
#include "segments.hpp"
#include "user_data_header.hpp"

#include <patchbay/errors.hpp>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace patchbay::sms;

void require(bool holds) {
  if (!holds) std::abort();
}

std::string joined(const std::vector<Pdu>& pdus) {
  std::string text;
  for (const Pdu& pdu : pdus) {
    WithHeader with;
    with.content = pdu[Text::short_message];
    if ((pdu[Octet::esm_class] & esm_user_data_header) != 0) with = read_header(with.content);
    text += text_of(with.content, coding_of(pdu[Octet::data_coding], {}), alphabet_of(with.header)).value_or("");
  }
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    const auto [header, content] = read_header(bytes);
    static_cast<void>(part_of(header));
    static_cast<void>(alphabet_of(header));
    require(content.size() < bytes.size());
    const std::string again = write_header(header);
    require(read_header(again).header == header);
  } catch (const patchbay::Failure&) {
  }
  if (const auto receipt = receipt_of_text(bytes)) require(receipt->message_id.size() <= bytes.size());
  static_cast<void>(comparable_id(bytes.substr(0, 64), IdForm::decimal));

  if (bytes.size() < 2) return 0;
  const Coding coding = coding_of(data[0], {});
  const auto language = static_cast<Language>(data[1] % languages);
  const auto text = text_of(bytes.substr(2), coding, {language, language});
  if (!text || text->size() > 4096) return 0;
  const SendingRules rules{.splitting = Splitting::header_16_bits, .alphabets = {{Language::none, language}}};
  require(joined(segments_of({}, *text, rules, data[1])) == *text);
  return 0;
}
