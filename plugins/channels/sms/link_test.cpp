#include "link.hpp"

#include <gtest/gtest.h>

#include <string>

namespace patchbay::sms {
namespace {

using namespace std::chrono_literals;

constexpr Time begin = 1000s;

Pdu pdu(Command command, std::uint32_t sequence, CommandStatus status = CommandStatus::ok) {
  Pdu result;
  result.command = command;
  result.sequence = sequence;
  result.status = static_cast<std::uint32_t>(status);
  return result;
}

class LinkTest : public testing::Test {
 protected:
  static LinkSettings settings() {
    LinkSettings values;
    values.system_id = "esme";
    values.password = "secret";
    values.window = 3;
    return values;
  }

  std::vector<Pdu> written() {
    PduReader reader;
    reader.add(link.take_output());
    std::vector<Pdu> pdus;
    while (auto one = reader.take()) pdus.push_back(std::move(*one));
    EXPECT_TRUE(reader.is_between());
    return pdus;
  }

  template <class Event>
  std::optional<Event> event() {
    std::optional<Event> found;
    for (LinkEvent& each : link.take_events())
      if (auto* one = std::get_if<Event>(&each)) found = std::move(*one);
    return found;
  }

  void hear(const Pdu& said, Time now = begin) { link.received(encode(said), now); }

  void bind() {
    link.start(begin);
    hear(pdu(response_to(Command::bind_transceiver), written().at(0).sequence));
    ASSERT_TRUE(event<Bound>());
  }

  std::uint32_t submit(std::uint64_t token, Time now = begin) {
    EXPECT_TRUE(link.may_submit(now));
    link.submit(token, pdu(Command::submit_sm, 0), now);
    return written().at(0).sequence;
  }

