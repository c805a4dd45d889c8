// WhatsApp webhook bodies of made-up people: of the length and look of real ones. Pure functions; any thread.
#pragma once

#include "hmac.hpp"
#include "message_id.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace patchbay::bench {

inline constexpr std::array<std::string_view, 12> first_names{
    "Katarzyna", "Giulia", "Jan", "Sofie", "Piotr", "Chiara", "Daan", "Emma", "Tomasz", "Matteo", "Hanneke", "Ola"};
inline constexpr std::array<std::string_view, 12> last_names{"Nowak",    "Rossi",       "van der Berg", "Kowalska",
                                                             "Bianchi",  "Jansen",      "Wójcik",       "Esposito",
                                                             "de Vries", "Lewandowska", "Colombo",      "Bakker"};
inline constexpr std::array<std::string_view, 6> texts{
    "Good morning, where is my parcel? I ordered it two weeks ago and the page has said \\\"on its way\\\" since "
    "Monday.",
    "Dzień dobry! Czy wysyłają Państwo krzesła do Polski? Potrzebuję sześciu sztuk, najlepiej przed świętami.",
    "Buongiorno, la sedia è arrivata con una gamba rotta. Posso mandarvi una foto e avere il ricambio?",
    "Thanks, that worked.",
    "Can I still change the delivery address? We moved last week: the new one is Via Garibaldi 12, 20121 Milano. "
    "The neighbours at number 14 take parcels, too.",
    "Hallo, ik heb mijn bestelling vandaag ontvangen, maar er ontbreekt een doosje met schroeven."};

// By what the webhook names its person: by phone number, by user id, or by both.
enum class Shown : std::uint8_t { both, phone, user };

struct Form {
  Shown shown = Shown::both;
  std::size_t novelty = 0;  // bytes of a message of a type that nobody knows, instead of a text
};

// The body that brings the message with this number, of the person with this one.
inline std::string whatsapp_body(std::int64_t message, std::int64_t person, const std::string& number_id,
                                 Form form = {}) {
  const auto at = static_cast<std::size_t>(person);
  const std::string phone = std::to_string(48'601'000'000 + person);
  const std::string user = "PL." + std::to_string(1'184'620'975'530'000'000 + person);
  std::string name(first_names[at % first_names.size()]);
  name.append(" ").append(last_names[at / first_names.size() % last_names.size()]);
  // One id stands alone, two with a comma between them.
  const auto ids = [&](std::string_view phone_key, std::string_view user_key) {
    std::string text;
    if (form.shown != Shown::user) text.append("\"").append(phone_key).append("\":\"").append(phone).append("\",");
    if (form.shown != Shown::phone) text.append("\"").append(user_key).append("\":\"").append(user).append("\",");
    return text;
  };
  std::string body;
  body.reserve(1024 + form.novelty);
  body.append(R"({"object":"whatsapp_business_account","entry":[{"id":"104996122399160","changes":[{"value":)")
      .append(R"({"messaging_product":"whatsapp","metadata":{"display_phone_number":"48221234567",)")
      .append(R"("phone_number_id":")")
      .append(number_id)
      .append(R"("},"contacts":[{)")
      .append(ids("wa_id", "user_id"))
      .append(R"("profile":{"name":")")
      .append(name)
      .append(R"("}}],"messages":[{)")
      .append(ids("from", "from_user_id"))
      .append(R"("id":")")
      .append(message_id(message))
      .append(R"(","timestamp":")")
      .append(std::to_string(1'794'816'000 + message / 100))
      .append(R"(","type":)");
  if (form.novelty > 0) {
    body.append(R"("hologram","hologram":{"data":")").append(std::string(form.novelty, 'h')).append("\"}");
  } else {
    body.append(R"("text","text":{"body":")")
        .append(texts[static_cast<std::size_t>(message) % texts.size()])
        .append(" (")
        .append(std::to_string(message))
        .append(")\"}");
  }
  return body.append(R"(}]},"field":"messages"}]}]})");
}

// The request that posts it, signed as Meta does.
inline std::string whatsapp_request(std::string_view target, std::string_view body, Hmac& hmac) {
  std::string request;
  request.reserve(body.size() + 256);
  return request.append("POST ")
      .append(target)
      .append(
          " HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: facebookexternalua\r\nAccept: */*\r\n"
          "Content-Type: application/json\r\nX-Hub-Signature-256: sha256=")
      .append(hex(hmac({body})))
      .append("\r\nContent-Length: ")
      .append(std::to_string(body.size()))
      .append("\r\n\r\n")
      .append(body);
}

}  // namespace patchbay::bench
