// Adding windows of Gaussians to an image or a volume, without atomics: positions are sorted by the slab of rows (in a
// volume, of layers) in which their window begins.
#pragma once

#include <cstdint>

#include "gaussian_window.h"
#include "slabs.h"

namespace vitreous {
namespace {
namespace gaussian {

template <typename T>
class Spread {
 public:
  Spread(const GaussianGrid& grid, const GaussianAtoms& atoms, const GaussianTerms& terms, const T* amplitudes,
         T* target)
      : grid_(grid), atoms_(atoms), terms_(terms), windows_(grid, atoms, terms), amplitudes_(amplitudes),
        target_(target), axis_(atoms.dimensions - 1), rows_((windows_.most(0) + 1) * atoms.kinds) {}

  // False if there is no memory for it.
  bool run(const Threads* threads) {
    if (atoms_.count == 0 || atoms_.kinds == 0 || terms_.count == 0) return true;
    widest_ = windows_.widest();
    stride_ = whole_vectors<T>(widest_);
    slab_ = widest_ < kLeastSlab ? kLeastSlab : widest_;
    slabs_ = windows_.size(axis_) / slab_ < 1 ? 1 : windows_.size(axis_) / slab_;
    size_ = windows_.numbers(widest_) + (2 * rows_ + 1) * stride_;
    const Numbers<T> memory(size_ * slabs_);
    SlabSort sorted(atoms_.count, slabs_ + 1);  // one slab more for windows outside
    if (memory.failed() || sorted.failed()) return false;
    memory_ = memory.at(0);
    sorted_ = &sorted;
    sorted.sort(threads, atoms_.count, [this](int64_t first, int64_t stop, uint32_t* slab_of) {
      for (int64_t i = first; i < stop; ++i) slab_of[i - first] = slab_at(windows_.span(i, axis_));
    });
    // The last slab of a periodic grid reaches into the first one.
    const int64_t together = grid_.periodic && slabs_ % 2 == 1 ? slabs_ - 1 : slabs_;
    for (first_slab_ = 0; first_slab_ < 2; ++first_slab_)
      threads->run(threads, (together - first_slab_ + 1) / 2,
                   [](void* self, int64_t i) { static_cast<Spread*>(self)->fill(i); }, this);
    first_slab_ = together;
    if (together < slabs_) fill(0);
    return true;
  }

 private:
  static constexpr int64_t kLeastSlab = 8;

  uint32_t slab_at(const Span& span) const {
    if (span.count < 1) return static_cast<uint32_t>(slabs_);
    const int64_t slab = span.first / slab_;
    return static_cast<uint32_t>(slab < slabs_ ? slab : slabs_ - 1);
  }

  // What a task works with beside the block: the factors of x and the weights of y, [x order][Gaussian][stride_], and a
  // row.
  struct Scratch {
    T* along_x;
    T* weights;
    T* row;
  };

  void fill(int64_t task) {
    const int64_t slab = first_slab_ + 2 * task, stop = sorted_->start(slab + 1);
    T* memory = memory_ + slab * size_;
    const Scratch scratch{memory, memory + rows_ * stride_, memory + 2 * rows_ * stride_};
    Block<T> block = windows_.block(memory + (2 * rows_ + 1) * stride_, widest_);
    for (int64_t i = sorted_->start(slab); i < stop; i += kTogether) {
      block.count = static_cast<int>(stop - i < kTogether ? stop - i : kTogether);
      for (int b = 0; b < block.count; ++b) block.atoms[b] = (*sorted_)[i + b];
      for (int64_t next = i + kTogether; next < i + 2 * kTogether && next < stop; ++next) {
        windows_.expect((*sorted_)[next]);
        prefetch(amplitudes_ + (*sorted_)[next] * atoms_.kinds);
      }
      windows_.evaluate(block);
      for (int b = 0; b < block.count; ++b)
        if (!block.empty(b)) add(block, b, scratch);
    }
  }

  void add(const Block<T>& block, int b, const Scratch& scratch) const {
    const Span* spans = block.spans[b];
    copy_along_x(block, b, spans[0].count, scratch.along_x);
    int64_t layer = spans[2].first;
    for (int64_t z = 0; z < spans[2].count; ++z) {
      weigh(block, b, z, scratch.weights);
      add_layer(target_ + layer * grid_.rows * grid_.columns, spans, scratch);
      if (++layer == grid_.layers) layer = 0;
    }
  }

