// Answers what an operator asks about who is who: each question is a small piece of work of the committer, which owns
// the engine, so that it is answered between two transactions and holds up neither.
//
// The review queue is not kept anywhere: it is what the engine sees. Who lists it looks through the contacts in the
// store, some at a time, until the page is full.
//
// [any-thread] Ends after the committer was stopped. `directory` and `clock` outlive it.
#pragma once

#include "api/identity_desk.hpp"
#include "identity/directory.hpp"
#include "intake/committer.hpp"

#include <memory>

namespace patchbay::gateway {

class Desk final : public api::IdentityDesk {
 public:
  Desk(intake::Committer& committer, const identity::Directory& directory, std::unique_ptr<store::Reader> reader,
       const Clock& clock)
      : committer_(committer), directory_(directory), reader_(std::move(reader)), clock_(clock) {}

  void questions(store::Page page, std::function<void(Result<api::QuestionPage>)> answered) override;
  void explain(identity::Party left, std::optional<identity::Party> right,
               std::function<void(Result<identity::Explained>)> answered) override;
  void related(store::ContactId contact,
               std::function<void(Result<std::vector<identity::RelatedTo>>)> answered) override;
  void adopt(std::string learned, std::function<void(Status)> adopted) override;

 private:
  struct Search;
  struct Found;

  template <class Value>
  void ask(std::function<Result<Value>(store::Writer&)> look, std::function<void(Result<Value>)> answered);
  [[nodiscard]] Result<Found> look_further(store::Writer& writer, const Search& search);
  void go_on(const std::shared_ptr<Search>& search);

  intake::Committer& committer_;
  const identity::Directory& directory_;
  std::unique_ptr<store::Reader> reader_;  // on the committer's thread
  const Clock& clock_;
};

}  // namespace patchbay::gateway
