// Values as bytes and back, after one table of members for each struct.
//
// The same table drives encoding and bounds-checked decoding, so that the two ends of a worker's socket cannot drift; a
// static_assert fails where a member of a struct is not in its table. Both ends are one build on one machine: numbers
// are in its byte order, text and lists have a 32-bit count in front. A struct of the ABI is walked as abi.h says (an
// element has the smaller of its size and the list's stride), and comes out with this build's sizes.
//
// Pure; any thread. The other end is not trusted: whatever comes, decoding reads no byte outside of what it was given,
// and takes memory only in proportion to it. What was wrong is said once, by Decoder::trouble.
#pragma once

#include <patchbay/abi.h>
#include <patchbay/bytes.hpp>

#include <cstring>
#include <limits>
#include <memory>
#include <memory_resource>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace patchbay::plugin {

// Specialised for each struct in frame_tables.hpp: `static constexpr auto members = std::tuple{&S::one, ...}`.
template <class Struct>
struct FieldTable;

// A list of the ABI and what it is of.
template <class Element, class Struct>
struct ListOf {
  using Of = Element;
  pb_list Struct::*member;
};
template <class Element, class Struct>
constexpr ListOf<Element, Struct> list_of(pb_list Struct::*member) {
  return {member};
}

// Its first member is its size at the writer.
template <class T>
concept AbiStruct = std::is_trivially_copyable_v<T> && requires {
  &T::size;
};

namespace frame {

struct Anything {
  template <class T>
  operator T() const;  // never called; it stands for each member in turn
};

template <class T, std::size_t... I>
consteval bool takes(std::index_sequence<I...>) {
  return requires { T{((void)I, Anything{})...}; };
}

template <class T, std::size_t Count = 1>
consteval std::size_t member_count() {
  if constexpr (takes<T>(std::make_index_sequence<Count>{}) && !takes<T>(std::make_index_sequence<Count + 1>{}))
    return Count;
  else
    return member_count<T, Count + 1>();
}

// Members of different types are not the same; a list counts as its member.
constexpr bool is_same_member(...) { return false; }
template <class Member, class Struct>
constexpr bool is_same_member(Member Struct::*a, Member Struct::*b) {
  return a == b;
}
template <class Element, class Struct>
constexpr bool is_same_member(ListOf<Element, Struct> a, ListOf<Element, Struct> b) {
  return a.member == b.member;
}

template <std::size_t I, class Tuple, std::size_t... J>
constexpr bool is_named_once(const Tuple& all, std::index_sequence<J...>) {
  return (0 + ... + (is_same_member(std::get<I>(all), std::get<J>(all)) ? 1 : 0)) == 1;
}

template <class Tuple, std::size_t... I>
constexpr bool are_distinct(const Tuple& all, std::index_sequence<I...> every) {
  return (... && is_named_once<I>(all, every));
}

// Whether the table names each member of the struct once; `size` is not in it.
template <class T>
consteval bool is_whole() {
  constexpr std::size_t named = std::tuple_size_v<decltype(FieldTable<T>::members)>;
  return named + (AbiStruct<T> ? 1 : 0) == member_count<T>() &&
         are_distinct(FieldTable<T>::members, std::make_index_sequence<named>{});
}

template <class T>
inline constexpr bool is_vector = false;
template <class T>
inline constexpr bool is_vector<std::vector<T>> = true;

template <class T>
inline constexpr bool is_pair = false;
template <class A, class B>
inline constexpr bool is_pair<std::pair<A, B>> = true;

using SharedText = std::shared_ptr<const std::string>;

// The fewest bytes that a value takes: how many elements can stand in what is left.
template <class T>
consteval std::size_t least_bytes() {
  if constexpr (std::is_arithmetic_v<T>) {
    return sizeof(T);
  } else if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, pb_bytes> || std::is_same_v<T, pb_list> ||
                       std::is_same_v<T, SharedText> || is_vector<T>) {
    return sizeof(std::uint32_t);
  } else if constexpr (is_pair<T>) {
    return least_bytes<typename T::first_type>() + least_bytes<typename T::second_type>();
  } else {
    static_assert(is_whole<T>(), "a member of this struct is not in its table in frame_tables.hpp");
    const auto of = []<class Member>(const Member&) {
      if constexpr (requires { typename Member::Of; })
        return sizeof(std::uint32_t);
      else
        return least_bytes<std::remove_cvref_t<decltype(std::declval<T&>().*std::declval<Member>())>>();
    };
    return std::apply([&](const auto&... member) { return (std::size_t{0} + ... + of(member)); },
                      FieldTable<T>::members);
  }
}

}  // namespace frame

// Appends values to a string, which it borrows.
class Encoder {
 public:
  explicit Encoder(std::string& to) : to_(to) {}

