// Sine and cosine of many phases.
//
// The phase is taken to within π/4 of zero by whole quarter turns, in double precision for single and in three parts of
// π/2 for double (Cody & Waite 1980), and the Taylor polynomials economised over that interval are those of Cephes
// (Moshier 1992): errors of 1 unit in the last place for phases up to 1e6.
#pragma once

#include <math.h>
#include <cstdint>

#include "kernels.h"

namespace vitreous {
namespace {

constexpr int64_t kPhasesPerTask = 8192;
constexpr double kTwoOverPi = 0.63661977236758134308;
constexpr double kShift = 6755399441055744.0;  // 1.5 × 2^52: adding it rounds to a whole number

inline void polynomials(float r, float& s, float& c) {
  const float q = r * r;
  s = r + r * q * (-1.6666654611e-1f + q * (8.3321608736e-3f + q * -1.9515295891e-4f));
  c = 1.0f - 0.5f * q + q * q * (4.166664568298827e-2f + q * (-1.388731625493765e-3f + q * 2.443315711809948e-5f));
}

inline void polynomials(double r, double& s, double& c) {
  const double q = r * r;
  s = r + r * q * (-1.66666666666666307295e-1 + q * (8.33333333332211858878e-3 + q * (-1.98412698295895385996e-4 +
      q * (2.75573136213857245213e-6 + q * (-2.50507477628578072866e-8 + q * 1.58962301576546568060e-10)))));
  c = 1.0 - 0.5 * q + q * q * (4.16666666666665929218e-2 + q * (-1.38888888888730564116e-3 +
      q * (2.48015872888517045348e-5 + q * (-2.75573141792967388112e-7 + q * (2.08757008419747316778e-9 +
      q * -1.13585365213876817300e-11)))));
}

inline float remainder(float phase, double turns) {
  return static_cast<float>(static_cast<double>(phase) - turns * 1.57079632679489661923);
}

inline double remainder(double phase, double turns) {
  double r = phase - turns * 1.57079632673412561417;
  r -= turns * 6.07710050630396597660e-11;
  return r - turns * 2.02226624879595063154e-21;
}

template <typename T>
struct SineCosine {
  int64_t count;
  const T* phase;
  T* sine;
  T* cosine;

  void evaluate(int64_t task) const {
    const int64_t start = task * kPhasesPerTask;
    const int64_t stop = start + kPhasesPerTask < count ? start + kPhasesPerTask : count;
    bool far = false;
    for (int64_t i = start; i < stop; ++i) {
      const double shifted = static_cast<double>(phase[i]) * kTwoOverPi + kShift;
      const double turns = shifted - kShift;
      T s, c;
      polynomials(remainder(phase[i], turns), s, c);
      const int64_t quarter = static_cast<int64_t>(turns) & 3;
      const T a = quarter & 1 ? c : s, b = quarter & 1 ? s : c;
      sine[i] = quarter & 2 ? -a : a;
      cosine[i] = (quarter + 1) & 2 ? -b : b;
      far |= !(turns > -1e6 && turns < 1e6);
    }
    if (!far) return;
    for (int64_t i = start; i < stop; ++i) {  // NaN, infinity, and phases whose reduction takes more digits
      if (::fabs(static_cast<double>(phase[i])) < 1.5e6) continue;
      sine[i] = static_cast<T>(::sin(static_cast<double>(phase[i])));
      cosine[i] = static_cast<T>(::cos(static_cast<double>(phase[i])));
    }
  }
};

}  // namespace
}  // namespace vitreous
