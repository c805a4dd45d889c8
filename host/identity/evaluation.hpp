// What is made of rows whose truth is known, fed one at a time in several orders.
//
// One thread. Owns nothing after it returns. The clock is read around each row; all else is a function of rows, seed
// and what the trials do. Fails as they do.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "identity/agreement.hpp"
#include "identity/contacts.hpp"
#include "identity/model.hpp"
#include "identity/persona.hpp"

namespace patchbay::identity {

struct LabelledRow {
  Persona persona;
  Label truth = 0;
};

// Where the rows of one order go, from nothing.
class Trial {
 public:
  virtual ~Trial() = default;
  // Returns when the row counts.
  virtual Status add(std::uint32_t row, const Persona& persona) = 0;
  // Does what was put off.
  virtual Status finish() = 0;
  // After that: the contact of each row, by its number, and the pairs of contacts in review.
  virtual Result<std::vector<ContactId>> contacts(std::size_t rows) = 0;
  [[nodiscard]] virtual std::size_t reviewed() const = 0;
};
using MakeTrial = std::function<Result<std::unique_ptr<Trial>>()>;

// The engine alone, in memory.
[[nodiscard]] std::unique_ptr<Trial> trial_in_memory(const Model& model);

// The first order is the rows' own, the second its reverse, the others are shuffled.
struct Orders {
  std::uint32_t count = 1;
  std::uint64_t seed = 1;
};

struct Evaluation {
  Agreement worst;             // of the order with the least pairwise F1
  double jaccard_min = 1;      // between any two orders
  double review_rate = 0;      // pairs of contacts in review for each row, at most
  double rows_per_second = 0;  // of the slowest order, pending work included
  Duration p50{}, p99{};       // of adding one row, in the slowest order
  std::vector<Label> found;    // of the worst order: rows of one contact share a label
};

// Told which share is done, from 0 to 1.
using Progress = std::function<void(double)>;

[[nodiscard]] Result<Evaluation> evaluate(std::span<const LabelledRow> rows, const Orders& orders, const Clock& clock,
                                          const MakeTrial& make_trial, const Progress& progress);

}  // namespace patchbay::identity
