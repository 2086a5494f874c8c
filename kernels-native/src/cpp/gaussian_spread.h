// Adding windows of Gaussians to an image or a volume, without atomics.
//
// Positions are sorted by the slab of rows (in a volume, of layers) in which their window begins. A window reaches into
// the next slab and no further, so that all even slabs can be filled at the same time, and then all odd ones; within a
// slab the order is that of the operand. The result does not depend on the number of threads.
#pragma once

#include <cstdint>

#include "gaussian_window.h"

namespace vitreous {
namespace {
namespace gaussian {

// What one task needs, for windows of one width.
template <typename T>
struct Workspace {
  Workspace(const Windows<T>& windows, int64_t kinds, int64_t orders, int64_t results, int64_t widest, int64_t tasks)
      : stride(windows.stride(widest)), kinds(kinds) {
    int64_t most = 0;
    for (int axis = 0; axis < 3; ++axis) {
      sizes[axis] = (windows.derivatives.most[axis] + 1) * kinds * stride;
      if (sizes[axis] > most) most = sizes[axis];
    }
    edges_size = most + kLanesOf<T>;
    results_size = windows.stride_of(results);
    weights_size = windows.stride_of(orders * kinds);
    scales_size = windows.stride_of(kinds);
    size = sizes[0] + sizes[1] + sizes[2] + edges_size + results_size + weights_size + scales_size + stride;
    total = size * tasks;
  }

  // The parts of a task's memory.
  struct Parts {
    T* factors[3];
    T* edges;
    T* results;
    T* weights;
    T* scales;
    T* row;
  };
  Parts parts(T* start) const {
    Parts p;
    for (int axis = 0; axis < 3; ++axis) {
      p.factors[axis] = start;
      start += sizes[axis];
    }
    p.edges = start;
    p.results = p.edges + edges_size;
    p.weights = p.results + results_size;
    p.scales = p.weights + weights_size;
    p.row = p.scales + scales_size;
    return p;
  }

  int64_t stride, kinds, sizes[3], edges_size, results_size, weights_size, scales_size, size, total;
};

template <typename T>
class Spread {
 public:
  Spread(const GaussianGrid& grid, const GaussianAtoms& atoms, const Orders& orders, const T* amplitudes, T* target)
      : grid_(grid), atoms_(atoms), orders_(orders), windows_(grid, atoms, orders), amplitudes_(amplitudes),
        target_(target), axis_(atoms.dimensions - 1) {}

  // False if there is no memory for it.
  bool run(const Threads* threads) {
    if (atoms_.count == 0 || atoms_.kinds == 0) return true;
    const int64_t widest = windows_.widest(), size = windows_.size(axis_);
    slab_ = widest < kLeastSlab ? kLeastSlab : widest;
    slabs_ = size / slab_ < 1 ? 1 : size / slab_;
    const Workspace<T> space(windows_, atoms_.kinds, orders_.count, weights_of(windows_.stride(widest)), widest, slabs_);
    const Numbers<T> numbers(space.total);
    const Numbers<uint32_t> sorted(atoms_.count), slab_of(atoms_.count), starts(slabs_ + 2);
    if (numbers.failed() || sorted.failed() || slab_of.failed() || starts.failed()) return false;
    space_ = &space;
    numbers_ = &numbers;
    sorted_ = sorted.at(0);
    starts_ = starts.at(0);
    sort(slab_of.at(0));
    // The last slab of a periodic grid reaches into the first one.
    const int64_t together = grid_.periodic && slabs_ % 2 == 1 ? slabs_ - 1 : slabs_;
    for (int64_t parity = 0; parity < 2; ++parity) {
      first_slab_ = parity;
      threads->run(threads, (together - parity + 1) / 2,
                   [](void* self, int64_t i) { static_cast<Spread*>(self)->fill(i); }, this);
    }
    first_slab_ = together;
    if (together < slabs_) fill(0);
    return true;
  }

 private:
  static constexpr int64_t kLeastSlab = 8;

  // Numbers for the weights along y: [x orders][Gaussian][y].
  int64_t weights_of(int64_t stride) const { return (windows_.derivatives.most[0] + 1) * atoms_.kinds * stride; }

