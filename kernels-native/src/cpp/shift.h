// Translating images by multiplying their half spectra with phases, one factor per axis.
#pragma once

#include <math.h>

#include <cstdint>

#include "kernels.h"
#include "numbers.h"

namespace vitreous {
namespace {

constexpr double kTurn = 6.28318530717958647693;

// The factor of the mode k (cycles per pixel) for a shift by s pixels, differentiated `order` times in s:
// (-2 pi i k)^order exp(-2 pi i k s), of which the Nyquist mode keeps the real part.
template <typename T>
void axis_factor(double k, double s, int64_t order, T* re, T* im) {
  const double turns = k * s, angle = -kTurn * (turns - ::floor(turns + 0.5));
  double a = ::cos(angle), b = ::sin(angle);
  for (int64_t i = 0; i < order; ++i) {
    const double turned = -kTurn * k * a;
    a = kTurn * k * b;
    b = turned;
  }
  *re = static_cast<T>(a);
  *im = k == 0.5 || k == -0.5 ? T(0) : static_cast<T>(b);
}

template <typename T>
struct Shift {
  const SpectrumShape& shape;
  const int64_t* orders;  // along x and y
  const T* spectra;
  const T* pixels;  // (x, y) of each image
  T* shifted;

  // False if there is no memory for it.
  bool move(int64_t image) const {
    const int64_t length = shape.x / 2 + 1;
    const Numbers<T> memory(4 * length);
    if (memory.failed()) return false;
    T *re = memory.at(0), *im = memory.at(length), *row_re = memory.at(2 * length), *row_im = memory.at(3 * length);
    for (int64_t x = 0; x < length; ++x) axis_factor(frequency(x, shape.x), pixels[2 * image], orders[0], re + x, im + x);
    for (int64_t y = 0; y < shape.y; ++y) {
      T a, b;
      axis_factor(frequency(y, shape.y), pixels[2 * image + 1], orders[1], &a, &b);
      for (int64_t x = 0; x < length; ++x) {
        row_re[x] = a * re[x] - b * im[x];
        row_im[x] = a * im[x] + b * re[x];
      }
      const T* in = spectra + 2 * (image * shape.y + y) * length;
      T* out = shifted + 2 * (image * shape.y + y) * length;
      for (int64_t x = 0; x < length; ++x) {
        const T u = in[2 * x], v = in[2 * x + 1];
        out[2 * x] = u * row_re[x] - v * row_im[x];
        out[2 * x + 1] = u * row_im[x] + v * row_re[x];
      }
    }
    return true;
  }

  static double frequency(int64_t i, int64_t n) {
    return static_cast<double>(i < (n + 1) / 2 ? i : i - n) / static_cast<double>(n);
  }
};

}  // namespace
}  // namespace vitreous
