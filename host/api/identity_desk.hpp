// What the admin API may ask about who is who.
//
// Implemented by the gateway. [any-thread] throughout; nothing here blocks. Each callback is called once, from any
// thread; before the identities are rebuilt after a start, at once and with `unavailable`.
#pragma once

#include "base/result.hpp"
#include "identity/desk.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace patchbay::api {

// As long as was asked for or longer: what concerns one contact comes on one page.
struct QuestionPage {
  std::vector<identity::OpenQuestion> questions;
  std::optional<std::int64_t> next;  // goes on behind it
};

class IdentityDesk {
 public:
  virtual ~IdentityDesk() = default;
  // The review queue, by contact. Looks through all contacts that are known, a part of them at a time.
  virtual void questions(store::Page page, std::function<void(Result<QuestionPage>)> answered) = 0;
  virtual void explain(identity::Party left, std::optional<identity::Party> right,
                       std::function<void(Result<identity::Explained>)> answered) = 0;
  virtual void related(store::ContactId contact,
                       std::function<void(Result<std::vector<identity::RelatedTo>>)> answered) = 0;
  // Weights as identity/learned.hpp writes them, or empty text for those that ship: they hold from the next start on.
  virtual void adopt(std::string learned, std::function<void(Status)> adopted) = 0;
};

}  // namespace patchbay::api