  void sort(uint32_t* slab_of) {
    for (int64_t s = 0; s < slabs_ + 2; ++s) starts_[s] = 0;
    for (int64_t i = 0; i < atoms_.count; ++i) {
      const Span span = windows_.span(i, axis_);
      const int64_t slab = span.count < 1 ? slabs_ : span.first / slab_ < slabs_ ? span.first / slab_ : slabs_ - 1;
      slab_of[i] = static_cast<uint32_t>(slab);
      if (slab < slabs_) ++starts_[slab + 2];
    }
    for (int64_t s = 2; s < slabs_ + 2; ++s) starts_[s] += starts_[s - 1];
    for (int64_t i = 0; i < atoms_.count; ++i)
      if (slab_of[i] < slabs_) sorted_[starts_[slab_of[i] + 1]++] = static_cast<uint32_t>(i);
  }

  void fill(int64_t task) {
    const int64_t slab = first_slab_ + 2 * task;
    const typename Workspace<T>::Parts parts = space_->parts(numbers_->at(slab * space_->size));
    for (int64_t i = starts_[slab]; i < starts_[slab + 1]; ++i) add(sorted_[i], parts);
  }

  void add(int64_t atom, const typename Workspace<T>::Parts& parts) const {
    Span spans[3];
    for (int axis = 0; axis < 3; ++axis) {
      spans[axis] = windows_.span(atom, axis);
      if (spans[axis].count < 1) return;
    }
    windows_.scales(atom, parts.scales);
    for (int axis = 0; axis < 3; ++axis)
      windows_.evaluate(atom, axis, spans[axis], parts.scales, space_->stride, parts.factors[axis], parts.edges);
    for (int64_t z = 0; z < spans[2].count; ++z) {
      weigh(atom, z, spans[1].count, parts);
      T* layer = target_ + (spans[2].first + z) % grid_.layers * grid_.rows * grid_.columns;
      for (int64_t y = 0; y < spans[1].count; ++y)
        add_row(layer + (spans[1].first + y) % grid_.rows * grid_.columns, y, spans[0], parts);
    }
  }

  // The weights along y at one z, [x order][Gaussian][y]: every order's amplitude times its factors of y and z.
  void weigh(int64_t atom, int64_t z, int64_t rows, const typename Workspace<T>::Parts& parts) const {
    const int64_t kinds = atoms_.kinds, stride = space_->stride, used = windows_.stride_of(rows);
    for (int64_t i = 0; i < (windows_.derivatives.most[0] + 1) * kinds; ++i)
      for (int64_t y = 0; y < used; y += kLanesOf<T>) store(parts.results + i * stride + y, all(T(0)));
    for (int64_t k = 0; k < orders_.count; ++k) {
      const int64_t* order = orders_.xyz + 3 * k;
      const T* amplitudes = amplitudes_ + (k * atoms_.count + atom) * kinds;
      for (int64_t g = 0; g < kinds; ++g) {
        const T amount = amplitudes[g] * parts.factors[2][(order[2] * kinds + g) * stride + z];
        const T* along = parts.factors[1] + (order[1] * kinds + g) * stride;
        T* to = parts.results + (order[0] * kinds + g) * stride;
        for (int64_t y = 0; y < used; y += kLanesOf<T>) store(to + y, load(to + y) + amount * load(along + y));
      }
    }
  }

  void add_row(T* row, int64_t y, Span span, const typename Workspace<T>::Parts& parts) const {
    const int64_t stride = space_->stride, used = windows_.stride_of(span.count);
    const int64_t terms = (windows_.derivatives.most[0] + 1) * atoms_.kinds;
    const bool inside = span.first + used <= grid_.columns;
    for (int64_t x = 0; x < used; x += kLanesOf<T>) {
      Vector<T> total = inside ? load(row + span.first + x) : all(T(0));
      for (int64_t i = 0; i < terms; ++i)
        total += parts.results[i * stride + y] * load(parts.factors[0] + i * stride + x);
      store(inside ? row + span.first + x : parts.row + x, total);
    }
    if (inside) return;
    for (int64_t x = 0; x < span.count; ++x) row[(span.first + x) % grid_.columns] += parts.row[x];
  }

  const GaussianGrid& grid_;
  const GaussianAtoms& atoms_;
  const Orders& orders_;
  const Windows<T> windows_;
  const T* amplitudes_;
  T* target_;
  const int axis_;  // of the slabs
  int64_t slab_ = 0, slabs_ = 0, first_slab_ = 0;
  const Workspace<T>* space_ = nullptr;
  const Numbers<T>* numbers_ = nullptr;
  uint32_t* sorted_ = nullptr;
  uint32_t* starts_ = nullptr;
};

}  // namespace gaussian
}  // namespace
}  // namespace vitreous
