#include "plugin/host_table.hpp"

#include "plugin/registry.hpp"

#include <sys/random.h>
#include <patchbay/bytes.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>

namespace patchbay::plugin {
namespace {

// Text as a plugin gave it, made safe to look at.
std::string_view text_of(pb_bytes given) { return given.data == nullptr ? std::string_view{} : view(given); }

// Whether it is a struct of the ABI at all. What it lacks at its end is read as zero.
template <class Struct>
bool is_struct(const Struct* given) {
  return given != nullptr && given->size >= 2 * sizeof(std::uint32_t);
}

// A copy of which every member may be read, whatever the size at the writer was.
template <class Struct>
Struct whole(const Struct* given) {
  Struct copy = read<Struct>(given);
  copy.size = sizeof copy;
  return copy;
}

bool is_writer(const pb_writer* out) { return out != nullptr && out->write != nullptr; }

void log(void*, pb_instance instance, std::int32_t level, pb_bytes text) noexcept {
  const Visit visit(instance);
  if (!visit) return;
  visit->services.log(log_level(level), log_line(text_of(text)));
}

void report(void*, pb_instance instance, const pb_error* error) noexcept {
  const Visit visit(instance);
  if (!visit) return;
  if (!is_struct(error)) {
    visit->bug("reporting an error: it is null or has no size");
    return;
  }
  pb_error copy = whole(error);
  for (pb_bytes* text : {&copy.pointer, &copy.reason, &copy.remedy}) *text = bytes(text_of(*text));
  visit->report(copy);
}

pb_code submit(void*, pb_instance instance, const pb_batch* batch) noexcept {
  const Visit visit(instance);
  if (!visit) return PB_NOT_FOUND;
  if (const pb_code code = visit->in_running("submitting a batch"); code != PB_OK) return code;
  if (!is_struct(batch)) return visit->bug("submitting a batch: it is null or has no size");
  return visit->services.submit(whole(batch));
}

pb_code get_state(void*, pb_instance instance, pb_bytes key, const pb_writer* out) noexcept {
  const Visit visit(instance);
  if (!visit) return PB_NOT_FOUND;
  if (!is_writer(out)) return visit->bug("reading the state: there is no writer");
  return visit->services.state(text_of(key), *out);
}

std::int64_t now_us(void*, pb_instance instance) noexcept {
  const Visit visit(instance);
  return visit ? visit->services.now_us() : 0;
}

std::int64_t monotonic_us(void*, pb_instance instance) noexcept {
  const Visit visit(instance);
  return visit ? visit->services.monotonic_us() : 0;
}

void random(void*, pb_instance instance, std::uint8_t* to, std::uint64_t length) noexcept {
  if (to == nullptr) return;
  if (const Visit visit(instance); visit) {
    visit->services.random(to, length);
    return;
  }
  // Nobody looks at a code here, and a key made of what happened to be there would be a catastrophe.
  while (length > 0) {
    const std::size_t part = static_cast<std::size_t>(std::min<std::uint64_t>(length, 256));
    if (::getentropy(to, part) != 0) std::abort();
    to += part;
    length -= part;
  }
}

void add_metric(void*, pb_instance instance, pb_bytes name, double value) noexcept {
  if (const Visit visit(instance); visit) visit->services.add_metric(text_of(name), value);
}

void set_metric(void*, pb_instance instance, pb_bytes name, double value) noexcept {
  if (const Visit visit(instance); visit) visit->services.set_metric(text_of(name), value);
}

pb_code sign(void*, pb_instance instance, pb_secret secret, pb_bytes scheme, pb_bytes message,
             const pb_writer* out) noexcept {
  const Visit visit(instance);
  if (!visit) return PB_NOT_FOUND;
  if (!is_writer(out)) return visit->bug("signing: there is no writer");
  return visit->services.sign(secret, text_of(scheme), text_of(message), *out);
}

pb_code verify(void*, pb_instance instance, pb_secret secret, pb_bytes scheme, pb_bytes message,
               pb_bytes signature) noexcept {
  const Visit visit(instance);
  if (!visit) return PB_NOT_FOUND;
  return visit->services.verify(secret, text_of(scheme), text_of(message), text_of(signature));
}

pb_code refuse_to_reveal(const Visit& visit, std::string_view doing) {
  const std::string reason = std::string(doing) + ": the manifest does not have the capability secrets.reveal";
  pb_error error{};
  error.size = sizeof error;
  error.code = PB_PERMANENT;
  error.reason = bytes(reason);
  error.remedy = bytes("add it to the manifest's capabilities");
  visit->report(error);
  return PB_PERMANENT;
}

pb_code reveal(void*, pb_instance instance, pb_secret secret, const pb_writer* out) noexcept {
  const Visit visit(instance);
  if (!visit) return PB_NOT_FOUND;
  if (!is_writer(out)) return visit->bug("revealing a secret: there is no writer");
  if (visit->may_reveal) return visit->services.reveal(secret, *out);
  return refuse_to_reveal(visit, "revealing a secret");
}

pb_code create_attachment(void*, pb_instance instance, std::uint64_t* handle) noexcept {
  const Visit visit(instance);
  if (!visit) return PB_NOT_FOUND;
  if (handle == nullptr) return visit->bug("creating an attachment: there is no place for its handle");
  return visit->services.create_attachment(*handle);
}

pb_code append_attachment(void*, pb_instance instance, std::uint64_t handle, pb_bytes part) noexcept {
  const Visit visit(instance);
  if (!visit) return PB_NOT_FOUND;
  return visit->services.append_attachment(handle, text_of(part));
}

pb_code discard_attachment(void*, pb_instance instance, std::uint64_t handle) noexcept {
  const Visit visit(instance);
  if (!visit) return PB_NOT_FOUND;
  return visit->services.discard_attachment(handle);
}

pb_code http_call(void*, pb_instance instance, const pb_http_call* call) noexcept {
  const Visit visit(instance);
  if (!visit) return PB_NOT_FOUND;
  if (const pb_code code = visit->in_running("making an HTTP request"); code != PB_OK) return code;
  if (!is_struct(call)) return visit->bug("making an HTTP request: it is null or has no size");
  return visit->services.http_call(whole(call));
}

pb_code access(void*, pb_instance instance, const pb_access_call* call) noexcept {
  const Visit visit(instance);
  if (!visit) return PB_NOT_FOUND;
  if (const pb_code code = visit->in_running("asking for an access token"); code != PB_OK) return code;
  if (!is_struct(call)) return visit->bug("asking for an access token: it is null or has no size");
  if (!visit->may_reveal) return refuse_to_reveal(visit, "asking for an access token");
  return visit->services.access(whole(call));
}

pb_code connect(void*, pb_instance instance, const pb_stream_call* call) noexcept {
  const Visit visit(instance);
  if (!visit) return PB_NOT_FOUND;
  if (const pb_code code = visit->in_running("connecting a stream"); code != PB_OK) return code;
  if (!is_struct(call)) return visit->bug("connecting a stream: it is null or has no size");
  return visit->services.connect(whole(call));
}

pb_code watch(void*, pb_instance instance, const pb_stream_watch* wanted) noexcept {
  const Visit visit(instance);
  if (!visit) return PB_NOT_FOUND;
  if (const pb_code code = visit->in_running("watching a stream"); code != PB_OK) return code;
  if (!is_struct(wanted)) return visit->bug("watching a stream: what to watch is null or has no size");
  return visit->watch(whole(wanted));
}

pb_code unwatch(void*, pb_instance instance, pb_token token) noexcept {
  const Visit visit(instance);
  return visit ? visit->unwatch(token) : PB_NOT_FOUND;
}

pb_code authorities(void*, pb_instance instance, const pb_writer* out) noexcept {
  const Visit visit(instance);
  if (!visit) return PB_NOT_FOUND;
  if (!is_writer(out)) return visit->bug("reading the authorities: there is no writer");
  return visit->services.authorities(*out);
}

// The ends of what the host asked for: no code comes back, so a mistake is only reported.
template <class Answer>
void pass_on(pb_instance instance, const Answer* answer, std::string_view doing,
             void (Services::*to)(const Answer&)) noexcept {
  const Visit visit(instance);
  if (!visit || visit->in_running_or_stopping(doing) != PB_OK) return;
  if (is_struct(answer))
    (visit->services.*to)(whole(answer));
  else
    visit->bug(std::string(doing) + ": it is null or has no size");
}

void respond(void*, pb_instance instance, const pb_http_response* response) noexcept {
  pass_on(instance, response, "answering a request", &Services::respond);
}

void sent(void*, pb_instance instance, const pb_sent* sent) noexcept {
  pass_on(instance, sent, "ending a sending", &Services::sent);
}

void rendered(void*, pb_instance instance, const pb_rendered* rendered) noexcept {
  pass_on(instance, rendered, "rendering an event", &Services::rendered);
}

void judged(void*, pb_instance instance, const pb_judged* judged) noexcept {
  pass_on(instance, judged, "judging an answer", &Services::judged);
}

pb_code next(void*, pb_instance instance, std::uint32_t timeout_ms) noexcept {
  const Visit visit(instance);
  return visit ? visit->next(timeout_ms) : PB_NOT_FOUND;
}

constexpr pb_host_intake intake{sizeof(pb_host_intake), 0, submit};
constexpr pb_host_state state{sizeof(pb_host_state), 0, get_state};
constexpr pb_host_clock the_clock{sizeof(pb_host_clock), 0, now_us, monotonic_us, random};
constexpr pb_host_metrics metrics{sizeof(pb_host_metrics), 0, add_metric, set_metric};
constexpr pb_host_secrets secrets{sizeof(pb_host_secrets), 0, sign, verify, reveal};
constexpr pb_host_attachments attachments{sizeof(pb_host_attachments), 0, create_attachment, append_attachment,
                                          discard_attachment};
constexpr pb_host_http_client http_client{sizeof(pb_host_http_client), 0, http_call};
constexpr pb_host_oauth2 oauth2{sizeof(pb_host_oauth2), 0, access};
constexpr pb_host_stream stream{sizeof(pb_host_stream), 0, connect, watch, unwatch, authorities};
constexpr pb_host_http_endpoint http_endpoint{sizeof(pb_host_http_endpoint), 0, respond};
constexpr pb_host_run run{sizeof(pb_host_run), 0, next};
constexpr pb_host_send send{sizeof(pb_host_send), 0, sent};
constexpr pb_host_sink sink{sizeof(pb_host_sink), 0, rendered, judged};

constexpr std::array<std::string_view, 13> names{
    PATCHBAY_EXT_INTAKE,  PATCHBAY_EXT_STATE,       PATCHBAY_EXT_CLOCK,       PATCHBAY_EXT_METRICS,
    PATCHBAY_EXT_SECRETS, PATCHBAY_EXT_ATTACHMENTS, PATCHBAY_EXT_HTTP_CLIENT, PATCHBAY_EXT_HTTP_ENDPOINT,
    PATCHBAY_EXT_RUN,     PATCHBAY_EXT_SEND,        PATCHBAY_EXT_SINK,        PATCHBAY_EXT_STREAM,
    PATCHBAY_EXT_OAUTH2};
constexpr std::array<const void*, names.size()> tables{&intake,      &state,       &the_clock,     &metrics, &secrets,
                                                       &attachments, &http_client, &http_endpoint, &run,     &send,
                                                       &sink,        &stream,      &oauth2};

const void* extension(void*, pb_bytes id) noexcept {
  const auto found = std::find(names.begin(), names.end(), text_of(id));
  return found == names.end() ? nullptr : tables[static_cast<std::size_t>(found - names.begin())];
}

constexpr pb_host host{sizeof(pb_host), PATCHBAY_ABI_MAJOR, PATCHBAY_ABI_MINOR, 0, nullptr, extension, log, report};

}  // namespace

std::int32_t log_level(std::int32_t given) {
  return given >= PB_LOG_DEBUG && given <= PB_LOG_ERROR ? given : std::int32_t{PB_LOG_DEBUG};
}

std::string log_line(std::string_view text) {
  constexpr std::size_t longest = 4096;
  static constexpr char digits[] = "0123456789abcdef";
  if (text.size() > longest) {
    std::size_t end = longest;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0u) == 0x80u) --end;
    text = text.substr(0, end);
  }
  std::string line;
  line.reserve(text.size());
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    if (character == '\n')
      line += "\\n";
    else if (character == '\t')
      line += "\\t";
    else if (character == '\r')
      line += "\\r";
    else if (byte < 0x20 || byte == 0x7f)
      line += {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
    else
      line += character;
  }
  return line;
}

const pb_host& host_table() { return host; }

std::span<const std::string_view> host_extension_names() { return names; }

}  // namespace patchbay::plugin
