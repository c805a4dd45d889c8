// Where an exception of a plugin ends: it is reported to the host and becomes a code. Nothing here throws.
//
// [any-thread] No state. A Failure keeps its code; running out of memory is transient; everything else is a bug of the
// plugin, whose text says during which call it happened.
#pragma once

#include <patchbay/host.hpp>

#include <cstdio>
#include <new>

// Both come from the manifest by way of patchbay_add_plugin. A library built without has no name, and no host takes it.
#ifndef PATCHBAY_PLUGIN_NAME
#define PATCHBAY_PLUGIN_NAME ""
#endif
#ifndef PATCHBAY_PLUGIN_VERSION
#define PATCHBAY_PLUGIN_VERSION ""
#endif

namespace patchbay::detail {

// Sees the same errors as the host: what the answer to a failed call is made of. `error` is borrowed for the call.
struct Ignore {
  void operator()(const pb_error&) const noexcept {}
};

// Runs `call` and returns PB_OK, or the code of what it threw, every error reported and handed to `seen` first.
// `doing` is a gerund: "polling".
template <class Call, class Seen = Ignore>
[[nodiscard]] pb_code guard(const pb_host* host, pb_instance instance, const char* doing, Call&& call,
                            Seen&& seen = {}) noexcept {
  const auto tell = [&](const pb_error& error) noexcept {
    host->report(host->self, instance, &error);
    seen(error);
    return error.code;
  };
  try {
    call();
    return PB_OK;
  } catch (const Failure& failure) {
    pb_code first = PB_OK;
    for (const Error& error : failure.errors()) {
      pb_error encoded = encode(error);
      if (encoded.code == PB_OK) encoded.code = PB_BUG;  // a failure that says that all is well is none
      const pb_code told = tell(encoded);
      if (first == PB_OK) first = told;
    }
    return first;
  } catch (const std::bad_alloc&) {
    auto error = sized<pb_error>();
    error.code = PB_TRANSIENT;
    error.reason = bytes("allocating memory in the plugin: there is none left");
    return tell(error);
  } catch (const std::exception& exception) {
    char reason[512];  // nothing may be allocated here, since that could throw again
    std::snprintf(reason, sizeof reason, "%s: the plugin threw an unexpected exception: %s", doing, exception.what());
    auto error = sized<pb_error>();
    error.code = PB_BUG;
    error.reason = bytes(reason);
    error.remedy = bytes("report it to the author of the plugin " PATCHBAY_PLUGIN_NAME);
    return tell(error);
  } catch (...) {
    char reason[128];
    std::snprintf(reason, sizeof reason, "%s: the plugin threw something that is no std::exception", doing);
    auto error = sized<pb_error>();
    error.code = PB_BUG;
    error.reason = bytes(reason);
    error.remedy = bytes("report it to the author of the plugin " PATCHBAY_PLUGIN_NAME);
    return tell(error);
  }
}

// Whether the same thing may go well later, without anybody's doing.
[[nodiscard]] inline bool passes(pb_code code) noexcept {
  return code == PB_TRANSIENT || code == PB_BUSY || code == PB_NOT_CONNECTED || code == PB_RATE_LIMITED;
}

}  // namespace patchbay::detail
