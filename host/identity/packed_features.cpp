#include "identity/packed_features.hpp"

#include <algorithm>
#include <cstring>
#include <string>

namespace patchbay::identity {
namespace {

constexpr std::size_t most_of_a_text = 0xffff;

class Packer {
 public:
  template <class T>
  void number(T value) {
    static_assert(std::is_trivially_copyable_v<T>);
    const std::size_t place = bytes_.size();
    bytes_.resize(place + sizeof value);
    std::memcpy(bytes_.data() + place, &value, sizeof value);
  }
  void count(std::size_t number_of_them) { number(static_cast<std::uint16_t>(number_of_them)); }
  void text(std::string_view text) {
    text = text.substr(0, most_of_a_text);
    number(static_cast<std::uint16_t>(text.size()));
    bytes_.append(text);
  }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

class Unpacker {
 public:
  explicit Unpacker(const std::uint8_t* bytes) : next_(bytes) {}

  template <class T>
  T number() {
    T value;
    std::memcpy(&value, next_, sizeof value);
    next_ += sizeof value;
    return value;
  }
  template <class T>
  void number(T& value) {
    value = number<T>();
  }
  std::size_t count() { return number<std::uint16_t>(); }
  void text(std::string& text) {
    const std::size_t size = number<std::uint16_t>();
    text.assign(reinterpret_cast<const char*>(next_), size);
    next_ += size;
  }
  void skip(std::size_t bytes) { next_ += bytes; }

 private:
  const std::uint8_t* next_;
};

constexpr std::array<Value Features::*, 8> values{&Features::postcode,   &Features::town,    &Features::street,
                                                  &Features::number,     &Features::country, &Features::birth_place,
                                                  &Features::occupation, &Features::language};

}  // namespace

PackedFeatures::PackedFeatures(const Features& features) {
  Packer pack;
  const std::vector<Key> keys = keys_of(features);
  pack.count(keys.size());
  // Those of identifiers come first.
  pack.count(static_cast<std::size_t>(
      std::count_if(keys.begin(), keys.end(), [](const Key& key) { return key.rule == KeyRule::identifier; })));
  for (const Key& key : keys) pack.number(key.value);

  pack.number(features.coarse_signature);
  pack.number(features.fine_signature);
  pack.number(features.name.whole);
  pack.number(features.name.generation);
  pack.count(features.name.words.size());
  for (const NameWord& word : features.name.words) {
    pack.number(word.role);
    pack.number(word.known.number);
    pack.number(word.value);
    pack.text(word.text);
  }
  pack.count(features.emails.size());
  for (const Email& email : features.emails) {
    pack.number(email.value);
    pack.number(static_cast<std::uint16_t>(email.at));
    pack.number(email.of_a_role);
    pack.text(email.address);
  }
  pack.count(features.phones.size());
  for (const Phone& phone : features.phones) {
    pack.number(phone.value);
    pack.number(phone.sort);
  }
  pack.count(features.ids.size());
  for (const Id& id : features.ids) {
    pack.number(id.kind);
    pack.number(id.value);
    pack.number(id.rule);
  }
  pack.number(features.birth_date.value);
  if (features.birth_date.there()) {
    pack.number(features.birth_date.year);
    pack.number(features.birth_date.month);
    pack.number(features.birth_date.day);
  }
  std::uint8_t there = 0;
  for (std::size_t i = 0; i < values.size(); ++i)
    if ((features.*values[i]).there()) there = static_cast<std::uint8_t>(there | 1U << i);
  pack.number(there);
  for (const auto member : values) {
    const Value& value = features.*member;
    if (!value.there()) continue;
    pack.number(value.value);
    pack.text(value.text);
  }
  bytes_ = std::make_unique_for_overwrite<std::uint8_t[]>(pack.bytes().size());
  std::memcpy(bytes_.get(), pack.bytes().data(), pack.bytes().size());
}

KeyList PackedFeatures::keys() const {
  Unpacker unpack(bytes_.get());
  const std::size_t count = unpack.count();
  const std::size_t identifiers = unpack.count();
  KeyList keys;
  for (std::size_t i = 0; i < count; ++i)
    keys.push_back({unpack.number<std::uint64_t>(), i < identifiers ? KeyRule::identifier : KeyRule::weak});
  return keys;
}

void PackedFeatures::read(Features& into) const {
  Unpacker unpack(bytes_.get());
  const std::size_t keys = unpack.count();
  unpack.count();
  unpack.skip(keys * sizeof(Key::value));
  unpack.number(into.coarse_signature);
  unpack.number(into.fine_signature);
  unpack.number(into.name.whole);
  unpack.number(into.name.generation);
  into.name.words.resize(unpack.count());
  for (NameWord& word : into.name.words) {
    unpack.number(word.role);
    word.known = given_name_of(unpack.number<std::uint16_t>());
    unpack.number(word.value);
    unpack.text(word.text);
  }
  into.emails.resize(unpack.count());
  for (Email& email : into.emails) {
    unpack.number(email.value);
    email.at = unpack.number<std::uint16_t>();
    unpack.number(email.of_a_role);
    unpack.text(email.address);
  }
  into.phones.resize(unpack.count());
  for (Phone& phone : into.phones) {
    unpack.number(phone.value);
    unpack.number(phone.sort);
  }
  into.ids.resize(unpack.count());
  for (Id& id : into.ids) {
    unpack.number(id.kind);
    unpack.number(id.value);
    unpack.number(id.rule);
  }
  into.birth_date = {};
  unpack.number(into.birth_date.value);
  if (into.birth_date.there()) {
    unpack.number(into.birth_date.year);
    unpack.number(into.birth_date.month);
    unpack.number(into.birth_date.day);
  }
  const auto there = unpack.number<std::uint8_t>();
  for (std::size_t i = 0; i < values.size(); ++i) {
    Value& value = into.*values[i];
    if ((there >> i & 1U) == 0) {
      value.value = 0;
      value.text.clear();
      continue;
    }
    unpack.number(value.value);
    unpack.text(value.text);
  }
  renew_derived(into);
}

}  // namespace patchbay::identity
