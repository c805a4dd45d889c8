// What one instance may ask of the host: the small interface through which plugins reach the domain.
//
// Implemented once per instance outside of this module. Every function is [any-thread], must not throw, and borrows its
// arguments for the call. The codes and meanings are those of abi.h.
#pragma once

#include "base/result.hpp"

#include <patchbay/abi.h>

#include <cstdint>
#include <string_view>

namespace patchbay::plugin {

class Services {
 public:
  virtual ~Services() = default;

  virtual void log(std::int32_t level, std::string_view line) = 0;
  virtual void report(const pb_error& error) = 0;

  virtual pb_code submit(const pb_batch& batch) = 0;
  virtual pb_code state(std::string_view key, const pb_writer& out) = 0;

  virtual std::int64_t now_us() = 0;
  virtual std::int64_t monotonic_us() = 0;
  virtual void random(std::uint8_t* to, std::uint64_t length) = 0;

  virtual void add_metric(std::string_view name, double value) = 0;
  virtual void set_metric(std::string_view name, double value) = 0;

  virtual pb_code sign(pb_secret secret, std::string_view scheme, std::string_view message, const pb_writer& out) = 0;
  virtual pb_code verify(pb_secret secret, std::string_view scheme, std::string_view message,
                         std::string_view signature) = 0;
  virtual pb_code reveal(pb_secret secret, const pb_writer& out) = 0;

  virtual pb_code create_attachment(std::uint64_t& handle) = 0;
  virtual pb_code append_attachment(std::uint64_t handle, std::string_view part) = 0;
  virtual pb_code discard_attachment(std::uint64_t handle) = 0;

  virtual pb_code http_call(const pb_http_call& call) = 0;
  virtual pb_code access(const pb_access_call& call) = 0;
  virtual pb_code connect(const pb_stream_call& call) = 0;
  virtual pb_code authorities(const pb_writer& out) = 0;
  virtual void respond(const pb_http_response& response) = 0;
  virtual void sent(const pb_sent& sent) = 0;
  virtual void rendered(const pb_rendered& rendered) = 0;
  virtual void judged(const pb_judged& judged) = 0;

  // Not the plugin's: the instance is gone before it was closed, since its worker has ended. Once, before all that is
  // open on it is ended. What is asked of it from now on ends at once. ErrorCode::internal where it is to blame;
  // ErrorCode::unavailable where it may have been another that shared the worker.
  virtual void lost(const Error& why) = 0;
};

}  // namespace patchbay::plugin
