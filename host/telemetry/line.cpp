#include "telemetry/line.hpp"

#include "base/utf8.hpp"

#include <algorithm>
#include <cstdio>
#include <ctime>

namespace patchbay::telemetry {

namespace {

std::string_view name_of(Level level) {
  switch (level) {
    case Level::debug:
      return "debug";
    case Level::info:
      return "info";
    case Level::warning:
      return "warning";
    case Level::error:
      break;
  }
  return "error";
}

std::string time_text(std::chrono::sys_time<std::chrono::milliseconds> time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const std::time_t since_epoch = seconds.time_since_epoch().count();
  std::tm parts{};
  gmtime_r(&since_epoch, &parts);
  char text[48];
  const std::size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text + length, sizeof text - length, ".%03dZ", static_cast<int>((time - seconds).count()));
  return text;
}

unsigned char byte_at(std::string_view text, std::size_t at) { return static_cast<unsigned char>(text[at]); }

// C1 controls (U+0080 to U+009F) move a terminal's cursor, too.
bool is_c1(std::string_view sequence) {
  return sequence.size() == 2 && byte_at(sequence, 0) == 0xc2 && byte_at(sequence, 1) < 0xa0;
}

// RFC 8259's escapes; also what the text format writes, so that there is one to learn.
void append_escaped(std::string& line, std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8_sequence_length(text.substr(at));
    const unsigned char byte = byte_at(text, at);
    char code[8];
    if (length == 0 || byte < 0x20 || byte == 0x7f || is_c1(text.substr(at, length))) {
      const unsigned shown = length == 2 ? byte_at(text, at + 1) : byte;
      if (byte == '\n')
        line += "\\n";
      else if (byte == '\t')
        line += "\\t";
      else
        line.append(code, static_cast<std::size_t>(std::snprintf(code, sizeof code, "\\u%04x", shown)));
    } else {
      if (byte == '"' || byte == '\\') line += '\\';
      line.append(text.substr(at, length));
    }
    at += std::max<std::size_t>(length, 1);
  }
}

void append_quoted(std::string& line, std::string_view text) {
  line += '"';
  append_escaped(line, text);
  line += '"';
}

// A bare word in a text line: nothing in it could be taken for the next field.
bool is_bare(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c != '"' && c != '\\' && c != '=' && static_cast<unsigned char>(c) < 0x7f;
  });
}

}  // namespace

std::string format_line(LogFormat format, std::chrono::sys_time<std::chrono::milliseconds> time, Level level,
                        std::string_view message, Fields fields) {
  std::string line;
  if (format == LogFormat::json) {
    line.append(R"({"time":")").append(time_text(time)).append(R"(","level":")").append(name_of(level));
    line.append(R"(","message":)");
    append_quoted(line, message);
    for (const Field& field : fields) {
      line.append(",\"").append(field.key).append("\":");
      if (field.value.is_number())
        line.append(field.value.text());
      else
        append_quoted(line, field.value.text());
    }
    return line + "}";
  }
  line.append(time_text(time)).append(" ").append(name_of(level)).append(" ");
  append_escaped(line, message);
  for (const Field& field : fields) {
    line.append(" ").append(field.key).append("=");
    if (is_bare(field.value.text()))
      line.append(field.value.text());
    else
      append_quoted(line, field.value.text());
  }
  return line;
}

}  // namespace patchbay::telemetry
