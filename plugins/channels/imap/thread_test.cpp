#include "thread.hpp"

#include <gtest/gtest.h>

namespace patchbay::imap {
namespace {

// printf a@x | sha256sum
constexpr const char* key_of_a = "bd39e6feafd837011c64e8a29c3fdffe";
constexpr const char* token = "pb1.0123456789abcdef0123456789abcdef.42@rossi.example";
constexpr const char* key = "0123456789abcdef0123456789abcdef";

Thread thread(const char* message_id, const char* in_reply_to, const char* references, const char* subject = "",
              std::vector<std::string> own_recipients = {}) {
  return thread_of({message_id, in_reply_to, references, subject, std::move(own_recipients)});
}

TEST(ImapThread, IsCalledByADigestOfItsOldestMessage) {
  EXPECT_EQ(thread("<a@x>", "", "").conversation, key_of_a);
  EXPECT_EQ(thread("<c@x>", "<b@x>", "<a@x> <b@x>").conversation, key_of_a);
}

// The steps of RFC 5256's REFERENCES algorithm that need no other message (section 3, step 1).
TEST(ImapThread, FollowsReferencesAndWithoutThemInReplyTo) {
  struct Case {
    const char* what;
    const char* in_reply_to;
    const char* references;
    const char* oldest;
    JoinedBy by;
    const char* answers;
  };
  for (const Case& c : {
           Case{"nothing to go back to", "", "", "m@x", JoinedBy::nothing, ""},
           Case{"references count before in-reply-to", "<z@x>", "<a@x> <b@x>", "a@x", JoinedBy::references, "z@x"},
           Case{"the last reference is the parent", "", "<a@x> <b@x>", "a@x", JoinedBy::references, "b@x"},
           Case{"only the first of in-reply-to counts", "<a@x> <b@x>", "", "a@x", JoinedBy::in_reply_to, "a@x"},
           Case{"words around an id", "Your message <a@x> of Monday", "", "a@x", JoinedBy::in_reply_to, "a@x"},
           Case{"references without an id are none", "<a@x>", "nonsense", "a@x", JoinedBy::in_reply_to, "a@x"},
           Case{"commas between ids", "", "<a@x>, <b@x>", "a@x", JoinedBy::references, "b@x"},
           Case{"an id that never ends", "", "<a@x> <b@x", "a@x", JoinedBy::references, "a@x"},
           Case{"a message is not its own parent", "<m@x>", "<m@x>", "m@x", JoinedBy::nothing, ""},
           Case{"nor its own ancestor", "<a@x>", "<m@x> <a@x>", "a@x", JoinedBy::references, "a@x"},
           Case{"one reference twice", "", "<a@x> <a@x>", "a@x", JoinedBy::references, "a@x"},
       }) {
    const Thread found = thread("<m@x>", c.in_reply_to, c.references);
    EXPECT_EQ(found.conversation, thread((std::string("<") + c.oldest + ">").c_str(), "", "").conversation) << c.what;
    EXPECT_EQ(found.joined_by, c.by) << c.what;
    EXPECT_EQ(found.in_reply_to, c.answers) << c.what;
  }
  EXPECT_EQ(thread("", "", "").conversation, "");
}

TEST(ImapThread, PutsSiblingsOfAnUnseenMessageTogether) {
  const std::string first = thread("<b@x>", "<unseen@x>", "<unseen@x>").conversation;
  EXPECT_EQ(thread("<c@y>", "<unseen@x>", "").conversation, first);
  EXPECT_EQ(thread("<d@z>", "<b@x>", "<unseen@x> <b@x>").conversation, first);
  EXPECT_NE(thread("<e@z>", "<other@x>", "").conversation, first);
}

TEST(ImapThread, FindsItsOwnToken) {
  struct Case {
    const char* what;
    Thread found;
    bool is_found;
  };
  const std::string id = "<" + std::string(token) + ">";
  const std::string capitals = "SUPPORT+PB1.0123456789ABCDEF0123456789ABCDEF@ROSSI.EXAMPLE";
  for (const Case& c : {
           Case{"answered", thread("<m@x>", id.c_str(), ""), true},
           Case{"among the references", thread("<m@x>", "<b@x>", ("<a@x> " + id + " <b@x>").c_str()), true},
           Case{"its own", thread(id.c_str(), "<b@x>", "<a@x> <b@x>"), true},
           Case{"its own, handed on", thread(id.c_str(), "", "<a@x>", "Fwd: s"), true},
           Case{"in an address of ours",
                thread("<m@x>", "", "", "", {"support+pb1." + std::string(key) + "@rossi.example"}), true},
           Case{"in capitals", thread("<m@x>", "", "", "", {capitals}), true},
           Case{"too short", thread("<m@x>", "<pb1.0123456789abcdef.42@rossi.example>", ""), false},
           Case{"no hexadecimal", thread("<m@x>", "<pb1.0123456789abcdef0123456789abcdeg.42@rossi.example>", ""),
                false},
           Case{"of another version", thread("<m@x>", "<pb2.0123456789abcdef0123456789abcdef.42@rossi.example>", ""),
                false},
           Case{"too long", thread("<m@x>", "<pb1.0123456789abcdef0123456789abcdef0.42@rossi.example>", ""), false},
       }) {
    EXPECT_EQ(c.found.conversation == key, c.is_found) << c.what << ": " << c.found.conversation;
    EXPECT_EQ(c.found.joined_by == JoinedBy::token, c.is_found) << c.what;
  }
  const std::string newer = "<pb1.ffffffffffffffffffffffffffffffff.43@rossi.example>";
  EXPECT_EQ(thread("<m@x>", "", (id + " " + newer).c_str()).conversation, std::string(32, 'f')) << "the nearest counts";
}

TEST(ImapThread, BeginsAnotherConversationWhereAMessageIsHandedOn) {
  for (const char* const subject : {"Fwd: Order 17", "WG: Bestellung", "I: ordine"}) {
    const Thread handed_on = thread("<f@x>", "<b@x>", "<a@x> <b@x>", subject);
    EXPECT_EQ(handed_on.conversation, thread("<f@x>", "", "").conversation) << subject;
    EXPECT_EQ(handed_on.references.size(), 2U) << subject;
  }
  EXPECT_EQ(thread("<f@x>", "<b@x>", "<a@x> <b@x>", "Re: Order 17").conversation, key_of_a);
}

TEST(ImapThread, KeepsTheOldestAndTheNewestOfManyReferences) {
  std::string many;
  for (int i = 0; i < 150; ++i) many += "<" + std::to_string(i) + "@x> ";
  const Thread found = thread("<m@x>", "", many.c_str());
  ASSERT_EQ(found.references.size(), most_references);
  EXPECT_EQ(found.references.front(), "0@x");
  EXPECT_EQ(found.references.back(), "149@x");
  EXPECT_EQ(found.conversation, thread("<0@x>", "", "").conversation);
}

}  // namespace
}  // namespace patchbay::imap
