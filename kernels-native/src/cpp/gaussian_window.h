// The window of one position: where it is in the grid, and the factors of its Gaussians along each axis.
//
// An isotropic Gaussian is a product over the axes, and so are its derivatives; the factors of every order are
// evaluated for all points of an axis side by side.
#pragma once

#include <math.h>
#include <cstdint>
#include <cstdlib>

#include "gaussian_lanes.h"
#include "kernels.h"

namespace vitreous {
namespace {
namespace gaussian {

constexpr double kFarthestStep = 1073741824.0;

// How many derivatives of each axis are needed: those of order 0 … most[axis].
struct Derivatives {
  int most[3] = {0, 0, 0};
  explicit Derivatives(const Orders& orders) {
    for (int64_t k = 0; k < orders.count; ++k)
      for (int axis = 0; axis < 3; ++axis)
        if (orders.xyz[3 * k + axis] > most[axis]) most[axis] = static_cast<int>(orders.xyz[3 * k + axis]);
  }
};

// Memory for numbers of one task, which may fail to be had; a whole number of vectors each.
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

// Along one axis: `count` points from `first` of the grid on, which is in it; a periodic one goes on at its start.
struct Span {
  int64_t first, count;
};

template <typename T>
class Windows {
 public:
  Windows(const GaussianGrid& grid, const GaussianAtoms& atoms, const Orders& orders)
      : derivatives(orders), grid_(grid), atoms_(atoms) {}

  // The most points along an axis that a window has in the grid.
  int64_t widest() const {
    const int64_t longest = size(0) > size(1) ? (size(0) > size(2) ? size(0) : size(2))
                                              : (size(1) > size(2) ? size(1) : size(2));
    int64_t most = 1;
    for (int64_t i = 0; i < atoms_.count; ++i) {
      const int64_t width = 2 * half_width(i) + 1;
      if (width > most) most = width;
    }
    return grid_.periodic || most < longest ? most : longest;
  }

  int64_t size(int axis) const { return axis == 0 ? grid_.columns : axis == 1 ? grid_.rows : grid_.layers; }

  // The points along an axis; no points where the window is outside.
  Span span(int64_t atom, int axis) const {
    if (axis >= atoms_.dimensions) return {0, 1};
    const int64_t half = half_width(atom), n = size(axis);
    const int64_t start = nearest(position(atom, axis)) - half;
    if (grid_.periodic) {
      const int64_t rest = start % n;
      return {rest < 0 ? rest + n : rest, 2 * half + 1};
    }
    const int64_t low = start + n / 2, stop = low + 2 * half + 1;
    const int64_t first = low < 0 ? 0 : low;
    return {first, (stop < n ? stop : n) - first};
  }

  // Numbers that the factors of an axis take, and where those of an order and a Gaussian begin.
  int64_t stride(int64_t widest) const {
    const int64_t lanes = kLanesOf<T>;
    return (widest + 1 + lanes - 1) / lanes * lanes;
  }

  // 1 / σ of an atom's Gaussians, a whole number of vectors of them.
  void scales(int64_t atom, T* to) const {
    const T* variances = static_cast<const T*>(atoms_.variances) + atom * atoms_.kinds;
    const int64_t padded = stride_of(atoms_.kinds);
    for (int64_t g = 0; g < padded; ++g) to[g] = g < atoms_.kinds ? variances[g] : T(1);
    for (int64_t g = 0; g < padded; ++g) to[g] = T(1) / root(to[g]);
  }

