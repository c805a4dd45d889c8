#include "faults/house.hpp"

#include "bench/framing.hpp"
#include "bench/sockets.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <thread>

namespace patchbay::faults {
namespace {

constexpr std::int64_t start_s = 20;
constexpr std::int64_t stop_s = 30;
constexpr std::int64_t finish_s = 3600;  // the producer ends by itself where nothing is accepted any more

std::string first_line(const std::string& file) {
  std::ifstream in(file);
  std::string line;
  if (!std::getline(in, line)) throw std::runtime_error("reading " + file + ": there is nothing in it");
  return line;
}

}  // namespace

void sleep_ms(std::int64_t ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

House::House(const bench::Words& words)
    : folder_(words.text("folder")),
      programs_(words.text("programs")),
      gateway_program_(words.text("gateway")),
      faketime_(words.text("faketime")),
      secret_(first_line(file("app_secret"))),
      key_(first_line(file("whsec"))),
      receiver_port_(words.text("receiver-port")),
      public_port_(words.text("public-port")),
      admin_port_(words.text("admin-port")),
      rate_(words.text("rate")),
      seed_(words.text("seed")),
      control_(file("control")) {}

void House::await(const std::string& what, std::int64_t seconds, const std::function<bool()>& look) {
  const std::int64_t end = bench::now_ns() + seconds * 1'000'000'000;
  while (!look()) {
    if (bench::now_ns() > end)
      throw std::runtime_error("waiting for " + what + ": it did not come within " + std::to_string(seconds) + " s");
    std::this_thread::sleep_for(std::chrono::microseconds(500));
  }
}

void House::start_receiver() {
  if (receiver_) return;
  receiver_.emplace(
      std::vector<std::string>{programs_ + "/faults_receiver", "--port", receiver_port_, "--key", key_, "--applied",
                               file("applied.log"), "--control", file("control"), "--seed", seed_},
      Process::Environment{}, file("receiver.err"));
}

void House::start_producer() {
  control_->order = Order::produce;
  producer_.emplace(std::vector<std::string>{programs_ + "/faults_producer", "--port", public_port_, "--secret",
                                             secret_, "--accepted", file("accepted.log"), "--control", file("control"),
                                             "--rate", rate_, "--seed", seed_},
                    Process::Environment{}, file("producer.err"));
}

void House::finish_producer() {
  control_->order = Order::finish;
  await("the producer to finish (see producer.err)", finish_s, [this] {
    check_gateway();
    return producer_->ended().has_value();
  });
  if (const int end = producer_->wait(); end != 0)
    throw std::runtime_error(producer_->described(end) + ": see producer.err");
  producer_.reset();
}

void House::start_gateway(const std::optional<std::int64_t>& clock, const Process::Environment& environment) {
  Process::Environment all = environment;
  if (clock) {
    set_clock(*clock);
    all.insert(all.end(), {{"LD_PRELOAD", faketime_},
                           {"FAKETIME_TIMESTAMP_FILE", file("clock")},
                           {"FAKETIME_NO_CACHE", "1"},
                           {"FAKETIME_DONT_FAKE_MONOTONIC", "1"}});
  }
  started_at_ = bench::now_ns();
  gateway_.emplace(std::vector<std::string>{gateway_program_, "--settings", file("patchbay.yaml"), "run"}, all,
                   file("gateway.log"));
}

// Renamed into place: the gateway reads it whenever it looks at its clock.
void House::set_clock(std::int64_t offset) const {
  std::ofstream(file("clock.new")) << (offset < 0 ? "" : "+") << offset << "\n";
  if (std::rename(file("clock.new").c_str(), file("clock").c_str()) != 0)
    throw std::runtime_error("setting the clock: " + std::string(std::strerror(errno)));
}

void House::check_gateway() {
  if (const auto end = gateway_->ended())
    throw std::runtime_error(gateway_->described(*end) + ", which nobody asked for: see gateway.log");
  if (producer_)
    if (const auto end = producer_->ended(); end && *end != 0)
      throw std::runtime_error(producer_->described(*end) + ": see producer.err");
  if (receiver_)
    if (const auto end = receiver_->ended())
      throw std::runtime_error(receiver_->described(*end) + ": see receiver.err");
}

void House::await_serving() {
  await("the first 2xx of the gateway (see gateway.log)", start_s, [this] {
    check_gateway();
    return control_->last_connection_ns > started_at_;
  });
}

void House::await_unanswered() {
  await("a request that is not answered yet (see gateway.log)", start_s, [this] {
    check_gateway();
    return control_->unanswered > 0;
  });
}

void House::await_disconnected() {
  await("the producer to lose its connections", start_s, [this] { return control_->connections == 0; });
}

bool House::ends_within(std::int64_t ms) {
  for (const std::int64_t end = bench::now_ns() + ms * 1'000'000; bench::now_ns() < end; sleep_ms(1))
    if (gateway_->ended()) return true;
  return false;
}

std::int64_t House::kill_gateway() {
  const std::int64_t before = control_->broken;
  static_cast<void>(gateway_->kill());
  await_disconnected();
  return control_->broken - before;
}

void House::stop_gateway() {
  gateway_->signal(SIGTERM);
  await("the gateway to stop (see gateway.log)", stop_s, [this] { return gateway_->ended().has_value(); });
  if (const int end = gateway_->wait(); end != 0)
    throw std::runtime_error(gateway_->described(end) + " when it was asked to stop: see gateway.log");
}

bool House::answers() const {
  try {
    return deliveries().open >= 0;
  } catch (const std::exception&) {
    return false;  // not yet
  }
}

Deliveries House::deliveries() const {
  const std::string request = "GET /api/v1/status HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " +
                              first_line(file("store/admin.token")) + "\r\n\r\n";
  const bench::Socket socket = bench::connect_to(static_cast<std::uint16_t>(std::stoi(admin_port_)));
  if (::send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size()))
    bench::refuse("asking for the status");
  std::string received;
  std::array<char, 8192> buffer;
  std::optional<bench::Message> answer;
  while (!(answer = bench::first_message(received))) {
    const ssize_t count = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
    if (count <= 0) throw std::runtime_error("asking for the status: the gateway hung up");
    received.append(buffer.data(), static_cast<std::size_t>(count));
  }
  const nlohmann::json deliveries = nlohmann::json::parse(answer->body).at("deliveries");
  return {deliveries.at("open"), deliveries.at("dead")};
}

}  // namespace patchbay::faults
