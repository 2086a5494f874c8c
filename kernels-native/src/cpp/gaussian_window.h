// Windows of positions: where they are in the grid, and the factors of their Gaussians along each axis.
//
// An isotropic Gaussian is a product over the axes, and so are its derivatives. The factors of several positions are
// evaluated together, their numbers one after the other in one row, so that vectors are full whatever the windows' width.
#pragma once

#include <math.h>
#include <cstdint>

#include "gaussian_lanes.h"
#include "kernels.h"
#include "numbers.h"
#include "row.h"

namespace vitreous {
namespace {
namespace gaussian {

constexpr double kFarthestStep = 1073741824.0;
constexpr int kTogether = 8;  // positions

template <typename T>
constexpr int64_t whole_vectors(int64_t numbers) {
  return (numbers + kLanesOf<T> - 1) / kLanesOf<T> * kLanesOf<T>;
}

inline float root(float v) { return ::sqrtf(v); }
inline double root(double v) { return ::sqrt(v); }

// Along one axis: `count` points from `first` of the grid on, which is in it; a periodic one goes on at its start.
struct Span {
  int64_t first, count;
};

// A few positions and the factors of their Gaussians.
template <typename T>
struct Block {
  int count = 0;
  int64_t atoms[kTogether];
  Span spans[kTogether][3];
  int64_t starts[kTogether][3] = {};  // of the factors of an axis within the row
  T* where;                      // distances over σ
  T* scales;                     // 1 / σ
  T* factors;                    // of order 0, then of order 1, …: rows of `row` numbers
  int64_t row;

  bool empty(int b) const {
    return spans[b][0].count < 1 || spans[b][1].count < 1 || spans[b][2].count < 1;
  }
};

template <typename T>
class Windows {
 public:
  Windows(const GaussianGrid& grid, const GaussianAtoms& atoms, const GaussianTerms& terms)
      : grid_(grid), atoms_(atoms) {
    for (int64_t t = 0; t < terms.count; ++t)
      for (int axis = 0; axis < 3; ++axis) {
        const int order = static_cast<int>(terms.orders[3 * t + axis]);
        if (order > most_[axis]) most_[axis] = order;
        if (order > highest_) highest_ = order;
      }
  }

  // The highest order along an axis.
  int most(int axis) const { return most_[axis]; }
  int64_t size(int axis) const { return axis == 0 ? grid_.columns : axis == 1 ? grid_.rows : grid_.layers; }

  // The most points along an axis that a window has in the grid.
  int64_t widest() const {
    const T* halves = static_cast<const T*>(atoms_.half_widths);
    T most = 0;
    for (int64_t i = 0; i < atoms_.count; ++i) most = halves[i] > most ? halves[i] : most;
    const int64_t width = 2 * half_width(most) + 1;
    if (grid_.periodic) return width;
    const int64_t plane = size(0) > size(1) ? size(0) : size(1), longest = plane > size(2) ? plane : size(2);
    return width < longest ? width : longest;
  }

  // The points along an axis; no points where the window is outside.
  Span span(int64_t atom, int axis) const {
    if (axis >= atoms_.dimensions) return {0, 1};
    const int64_t half = half_width(static_cast<const T*>(atoms_.half_widths)[atom]), n = size(axis);
    const int64_t start = nearest(position(atom, axis)) - half;
    if (grid_.periodic) {
      if (start >= 0 && start < n) return {start, 2 * half + 1};
      const int64_t rest = start % n;
      return {rest < 0 ? rest + n : rest, 2 * half + 1};
    }
    const int64_t low = start + n / 2, stop = low + 2 * half + 1;
    const int64_t first = low < 0 ? 0 : low;
    return {first, (stop < n ? stop : n) - first};
  }

  // Numbers of a row, for windows of at most this width, with room for vectors that begin anywhere in it.
  int64_t row(int64_t widest) const {
    return whole_vectors<T>(kTogether * atoms_.dimensions * atoms_.kinds * (widest + 1)) + 2 * kLanesOf<T>;
  }
  // Numbers of a block.
  int64_t numbers(int64_t widest) const { return row(widest) * (highest_ + 3) + whole_vectors<T>(kTogether * atoms_.kinds); }

  // An empty block in this memory.
  Block<T> block(T* memory, int64_t widest) const {
    Block<T> b;
    b.row = row(widest);
    b.where = memory;
    b.scales = b.where + b.row;
    b.factors = b.scales + b.row;
    return b;
  }

  // Places the block's windows and evaluates their factors.
  void evaluate(Block<T>& block) const {
    const T* scales = inverse_widths(block);
    int64_t used = 0;
    for (int b = 0; b < block.count; ++b, scales += atoms_.kinds) {
      const int64_t atom = block.atoms[b];
      for (int axis = 0; axis < 3; ++axis) block.spans[b][axis] = span(atom, axis);
      if (block.empty(b)) continue;
      for (int axis = 0; axis < atoms_.dimensions; ++axis) {
        const Span span = block.spans[b][axis];
        const T u = position(atom, axis), whole = rounded(u);
        block.starts[b][axis] = used;
        used = grid_.periodic
                   ? lay_out(-static_cast<T>(span.count / 2) - (u - whole), span.count, scales, used, block)
                   : lay_out(static_cast<T>(span.first - size(axis) / 2 - nearest(u)) - T(0.5) - (u - whole),
                             span.count + 1, scales, used, block);
      }
    }
    if (grid_.periodic)
      densities(block, used);
    else
      integrals(block, used);
  }