  template <class T>
  void put(const T& value) {
    if constexpr (std::is_arithmetic_v<T>) {
      to_.append(reinterpret_cast<const char*>(&value), sizeof value);
    } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
      text(value);
    } else if constexpr (std::is_same_v<T, pb_bytes>) {
      if (value.data == nullptr && value.length != 0)
        is_whole_ = false;
      else
        text(view(value));
    } else if constexpr (std::is_same_v<T, frame::SharedText>) {
      text(value ? std::string_view(*value) : std::string_view());
    } else if constexpr (frame::is_vector<T>) {
      count(value.size());
      for (const auto& element : value) put(element);
    } else if constexpr (frame::is_pair<T>) {
      put(value.first);
      put(value.second);
    } else {
      static_assert(frame::is_whole<T>(), "a member of this struct is not in its table in frame_tables.hpp");
      std::apply([&](const auto&... member) { (put_member(value, member), ...); }, FieldTable<T>::members);
    }
  }

  // False where a list or bytes without an address were to be put: what has been written is of no use.
  [[nodiscard]] bool is_whole() const { return is_whole_; }

 private:
  template <class T, class Member>
  void put_member(const T& value, const Member& member) {
    if constexpr (requires { typename Member::Of; })
      elements<typename Member::Of>(value.*member.member);
    else
      put(value.*member);
  }

  template <class Element>
  void elements(pb_list list) {
    if (list.count != 0 && (list.first == nullptr || list.stride < sizeof(Element::size))) {
      is_whole_ = false;
      return;
    }
    count(list.count);
    each<Element>(list, [&](const Element& element) { put(element); });
  }

  void count(std::size_t number) {
    if (number > std::numeric_limits<std::uint32_t>::max()) is_whole_ = false;
    put(static_cast<std::uint32_t>(number));
  }
  void text(std::string_view value) {
    count(value.size());
    to_.append(value);
  }

  std::string& to_;
  bool is_whole_ = true;
};

// Takes values out of bytes that it borrows. After the first trouble all that it gives is empty.
class Decoder {
 public:
  // What structs of the ABI point to are the borrowed bytes, and lists made in `lists`.
  Decoder(std::string_view bytes, std::pmr::memory_resource& lists) : left_(bytes), lists_(lists) {}

  template <class T>
  void get(T& value) {
    if constexpr (std::is_same_v<T, bool>) {
      std::uint8_t byte = 0;
      get(byte);
      value = byte != 0;
    } else if constexpr (std::is_arithmetic_v<T>) {
      const std::string_view bytes = take(sizeof value);
      if (!bytes.empty()) std::memcpy(&value, bytes.data(), sizeof value);
    } else if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, std::string_view>) {
      value = text();
    } else if constexpr (std::is_same_v<T, pb_bytes>) {
      value = bytes(text());
    } else if constexpr (std::is_same_v<T, frame::SharedText>) {
      value = std::make_shared<const std::string>(text());
    } else if constexpr (frame::is_vector<T>) {
      value.resize(count<typename T::value_type>());
      for (auto& element : value) get(element);
    } else if constexpr (frame::is_pair<T>) {
      get(value.first);
      get(value.second);
    } else {
      if constexpr (AbiStruct<T>) value.size = sizeof value;
      std::apply([&](const auto&... member) { (get_member(value, member), ...); }, FieldTable<T>::members);
    }
  }

  // To be called when everything is taken out: nothing may be left.
  void finish() {
    if (trouble_ == nullptr && !left_.empty()) trouble_ = "there is more in it than belongs there";
  }
  [[nodiscard]] const char* trouble() const { return trouble_; }  // null = all is well

 private:
  template <class T, class Member>
  void get_member(T& value, const Member& member) {
    if constexpr (requires { typename Member::Of; })
      value.*member.member = elements<typename Member::Of>();
    else
      get(value.*member);
  }

  template <class Element>
  pb_list elements() {
    const std::uint32_t number = count<Element>();
    if (number == 0) return {nullptr, 0, sizeof(Element)};
    auto* const first = static_cast<Element*>(lists_.allocate(number * sizeof(Element), alignof(Element)));
    for (std::uint32_t i = 0; i < number; ++i) {
      first[i] = Element{};
      get(first[i]);
    }
    return {first, number, sizeof(Element)};
  }

  // Of elements that follow: never more than can stand in what is left.
  template <class Element>
  std::uint32_t count() {
    std::uint32_t number = 0;
    get(number);
    if (number <= left_.size() / frame::least_bytes<Element>()) return number;
    fail("it is shorter than its lists");
    return 0;
  }

  std::string_view text() {
    std::uint32_t length = 0;
    get(length);
    return take(length);
  }

  std::string_view take(std::size_t length) {
    if (length > left_.size()) fail("it is cut off");
    if (trouble_ != nullptr) return {};
    const std::string_view taken = left_.substr(0, length);
    left_.remove_prefix(length);
    return taken;
  }

  void fail(const char* trouble) {
    if (trouble_ == nullptr) trouble_ = trouble;
    left_ = {};
  }

  std::string_view left_;
  std::pmr::memory_resource& lists_;
  const char* trouble_ = nullptr;
};

}  // namespace patchbay::plugin
