// What handlers do with XLA's buffers: their precision, their memory, and errors in their name.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>

#include "kernels.h"
#include "xla/ffi/api/ffi.h"

namespace vitreous {

namespace ffi = xla::ffi;
using ffi::AnyBuffer;
using ffi::DataType;
using Dimensions = AnyBuffer::Dimensions;

inline ffi::Error wrong(const char* what) {
  return ffi::Error::InvalidArgument(std::string("vitreous_native: ") + what);
}

inline ffi::Error out_of_memory() {
  return ffi::Error(ffi::ErrorCode::kResourceExhausted, "vitreous_native: out of memory");
}

// Real and complex types of one precision: 4 or 8 bytes to a number, or 0.
inline int precision(DataType type) {
  switch (type) {
    case DataType::F32: case DataType::C64: return 4;
    case DataType::F64: case DataType::C128: return 8;
    default: return 0;
  }
}

inline int components(DataType type) { return type == DataType::C64 || type == DataType::C128 ? 2 : 1; }

template <typename T>
T* at(AnyBuffer buffer, int64_t numbers) {
  return static_cast<T*>(buffer.untyped_data()) + numbers;
}

// Calls f with a value of the precision in use, of which only the type matters.
template <typename F>
ffi::Error in_precision(int bytes, const F& f) {
  return bytes == 4 ? f(float()) : f(double());
}

// Calls f(m) for every map; it returns false where memory is lacking.
template <typename F>
ffi::Error each_map(int64_t maps, const F& f) {
  for (int64_t m = 0; m < maps; ++m)
    if (!f(m)) return out_of_memory();
  return ffi::Error::Success();
}

// Zeros, by all threads.
inline void clear(const Threads* threads, AnyBuffer buffer) {
  constexpr static int64_t kBytesPerTask = 1 << 20;
  struct Area {
    char* start;
    int64_t size;
  } area{static_cast<char*>(buffer.untyped_data()), static_cast<int64_t>(buffer.size_bytes())};
  threads->run(threads, (area.size + kBytesPerTask - 1) / kBytesPerTask, [](void* data, int64_t i) {
    const Area& all = *static_cast<Area*>(data);
    const int64_t start = i * kBytesPerTask;
    std::memset(all.start + start, 0, std::min(kBytesPerTask, all.size - start));
  }, &area);
}

}  // namespace vitreous
