#include "quotation.hpp"

#include <gtest/gtest.h>

namespace patchbay::imap {
namespace {

TEST(ImapQuotation, TakesApartWhatWasWrittenNow) {
  struct Case {
    const char* what;
    const char* mail;
    const char* text;
    const char* quoted;
    const char* signature;
  };
  for (const Case& c : {
           Case{"nothing but text", "Hello,\nall is well.\n", "Hello,\nall is well.", "", ""},
           Case{"an answer above", "Yes.\n\nOn Monday, Kasia\n<kasia@example.org> wrote:\n> Is it?\n>\n> K.\n", "Yes.",
                "On Monday, Kasia\n<kasia@example.org> wrote:\n> Is it?\n>\n> K.", ""},
           Case{"in Italian", "Sì.\nIl giorno lun 3 mar Marco ha scritto:\n\n> È rotto?\n", "Sì.",
                "Il giorno lun 3 mar Marco ha scritto:\n\n> È rotto?", ""},
           Case{"Outlook", "Danke!\n\nVon: Marek <m@example.org>\nGesendet: Montag\nAn: Shop\n\nHallo", "Danke!",
                "Von: Marek <m@example.org>\nGesendet: Montag\nAn: Shop\n\nHallo", ""},
           Case{"a separator", "Ok\n-----Messaggio originale-----\nDa: x\nciao\n", "Ok",
                "-----Messaggio originale-----\nDa: x\nciao", ""},
           Case{"a signature", "Call me.\n-- \nKasia Nowak\n+48 22 123 45 67\n", "Call me.", "",
                "Kasia Nowak\n+48 22 123 45 67"},
           Case{"a signature above what is quoted", "Yes\n--\nKasia\n\n> Is it?\n", "Yes", "> Is it?", "Kasia"},
           Case{"a signature below what is quoted", "Yes\n> Is it?\n-- \nKasia", "Yes", "> Is it?", "Kasia"},
           Case{"answers between", "> One?\nYes.\n> Two?\nNo.\n", "> One?\nYes.\n> Two?\nNo.", "", ""},
           Case{"only quoted", "> a\n> b", "", "> a\n> b", ""},
           Case{"dashes that sign nothing", "a\n--\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16\n17",
                "a\n--\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16\n17", "", ""},
           Case{"a line of stars", "***\nhello\n***", "***\nhello\n***", "", ""},
           Case{"nothing", "", "", "", ""},
       }) {
    const Written written = take_apart(c.mail);
    EXPECT_EQ(written.text, c.text) << c.what;
    EXPECT_EQ(written.quoted, c.quoted) << c.what;
    EXPECT_EQ(written.signature, c.signature) << c.what;
  }
}

TEST(ImapQuotation, KnowsTheSubjectsOfWhatIsHandedOn) {
  for (const char* const subject : {"Fwd: order", "FW: order", "WG: Bestellung", "I: ordine", "Doorst: bestelling"})
    EXPECT_TRUE(is_forwarded(subject)) << subject;
  for (const char* const subject : {"Re: order", "In time", "forward", ""})
    EXPECT_FALSE(is_forwarded(subject)) << subject;
}

}  // namespace
}  // namespace patchbay::imap
