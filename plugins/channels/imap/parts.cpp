#include "parts.hpp"

#include "html_text.hpp"
#include "mapping.hpp"
#include "response.hpp"
#include "utf8.hpp"

#include <algorithm>

namespace patchbay::imap {

namespace {

constexpr int deepest = 64;  // of multiparts in each other
constexpr std::size_t most_attachments = 500;
constexpr std::size_t longest_name = 1000;
constexpr std::size_t longest_html = std::size_t{4} << 20U;

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n\xC2\xA0") == std::string_view::npos; }

std::string with_line_feeds(std::string_view text) {
  std::string to;
  to.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    if (text[i] != '\0') to += text[i] == '\r' ? '\n' : text[i];
  }
  return to;
}

std::string file_name(std::string_view given) {
  std::string name = to_utf8(given, "");
  for (char& letter : name)
    if (static_cast<unsigned char>(letter) < ' ' || letter == '\x7F') letter = ' ';
  return std::string(cut_utf8(name, longest_name));
}

std::string media_type_of(GMimeObject* object) {
  GMimeContentType* const type = g_mime_object_get_content_type(object);
  if (type == nullptr) return "application/octet-stream";
  const Owned<char> name(g_mime_content_type_get_mime_type(type));
  std::string text(view(name.get()));
  for (char& letter : text) letter = letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
  constexpr std::size_t longest = 127 * 2;
  return text.size() <= longest && is_utf8(text) ? text : "application/octet-stream";
}

struct Body {
  std::string plain, of_html;

  [[nodiscard]] const std::string& best() const { return is_blank(plain) ? of_html : plain; }
};

class Walk {
 public:
  Walk(Contents& to, Form form) : to_(to), form_(form) {}

  Body visit(GMimeObject* object, int depth) {
    if (object == nullptr) return {};
    if (depth > deepest) {
      ++to_.left_out;
      return {};
    }
    if (GMIME_IS_MULTIPART(object)) return multipart(GMIME_MULTIPART(object), depth);
    if (GMIME_IS_MESSAGE_PART(object)) {
      message(object);
      return {};
    }
    if (GMIME_IS_PART(object)) return part(GMIME_PART(object));
    return {};
  }

 private:
  Body multipart(GMimeMultipart* multipart, int depth) {
    GMimeObject* const object = GMIME_OBJECT(multipart);
    const std::string type = media_type_of(object);
    if (type == "multipart/encrypted") to_.is_encrypted = true;
    if (type == "multipart/signed") to_.is_signed = true;
    if (type == "multipart/report") {
      is_in_report_ = true;
      to_.report_type = upper(view(g_mime_object_get_content_type_parameter(object, "report-type")));
    }
    const bool is_alternative = type == "multipart/alternative";
    Body body;
    const int count = g_mime_multipart_get_count(multipart);
    for (int i = 0; i < count; ++i) {
      Body each = visit(g_mime_multipart_get_part(multipart, i), depth + 1);
      if (is_alternative) {
        if (is_blank(body.plain)) body.plain = std::move(each.plain);
        if (!is_blank(each.of_html)) body.of_html = std::move(each.of_html);  // the last is the richest
      } else if (!is_blank(each.best())) {
        // One after the other, each in the form that it has.
        std::string& whole = body.plain;
        if (!whole.empty()) whole += "\n\n";
        whole += each.best();
      }
      if (body.plain.size() > longest_mail_text) body.plain.resize(cut_utf8(body.plain, longest_mail_text).size());
    }
    return body;
  }

  Body part(GMimePart* part) {
    GMimeObject* const object = GMIME_OBJECT(part);
    const std::string type = media_type_of(object);
    if (is_in_report_ && (type == "message/delivery-status" || type == "message/disposition-notification" ||
                          type == "message/global-delivery-status")) {
      if (to_.report.empty()) to_.report = decoded_content(part);
      return {};
    }
    if (is_in_report_ && (type == "text/rfc822-headers" || type == "message/rfc822-headers")) {
      if (!to_.about) to_.about = parse_message(decoded_content(part) + "\n\n");
      return {};
    }
    const char* const name = g_mime_part_get_filename(part);
    if (form_ == Form::envelope && same(view(name), "daticert.xml")) {
      if (to_.certificate.empty()) to_.certificate = decoded_content(part);
      return {};
    }
    GMimeContentDisposition* const disposition = g_mime_object_get_content_disposition(object);
    const bool is_attached =
        disposition != nullptr && same(view(g_mime_content_disposition_get_disposition(disposition)), "attachment");
    const bool is_text = type == "text/plain" || type == "text/html" || type == "text/enriched";
    if (is_text && !is_attached && (name == nullptr || *name == '\0')) return text(part, type);
    if (type == "text/calendar") {
      to_.has_calendar = true;
      const std::string_view method = view(g_mime_object_get_content_type_parameter(object, "method"));
      if (to_.calendar_method.empty()) to_.calendar_method = upper(to_utf8(cut_utf8(method, longest_name), ""));
    }
    if (type == "application/pkcs7-signature" || type == "application/pgp-signature") to_.is_signed = true;
    if (type == "application/pkcs7-mime") to_.is_encrypted = true;
    attach(file_name(view(name)), type, decoded_content(part), view(g_mime_object_get_content_id(object)));
    return {};
  }

  static Body text(GMimePart* part, const std::string& type) {
    const char* const charset = g_mime_object_get_content_type_parameter(GMIME_OBJECT(part), "charset");
    std::string bytes = decoded_content(part);
    if (bytes.size() > longest_html) bytes.resize(longest_html);
    Body body;
    const std::string whole = to_utf8(bytes, view(charset));
    if (type == "text/plain")
      body.plain = with_line_feeds(cut_utf8(whole, longest_mail_text));
    else
      body.of_html = with_line_feeds(cut_utf8(text_of_html(whole), longest_mail_text));
    return body;
  }

  void message(GMimeObject* object) {
    GMimeMessage* const inner = g_mime_message_part_get_message(GMIME_MESSAGE_PART(object));
    const auto keep = [inner](Owned<GMimeMessage>& to) {
      if (inner != nullptr) to.reset(static_cast<GMimeMessage*>(g_object_ref(static_cast<gpointer>(inner))));
    };
    if (form_ == Form::envelope && !to_.enclosed) return keep(to_.enclosed);
    if (is_in_report_) {
      if (!to_.about) keep(to_.about);
    } else {
      to_.has_message = true;
    }
    if (inner == nullptr) return;
    std::string name = file_name(view(g_mime_message_get_subject(inner)));
    if (name.empty()) name = "message";
    attach(name + ".eml", "message/rfc822", written_out(GMIME_OBJECT(inner)), {});
  }

  void attach(std::string name, std::string type, std::string data, std::string_view id) {
    if (to_.attachments.size() >= most_attachments) {
      ++to_.left_out;
      return;
    }
    if (!id.empty() && id.size() <= longest_name)
      to_.inline_images.emplace_back(to_utf8(id, ""), to_.attachments.size());
    Attachment attachment;
    attachment.name = std::move(name);
    attachment.media_type = std::move(type);
    attachment.data = std::move(data);
    to_.attachments.push_back(std::move(attachment));
  }

  Contents& to_;
  const Form form_;
  bool is_in_report_ = false;
};

}  // namespace

Contents contents_of(GMimeMessage* message, Form form) {
  Contents contents;
  Walk walk(contents, form);
  Body body = walk.visit(g_mime_message_get_mime_part(message), 0);
  contents.is_from_html = is_blank(body.plain) && !is_blank(body.of_html);
  contents.text = body.best();
  return contents;
}

}  // namespace patchbay::imap
