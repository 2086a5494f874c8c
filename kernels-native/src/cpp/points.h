// Where each point is and where its value is stored, for a list of points and for planes of modes alike.
#pragma once

#include <cstdint>
#include <cstdlib>

#include "block.h"
#include "kernels.h"

namespace vitreous {
namespace {

// The modes in use of a half spectrum, row by row.
class Plane {
 public:
  explicit Plane(const Places& places) : modes_(nullptr), count_(0) {
    if (!places.columns) return;
    for (int64_t row = 0; row < places.rows; ++row) count_ += places.columns[row];
    modes_ = static_cast<Mode*>(std::malloc(sizeof(Mode) * (count_ ? count_ : 1)));
    if (!modes_) return;
    Mode* mode = modes_;
    for (int64_t row = 0; row < places.rows; ++row) {
      const int64_t y = row < (places.rows + 1) / 2 ? row : row - places.rows;
      for (int64_t x = 0; x < places.columns[row]; ++x)
        *mode++ = {static_cast<int32_t>(x), static_cast<int32_t>(y), row * places.row_length + x};
    }
  }
  ~Plane() { std::free(modes_); }
  Plane(const Plane&) = delete;
  Plane& operator=(const Plane&) = delete;

  struct Mode {
    int32_t x, y;
    int64_t offset;
  };
  bool failed(const Places& places) const { return places.columns && !modes_; }
  int64_t count() const { return count_; }
  const Mode& operator[](int64_t i) const { return modes_[i]; }

 private:
  Mode* modes_;
  int64_t count_;
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

  void load_modes(Block<T>& block) const {
    const int64_t modes = plane_.count(), spectrum = places_.rows * places_.row_length;
    int64_t image = block.index[0] / modes, first = image * modes, start = image % places_.values * spectrum;
    const T* matrix = operand_ + 6 * image;
    for (int lane = 0; lane < kLanes; ++lane) {
      int64_t i = block.index[lane] - first;
      if (i < 0 || i >= modes) {  // neighbours are nearly always of one image
        image = block.index[lane] / modes;
        first = image * modes;
        start = image % places_.values * spectrum;
        matrix = operand_ + 6 * image;
        i = block.index[lane] - first;
      }
      const Plane::Mode& mode = plane_[i];
      block.value[lane] = start + mode.offset;
      const T x = static_cast<T>(mode.x), y = static_cast<T>(mode.y);
      for (int axis = 0; axis < 3; ++axis) block.u[axis][lane] = matrix[2 * axis] * x + matrix[2 * axis + 1] * y;
    }
  }

  const Places& places_;
  const Plane& plane_;
  const T* operand_;
};

}  // namespace
}  // namespace vitreous
