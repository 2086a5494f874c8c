// Where each point is and where its value is stored, for a list of points and for planes of modes alike.
#pragma once

#include <cstdint>

#include "block.h"
#include "kernels.h"
#include "numbers.h"

namespace vitreous {
namespace {

// The modes in use of a half spectrum, row by row: (kx, ky), and where their values are.
class Plane {
 public:
  explicit Plane(const Places& places) : count_(modes_of(places)), modes_(3 * count_ + 1) {
    if (modes_.failed() || !places.columns) return;
    int64_t i = 0;
    for (int64_t row = 0; row < places.rows; ++row)
      for (int64_t column = 0; column < places.columns[row]; ++column, ++i) {
        *modes_.at(i) = static_cast<int32_t>(column);
        *modes_.at(count_ + i) = static_cast<int32_t>(row < (places.rows + 1) / 2 ? row : row - places.rows);
        *modes_.at(2 * count_ + i) = static_cast<int32_t>(row * places.row_length + column);
      }
  }

  bool failed() const { return modes_.failed(); }
  int64_t count() const { return count_; }
  const int32_t* x() const { return modes_.at(0); }
  const int32_t* y() const { return modes_.at(count_); }
  const int32_t* offset() const { return modes_.at(2 * count_); }

 private:
  static int64_t modes_of(const Places& places) {
    int64_t count = 0;
    for (int64_t row = 0; places.columns && row < places.rows; ++row) count += places.columns[row];
    return count;
  }

  const int64_t count_;
  const Numbers<int32_t> modes_;
};

template <typename T>
class Points {
 public:
  Points(const Places& places, const Plane& plane)
      : places_(places), plane_(plane), operand_(static_cast<const T*>(places.operand)) {}

  int64_t count() const { return places_.columns ? places_.count * plane_.count() : places_.count; }
  // Values that one order has.
  int64_t stored() const {
    return places_.columns ? places_.values * places_.rows * places_.row_length : places_.count;
  }

  // Where the points block.index[0 … count - 1] are, and their values; lanes that are left over repeat the first one.
  void load(Block<T>& block) const {
    for (int lane = block.count; lane < kLanes; ++lane) block.index[lane] = block.index[0];
    if (places_.columns)
      load_modes(block);
    else
      load_list(block);
  }

 private:
  void load_list(Block<T>& block) const {
    for (int lane = 0; lane < kLanes; ++lane) {
      const int64_t i = block.index[lane];
      block.value[lane] = i;
      for (int axis = 0; axis < 3; ++axis) block.u[axis][lane] = operand_[3 * i + axis];
    }
  }

  // Neighbours are nearly always of one image.
  void load_modes(Block<T>& block) const {
    const int64_t modes = plane_.count(), first = block.index[0] / modes * modes;
    T x[kLanes], y[kLanes];
    bool together = true;
    for (int lane = 0; lane < kLanes; ++lane) {
      const int64_t i = block.index[lane] - first;
      together &= i >= 0 && i < modes;
    }
    if (!together) return load_apart(block);
    const int64_t image = first / modes, start = image % places_.values * (places_.rows * places_.row_length);
    const T* m = operand_ + 6 * image;
    for (int lane = 0; lane < kLanes; ++lane) {
      const int64_t i = block.index[lane] - first;
      x[lane] = static_cast<T>(plane_.x()[i]);
      y[lane] = static_cast<T>(plane_.y()[i]);
      block.value[lane] = start + plane_.offset()[i];
    }
    for (int axis = 0; axis < 3; ++axis) {
      const T along_x = m[2 * axis], along_y = m[2 * axis + 1];
      for (int lane = 0; lane < kLanes; ++lane) block.u[axis][lane] = along_x * x[lane] + along_y * y[lane];
    }
  }

  void load_apart(Block<T>& block) const {
    const int64_t modes = plane_.count();
    for (int lane = 0; lane < kLanes; ++lane) {
      const int64_t image = block.index[lane] / modes, i = block.index[lane] - image * modes;
      const T* m = operand_ + 6 * image;
      const T x = static_cast<T>(plane_.x()[i]), y = static_cast<T>(plane_.y()[i]);
      for (int axis = 0; axis < 3; ++axis) block.u[axis][lane] = m[2 * axis] * x + m[2 * axis + 1] * y;
      block.value[lane] = image % places_.values * (places_.rows * places_.row_length) + plane_.offset()[i];
    }
  }

  const Places& places_;
  const Plane& plane_;
  const T* operand_;
};

}  // namespace
}  // namespace vitreous
