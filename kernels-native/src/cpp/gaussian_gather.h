// Sums over an image or a volume through windows of Gaussians: the transpose of adding them.
#pragma once

#include <cstdint>

#include "gaussian_window.h"

namespace vitreous {
namespace {
namespace gaussian {

template <typename T>
class Gather {
 public:
  Gather(const GaussianGrid& grid, const GaussianAtoms& atoms, const GaussianTerms& terms, const T* source, T* values)
      : grid_(grid), atoms_(atoms), terms_(terms), windows_(grid, atoms, terms), source_(source), values_(values),
        rows_((windows_.most(1) + 1) * atoms.kinds) {}

  // False if there is no memory for it.
  bool run(const Threads* threads) {
    if (atoms_.count == 0 || atoms_.kinds == 0) return true;
    widest_ = windows_.widest();
    stride_ = whole_vectors<T>(widest_);
    tasks_ = (atoms_.count + kLeastAtoms - 1) / kLeastAtoms;
    if (tasks_ > kMostTasks) tasks_ = kMostTasks;
    sums_ = rows_ * stride_;
    size_ = windows_.numbers(widest_) + sums_ * (windows_.most(2) + 2) + stride_ +
            whole_vectors<T>(kLanesOf<T> * terms_.results * atoms_.kinds);
    const Numbers<T> memory(size_ * tasks_);
    if (memory.failed()) return false;
    memory_ = memory.at(0);
    threads->run(threads, tasks_, [](void* self, int64_t i) { static_cast<Gather*>(self)->read(i); }, this);
    return true;
  }

 private:
  static constexpr int64_t kLeastAtoms = 64, kMostTasks = 64;

  // What a task works with beside the block: sums along y of one layer, [y order][Gaussian][stride_]; those along z
  // too, [z order][…]; a row; and a vector for each result and Gaussian.
  struct Scratch {
    T* plane;
    T* sums;
    T* row;
    T* totals;
  };

  void read(int64_t task) const {
    T* memory = memory_ + task * size_;
    Scratch scratch{memory, memory + sums_, memory + sums_ * (windows_.most(2) + 2), nullptr};
    scratch.totals = scratch.row + stride_;
    Block<T> block = windows_.block(scratch.totals + kLanesOf<T> * terms_.results * atoms_.kinds, widest_);
    const int64_t stop = (task + 1) * atoms_.count / tasks_;
    for (int64_t i = task * atoms_.count / tasks_; i < stop; i += kTogether) {
      block.count = static_cast<int>(stop - i < kTogether ? stop - i : kTogether);
      for (int b = 0; b < block.count; ++b) block.atoms[b] = i + b;
      windows_.evaluate(block);
      for (int b = 0; b < block.count; ++b) read_atom(block, b, scratch);
    }
  }

  void read_atom(const Block<T>& block, int b, const Scratch& scratch) const {
    const int64_t kinds = atoms_.kinds, results = terms_.results * kinds;
    for (int64_t i = 0; i < results; ++i) store(scratch.totals + i * kLanesOf<T>, all(T(0)));
    if (!block.empty(b)) {
      sum_layers(block, b, scratch);
      sum_terms(block, b, scratch);
    }
    for (int64_t k = 0; k < terms_.results; ++k)
      for (int64_t g = 0; g < kinds; ++g)
        values_[(k * atoms_.count + block.atoms[b]) * kinds + g] = sum(scratch.totals + (k * kinds + g) * kLanesOf<T>);
  }

  // Sums along y, and in a volume along z, of the grid times the factors of every order and Gaussian.
  void sum_layers(const Block<T>& block, int b, const Scratch& scratch) const {
    const Span* spans = block.spans[b];
    const int64_t size = grid_.rows * grid_.columns;
    if (atoms_.dimensions == 2) return sum_rows(source_, block, b, scratch.sums, scratch);
    for (int64_t i = 0; i < sums_ * (windows_.most(2) + 1); i += kLanesOf<T>) store(scratch.sums + i, all(T(0)));
    const int64_t points = windows_.points(spans[2]);
    int64_t layer = spans[2].first;
    for (int64_t z = 0; z < spans[2].count; ++z) {
      sum_rows(source_ + layer * size, block, b, scratch.plane, scratch);
      for (int order = 0; order <= windows_.most(2); ++order) {
        const T* along = block.factors + order * block.row + block.starts[b][2] + z;
        for (int64_t i = 0; i < rows_; ++i) {
          const T factor = along[i % atoms_.kinds * points];
          T* to = scratch.sums + order * sums_ + i * stride_;
          for (int64_t x = 0; x < spans[0].count; x += kLanesOf<T>)
            store(to + x, load(to + x) + factor * load(scratch.plane + i * stride_ + x));
        }
      }
      if (++layer == grid_.layers) layer = 0;
    }
  }