  // Asks for what is known of an atom, ahead of its use.
  void expect(int64_t atom) const {
    prefetch(static_cast<const T*>(atoms_.positions) + atom * atoms_.dimensions);
    prefetch(static_cast<const T*>(atoms_.variances) + atom * atoms_.kinds);
    prefetch(static_cast<const T*>(atoms_.half_widths) + atom);
  }

  // The points of a Gaussian's factors in a block's row.
  int64_t points(Span span) const { return span.count + (grid_.periodic ? 0 : 1); }

 private:
  T position(int64_t atom, int axis) const {
    return static_cast<const T*>(atoms_.positions)[atom * atoms_.dimensions + axis];
  }
  static T rounded(T u) { return static_cast<T>(::nearbyint(u)); }
  static int64_t nearest(T u) {  // 0 if u is no number
    const T whole = rounded(u), most = static_cast<T>(kFarthestStep);
    if (!(whole == whole)) return 0;
    return static_cast<int64_t>(whole > most ? most : whole < -most ? -most : whole);
  }
  static int64_t half_width(T half) {
    const T most = static_cast<T>(1 << 20);
    return half >= 0 ? static_cast<int64_t>(half < most ? half : most) : 0;
  }

  // 1 / σ of all Gaussians of the block.
  const T* inverse_widths(Block<T>& block) const {
    T* scales = block.factors + (highest_ + 1) * block.row;
    const int64_t kinds = atoms_.kinds, count = block.count * kinds, padded = whole_vectors<T>(count);
    for (int b = 0; b < block.count; ++b)
      std::memcpy(scales + b * kinds, static_cast<const T*>(atoms_.variances) + block.atoms[b] * kinds, sizeof(T) * kinds);
    for (int64_t i = count; i < padded; ++i) scales[i] = T(1);
    for (int64_t i = 0; i < padded; ++i) scales[i] = T(1) / root(scales[i]);
    return scales;
  }

  // Writes (first + i) scale for `count` points i and every Gaussian from number `used` of the row on; returns where the
  // next ones go. The last vector of each reaches into the next, which is written later.
  int64_t lay_out(T first, int64_t count, const T* scales, int64_t used, Block<T>& block) const {
    const bool scaled = grid_.periodic || highest_ > 0;
    const Vector<T> distances = lane_numbers<T>() + first;
    for (int64_t g = 0; g < atoms_.kinds; ++g, used += count)
      for (int64_t i = 0; i < count; i += kLanesOf<T>) {
        store(block.where + used + i, (distances + static_cast<T>(i)) * scales[g]);
        if (scaled) store(block.scales + used + i, all(scales[g]));
      }
    return used;
  }

  // Normal densities and their derivatives in the centre: scale^m He_m(t) g(t), with Hermite's polynomials.
  void densities(Block<T>& block, int64_t used) const {
    for (int64_t i = 0; i < used; i += kLanesOf<T>) {
      const Vector<T> t = within<T>(load(block.where + i), kFarthest<T>), scale = load(block.scales + i);
      hermite(bell<T>(t) * scale * T(0.39894228040143267794), t, scale, highest_, block.row, block.factors + i);
    }
  }

  // Averages: differences between edges of the integrals from zero, whose derivatives are minus the densities.
  void integrals(Block<T>& block, int64_t used) const {
    for (int64_t i = 0; i < used; i += kLanesOf<T>) {
      const Vector<T> t = load(block.where + i);
      store(block.factors + i, half_erf(t));
      if (highest_ == 0) continue;
      const Vector<T> near = within<T>(t, kFarthest<T>), scale = load(block.scales + i);
      hermite(bell<T>(near) * scale * T(-0.39894228040143267794), near, scale, highest_ - 1, block.row,
              block.factors + block.row + i);
    }
    for (int order = 0; order <= highest_; ++order) {
      T* row = block.factors + order * block.row;
      for (int64_t i = 0; i < used; i += kLanesOf<T>) store(row + i, load(row + i + 1) - load(row + i));
    }
  }

  static void hermite(Vector<T> density, Vector<T> t, Vector<T> scale, int most, int64_t row, T* to) {
    store(to, density);
    Vector<T> before = density, now = density * t * scale;
    for (int m = 1; m <= most; ++m) {
      store(to + m * row, now);
      const Vector<T> next = scale * (t * now - scale * static_cast<T>(m) * before);
      before = now;
      now = next;
    }
  }

  const GaussianGrid& grid_;
  const GaussianAtoms& atoms_;
  int most_[3] = {0, 0, 0}, highest_ = 0;
};

}  // namespace gaussian
}  // namespace
}  // namespace vitreous
