#include "gateway/desk.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace patchbay::gateway {
namespace {

// So many are looked at while others wait.
constexpr std::size_t contacts_at_once = 500;
constexpr std::size_t questions_at_once = 20;

}  // namespace

struct Desk::Search {
  store::Page page;
  store::ContactId after{};
  api::QuestionPage found{};
  std::function<void(Result<api::QuestionPage>)> answered;
};

// What a look at some of the contacts brought.
struct Desk::Found {
  std::vector<identity::OpenQuestion> questions;
  store::ContactId after{};  // the last contact that was looked at
  bool end = false;          // there are no more
};

template <class Value>
void Desk::ask(std::function<Result<Value>(store::Writer&)> look, std::function<void(Result<Value>)> answered) {
  if (directory_.state() == identity::DirectoryState::loading)
    return answered(failure(ErrorCode::unavailable, "asking who is who: the identities are being rebuilt",
                            "try again in a few seconds"));
  auto found = std::make_shared<std::optional<Result<Value>>>();
  committer_.add({.write = [found, look = std::move(look)](store::Writer& writer) -> Status {
                    *found = look(writer);
                    return {};
                  },
                  .done =
                      [found, answered = std::move(answered)](const Status& status) {
                        if (!status) return answered(failure(status.error()));
                        answered(std::move(**found));
                      },
                  .durable = {}});
}

void Desk::explain(identity::Party left, std::optional<identity::Party> right,
                   std::function<void(Result<identity::Explained>)> answered) {
  ask<identity::Explained>(
      [this, left, right](store::Writer& writer) { return identity::explained(directory_, writer, left, right); },
      std::move(answered));
}

void Desk::related(store::ContactId contact, std::function<void(Result<std::vector<identity::RelatedTo>>)> answered) {
  ask<std::vector<identity::RelatedTo>>(
      [this, contact](store::Writer& writer) { return identity::related_to(directory_, writer, contact); },
      std::move(answered));
}

void Desk::questions(store::Page page, std::function<void(Result<api::QuestionPage>)> answered) {
  go_on(std::make_shared<Search>(
      Search{.page = page, .after = store::ContactId{page.after}, .found = {}, .answered = std::move(answered)}));
}

Result<Desk::Found> Desk::look_further(store::Writer& writer, const Search& search) {
  Found found;
  const auto contacts = PATCHBAY_TRY(reader_->list_contact_ids(search.after, contacts_at_once));
  found.end = contacts.empty();
  const std::size_t room = search.page.limit - search.found.questions.size();
  for (const store::ContactId contact : contacts) {
    auto questions = PATCHBAY_TRY(identity::open_questions(directory_, writer, contact));
    found.questions.insert(found.questions.end(), std::make_move_iterator(questions.begin()),
                           std::make_move_iterator(questions.end()));
    found.after = contact;
    if (found.questions.size() >= std::min(room, questions_at_once)) break;
  }
  return found;
}

void Desk::go_on(const std::shared_ptr<Search>& search) {
  ask<Found>([this, search](store::Writer& writer) { return look_further(writer, *search); },
             [this, search](Result<Found> found) {
               if (!found) return search->answered(failure(std::move(found.error())));
               std::vector<identity::OpenQuestion>& all = search->found.questions;
               all.insert(all.end(), std::make_move_iterator(found->questions.begin()),
                          std::make_move_iterator(found->questions.end()));
               if (found->end) return search->answered(std::move(search->found));
               search->after = found->after;
               if (all.size() < search->page.limit) return go_on(search);
               search->found.next = store::number(found->after);
               search->answered(std::move(search->found));
             });
}

void Desk::adopt(std::string learned, std::function<void(Status)> adopted) {
  committer_.add({.write =
                      [learned = std::move(learned), at = clock_.now()](store::Writer& writer) {
                        return writer.add_model({learned, at});
                      },
                  .done = std::move(adopted),
                  .durable = {}});
}

}  // namespace patchbay::gateway