  void sum_rows(const T* layer, const Block<T>& block, int b, T* sums, const Scratch& scratch) const {
    const Span* spans = block.spans[b];
    const bool inside = spans[0].first + whole_vectors<T>(spans[0].count) <= grid_.columns &&
                        spans[1].first + spans[1].count <= grid_.rows;
    for (int order = 0; order <= windows_.most(1); ++order) {
      const T* along = block.factors + order * block.row + block.starts[b][1];
      T* to = sums + order * atoms_.kinds * stride_;
      if (inside)
        several_rows(layer + spans[1].first * grid_.columns + spans[0].first, spans, along, to);
      else
        wrapped_rows(layer, spans, along, to, scratch.row);
    }
  }

  void several_rows(const T* corner, const Span* spans, const T* along, T* sums) const {
    const int64_t points = windows_.points(spans[1]);
    for (int64_t x = 0; x < spans[0].count; x += kLanesOf<T>) {
      int64_t g = 0;
      for (; g + 5 <= atoms_.kinds; g += 5)
        several<5>(corner + x, spans[1].count, along + g * points, points, sums + g * stride_ + x);
      for (; g < atoms_.kinds; ++g)
        several<1>(corner + x, spans[1].count, along + g * points, points, sums + g * stride_ + x);
    }
  }

  // Sums of N Gaussians, in registers.
  template <int N>
  void several(const T* corner, int64_t rows, const T* along, int64_t points, T* sums) const {
    Vector<T> totals[N];
    for (int n = 0; n < N; ++n) totals[n] = all(T(0));
    for (int64_t y = 0; y < rows; ++y) {
      const Vector<T> row = load(corner + y * grid_.columns);
      for (int n = 0; n < N; ++n) totals[n] += along[n * points + y] * row;
    }
    for (int n = 0; n < N; ++n) store(sums + n * stride_, totals[n]);
  }

  // The same where the window leaves the layer.
  void wrapped_rows(const T* layer, const Span* spans, const T* along, T* sums, T* row) const {
    const int64_t points = windows_.points(spans[1]), used = whole_vectors<T>(spans[0].count);
    for (int64_t g = 0; g < atoms_.kinds; ++g)
      for (int64_t x = 0; x < used; x += kLanesOf<T>) store(sums + g * stride_ + x, all(T(0)));
    int64_t at = spans[1].first;
    for (int64_t y = 0; y < spans[1].count; ++y) {
      int64_t column = spans[0].first;
      for (int64_t x = 0; x < used; ++x) {
        row[x] = x < spans[0].count ? layer[at * grid_.columns + column] : T(0);
        if (++column == grid_.columns) column = 0;
      }
      for (int64_t g = 0; g < atoms_.kinds; ++g) {
        T* to = sums + g * stride_;
        for (int64_t x = 0; x < used; x += kLanesOf<T>)
          store(to + x, load(to + x) + along[g * points + y] * load(row + x));
      }
      if (++at == grid_.rows) at = 0;
    }
  }

  // Adds every term's factors along x times those sums to the vector of its result.
  void sum_terms(const Block<T>& block, int b, const Scratch& scratch) const {
    const int64_t count = block.spans[b][0].count, points = windows_.points(block.spans[b][0]);
    const Vector<T> lanes = lane_numbers<T>();
    for (int64_t t = 0; t < terms_.count; ++t) {
      const int64_t* order = terms_.orders + 3 * t;
      const T coefficient = static_cast<T>(terms_.coefficients[t]);
      const T* along = block.factors + order[0] * block.row + block.starts[b][0];
      const T* sums = scratch.sums + order[2] * sums_ + order[1] * atoms_.kinds * stride_;
      T* to = scratch.totals + terms_.of[t] * atoms_.kinds * kLanesOf<T>;
      for (int64_t g = 0; g < atoms_.kinds; ++g, along += points, sums += stride_, to += kLanesOf<T>) {
        Vector<T> total = load(to);
        for (int64_t x = 0; x < count; x += kLanesOf<T>) {
          const Vector<T> factor = lanes < static_cast<T>(count - x) ? load(along + x) : all(T(0));
          total += coefficient * factor * load(sums + x);
        }
        store(to, total);
      }
    }
  }

  const GaussianGrid& grid_;
  const GaussianAtoms& atoms_;
  const GaussianTerms& terms_;
  const Windows<T> windows_;
  const T* source_;
  T* values_;
  const int64_t rows_;  // of the sums
  int64_t widest_ = 0, stride_ = 0, tasks_ = 1, sums_ = 0, size_ = 0;
  T* memory_ = nullptr;
};

}  // namespace gaussian
}  // namespace
}  // namespace vitreous
