// The way of answers back to the thread of the server: any thread puts in, that thread takes all at once.
//
// A group commit answers many requests in a moment; they cost one wakeup, not one each. The box outlives the server in
// the hands of those who still hold a Respond; once closed it drops what is put in.
#pragma once

#include "net/http_server.hpp"

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace patchbay::net {

// Where an answer goes. Used on the server's thread only.
class AnswerTarget {
 public:
  virtual ~AnswerTarget() = default;
  virtual void answer(std::uint64_t request, ServerResponse response) = 0;
};

class AnswerBox : public std::enable_shared_from_this<AnswerBox> {
 public:
  explicit AnswerBox(boost::asio::io_context& io) : io_(&io) {}

  // [any-thread]
  void put(std::weak_ptr<AnswerTarget> target, std::uint64_t request, ServerResponse response) {
    const std::lock_guard lock(mutex_);
    if (io_ == nullptr) return;
    answers_.push_back({std::move(target), request, std::move(response)});
    // Under the lock, so that the io_context cannot end between the look and the post.
    if (answers_.size() == 1) boost::asio::post(*io_, [box = shared_from_this()] { box->hand_out(); });
  }

  // [server's thread, or when it has ended]
  void close() {
    const std::lock_guard lock(mutex_);
    io_ = nullptr;
    answers_.clear();
  }

 private:
  struct Answer {
    std::weak_ptr<AnswerTarget> target;
    std::uint64_t request;
    ServerResponse response;
  };

  void hand_out() {
    std::vector<Answer> answers;
    {
      const std::lock_guard lock(mutex_);
      answers.swap(answers_);
    }
    for (Answer& answer : answers) {
      if (const auto target = answer.target.lock()) target->answer(answer.request, std::move(answer.response));
    }
  }

  std::mutex mutex_;
  boost::asio::io_context* io_;
  std::vector<Answer> answers_;
};

// One request's right to be answered, shared by the copies of its Respond: the first answer counts; when the last copy
// goes away without one, the answer is 500.
class PendingAnswer {
 public:
  PendingAnswer(std::shared_ptr<AnswerBox> box, std::weak_ptr<AnswerTarget> target, std::uint64_t request)
      : box_(std::move(box)), target_(std::move(target)), request_(request) {}
  PendingAnswer(const PendingAnswer&) = delete;
  PendingAnswer& operator=(const PendingAnswer&) = delete;
  ~PendingAnswer() {
    if (answered_.test_and_set()) return;
    box_->put(std::move(target_), request_, {.status = 500, .headers = {}, .body = {}});
  }

  void answer(ServerResponse response) {
    if (!answered_.test_and_set()) box_->put(target_, request_, std::move(response));
  }

 private:
  const std::shared_ptr<AnswerBox> box_;
  std::weak_ptr<AnswerTarget> target_;
  const std::uint64_t request_;
  std::atomic_flag answered_;
};

}  // namespace patchbay::net
