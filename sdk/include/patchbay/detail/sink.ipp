// The function tables of a sink: trampolines between the C ABI and a class derived from Sink.
#pragma once

#include <patchbay/detail/border.hpp>
#include <patchbay/detail/decode.hpp>

#include <memory>

namespace patchbay {

inline Judgement judge_by_status(const HttpResult& result) {
  const std::uint32_t status = result.status;
  if (status == 0) {
    Judgement lost{Verdict::transient, {}, "the receiver gave no answer"};
    if (result.error) {
      lost.not_before = result.error->until;
      lost.reason = result.error->reason;
    }
    return lost;
  }
  std::string reason = "the receiver answered HTTP " + std::to_string(status);
  if (status >= 200 && status < 300) return {Verdict::delivered, {}, std::move(reason)};
  if (status == 410) return {Verdict::gone, {}, std::move(reason)};
  if (status == 408 || status == 425 || status == 429 || (status >= 500 && status < 600))
    return {Verdict::transient, {}, std::move(reason)};
  return {Verdict::permanent, {}, std::move(reason)};
}

namespace detail {

template <class T>
class SinkPlugin {
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
    Instance(const pb_host* to, pb_instance of, const pb_host_sink& answers_of, Json values)
        : core(to), id(of), answers(answers_of), host(to, of), settings(std::move(values)), sink(host, settings) {}

    template <class Call, class Seen = Ignore>
    pb_code guarded(const char* doing, Call&& call, Seen&& seen = {}) noexcept {
      return guard(core, id, doing, std::forward<Call>(call), std::forward<Seen>(seen));
    }

    const pb_host* core;
    pb_instance id;
    pb_host_sink answers;
    Host host;
    Settings settings;
    T sink;
  };

  static Instance& at(void* state) noexcept { return *static_cast<Instance*>(state); }

  static pb_code open(const pb_host* host, pb_instance id, const pb_open* from, void** state) noexcept {
    return guard(host, id, "opening an instance", [&] {
      pb_host_sink answers{};
      fetch(host, PATCHBAY_EXT_SINK, answers);
      if (answers.rendered == nullptr || answers.judged == nullptr)
        throw Failure(Error{PB_NOT_FOUND, "opening a sink: this host does not offer " PATCHBAY_EXT_SINK, {}, {}, {}});
      Json settings = json_object(read<pb_open>(from).settings, "the settings");
      *state = std::make_unique<Instance>(host, id, answers, std::move(settings)).release();
    });
  }

  static pb_code start(void*) noexcept { return PB_OK; }
  static void complete(void*, const pb_completion*) noexcept {}
  static void stop(void*) noexcept {}
  static void close(void* state) noexcept { delete &at(state); }

  static pb_code check(void* state) noexcept {
    return at(state).guarded("checking the settings", [&] { at(state).sink.check(); });
  }

  static void render(void* state, const pb_event* from) noexcept {
    Instance& instance = at(state);
    auto rendered = sized<pb_rendered>();
    rendered.token = read<pb_event>(from).token;
    bool answered = false;
    (void)instance.guarded(
        "rendering an event",
        [&] {
          const HttpCall call = instance.sink.render(decode(from));
          Encoder encoder;
          rendered.calls = encoder.one(encoder.call(rendered.token, call));
          answered = true;
          instance.answers.rendered(instance.core->self, instance.id, &rendered);
        },
        [&](const pb_error& error) noexcept {
          if (answered) return;
          answered = true;
          rendered.errors = {&error, 1, sizeof error};
          instance.answers.rendered(instance.core->self, instance.id, &rendered);
        });
  }

  static void judge(void* state, const pb_event* from, const pb_http_result* result) noexcept {
    Instance& instance = at(state);
    auto judged = sized<pb_judged>();
    judged.token = read<pb_event>(from).token;
    bool answered = false;
    (void)instance.guarded(
        "judging an answer",
        [&] {
          const Judgement judgement = instance.sink.judge(decode(from), decode(result));
          judged.verdict = static_cast<std::int32_t>(judgement.verdict);
          judged.not_before_us = microseconds(judgement.not_before);
          judged.reason = bytes(judgement.reason);
          answered = true;
          instance.answers.judged(instance.core->self, instance.id, &judged);
        },
        [&](const pb_error& error) noexcept {
          if (answered) return;
          answered = true;
          judged.verdict = PB_VERDICT_TRANSIENT;  // an answer that nobody could read must not lose the event
          judged.reason = error.reason;
          instance.answers.judged(instance.core->self, instance.id, &judged);
        });
  }

  static const void* extension(pb_bytes asked) noexcept {
    const std::string_view id = view(asked);
    static const pb_sink sink_table{sizeof(pb_sink), 0, render, judge};
    static const pb_check check_table{sizeof(pb_check), 0, check};
    if (id == PATCHBAY_EXT_SINK) return &sink_table;
    if constexpr (!std::is_same_v<decltype(&T::check), decltype(&Sink::check)>)
      if (id == PATCHBAY_EXT_CHECK) return &check_table;
    return nullptr;
  }
};

template <class T>
[[nodiscard]] const pb_plugin& sink_plugin() noexcept {
  return SinkPlugin<T>::table();
}

}  // namespace detail

}  // namespace patchbay