  Link link{settings()};
};

TEST_F(LinkTest, BindsWithWhatTheSettingsSay) {
  link.start(begin);
  const auto pdus = written();
  ASSERT_EQ(pdus.size(), 1U);
  EXPECT_EQ(pdus[0].command, Command::bind_transceiver);
  EXPECT_EQ(pdus[0][Text::system_id], "esme");
  EXPECT_EQ(pdus[0][Text::password], "secret");
  EXPECT_EQ(pdus[0][Octet::interface_version], 0x34);
  EXPECT_FALSE(link.may_submit(begin));
}

TEST_F(LinkTest, OneThatIsBoundAlreadyIsBound) {
  link.start(begin);
  hear(pdu(response_to(Command::bind_transceiver), written().at(0).sequence, CommandStatus::already_bound));
  EXPECT_TRUE(link.is_bound());
}

TEST_F(LinkTest, WrongCredentialsStopIt) {
  for (const CommandStatus status : {CommandStatus::invalid_password, CommandStatus::invalid_system_id,
                                     CommandStatus::invalid_system_type, CommandStatus::bind_failed}) {
    Link one(settings());
    one.start(begin);
    one.received(encode(pdu(response_to(Command::bind_transceiver), 1, status)), begin);
    const auto events = one.take_events();
    ASSERT_EQ(events.size(), 1U);
    const Over& over = std::get<Over>(events[0]);
    EXPECT_EQ(over.next == Over::Next::stop, status != CommandStatus::bind_failed) << name_of(status);
    EXPECT_EQ(over.reason, "binding as esme: the SMSC answered " + name_of(status));
  }
}

TEST_F(LinkTest, ABindWithoutAnAnswerIsGivenUp) {
  link.start(begin);
  EXPECT_EQ(link.next_due(begin), begin + 30s);
  link.tick(begin + 29s);
  EXPECT_FALSE(link.is_over());
  link.tick(begin + 30s);
  EXPECT_EQ(event<Over>()->reason, "binding as esme: no answer within 30 s");
}

TEST_F(LinkTest, TheWindowBoundsWhatIsUnanswered) {
  bind();
  const std::uint32_t first = submit(101);
  submit(102);
  submit(103);
  EXPECT_FALSE(link.may_submit(begin));
  Pdu answer = pdu(response_to(Command::submit_sm), first);
  answer[Text::message_id] = "7f";
  hear(answer);
  const auto answered = event<Answered>();
  ASSERT_TRUE(answered);
  EXPECT_EQ(answered->token, 101U);
  EXPECT_EQ(answered->message_id, "7f");
  EXPECT_TRUE(link.may_submit(begin));
}

TEST_F(LinkTest, AnswersMayComeInAnyOrder) {
  bind();
  submit(101);
  const std::uint32_t second = submit(102);
  hear(pdu(response_to(Command::submit_sm), second, CommandStatus::submit_failed));
  const auto answered = event<Answered>();
  EXPECT_EQ(answered->token, 102U);
  EXPECT_EQ(answered->status, CommandStatus::submit_failed);
  link.lost("the connection was reset");
  EXPECT_EQ(event<Over>()->unanswered, std::vector<std::uint64_t>{101});
}

TEST_F(LinkTest, AGenericNackEndsASubmit) {
  bind();
  hear(pdu(Command::generic_nack, submit(101), CommandStatus::invalid_command));
  EXPECT_EQ(event<Answered>()->status, CommandStatus::invalid_command);
  hear(pdu(Command::generic_nack, submit(102)));
  EXPECT_NE(event<Answered>()->status, CommandStatus::ok);
}

TEST_F(LinkTest, ThrottlingPausesIt) {
  bind();
  hear(pdu(response_to(Command::submit_sm), submit(101), CommandStatus::throttled));
  EXPECT_TRUE(is_temporary(event<Answered>()->status));
  EXPECT_FALSE(link.may_submit(begin + 999ms));
  EXPECT_EQ(link.next_due(begin), begin + 1s);
  EXPECT_TRUE(link.may_submit(begin + 1s));
}

TEST_F(LinkTest, TheRateIsKept) {
  LinkSettings slow = settings();
  slow.per_second = 10;
  slow.window = 1000;
  Link one(slow);
  one.start(begin);
  one.received(encode(pdu(response_to(Command::bind_transceiver), 1)), begin);
  std::size_t sent = 0;
  for (Time now = begin; now < begin + 10s; now += 1ms)
    if (one.may_submit(now)) {
      one.submit(++sent, pdu(Command::submit_sm, 0), now);
    }
  EXPECT_GE(sent, 99U);
  EXPECT_LE(sent, 111U);  // a second's worth may come at once
}

TEST_F(LinkTest, ASubmitWithoutAnAnswerEndsTheLinkAndComesBack) {
  bind();
  submit(101);
  submit(102, begin + 10s);
  hear(pdu(Command::enquire_link, 9), begin + 59s);
  link.tick(begin + 60s);
  const auto over = event<Over>();
  ASSERT_TRUE(over);
  EXPECT_EQ(over->reason, "sending: no answer within 60 s");
  EXPECT_EQ(over->next, Over::Next::reconnect);
  EXPECT_EQ(over->unanswered, (std::vector<std::uint64_t>{101, 102}));
}

TEST_F(LinkTest, WhatArrivesIsAnsweredWhenTheCallerSays) {
  bind();
  Pdu message = pdu(Command::deliver_sm, 77);
  message[Text::short_message] = "hi";
  hear(message);
  EXPECT_TRUE(written().empty());
  const auto arrived = event<Arrived>();
  ASSERT_TRUE(arrived);
  EXPECT_EQ(arrived->pdu[Text::short_message], "hi");
  link.answer(arrived->pdu, CommandStatus::queue_full);
  const auto answers = written();
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].command, response_to(Command::deliver_sm));
  EXPECT_EQ(answers[0].sequence, 77U);
  EXPECT_EQ(answers[0].status, 0x14U);
}

TEST_F(LinkTest, SilenceIsEnded) {
  bind();
  EXPECT_EQ(link.next_due(begin), begin + 30s);
  link.tick(begin + 30s);
  EXPECT_EQ(written().at(0).command, Command::enquire_link);
  link.tick(begin + 31s);
  EXPECT_TRUE(written().empty());
  link.tick(begin + 90s);
  EXPECT_EQ(event<Over>()->reason, "asking whether the SMSC is there: no answer within 60 s");
}

