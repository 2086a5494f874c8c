// Which instruction set and how many threads the handlers use.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "kernels.h"
#include "threads.h"

namespace vitreous {

const char* instruction_set();
bool use_instruction_set(const char* name);
void set_max_threads(int64_t count);

const AllKernels& all_kernels();
PoolThreads threads_of(xla::ffi::ThreadPool pool);

template <typename T>
const Kernels<T>& kernels_of();
template <>
inline const Kernels<float>& kernels_of<float>() {
  return all_kernels().single;
}
template <>
inline const Kernels<double>& kernels_of<double>() {
  return all_kernels().twofold;
}

}  // namespace vitreous
