// Any text in any field of two personas: comparing them ends, is the same both ways, and sums to its score.
#include "identity/block.hpp"
#include "identity/model.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace {

using namespace patchbay::identity;

class Unshared final : public Sharing {
 public:
  [[nodiscard]] Step step(std::uint64_t) const override { return Step::up_to_2; }
};

// Fields end with a line end, in one order; what is left over is the second persona's.
Persona take_persona(std::string& text) {
  Persona persona;
  persona.region = "IT";
  const auto take = [&text] {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string field = text.substr(0, end);
    text.erase(0, std::min(end + 1, text.size()));
    return field;
  };
  for (std::string* field : {&persona.name, &persona.family_name, &persona.birth_date, &persona.address.street,
                             &persona.address.postcode, &persona.address.town, &persona.birth_place})
    *field = take();
  persona.emails = {take()};
  persona.phones = {take()};
  persona.ids = {{"customer_number", "", take(), IdentifierRule::one_per_person}};
  return persona;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  const Features left = features_of(take_persona(text));
  const Features right = features_of(take_persona(text));
  if (keys_of(left).size() > most_keys) std::abort();
  static const Model model(shipped_parameters());
  const Unshared sharing;
  const Judgement there = model.judge(compare(left, right, sharing));
  const Judgement back = model.judge(compare(right, left, sharing));
  if (there.total != back.total || there.field != back.field) std::abort();
  Millibits sum = 0;
  for (const Millibits bits : there.field) sum += bits;
  for (const Millibits bits : there.term) sum += bits;
  if (sum != there.total) std::abort();
  return 0;
}
