// Owns a file descriptor: closes it when it goes. One thread at a time.
#pragma once

namespace patchbay {

class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();

  [[nodiscard]] int number() const { return number_; }  // negative: there is none
  [[nodiscard]] int release();                          // the caller owns it now

 private:
  int number_;
};

}  // namespace patchbay
