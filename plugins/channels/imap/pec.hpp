// Italian certified mail (posta elettronica certificata): what the provider says of a message in daticert.xml, by the
// technical rules of the decree of 2 November 2005, which RFC 6109 describes.
//
// The XML comes from strangers. It is read by expat, without entities and anything from elsewhere, up to a size and a
// depth. Pure; any thread; linear.
#pragma once

#include "report.hpp"

#include <patchbay/values.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay::imap {

struct Certificate {
  std::string kind;   // "posta-certificata", "accettazione", "avvenuta-consegna", ...
  std::string error;  // "nessuno", "no-dest", "no-dominio", "virus", "altro"
  std::string sender, answers_to, subject;
  struct Recipient {
    std::string address;
    std::string kind;  // "certificato", or "esterno": nothing is certified to that one
  };
  std::vector<Recipient> recipients;
  std::string provider;
  std::string day, time, zone;  // "21/09/2012", "15:16:38", "+0200"
  std::string id;               // that the provider gave the message
  std::string message_id;       // of the message itself, without brackets
  std::string delivered_to;     // whom a receipt is about
  std::string receipt_kind;     // "completa", "breve", "sintetica"
  std::string explanation;      // of an error
};
// Nothing where it is no such file.
[[nodiscard]] std::optional<Certificate> read_certificate(std::string_view xml);

// As it stands in an interaction's content.
[[nodiscard]] Json shown(const Certificate& certificate);

// What it says became of a message; empty unless it is a receipt.
[[nodiscard]] std::vector<RecipientReport> read_receipt(const Certificate& certificate);

}  // namespace patchbay::imap
