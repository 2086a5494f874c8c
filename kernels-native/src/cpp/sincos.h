// Sine and cosine of many phases.
//
// The phase is taken to within π/4 of zero by whole quarter turns, in double precision for single and in three parts of
// π/2 for double (Cody & Waite 1980), and the Taylor polynomials economised over that interval are those of Cephes
// (Moshier 1992): errors of 1 unit in the last place for phases up to 1e6.
#pragma once

#include <math.h>
#include <cstdint>

#include "block.h"
#include "kernels.h"

namespace vitreous {
namespace {

constexpr int64_t kPhasesPerTask = 8192;
constexpr double kTwoOverPi = 0.63661977236758134308;
constexpr double kFarthestTurn = 1e6;
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

inline double nearest(double x) {
  const double shifted = x + kShift;
  return shifted - kShift;
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
    int64_t i = start;
    for (; i + kLanes <= stop; i += kLanes) evaluate_lanes(phase + i, sine + i, cosine + i);
    if (i == stop) return;
    T p[kLanes] = {}, s[kLanes], c[kLanes];
    for (int64_t lane = 0; lane < stop - i; ++lane) p[lane] = phase[i + lane];
    evaluate_lanes(p, s, c);
    for (int64_t lane = 0; lane < stop - i; ++lane) sine[i + lane] = s[lane];
    for (int64_t lane = 0; lane < stop - i; ++lane) cosine[i + lane] = c[lane];
  }

  static void evaluate_lanes(const T* p, T* s, T* c) {
    T r[kLanes], quarter[kLanes];
    T near[kLanes];
    for (int lane = 0; lane < kLanes; ++lane) {
      const double turns = nearest(static_cast<double>(p[lane]) * kTwoOverPi);
      r[lane] = remainder(p[lane], turns);
      quarter[lane] = static_cast<T>(turns - 4 * nearest(0.25 * turns - 0.375));  // 0, 1, 2 or 3
      near[lane] = turns > -kFarthestTurn && turns < kFarthestTurn ? T(1) : T(0);
    }
    for (int half = kLanes / 2; half > 0; half /= 2)
      for (int lane = 0; lane < half; ++lane) near[lane] *= near[lane + half];
    if (near[0] == 0) return evaluate_far(p, s, c);
    for (int lane = 0; lane < kLanes; ++lane) {
      T a, b;
      polynomials(r[lane], a, b);
      const T q = quarter[lane];
      const bool odd = q == 1 || q == 3;
      const T u = odd ? b : a, v = odd ? a : b;
      s[lane] = q >= 2 ? -u : u;
      c[lane] = q == 1 || q == 2 ? -v : v;
    }
  }

  // NaN, infinity, and phases whose reduction takes more digits.
  static void evaluate_far(const T* p, T* s, T* c) {
    for (int lane = 0; lane < kLanes; ++lane) {
      s[lane] = static_cast<T>(::sin(static_cast<double>(p[lane])));
      c[lane] = static_cast<T>(::cos(static_cast<double>(p[lane])));
    }
  }
};

}  // namespace
}  // namespace vitreous
