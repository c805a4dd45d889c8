#include "plugin/frame.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

namespace patchbay::plugin {
namespace {

using testing::HasSubstr;

// The one datagram that a queue holds, as its receiver gets it.
struct Carried {
  explicit Carried(FrameQueue& queue) : bytes(queue.front().bytes) {
    for (const Descriptor& descriptor : queue.front().descriptors)
      descriptors.emplace_back(::fcntl(descriptor.number(), F_DUPFD_CLOEXEC, 3));
    queue.pop();
  }
  DatagramReader reader() { return {bytes, std::move(descriptors)}; }
  std::string bytes;
  std::vector<Descriptor> descriptors;
};

template <class... Values>
Status read_one(DatagramReader reader, std::pmr::memory_resource& lists, Values&... values) {
  const auto frame = reader.next();
  if (!frame) return failure(frame.error());
  if (!*frame) return failure(ErrorCode::not_found, "no frame");
  return unpack(**frame, lists, values...);
}

std::string why(const Status& status) { return status ? "" : status.error().text(); }

TEST(Frame, CarriesABatchWithAllThatHangsOnIt) {
  const pb_identifier identifier{sizeof identifier, PB_IDENTIFIER_CLAIMED, bytes("phone"), bytes("+39"), bytes("it")};
  const pb_participant participant{
      sizeof participant, PB_ROLE_COPY, PB_PARTICIPANT_BUSINESS, 0, {&identifier, 1, sizeof identifier}};
  const pb_attachment attachment{
      sizeof attachment, 1, 2, bytes("scan.pdf"), bytes("application/pdf"), bytes("%PDF"), bytes("ref"), bytes("sha")};
  pb_interaction interaction{};
  interaction.size = sizeof interaction;
  interaction.occurred_us = -5;
  interaction.text = bytes("Cześć");
  interaction.participants = {&participant, 1, sizeof participant};
  interaction.attachments = {&attachment, 1, sizeof attachment};
  const pb_header header{sizeof header, 0, bytes("etag"), bytes("\"1\"")};
  const pb_http_response answer{sizeof answer, 200, 77, {&header, 1, sizeof header}, bytes("ok")};
  const pb_state state{sizeof state, 0, bytes("cursor"), bytes(std::string_view("\0\1", 2))};
  pb_batch batch{};
  batch.size = sizeof batch;
  batch.token = 42;
  batch.interactions = {&interaction, 1, sizeof interaction};
  batch.states = {&state, 1, sizeof state};
  batch.answers = {&answer, 1, sizeof answer};

  FrameQueue queue;
  ASSERT_TRUE(queue.add(FrameKind::submit, 3, 0, batch));
  Carried carried(queue);
  std::pmr::monotonic_buffer_resource lists;
  pb_batch read{};
  ASSERT_EQ(why(read_one(carried.reader(), lists, read)), "");
  EXPECT_EQ(read.size, sizeof read);
  EXPECT_EQ(read.token, 42u);
  EXPECT_EQ(read.facts.count, 0u);
  ASSERT_EQ(read.interactions.count, 1u);
  ASSERT_EQ(read.interactions.stride, sizeof(pb_interaction));
  const auto& got = *static_cast<const pb_interaction*>(read.interactions.first);
  EXPECT_EQ(got.occurred_us, -5);
  EXPECT_EQ(view(got.text), "Cześć");
  const auto& who = *static_cast<const pb_participant*>(got.participants.first);
  EXPECT_EQ(who.role, PB_ROLE_COPY);
  EXPECT_EQ(who.flags, static_cast<std::uint32_t>(PB_PARTICIPANT_BUSINESS));
  const auto& known = *static_cast<const pb_identifier*>(who.identifiers.first);
  EXPECT_EQ(view(known.kind), "phone");
  EXPECT_EQ(view(known.scope), "it");
  const auto& file = *static_cast<const pb_attachment*>(got.attachments.first);
  EXPECT_EQ(file.handle, 2u);
  EXPECT_EQ(view(file.data), "%PDF");
  EXPECT_EQ(view(file.sha256), "sha");
  EXPECT_EQ(view(static_cast<const pb_state*>(read.states.first)->value), std::string_view("\0\1", 2));
  const auto& answered = *static_cast<const pb_http_response*>(read.answers.first);
  EXPECT_EQ(answered.status, 200u);
  EXPECT_EQ(answered.id, 77u);
  EXPECT_EQ(view(static_cast<const pb_header*>(answered.headers.first)->value), "\"1\"");
}

TEST(Frame, CarriesWhatTheHostHandsToAPlugin) {
  const Event event{.token = 9,
                    .attempt = 2,
                    .attempted_us = 3,
                    .id = "e",
                    .type = "t",
                    .contact = "c",
                    .payload = std::make_shared<const std::string>("{}")};
  const HttpResult result{.token = 9,
                          .status = 503,
                          .attachment = 4,
                          .errors = {{PB_TIMEOUT, 8, "/p", "late", "wait"}},
                          .headers = {{"retry-after", "5"}, {"x", ""}},
                          .body = "busy"};
  FrameQueue queue;
  ASSERT_TRUE(queue.add(FrameKind::judge, 1, 0, event, result));
  Carried carried(queue);
  Event event_read;
  HttpResult result_read;
  ASSERT_EQ(why(read_one(carried.reader(), *std::pmr::new_delete_resource(), event_read, result_read)), "");
  EXPECT_EQ(event_read.attempt, 2u);
  EXPECT_EQ(event_read.contact, "c");
  EXPECT_EQ(*event_read.payload, "{}");
  EXPECT_EQ(result_read.status, 503u);
  EXPECT_EQ(result_read.errors.at(0).code, PB_TIMEOUT);
  EXPECT_EQ(result_read.errors.at(0).until_us, 8);
  EXPECT_EQ(result_read.errors.at(0).remedy, "wait");
  EXPECT_EQ(result_read.headers, result.headers);
  EXPECT_EQ(result_read.body, "busy");
}

TEST(Frame, SharesADatagramUntilItIsFull) {
  FrameQueue queue;
  for (std::uint64_t number = 0; number < 10; ++number)
    ASSERT_TRUE(queue.add(FrameKind::reply, 1, number, Answer{.text = std::string(10'000, 'x')}));
  EXPECT_LE(queue.size(), 3u);
  std::uint64_t expected = 0;
  while (!queue.empty()) {
    EXPECT_LE(queue.front().bytes.size(), largest_datagram);
    Carried carried(queue);
    DatagramReader reader = carried.reader();
    for (auto frame = reader.next(); frame && *frame; frame = reader.next()) EXPECT_EQ((*frame)->number, expected++);
  }
  EXPECT_EQ(expected, 10u);
}

TEST(Frame, PutsALargePayloadBesideTheDatagram) {
  FrameQueue queue;
  const HttpRequest request{.id = 1, .body = std::string(3'000'000, 'b')};
  ASSERT_TRUE(queue.add(FrameKind::receive, 1, 0, request));
  ASSERT_TRUE(queue.add(FrameKind::stop, 1, 5));
  EXPECT_EQ(queue.size(), 1u);
  EXPECT_EQ(queue.front().descriptors.size(), 1u);
  Carried carried(queue);
  DatagramReader reader = carried.reader();
  const auto first = reader.next();
  ASSERT_TRUE(first) << first.error().text();
  HttpRequest read;
  ASSERT_TRUE(unpack(**first, *std::pmr::new_delete_resource(), read));
  EXPECT_EQ(read.body, request.body);
  const auto second = reader.next();
  ASSERT_TRUE(second);
  EXPECT_EQ((*second)->number, 5u);
}

TEST(Frame, RefusesToWriteWhatHasNoAddress) {
  FrameQueue queue;
  ASSERT_TRUE(queue.add(FrameKind::stop, 1, 1));
  pb_batch batch{};
  batch.size = sizeof batch;
  batch.facts = {nullptr, 1, sizeof(pb_fact)};
  EXPECT_THAT(why(queue.add(FrameKind::submit, 1, 0, batch)), HasSubstr("without an address"));
  const pb_judged judged{sizeof judged, 0, 1, 0, {nullptr, 7}};
  EXPECT_THAT(why(queue.add(FrameKind::judged, 1, 0, judged)), HasSubstr("without an address"));
  EXPECT_EQ(queue.front().bytes.size(), sizeof(FrameHeader));  // what came before is still whole
}

TEST(Frame, ReadsNoFrameThatIsCutOffOrHasMoreThanItsValues) {
  const Completion completion{.token = 1, .errors = {{PB_PERMANENT, 0, "/a", "b", "c"}}, .parked = 2};
  std::string payload;
  Encoder(payload).put(completion);
  for (std::size_t length = 0; length < payload.size(); ++length) {
    Completion read;
    const Frame frame{FrameKind::complete, 1, 0, std::string_view(payload).substr(0, length)};
    EXPECT_FALSE(unpack(frame, *std::pmr::new_delete_resource(), read)) << length << " bytes";
  }
  payload += 'x';
  Completion read;
  EXPECT_THAT(why(unpack({FrameKind::complete, 1, 0, payload}, *std::pmr::new_delete_resource(), read)),
              HasSubstr("more in it"));
}

TEST(Frame, TakesNoMemoryForAListThatCannotBeThere) {
  std::string payload;
  Encoder encoder(payload);
  encoder.put(std::uint64_t{1});
  encoder.put(std::uint32_t{0xffffffff});
  Completion read;
  EXPECT_THAT(why(unpack({FrameKind::complete, 1, 0, payload}, *std::pmr::null_memory_resource(), read)),
              HasSubstr("shorter than its lists"));
  EXPECT_TRUE(read.errors.empty());
}

TEST(Frame, RefusesAFileInMemoryThatMayStillChange) {
  const int file = ::memfd_create("open", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  ASSERT_GE(file, 0);
  ASSERT_EQ(::ftruncate(file, 100'000), 0);
  const FrameHeader header{.length = 100'000, .kind = FrameKind::submit, .place = 1};
  std::vector<Descriptor> descriptors;
  descriptors.emplace_back(file);
  DatagramReader reader({reinterpret_cast<const char*>(&header), sizeof header}, std::move(descriptors));
  const auto frame = reader.next();
  ASSERT_FALSE(frame);
  EXPECT_THAT(frame.error().text(), HasSubstr("not sealed"));
}

TEST(Frame, RefusesADatagramWhoseDescriptorsDoNotFit) {
  const FrameHeader lacking{.length = 9, .kind = FrameKind::submit, .place = 1};
  EXPECT_FALSE(DatagramReader({reinterpret_cast<const char*>(&lacking), sizeof lacking}, {}).next());
  const FrameHeader plain{.length = 0, .kind = FrameKind::ready};
  std::vector<Descriptor> one;
  one.emplace_back(::dup(0));
  DatagramReader reader({reinterpret_cast<const char*>(&plain), sizeof plain}, std::move(one));
  EXPECT_TRUE(reader.next());
  EXPECT_FALSE(reader.next());
}

TEST(Frame, CarriesADescriptorBesideTheFrameThatItBelongsTo) {
  const Descriptor file(::memfd_create("stream", MFD_CLOEXEC));
  ASSERT_EQ(::write(file.number(), "abc", 3), 3);
  FrameQueue queue;
  ASSERT_TRUE(queue.add(FrameKind::ping, 1, 1));
  const StreamResult result{.token = 8, .errors = {}, .peer = "192.0.2.1:993"};
  ASSERT_TRUE(
      queue.add_with(Descriptor(::fcntl(file.number(), F_DUPFD_CLOEXEC, 3)), FrameKind::connected, 2, 0, result));
  ASSERT_TRUE(queue.add(FrameKind::log, 3, 0, LogLine{1, std::string(largest_inline, 'x')}));
  Carried carried(queue);
  DatagramReader reader = carried.reader();
  auto frame = reader.next();
  ASSERT_TRUE(frame && *frame);
  EXPECT_EQ((*frame)->beside, nullptr);
  frame = reader.next();
  ASSERT_TRUE(frame && *frame);
  StreamResult read;
  ASSERT_TRUE(unpack(**frame, *std::pmr::new_delete_resource(), read));
  EXPECT_EQ(read.token, 8U);
  EXPECT_EQ(read.peer, "192.0.2.1:993");
  ASSERT_NE((*frame)->beside, nullptr);
  char content[3];
  EXPECT_EQ(::pread((*frame)->beside->number(), content, 3, 0), 3);
  EXPECT_EQ(std::string_view(content, 3), "abc");
  frame = reader.next();  // its payload is in a descriptor of its own
  ASSERT_TRUE(frame && *frame);
  EXPECT_EQ((*frame)->beside, nullptr);
  EXPECT_GT((*frame)->payload.size(), largest_inline);
  frame = reader.next();
  EXPECT_TRUE(frame && !*frame);
}

TEST(Frame, RefusesADatagramWhoseDescriptorIsMissing) {
  FrameQueue queue;
  ASSERT_TRUE(queue.add_with(Descriptor(::memfd_create("stream", MFD_CLOEXEC)), FrameKind::connected, 1, 0,
                             StreamResult{.token = 1, .errors = {}, .peer = {}}));
  DatagramReader reader(queue.front().bytes, {});
  const auto frame = reader.next();
  ASSERT_FALSE(frame);
  EXPECT_THAT(frame.error().text(), HasSubstr("lacks the descriptor"));
}

}  // namespace
}  // namespace patchbay::plugin
