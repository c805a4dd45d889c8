#include "format.hpp"

#include "csv.hpp"

#include <patchbay/errors.hpp>

#include <gtest/gtest.h>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

namespace patchbay::file {
namespace {

using Json = nlohmann::json;

Json example(const std::string& type) {
  std::ifstream file(EVENT_EXAMPLES "/" + type + ".json");
  return Json::parse(file);
}

// The row of an event, by the header's names.
std::map<std::string, std::string> row_of(const Json& event) {
  const CsvRow header = read_csv_row(csv_header());
  const CsvRow row = read_csv_row(csv_row(event.dump()));
  EXPECT_EQ(row.end, CsvRow::End::whole);
  EXPECT_EQ(row.cells.size(), header.cells.size());
  std::map<std::string, std::string> cells;
  for (std::size_t i = 0; i < header.cells.size() && i < row.cells.size(); ++i) cells[header.cells[i]] = row.cells[i];
  std::erase_if(cells, [](const auto& cell) { return cell.second.empty(); });
  return cells;
}

TEST(Csv, NamesItsColumnsOnceAndForEver) {
  EXPECT_EQ(csv_header(),
            "\"id\",\"type\",\"time\",\"channel\",\"account\",\"contact\",\"name\",\"email\",\"phone\","
            "\"other_contacts\",\"interaction\",\"external_id\",\"conversation\",\"in_reply_to\",\"kind\","
            "\"direction\",\"visibility\",\"occurred_at\",\"receipt\",\"subject\",\"text\",\"attachments\","
            "\"source\"\r\n");
}

const std::map<std::string, std::string> of_all{{"time", "2026-11-16T08:15:02.104211Z"},
                                                {"source", "/patchbay/6f2b1c1e-7c0d-4c53-9a63-0d5f1a2b3c4d"}};

void expect_row(const std::string& type, std::map<std::string, std::string> expected) {
  expected.insert(of_all.begin(), of_all.end());
  expected["type"] = type;
  EXPECT_EQ(row_of(example(type)), expected) << type;
}

// The expectations are read off docs/schemas/examples by hand.
TEST(Csv, FlattensEachTypeOfEvent) {
  expect_row("interaction.received", {{"id", "event_26"},
                                      {"channel", "whatsapp"},
                                      {"account", "pl"},
                                      {"contact", "contact_5"},
                                      {"name", "Kasia Nowak"},
                                      {"interaction", "interaction_8"},
                                      {"external_id", "wamid.PL0002"},
                                      {"conversation", "conversation_3"},
                                      {"kind", "message"},
                                      {"direction", "inbound"},
                                      {"visibility", "private"},
                                      {"occurred_at", "2026-11-16T08:15:00Z"},
                                      {"text", "Dzień dobry, czy moja paczka już wyszła?"},
                                      {"attachments", "image/jpeg"}});
  expect_row("interaction.receipt", {{"id", "event_31"},
                                     {"channel", "whatsapp"},
                                     {"contact", "contact_5"},
                                     {"interaction", "interaction_11"},
                                     {"external_id", "wamid.PL0003"},
                                     {"kind", "receipt"},
                                     {"occurred_at", "2026-11-16T08:30:00Z"},
                                     {"receipt", "failed"}});
  expect_row("interaction.edited", {{"id", "event_28"},
                                    {"channel", "whatsapp"},
                                    {"contact", "contact_5"},
                                    {"interaction", "interaction_8"},
                                    {"external_id", "wamid.PL0002"},
                                    {"kind", "edit"},
                                    {"occurred_at", "2026-11-16T08:30:00Z"},
                                    {"text", "Dzień dobry, czy moja paczka już została wysłana?"}});
  expect_row("contact.merged", {{"id", "event_23"},
                                {"contact", "contact_5"},
                                {"name", "Kasia Nowak"},
                                {"phone", "'+48601234567"},
                                {"other_contacts", "contact_9"},
                                {"interaction", "interaction_14"}});
  expect_row(
      "contact.split",
      {{"id", "event_24"}, {"contact", "contact_9"}, {"phone", "'+48601234567"}, {"other_contacts", "contact_5"}});
  expect_row("contact.erased", {{"id", "event_25"}, {"contact", "contact_5"}, {"other_contacts", "contact_9"}});
  expect_row("channel.notice", {{"id", "event_32"},
                                {"channel", "whatsapp"},
                                {"account", "pl"},
                                {"kind", "template_status"},
                                {"occurred_at", "2026-11-16T07:00:00Z"},
                                {"text", "The template abandoned_cart (en) was rejected: INVALID_FORMAT."}});
}

TEST(Csv, WritesEveryTypeThereIs) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(EVENT_EXAMPLES)) {
    const auto row = row_of(example(entry.path().stem().string()));
    EXPECT_EQ(row.at("type"), entry.path().stem().string());
    ++count;
  }
  EXPECT_GE(count, 12U);
}

