#include "pec.hpp"

#include "gmime.hpp"
#include "utf8.hpp"

#include <expat.h>

#include <array>
#include <memory>
#include <utility>

namespace patchbay::imap {

namespace {

constexpr std::size_t largest = std::size_t{256} << 10U;
constexpr std::size_t deepest = 8;
constexpr std::size_t longest_value = 2000;
constexpr std::size_t most_recipients = 200;

// Where each text stands below the root.
constexpr std::array<std::pair<std::string_view, std::string Certificate::*>, 10> texts{{
    {"/intestazione/mittente", &Certificate::sender},
    {"/intestazione/risposte", &Certificate::answers_to},
    {"/intestazione/oggetto", &Certificate::subject},
    {"/dati/gestore-emittente", &Certificate::provider},
    {"/dati/data/giorno", &Certificate::day},
    {"/dati/data/ora", &Certificate::time},
    {"/dati/identificativo", &Certificate::id},
    {"/dati/msgid", &Certificate::message_id},
    {"/dati/consegna", &Certificate::delivered_to},
    {"/dati/errore-esteso", &Certificate::explanation},
}};

class Reading {
 public:
  explicit Reading(XML_Parser parser) : parser_(parser) {
    XML_SetUserData(parser, this);
    XML_SetElementHandler(parser, &Reading::begun, &Reading::ended);
    XML_SetCharacterDataHandler(parser, &Reading::text);
    XML_SetEntityDeclHandler(parser, &Reading::entity);
  }

  std::optional<Certificate> take() {
    if (!is_certificate_) return std::nullopt;
    return std::move(certificate_);
  }

 private:
  static Reading& self(void* data) { return *static_cast<Reading*>(data); }

  static std::string attribute(const XML_Char** attributes, std::string_view name) {
    for (; attributes[0] != nullptr; attributes += 2)
      if (name == attributes[0]) return std::string(cut_utf8(attributes[1], longest_value));
    return {};
  }

  static void begun(void* data, const XML_Char* name, const XML_Char** attributes) noexcept {
    Reading& reading = self(data);
    if (++reading.depth_ > deepest) return static_cast<void>(XML_StopParser(reading.parser_, XML_FALSE));
    Certificate& to = reading.certificate_;
    if (reading.depth_ == 1) {
      reading.is_certificate_ = std::string_view(name) == "postacert";
      to.kind = attribute(attributes, "tipo");
      to.error = attribute(attributes, "errore");
      return;
    }
    reading.path_.append("/").append(cut_utf8(name, longest_value));
    reading.text_.clear();
    if (reading.path_ == "/intestazione/destinatari") reading.recipient_kind_ = attribute(attributes, "tipo");
    if (reading.path_ == "/dati/data") to.zone = attribute(attributes, "zona");
    if (reading.path_ == "/dati/ricevuta") to.receipt_kind = attribute(attributes, "tipo");
  }

  static void ended(void* data, const XML_Char*) noexcept {
    Reading& reading = self(data);
    if (--reading.depth_ == 0) return;
    reading.close();
    reading.path_.resize(reading.path_.rfind('/'));
    reading.text_.clear();
  }

  static void text(void* data, const XML_Char* letters, int count) noexcept {
    Reading& reading = self(data);
    if (reading.text_.size() < longest_value) reading.text_.append(letters, static_cast<std::size_t>(count));
  }

  // There are none in these files; who declares one wants something else of the parser.
  static void entity(void* data, const XML_Char*, int, const XML_Char*, int, const XML_Char*, const XML_Char*,
                     const XML_Char*, const XML_Char*) noexcept {
    XML_StopParser(self(data).parser_, XML_FALSE);
  }

  void close() {
    const std::size_t begin = text_.find_first_not_of(" \t\r\n");
    if (begin == std::string::npos) return;
    std::string value(
        cut_utf8(std::string_view(text_).substr(begin, text_.find_last_not_of(" \t\r\n") - begin + 1), longest_value));
    if (path_ == "/intestazione/destinatari" && certificate_.recipients.size() < most_recipients)
      certificate_.recipients.push_back({std::move(value), std::exchange(recipient_kind_, {})});
    else
      for (const auto& [path, member] : texts)
        if (path_ == path) certificate_.*member = std::move(value);
  }

  XML_Parser parser_;
  Certificate certificate_;
  std::string path_, text_, recipient_kind_;
  std::size_t depth_ = 0;
  bool is_certificate_ = false;
};

// What a receipt reports, in the words of RFC 3464 where it has one.
std::string_view action_of(std::string_view kind) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 7> actions{{
      {"accettazione", "accepted"},
      {"non-accettazione", "failed"},
      {"presa-in-carico", "relayed"},
      {"avvenuta-consegna", "delivered"},
      {"errore-consegna", "failed"},
      {"preavviso-errore-consegna", "delayed"},
      {"rilevazione-virus", "failed"},
  }};
  for (const auto& [name, action] : actions)
    if (kind == name) return action;
  return {};
}

}  // namespace

std::optional<Certificate> read_certificate(std::string_view xml) {
  if (xml.size() > largest) return std::nullopt;
  const std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> parser(XML_ParserCreate(nullptr), &XML_ParserFree);
  if (!parser) return std::nullopt;
  Reading reading(parser.get());
  if (XML_Parse(parser.get(), xml.data(), static_cast<int>(xml.size()), XML_TRUE) != XML_STATUS_OK) return std::nullopt;
  std::optional<Certificate> found = reading.take();
  if (!found) return found;
  if (const std::vector<std::string> ids = message_ids(found->message_id); !ids.empty())
    found->message_id = ids.front();
  return found;
}

Json shown(const Certificate& certificate) {
  Json to = {{"kind", certificate.kind}};
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) to[name] = value;
  };
  add("provider", certificate.provider);
  add("id", certificate.id);
  add("message_id", certificate.message_id);
  add("sender", certificate.sender);
  add("receipt", certificate.receipt_kind);
  add("explanation", certificate.explanation);
  if (certificate.error != "nessuno") add("error", certificate.error);
  if (!certificate.day.empty()) to["at"] = certificate.day + " " + certificate.time + " " + certificate.zone;
  for (const Certificate::Recipient& one : certificate.recipients)
    to["recipients"].push_back({{"address", one.address}, {"certified", one.kind == "certificato"}});
  return to;
}

std::vector<RecipientReport> read_receipt(const Certificate& certificate) {
  const std::string action(action_of(certificate.kind));
  if (action.empty()) return {};
  RecipientReport report;
  report.action = action;
  report.diagnostic = certificate.explanation;
  // "5.1.1 - Provider - indirizzo non valido"
  const std::size_t end = certificate.explanation.find_first_not_of("0123456789.");
  const std::string_view status = std::string_view(certificate.explanation).substr(0, end);
  if (status.size() >= 5 && status[1] == '.') report.status = status;
  std::vector<RecipientReport> reports;
  if (!certificate.delivered_to.empty()) {
    report.recipient = certificate.delivered_to;
    return {std::move(report)};
  }
  for (const Certificate::Recipient& one : certificate.recipients) {
    report.recipient = one.address;
    reports.push_back(report);
  }
  return reports;
}

}  // namespace patchbay::imap
