// Memory that kernels work in.
#pragma once

#include <cstdint>
#include <cstdlib>

namespace vitreous {
namespace {

// Some numbers, for which there may be no memory.
template <typename T>
class Numbers {
 public:
  explicit Numbers(int64_t count) : start_(count > kMost ? nullptr : static_cast<T*>(std::malloc(sizeof(T) * count))) {}
  ~Numbers() { std::free(start_); }
  Numbers(const Numbers&) = delete;
  Numbers& operator=(const Numbers&) = delete;
  bool failed() const { return !start_; }
  T* at(int64_t i) const { return start_ + i; }

 private:
  static constexpr int64_t kMost = int64_t(1) << 34;
  T* start_;
};

}  // namespace
}  // namespace vitreous
