// The function tables of a sink that delivers by itself: trampolines between the C ABI and a class derived from
// DeliveringSink.
#pragma once

#include <patchbay/detail/border.hpp>
#include <patchbay/detail/decode.hpp>

#include <memory>

namespace patchbay::detail {

template <class T>
class DeliveringSinkPlugin {
 public:
  static const pb_plugin& table() noexcept {
    static const pb_plugin plugin{sizeof(pb_plugin),
                                  PATCHBAY_ABI_MAJOR,
                                  PATCHBAY_ABI_MINOR,
                                  0,
                                  bytes(PATCHBAY_PLUGIN_NAME),
                                  bytes(PATCHBAY_PLUGIN_VERSION),
                                  extension,
                                  open,
                                  start,
                                  complete,
                                  stop,
                                  close};
    return plugin;
  }

 private:
  struct Instance {
    Instance(const pb_host* to, pb_instance of, Json values)
        : core(to), id(of), host(to, of), settings(std::move(values)), sink(host, settings) {}

    template <class Call, class Seen = Ignore>
    pb_code guarded(const char* doing, Call&& call, Seen&& seen = {}) noexcept {
      return guard(core, id, doing, std::forward<Call>(call), std::forward<Seen>(seen));
    }

    const pb_host* core;
    pb_instance id;
    Host host;
    Settings settings;
    T sink;
  };

  static Instance& at(void* state) noexcept { return *static_cast<Instance*>(state); }

  static pb_code open(const pb_host* host, pb_instance id, const pb_open* from, void** state) noexcept {
    return guard(host, id, "opening an instance", [&] {
      Json settings = json_object(read<pb_open>(from).settings, "the settings");
      *state = std::make_unique<Instance>(host, id, std::move(settings)).release();
    });
  }

  static pb_code start(void* state) noexcept {
    return at(state).guarded("starting", [&] { at(state).sink.start(); });
  }
  static void complete(void*, const pb_completion*) noexcept {}
  static void stop(void*) noexcept {}
  static void close(void* state) noexcept { delete &at(state); }

  static pb_code check(void* state) noexcept {
    return at(state).guarded("checking the settings", [&] { at(state).sink.check(); });
  }
  static pb_code run(void* state) noexcept {
    return at(state).guarded("running", [&] { at(state).sink.run(); });
  }

  // A deliver that throws has not kept the event: it ends here.
  static void deliver(void* state, const pb_event* from) noexcept {
    Instance& instance = at(state);
    const pb_token token = read<pb_event>(from).token;
    Judgement judgement;
    const pb_code code = instance.guarded(
        "delivering an event", [&] { instance.sink.deliver(decode(from)); },
        [&](const pb_error& error) noexcept {
          if (judgement.reason.empty()) (void)guard_text(judgement, error);
        });
    if (code == PB_OK) return;
    judgement.verdict = code == PB_PERMANENT ? Verdict::permanent : Verdict::transient;
    (void)instance.guarded("ending an event", [&] { instance.host.judged(token, judgement); });
  }

  // There may be no memory left for the reason; the event ends without it then.
  static bool guard_text(Judgement& judgement, const pb_error& error) noexcept {
    try {
      judgement.reason = std::string(view(error.reason));
      judgement.not_before = time(error.until_us);
      return true;
    } catch (const std::bad_alloc&) {
      return false;
    }
  }

  static const void* extension(pb_bytes asked) noexcept {
    const std::string_view id = view(asked);
    static const pb_deliver deliver_table{sizeof(pb_deliver), 0, deliver};
    static const pb_run run_table{sizeof(pb_run), 0, run};
    static const pb_check check_table{sizeof(pb_check), 0, check};
    if (id == PATCHBAY_EXT_DELIVER) return &deliver_table;
    if (id == PATCHBAY_EXT_RUN) return &run_table;
    if constexpr (!std::is_same_v<decltype(&T::check), decltype(&DeliveringSink::check)>)
      if (id == PATCHBAY_EXT_CHECK) return &check_table;
    return nullptr;
  }
};

}  // namespace patchbay::detail
