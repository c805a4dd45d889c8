#include "conformance/ledger.hpp"

#include <gtest/gtest.h>

namespace patchbay::conformance {
namespace {

struct Said {
  const char *id, *text;
};

Ledger ledger_of(std::initializer_list<Said> said) {
  Ledger ledger;
  for (const Said& each : said) {
    Batch batch;
    batch.interactions.emplace_back();
    batch.interactions.back().external_id = each.id;
    batch.interactions.back().text = each.text;
    ledger.apply(Ledger::durable(batch));
  }
  return ledger;
}

TEST(Ledger, TellsWhatIsLostAndWhatCameTwice) {
  struct Case {
    const char* what;
    Ledger got, expected;
    bool lost, doubled;
  };
  for (const Case& c : {
           Case{"the same", ledger_of({{"1", "a"}, {"2", "b"}}), ledger_of({{"1", "a"}, {"2", "b"}}), false, false},
           Case{"one is missing", ledger_of({{"1", "a"}}), ledger_of({{"1", "a"}, {"2", "b"}}), true, false},
           Case{"a source that went on", ledger_of({{"1", "a"}, {"2", "b"}}), ledger_of({{"1", "a"}}), false, false},
           Case{"again under its id", ledger_of({{"1", "a"}, {"1", "a"}}), ledger_of({{"1", "a"}}), false, false},
           Case{"again under another id", ledger_of({{"1", "a"}, {"7", "a"}}), ledger_of({{"1", "a"}}), false, true},
           Case{"again without an id", ledger_of({{"", "a"}, {"", "a"}}), ledger_of({{"", "a"}}), false, true},
           Case{"two that say the same", ledger_of({{"1", "ok"}, {"2", "ok"}}), ledger_of({{"1", "ok"}, {"2", "ok"}}),
                false, false},
           Case{"one of two that say the same", ledger_of({{"1", "ok"}}), ledger_of({{"1", "ok"}, {"2", "ok"}}), true,
                false},
           Case{"words that tell the time", ledger_of({{"1", "at 10:01"}}), ledger_of({{"1", "at 10:00"}}), false,
                false},
       }) {
    EXPECT_EQ(!c.got.lost(c.expected).empty(), c.lost) << c.what << ": " << c.got.lost(c.expected);
    EXPECT_EQ(!c.got.doubled(c.expected).empty(), c.doubled) << c.what << ": " << c.got.doubled(c.expected);
  }
}

TEST(Ledger, KeepsTheStatesOfTheLastDurableBatch) {
  Ledger ledger;
  Batch batch;
  batch.cursor("1");
  batch.states.emplace_back("other", "x");
  ledger.apply(Ledger::durable(batch));
  Batch next;
  next.cursor("2");
  next.states.emplace_back("other", "");
  ledger.apply(Ledger::durable(next));
  EXPECT_EQ(ledger.states(), (std::map<std::string, std::string>{{"cursor", "2"}}));
}

}  // namespace
}  // namespace patchbay::conformance