TEST(Csv, JoinsWhatThereAreSeveralOf) {
  Json event = example("interaction.received");
  Json& data = event["data"];
  data["contact"]["identifiers"] = {{{"kind", "phone"}, {"value", "+39021"}},
                                    {{"kind", "email"}, {"value", "k@example.org"}},
                                    {{"kind", "phone"}, {"value", "+48601"}}};
  data["interaction"]["attachments"] = {{{"name", "=cmd.jpg"}, {"media_type", "image/jpeg"}},
                                        {{"name", ""}, {"media_type", "audio/ogg"}}};
  const auto row = row_of(event);
  EXPECT_EQ(row.at("phone"), "'+39021 +48601");
  EXPECT_EQ(row.at("email"), "k@example.org");
  EXPECT_EQ(row.at("attachments"), "'=cmd.jpg (image/jpeg), audio/ogg");
}

// RFC 4180, rules 5 to 7.
TEST(Csv, QuotesCommasQuotesAndLineBreaks) {
  Json event = example("interaction.received");
  event["data"]["interaction"]["text"] = "a \"b\", c\r\nd\ne";
  const std::string row = csv_row(event.dump());
  EXPECT_NE(row.find(",\"a \"\"b\"\", c\r\nd\ne\","), std::string::npos) << row;
  EXPECT_TRUE(row.ends_with("\"\r\n"));
  EXPECT_EQ(row_of(event).at("text"), "a \"b\", c\r\nd\ne");
}

TEST(Csv, SaysOfWhatIsNoEventThatItNeverWillBeOne) {
  for (const char* text : {"", "[]", "{", "\xff"}) {
    try {
      (void)csv_row(text);
      ADD_FAILURE() << text;
    } catch (const Failure& failure) {
      EXPECT_EQ(failure.code(), PB_PERMANENT);
    }
  }
  EXPECT_NO_THROW((void)csv_row(R"({"data": [1], "id": {"a": 1}})"));  // odd, and yet an object
}

TEST(Csv, KnowsATornRowFromADamagedOne) {
  const std::string row = "\"a\",\"b \"\" \r\n c\"\r\n";
  for (std::size_t length = 0; length < row.size(); ++length)
    EXPECT_EQ(read_csv_row(row.substr(0, length)).end, CsvRow::End::torn) << length;
  EXPECT_EQ(read_csv_row(row).length, row.size());
  for (const std::string_view text :
       {std::string_view("a,b\r\n"), std::string_view("\"a\"b"), std::string_view("\"a\"\r\r"),
        std::string_view("\"a\0", 3), std::string_view("\0", 1)})
    EXPECT_EQ(read_csv_row(text).end, CsvRow::End::damaged) << text;
}

TEST(Ndjson, IsTheFrozenEventByteForByte) {
  const std::string event = R"({"id":"event_1","data":{"text":"a\nb = ü 👍   "}})";
  EXPECT_EQ(record_of(Format::ndjson, event), event + "\n");
  EXPECT_EQ(head_of(Format::ndjson, ByteOrderMark::present), "");
}

TEST(Ndjson, KeepsAnEventThatWasWrittenOverSeveralLinesOnOne) {
  const std::string line = record_of(Format::ndjson, "{\r\n  \"id\": \"event_1\"\n}");
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  EXPECT_EQ(Json::parse(line), Json({{"id", "event_1"}}));
}

std::string file_of(Format format, ByteOrderMark mark = ByteOrderMark::absent) {
  std::string file = head_of(format, mark);
  for (const char* type : {"contact.created", "interaction.received"}) file += record_of(format, example(type).dump());
  return file;
}

TEST(Contents, EndBehindTheLastWholeRecordWhereverTheRestWasTorn) {
  for (const Format format : all_formats) {
    const std::string head = head_of(format, ByteOrderMark::absent);
    const std::string first = head + record_of(format, example("contact.created").dump());
    const std::string file = file_of(format);
    for (std::size_t length = 0; length <= file.size(); ++length) {
      const Contents contents = contents_of(format, std::string_view(file).substr(0, length));
      const std::size_t expected = length == file.size()    ? file.size()
                                   : length >= first.size() ? first.size()
                                   : length >= head.size()  ? head.size()
                                                            : 0;
      ASSERT_EQ(contents.length, expected) << extension_of(format) << " cut at " << length;
      ASSERT_EQ(contents.ids.size(), expected == file.size() ? 2U : expected == first.size() ? 1U : 0U);
      ASSERT_FALSE(contents.is_damaged) << extension_of(format) << " cut at " << length;
    }
    EXPECT_EQ(contents_of(format, file).ids, (std::vector<std::string>{"event_21", "event_26"}));
  }
  EXPECT_EQ(contents_of(Format::csv, file_of(Format::csv, ByteOrderMark::present)).ids.size(), 2U);
}

TEST(Contents, TellWhatIsNotMerelyTorn) {
  for (const Format format : all_formats) {
    const std::string file = file_of(format);
    const Contents zeros = contents_of(format, file + std::string(512, '\0'));
    EXPECT_EQ(zeros.length, file.size());
    EXPECT_TRUE(zeros.is_damaged);
    const Contents garbage = contents_of(format, file + "garbage\r\n" + file);
    EXPECT_EQ(garbage.length, file.size());
    EXPECT_TRUE(garbage.is_damaged);
    EXPECT_EQ(garbage.ids.size(), 2U);
  }
  EXPECT_TRUE(contents_of(Format::csv, file_of(Format::csv) + "\"too\",\"few\"\r\n").is_damaged);
}

}  // namespace
}  // namespace patchbay::file
