#include "dispatch.h"

#ifdef VITREOUS_X86
#ifdef _MSC_VER
#include <immintrin.h>
#include <intrin.h>
#endif
#endif

namespace vitreous {
namespace {

#ifdef VITREOUS_X86
#ifdef _MSC_VER
// Whether processor and operating system keep the registers of AVX2 with FMA, or of AVX-512 F, BW, CD, DQ and VL.
bool has(bool avx512) {
  int leaf1[4], leaf7[4];
  __cpuidex(leaf1, 1, 0);
  if (!(leaf1[2] & (1 << 27)) || !(leaf1[2] & (1 << 12))) return false;
  const unsigned long long kept = _xgetbv(0);
  __cpuidex(leaf7, 7, 0);
  constexpr int features512 = 1 << 16 | 1 << 17 | 1 << 28 | 1 << 30 | static_cast<int>(1u << 31);
  if (avx512) return (kept & 0xe6) == 0xe6 && (leaf7[1] & features512) == features512;
  return (kept & 6) == 6 && (leaf7[1] & (1 << 5));
}
bool has_avx2() { return has(false); }
bool has_avx512() { return has(false) && has(true); }
#else
bool has_avx2() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
         __builtin_cpu_supports("bmi2");
}
bool has_avx512() {
  return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}
#endif
#endif

struct Choice {
  const char* name;
  const AllKernels* kernels;
};

Choice find(const std::string& name) {
#ifdef VITREOUS_X86
  if ((name == "avx512" || name.empty()) && has_avx512()) return {"avx512", &kernels_avx512};
  if ((name == "avx2" || name.empty()) && has_avx2()) return {"avx2", &kernels_avx2};
#endif
  if (name == "baseline" || name.empty()) return {"baseline", &kernels_baseline};
  return {nullptr, nullptr};
}

std::atomic<const AllKernels*> chosen{find("").kernels};
std::atomic<const char*> chosen_name{find("").name};
std::atomic<int64_t> most_threads{0};

}  // namespace

const char* instruction_set() { return chosen_name; }

bool use_instruction_set(const char* name) {
  const Choice choice = find(name);
  if (!choice.kernels) return false;
  chosen = choice.kernels;
  chosen_name = choice.name;
  return true;
}

void set_max_threads(int64_t count) { most_threads = count < 0 ? 0 : count; }

const AllKernels& all_kernels() { return *chosen.load(); }

PoolThreads threads_of(xla::ffi::ThreadPool pool) { return PoolThreads(pool, most_threads); }

}  // namespace vitreous
