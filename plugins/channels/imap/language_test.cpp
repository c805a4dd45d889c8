#include "language.hpp"

#include <gtest/gtest.h>

namespace patchbay::imap {
namespace {

TEST(ImapLanguage, TellsTheLanguagesOfTheMission) {
  struct Case {
    const char* text;
    const char* language;
  };
  for (const Case& c : {
           Case{"Buongiorno, vorrei sapere quando arriva il mio ordine di martedì scorso. Grazie mille", "it"},
           Case{"Dzień dobry, chciałabym się dowiedzieć, kiedy dotrze moje zamówienie z wtorku.", "pl"},
           Case{"Buenos días, me gustaría saber cuándo llega mi pedido del martes pasado. Gracias", "es"},
           Case{"Goedemorgen, ik wil graag weten wanneer mijn bestelling van dinsdag wordt bezorgd.", "nl"},
           Case{"Guten Morgen, ich wüsste gerne, wann meine Bestellung vom Dienstag ankommt.", "de"},
           Case{"Good morning, I would like to know when my order of last Tuesday will arrive.", "en"},
           Case{"Bonjour, je voudrais savoir quand arrive ma commande de mardi dernier. Merci", "fr"},
           Case{"こんにちは、先週の火曜日の注文がいつ届くか教えてください。", "ja"},
       })
    EXPECT_EQ(language_of(c.text), c.language) << c.text;
}

TEST(ImapLanguage, GuessesNothing) {
  for (const char* const text :
       {"", "ok", "+39 02 1234567", "1234567890 1234567890 1234567890", "\xFF\xFE\xFF\xFE\xFF"})
    EXPECT_EQ(language_of(text), "") << text;
}

}  // namespace
}  // namespace patchbay::imap