  // Writes the factors [order][Gaussian][stride] of an axis, zero behind its last point. `edges` takes as many numbers
  // and another vector.
  void evaluate(int64_t atom, int axis, Span span, const T* scales, int64_t stride, T* factors, T* edges) const {
    const int64_t kinds = atoms_.kinds;
    if (axis >= atoms_.dimensions) {
      for (int64_t g = 0; g < kinds; ++g)
        for (int64_t i = 0; i < stride; ++i) factors[g * stride + i] = i == 0 ? T(1) : T(0);
      return;
    }
    const T u = position(atom, axis), whole = rounded(u);
    const int64_t middle = nearest(u), half = half_width(atom);
    const int64_t start = grid_.periodic ? -half : span.first - size(axis) / 2 - middle;
    const T first = static_cast<T>(start) - (u - whole);
    const int64_t used = stride_of(span.count + (grid_.periodic ? 0 : 1));
    for (int64_t g = 0; g < kinds; ++g) {
      const T scale = scales[g];
      if (grid_.periodic)
        densities(first, scale, used, derivatives.most[axis], kinds * stride, factors + g * stride);
      else
        integrals(first - T(0.5), scale, used, derivatives.most[axis], kinds * stride, edges + g * stride);
    }
    const Vector<T> lanes = lane_numbers<T>();
    for (int64_t row = 0; row < kinds * (derivatives.most[axis] + 1); ++row) {
      T* to = factors + row * stride;
      const T* from = edges + row * stride;
      for (int64_t i = 0; i < used; i += kLanesOf<T>) {
        const Vector<T> value = grid_.periodic ? load(to + i) : load(from + i + 1) - load(from + i);
        store(to + i, lanes < static_cast<T>(span.count - i) ? value : all(T(0)));
      }
    }
  }

  int64_t stride_of(int64_t points) const {
    const int64_t lanes = kLanesOf<T>;
    return (points + lanes - 1) / lanes * lanes;
  }

  const Derivatives derivatives;

 private:
  T position(int64_t atom, int axis) const {
    return static_cast<const T*>(atoms_.positions)[atom * atoms_.dimensions + axis];
  }
  static float root(float v) { return ::sqrtf(v); }
  static double root(double v) { return ::sqrt(v); }
  static T rounded(T u) { return static_cast<T>(::nearbyint(u)); }
  static int64_t nearest(T u) {
    const T whole = rounded(u), most = static_cast<T>(kFarthestStep);
    if (!(whole == whole)) return 0;
    return static_cast<int64_t>(whole > most ? most : whole < -most ? -most : whole);
  }
  int64_t half_width(int64_t atom) const {
    const T half = static_cast<const T*>(atoms_.half_widths)[atom], most = static_cast<T>(1 << 20);
    return half >= 0 ? static_cast<int64_t>(half < most ? half : most) : 0;
  }

  // Normal densities and their derivatives in the centre: scale^m He_m(t) g(t), with Hermite's polynomials.
  static void densities(T first, T scale, int64_t used, int most, int64_t step, T* to) {
    const Vector<T> lanes = lane_numbers<T>();
    for (int64_t i = 0; i < used; i += kLanesOf<T>) {
      const Vector<T> t = within<T>((lanes + (first + static_cast<T>(i))) * scale, kFarthest<T>);
      hermite(bell<T>(t) * (scale * T(0.39894228040143267794)), t, scale, most, step, to + i);
    }
  }

  // Their integrals from zero to the edges, whose derivatives are minus the densities.
  static void integrals(T first, T scale, int64_t used, int most, int64_t step, T* to) {
    const Vector<T> lanes = lane_numbers<T>();
    for (int64_t i = 0; i < used; i += kLanesOf<T>) {
      const Vector<T> t = (lanes + (first + static_cast<T>(i))) * scale;
      store(to + i, half_erf(t));
      if (most == 0) continue;
      const Vector<T> near = within<T>(t, kFarthest<T>);
      hermite(bell<T>(near) * (scale * T(-0.39894228040143267794)), near, scale, most - 1, step, to + step + i);
    }
  }

  static void hermite(Vector<T> density, Vector<T> t, T scale, int most, int64_t step, T* to) {
    store(to, density);
    Vector<T> before = density, now = density * t * scale;  // scale^m He_m g
    for (int m = 1; m <= most; ++m) {
      store(to + m * step, now);
      const Vector<T> next = scale * (t * now - (scale * static_cast<T>(m)) * before);
      before = now;
      now = next;
    }
  }

  const GaussianGrid& grid_;
  const GaussianAtoms& atoms_;
};

}  // namespace gaussian
}  // namespace
}  // namespace vitreous
