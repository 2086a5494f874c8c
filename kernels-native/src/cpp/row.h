// A few neighbouring numbers in vector registers: the row of a window.
#pragma once

#include <cstdint>
#include <cstring>

namespace vitreous {
namespace {

#if defined(__AVX512F__)
constexpr int kVectorBytes = 64;
#elif defined(__AVX2__)
constexpr int kVectorBytes = 32;
#else
constexpr int kVectorBytes = 16;
#endif

// The largest power of two that neither N numbers nor a register exceed.
template <typename T>
constexpr int head_length(int n) {
  int length = 1;
  while (2 * length <= n && 2 * length * static_cast<int>(sizeof(T)) <= kVectorBytes) length *= 2;
  return length;
}

// N numbers: one register, and a shorter row for the rest. Nothing beyond them is read or written.
template <typename T, int N>
struct Row {
  static constexpr int kHead = head_length<T>(N);
#if defined(__GNUC__)
  typedef T Head __attribute__((vector_size(kHead * sizeof(T))));
#else
  struct Head {
    T x[kHead];
    friend Head operator*(T w, Head a) {
      for (int i = 0; i < kHead; ++i) a.x[i] *= w;
      return a;
    }
    Head& operator+=(const Head& b) {
      for (int i = 0; i < kHead; ++i) x[i] += b.x[i];
      return *this;
    }
  };
#endif
  Head head;
  Row<T, N - kHead> tail;

  static Row zero() {
    Row row;
    std::memset(&row.head, 0, sizeof(Head));
    row.tail = Row<T, N - kHead>::zero();
    return row;
  }
  static Row load(const T* source) {
    Row row;
    std::memcpy(&row.head, source, sizeof(Head));
    row.tail = Row<T, N - kHead>::load(source + kHead);
    return row;
  }
  void store(T* target) const {
    std::memcpy(target, &head, sizeof(Head));
    tail.store(target + kHead);
  }
  void add(T weight, const Row& other) {
    head += weight * other.head;
    tail.add(weight, other.tail);
  }
};

template <typename T>
struct Row<T, 0> {
  static Row zero() { return {}; }
  static Row load(const T*) { return {}; }
  void store(T*) const {}
  void add(T, const Row&) {}
};

inline void prefetch(const void* address) {
#if defined(__GNUC__)
  __builtin_prefetch(address, 0, 2);
#else
  (void)address;
#endif
}

}  // namespace
}  // namespace vitreous
