#include "labels.hpp"

#include "people.hpp"
#include "quotation.hpp"
#include "response.hpp"

namespace patchbay::imap {

bool is_informal_bounce(GMimeMessage* message) {
  GMimeObject* const object = GMIME_OBJECT(message);
  if (!header(object, "X-Failed-Recipients").empty()) return true;
  const bool has_no_way_back = header(object, "Return-Path").find("<>") != std::string::npos;
  return has_no_way_back && author_of(message).starts_with("mailer-daemon@");
}

Json labels_of(GMimeMessage* of, const Contents& contents, std::string_view subject) {
  GMimeObject* const message = GMIME_OBJECT(of);
  Json labels = Json::array();
  const auto label = [&](bool holds, const char* name) {
    if (holds) labels.push_back(name);
  };
  const std::string automatic = upper(header(message, "Auto-Submitted"));
  const std::string precedence = upper(header(message, "Precedence"));
  label((!automatic.empty() && !automatic.starts_with("NO")) || !header(message, "X-Autoreply").empty() ||
            !header(message, "X-Autorespond").empty() || precedence == "AUTO_REPLY",
        "auto_reply");
  label(contents.report_type == "DELIVERY-STATUS" || is_informal_bounce(of), "delivery_report");
  label(contents.report_type == "DISPOSITION-NOTIFICATION", "read_report");
  label(!header(message, "List-Id").empty() || precedence == "LIST", "list");
  label(precedence == "BULK" || precedence == "JUNK" || !header(message, "List-Unsubscribe").empty(), "bulk");
  label(contents.has_calendar, "calendar");
  label(contents.has_message || is_forwarded(subject) || !header(message, "X-Forwarded-For").empty(), "forwarded");
  label(contents.is_signed, "signed");
  label(contents.is_encrypted, "encrypted");
  return labels;
}

}  // namespace patchbay::imap
