// A sink that writes events into a file by itself. It is right with "fault": "none", and wrong in one way with each
// other word; faults_test.mjs lists them.
#include <patchbay/sink.hpp>

#include <fstream>

using namespace patchbay;

namespace {

class FaultyDeliverer final : public DeliveringSink {
 public:
  FaultyDeliverer(Host& host, const Settings& settings)
      : host_(host), fault_(settings.text("/fault", "none")), file_(settings.text("/folder") + "/events") {}

  void deliver(const Event& event) override {
    std::ofstream file(file_, std::ios::app);
    file << event.payload << '\n' << std::flush;
    if (file || fault_ == "never_look")
      host_.judged(event.token, {Verdict::delivered, {}, "it is in the file"});
    else
      host_.judged(event.token, {Verdict::transient, {}, "writing the file failed"});
  }

  void run() override {
    constexpr std::chrono::milliseconds long_enough{1000};
    while (host_.next(long_enough) != Next::stopping) continue;
  }

 private:
  Host& host_;
  const std::string fault_, file_;
};

}  // namespace

PATCHBAY_DELIVERING_SINK(FaultyDeliverer)
