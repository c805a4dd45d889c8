// A made-up population that writes through many channels, for the benchmark of identities: households with one address,
// a family name, a landline and sometimes one mailbox; parents whose number the children give; colleagues behind one
// office's address. Nobody in it exists.
//
// Everything is a function of the seed and the person's number, so that a person costs a few bytes. Plain values; any
// thread once it is made.
#pragma once

#include "store/records.hpp"

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "measuring.hpp"

namespace patchbay::bench {

// Names, the most frequent first.
struct NameLists {
  std::vector<std::string> given, family;
};

// One name a line, the most frequent first; what stands behind the first blank, comma or tab of a line is not read, so
// that the lists of the US Census Bureau of 1990 (public domain) can be taken as they are. An empty path stands for the
// formal names of host/identity's own table, or for family names made of syllables. Throws where a file cannot be read.
[[nodiscard]] NameLists read_names(const std::string& given_file, const std::string& family_file);

class Population {
 public:
  Population(NameLists names, std::uint32_t people, std::uint64_t seed);

  [[nodiscard]] std::uint32_t people() const { return static_cast<std::uint32_t>(places_.size()); }
  // As how many personas somebody appears: most people as one, some as two or three.
  [[nodiscard]] std::uint32_t personas_of(std::uint32_t person) const;
  // What the channel shows of one of them; each is written another way, or comes through another channel.
  [[nodiscard]] std::vector<store::Identifier> persona(std::uint32_t person, std::uint32_t number) const;

 private:
  struct Place {
    std::uint32_t household = 0;
    std::uint8_t number = 0;  // within it, the grown-ups first
  };
  struct Human;

  [[nodiscard]] Human human(std::uint32_t person) const;
  // Of somebody and those of the household who stand before them.
  [[nodiscard]] std::vector<std::size_t> given_names_of_household(std::uint32_t last) const;
  [[nodiscard]] std::mt19937_64 random_of(std::string_view what, std::uint64_t number) const;

  NameLists names_;
  std::uint64_t seed_;
  std::vector<Place> places_;
  Zipf given_, family_, towns_, streets_;
};

}  // namespace patchbay::bench
