// Sums over an image or a volume through windows of Gaussians: the transpose of adding them.
#pragma once

#include <cstdint>

#include "gaussian_spread.h"

namespace vitreous {
namespace {
namespace gaussian {

template <typename T>
class Gather {
 public:
  Gather(const GaussianGrid& grid, const GaussianAtoms& atoms, const Orders& orders, const T* source, T* values)
      : grid_(grid), atoms_(atoms), orders_(orders), windows_(grid, atoms, orders), source_(source), values_(values) {}

  // False if there is no memory for it.
  bool run(const Threads* threads) {
    if (atoms_.count == 0 || atoms_.kinds == 0) return true;
    const int64_t widest = windows_.widest(), stride = windows_.stride(widest);
    tasks_ = (atoms_.count + kLeastAtoms - 1) / kLeastAtoms;
    if (tasks_ > kMostTasks) tasks_ = kMostTasks;
    const int64_t sums = rows_of(stride) * (1 + layers()) + stride;
    const Workspace<T> space(windows_, atoms_.kinds, orders_.count, sums, widest, tasks_);
    const Numbers<T> numbers(space.total);
    if (numbers.failed()) return false;
    space_ = &space;
    numbers_ = &numbers;
    threads->run(threads, tasks_, [](void* self, int64_t i) { static_cast<Gather*>(self)->read(i); }, this);
    return true;
  }

 private:
  static constexpr int64_t kLeastAtoms = 64, kMostTasks = 64;

  int64_t layers() const { return windows_.derivatives.most[2] + 1; }
  // Numbers for the sums along y, or along y and z, of one order in z: [y order][Gaussian][x].
  int64_t rows_of(int64_t stride) const { return (windows_.derivatives.most[1] + 1) * atoms_.kinds * stride; }

  void read(int64_t task) const {
    const typename Workspace<T>::Parts parts = space_->parts(numbers_->at(task * space_->size));
    const int64_t stop = (task + 1) * atoms_.count / tasks_;
    for (int64_t atom = task * atoms_.count / tasks_; atom < stop; ++atom) read_atom(atom, parts);
  }

  void read_atom(int64_t atom, const typename Workspace<T>::Parts& parts) const {
    Span spans[3];
    bool outside = false;
    for (int axis = 0; axis < 3; ++axis) {
      spans[axis] = windows_.span(atom, axis);
      outside |= spans[axis].count < 1;
    }
    if (outside) {
      for (int64_t k = 0; k < orders_.count; ++k)
        for (int64_t g = 0; g < atoms_.kinds; ++g) values_[(k * atoms_.count + atom) * atoms_.kinds + g] = 0;
      return;
    }
    windows_.scales(atom, parts.scales);
    for (int axis = 0; axis < 3; ++axis)
      windows_.evaluate(atom, axis, spans[axis], parts.scales, space_->stride, parts.factors[axis], parts.edges);
    const int64_t size = rows_of(space_->stride), used = windows_.stride_of(spans[0].count);
    T* plane = parts.results;
    T* sums = atoms_.dimensions == 2 ? plane : plane + size;
    if (atoms_.dimensions == 3)
      for (int64_t i = 0; i < size * layers(); i += kLanesOf<T>) store(sums + i, all(T(0)));
    for (int64_t z = 0; z < spans[2].count; ++z) {
      sum_rows(source_ + (spans[2].first + z) % grid_.layers * grid_.rows * grid_.columns, spans, plane, parts);
      if (atoms_.dimensions == 3) add_layer(z, used, plane, sums, parts);
    }
    for (int64_t k = 0; k < orders_.count; ++k) {
      const int64_t* order = orders_.xyz + 3 * k;
      for (int64_t g = 0; g < atoms_.kinds; ++g) {
        const T* along = parts.factors[0] + (order[0] * atoms_.kinds + g) * space_->stride;
        const T* from = sums + order[2] * size + (order[1] * atoms_.kinds + g) * space_->stride;
        Vector<T> total = load(along) * load(from);
        for (int64_t x = kLanesOf<T>; x < used; x += kLanesOf<T>) total += load(along + x) * load(from + x);
        values_[(k * atoms_.count + atom) * atoms_.kinds + g] = sum<T>(total);
      }
    }
  }

  // Sums along y of the grid times the factors of every order and Gaussian, [y order][Gaussian][x].
  void sum_rows(const T* layer, const Span* spans, T* sums, const typename Workspace<T>::Parts& parts) const {
    const int64_t stride = space_->stride, used = windows_.stride_of(spans[0].count);
    const int64_t terms = (windows_.derivatives.most[1] + 1) * atoms_.kinds;
    const bool inside = spans[0].first + used <= grid_.columns && spans[1].first + spans[1].count <= grid_.rows;
    for (int64_t x = 0; x < used; x += kLanesOf<T>) {
      if (inside) {
        const T* corner = layer + spans[1].first * grid_.columns + spans[0].first + x;
        int64_t i = 0;
        for (; i + 4 <= terms; i += 4) several<4>(corner, spans[1].count, i, sums + x, parts);
        for (; i < terms; ++i) several<1>(corner, spans[1].count, i, sums + x, parts);
        continue;
      }
      for (int64_t i = 0; i < terms; ++i) store(sums + i * stride + x, all(T(0)));
      for (int64_t y = 0; y < spans[1].count; ++y) {
        const T* row = layer + (spans[1].first + y) % grid_.rows * grid_.columns;
        T part[kLanesOf<T>] = {};
        for (int64_t j = 0; j < kLanesOf<T> && x + j < spans[0].count; ++j)
          part[j] = row[(spans[0].first + x + j) % grid_.columns];
        for (int64_t i = 0; i < terms; ++i) {
          T* to = sums + i * stride + x;
          store(to, load(to) + parts.factors[1][i * stride + y] * load(part));
        }
      }
    }
  }

  // Some of these, whose sums stay in registers.
  template <int N>
  void several(const T* corner, int64_t rows, int64_t first, T* sums, const typename Workspace<T>::Parts& parts) const {
    const int64_t stride = space_->stride;
    const T* along = parts.factors[1] + first * stride;
    Vector<T> totals[N];
    for (int n = 0; n < N; ++n) totals[n] = all(T(0));
    for (int64_t y = 0; y < rows; ++y) {
      const Vector<T> row = load(corner + y * grid_.columns);
      for (int n = 0; n < N; ++n) totals[n] += along[n * stride + y] * row;
    }
    for (int n = 0; n < N; ++n) store(sums + (first + n) * stride, totals[n]);
  }

  // The sums along z: [z order][y order][Gaussian][x].
  void add_layer(int64_t z, int64_t used, const T* plane, T* sums, const typename Workspace<T>::Parts& parts) const {
    const int64_t stride = space_->stride, kinds = atoms_.kinds, size = rows_of(stride);
    for (int64_t order = 0; order < layers(); ++order)
      for (int64_t i = 0; i < (windows_.derivatives.most[1] + 1) * kinds; ++i) {
        const T factor = parts.factors[2][(order * kinds + i % kinds) * stride + z];
        T* to = sums + order * size + i * stride;
        for (int64_t x = 0; x < used; x += kLanesOf<T>) store(to + x, load(to + x) + factor * load(plane + i * stride + x));
      }
  }

  const GaussianGrid& grid_;
  const GaussianAtoms& atoms_;
  const Orders& orders_;
  const Windows<T> windows_;
  const T* source_;
  T* values_;
  int64_t tasks_ = 1;
  const Workspace<T>* space_ = nullptr;
  const Numbers<T>* numbers_ = nullptr;
};

}  // namespace gaussian
}  // namespace
}  // namespace vitreous