  // With zeros behind the last point.
  void copy_along_x(const Block<T>& block, int b, int64_t count, T* to) const {
    const int64_t points = windows_.points(block.spans[b][0]);
    const Vector<T> lanes = lane_numbers<T>();
    for (int order = 0; order <= windows_.most(0); ++order)
      for (int64_t g = 0; g < atoms_.kinds; ++g, to += stride_) {
        const T* from = block.factors + order * block.row + block.starts[b][0] + g * points;
        for (int64_t i = 0; i < count; i += kLanesOf<T>)
          store(to + i, lanes < static_cast<T>(count - i) ? load(from + i) : all(T(0)));
      }
  }

  // The weights along y at one z: every term's amplitude times its factors of y and z.
  void weigh(const Block<T>& block, int b, int64_t z, T* weights) const {
    const int64_t kinds = atoms_.kinds, rows = block.spans[b][1].count;
    const int64_t y_points = windows_.points(block.spans[b][1]), z_points = windows_.points(block.spans[b][2]);
    if (terms_.count > 1)
      for (int64_t i = 0; i < rows_; ++i)
        for (int64_t y = 0; y < rows; y += kLanesOf<T>) store(weights + i * stride_ + y, all(T(0)));
    for (int64_t t = 0; t < terms_.count; ++t) {
      const int64_t* order = terms_.orders + 3 * t;
      const T* amplitudes = amplitudes_ + (terms_.of[t] * atoms_.count + block.atoms[b]) * kinds;
      const T* along_y = block.factors + order[1] * block.row + block.starts[b][1];
      const T* along_z = block.factors + order[2] * block.row + block.starts[b][2] + z;
      const T coefficient = static_cast<T>(terms_.coefficients[t]);
      T* to = weights + order[0] * kinds * stride_;
      for (int64_t g = 0; g < kinds; ++g, to += stride_, along_y += y_points) {
        T amount = coefficient * amplitudes[g];
        if (atoms_.dimensions == 3) amount *= along_z[g * z_points];
        for (int64_t y = 0; y < rows; y += kLanesOf<T>) {
          const Vector<T> product = amount * load(along_y + y);
          store(to + y, terms_.count > 1 ? load(to + y) + product : product);
        }
      }
    }
  }

  void add_layer(T* layer, const Span* spans, const Scratch& scratch) const {
    const bool inside = spans[0].first + whole_vectors<T>(spans[0].count) <= grid_.columns &&
                        spans[1].first + spans[1].count <= grid_.rows;
    if (inside) {
      T* corner = layer + spans[1].first * grid_.columns + spans[0].first;
      for (int64_t x = 0; x < spans[0].count; x += kLanesOf<T>) {
        int64_t i = 0;
        for (; i + 5 <= rows_; i += 5) add_rows<5>(corner + x, grid_.columns, spans[1].count, i, x, scratch);
        for (; i < rows_; ++i) add_rows<1>(corner + x, grid_.columns, spans[1].count, i, x, scratch);
      }
      return;
    }
    int64_t row = spans[1].first;
    for (int64_t y = 0; y < spans[1].count; ++y) {
      const Scratch shifted{scratch.along_x, scratch.weights + y, scratch.row};
      for (int64_t x = 0; x < spans[0].count; x += kLanesOf<T>) {
        store(scratch.row + x, all(T(0)));
        for (int64_t i = 0; i < rows_; ++i) add_rows<1>(scratch.row + x, 0, 1, i, x, shifted);
      }
      T* to = layer + row * grid_.columns;
      int64_t column = spans[0].first;
      for (int64_t x = 0; x < spans[0].count; ++x) {
        to[column] += scratch.row[x];
        if (++column == grid_.columns) column = 0;
      }
      if (++row == grid_.rows) row = 0;
    }
  }

  // Adds N of the products over all rows.
  template <int N>
  void add_rows(T* corner, int64_t step, int64_t rows, int64_t first, int64_t x, const Scratch& scratch) const {
    const T* weights = scratch.weights + first * stride_;
    Vector<T> along_x[N];
    for (int n = 0; n < N; ++n) along_x[n] = load(scratch.along_x + (first + n) * stride_ + x);
    for (int64_t y = 0; y < rows; ++y) {
      Vector<T> total = load(corner + y * step);
      for (int n = 0; n < N; ++n) total += weights[n * stride_ + y] * along_x[n];
      store(corner + y * step, total);
    }
  }

  const GaussianGrid& grid_;
  const GaussianAtoms& atoms_;
  const GaussianTerms& terms_;
  const Windows<T> windows_;
  const T* amplitudes_;
  T* target_;
  const int axis_;  // of the slabs
  const int64_t rows_;  // of the weights
  int64_t widest_ = 0, stride_ = 0, slab_ = 0, slabs_ = 0, size_ = 0, first_slab_ = 0;
  T* memory_ = nullptr;
  const SlabSort* sorted_ = nullptr;
};

}  // namespace gaussian
}  // namespace
}  // namespace vitreous