TEST_F(LinkTest, AnythingHeardIsASignOfLife) {
  bind();
  link.tick(begin + 30s);
  hear(pdu(response_to(Command::enquire_link), written().at(0).sequence), begin + 31s);
  link.tick(begin + 60s);
  EXPECT_TRUE(written().empty());
  link.tick(begin + 61s);
  EXPECT_EQ(written().at(0).command, Command::enquire_link);
}

TEST_F(LinkTest, AnEnquiryIsAnsweredAlsoBeforeTheBind) {
  link.start(begin);
  written();
  hear(pdu(Command::enquire_link, 5));
  const auto answers = written();
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].command, response_to(Command::enquire_link));
  EXPECT_EQ(answers[0].sequence, 5U);
  EXPECT_FALSE(link.is_bound());
}

TEST_F(LinkTest, UnknownCommandsAreRefusedAndUnknownAnswersIgnored) {
  bind();
  hear(pdu(static_cast<Command>(0x00010201), 8));
  const auto answers = written();
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].command, Command::generic_nack);
  EXPECT_EQ(answers[0].status, 0x03U);
  EXPECT_EQ(answers[0].sequence, 8U);
  hear(pdu(response_to(Command::submit_sm), 4711));
  EXPECT_TRUE(written().empty());
  EXPECT_TRUE(link.is_bound());
}

TEST_F(LinkTest, ALengthThatCannotBeEndsIt) {
  bind();
  link.received("\xFF\xFF\xFF\xFF", begin);
  const auto answers = written();
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].status, 0x02U);
  EXPECT_EQ(answers[0].sequence, 0U);
  EXPECT_TRUE(link.is_over());
}

TEST_F(LinkTest, TheSmscMayUnbind) {
  bind();
  submit(101);
  hear(pdu(Command::unbind, 3));
  EXPECT_EQ(written().at(0).command, response_to(Command::unbind));
  const auto over = event<Over>();
  EXPECT_EQ(over->next, Over::Next::reconnect);
  EXPECT_EQ(over->unanswered, std::vector<std::uint64_t>{101});
}

TEST_F(LinkTest, UntilItIsUnboundMessagesStillArriveAndAnswersStillCount) {
  bind();
  const std::uint32_t sent = submit(101);
  link.unbind(begin);
  const std::uint32_t sequence = written().at(0).sequence;
  EXPECT_FALSE(link.may_submit(begin));
  hear(pdu(Command::deliver_sm, 77));
  EXPECT_TRUE(event<Arrived>());
  hear(pdu(response_to(Command::submit_sm), sent));
  EXPECT_EQ(event<Answered>()->token, 101U);
  hear(pdu(response_to(Command::unbind), sequence));
  const auto over = event<Over>();
  EXPECT_EQ(over->next, Over::Next::done);
  EXPECT_TRUE(over->unanswered.empty());
}

TEST_F(LinkTest, ALinkThatIsOverStaysSo) {
  bind();
  link.lost("the connection was reset");
  EXPECT_TRUE(event<Over>());
  hear(pdu(Command::deliver_sm, 77));
  link.answer(pdu(Command::deliver_sm, 77), CommandStatus::ok);
  link.tick(begin + 1h);
  link.unbind(begin);
  EXPECT_TRUE(link.take_events().empty());
  EXPECT_TRUE(written().empty());
  EXPECT_EQ(link.next_due(begin), std::nullopt);
}

TEST_F(LinkTest, AReceiverSendsNothing) {
  LinkSettings values = settings();
  values.bind = Bind::receiver;
  Link one(values);
  one.start(begin);
  one.received(encode(pdu(response_to(Command::bind_receiver), 1)), begin);
  EXPECT_TRUE(one.is_bound());
  EXPECT_FALSE(one.may_submit(begin));
}

}  // namespace
}  // namespace patchbay::sms
