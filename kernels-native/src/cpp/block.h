// Points side by side, one to a lane: where their windows are, and the weights of the taps.
#pragma once

#include <cstdint>

#include "kernels.h"
#include "row.h"

namespace vitreous {
namespace {

constexpr int kLanes = 16;
constexpr double kTie = 1.0 / 16384;        // steps by which a window is late: see locate()
constexpr double kFarthest = 4194304.0;     // steps from which on a position has no fraction left in single precision

// The window's polynomials in the precision of the data.
template <typename T>
struct Table {
  T coefficients[kMaxDerivatives][kMaxWidth][kMaxCoefficients];
  int count;

  explicit Table(const Window& window) : count(static_cast<int>(window.degree) + 1) {
    const double* source = window.table;
    for (int64_t d = 0; d < window.derivatives; ++d)
      for (int64_t tap = 0; tap < window.width; ++tap)
        for (int k = 0; k < count; ++k) coefficients[d][tap][k] = static_cast<T>(*source++);
  }
};

template <typename T>
struct Block {
  int count;
  int64_t index[kLanes];  // which points of all
  int64_t value[kLanes];  // where their values are
  T u[3][kLanes];         // their positions x, y, z
  T z[3][kLanes];         // 2 t - 1 with the fraction t of the first tap, along x, y, z
  T sign[kLanes];         // -1 for points that are read at -u
  int32_t column[kLanes], row[kLanes], layer[kLanes];  // of the window's first corner
  int32_t lost[kLanes];   // no number, or too far for its fraction to be one
};

// Remainders that are not negative. Positions are nearly always at most one period away.
inline void wrap(int32_t* i, int32_t period) {
  int32_t far = 0;
  for (int lane = 0; lane < kLanes; ++lane) {
    i[lane] += i[lane] < 0 ? period : 0;
    i[lane] -= i[lane] >= period ? period : 0;
    far |= i[lane] | (period - 1 - i[lane]);  // negative where either is
  }
  if (far < 0)
    for (int lane = 0; lane < kLanes; ++lane) i[lane] = (i[lane] % period + period) % period;
}

// Places the windows of a block's points. A window begins at ceil(u - w/2 - kTie), so that positions on the lattice,
// where two windows would do, get the same one whatever their rounding.
template <typename T, int W>
void locate(Block<T>& block, const Grid& grid) {
  constexpr int apron = W / 2 + 1;
  const T far = static_cast<T>(kFarthest), half = T(0.5) * W, tie = static_cast<T>(kTie);
  int32_t* const first[3] = {block.column, block.row, block.layer};
  T keep[kLanes];  // the sign, or 0 for points that are lost
  for (int lane = 0; lane < kLanes; ++lane) {
    const T x = block.u[0][lane], y = block.u[1][lane], z = block.u[2][lane];
    const int32_t near = (x > -far) & (x < far) & (y > -far) & (y < far) & (z > -far) & (z < far);
    const T sign = x < 0 ? T(-1) : T(1);
    block.lost[lane] = !near;
    block.sign[lane] = near ? sign : T(1);
    keep[lane] = near ? sign : T(0);
  }
  for (int axis = 0; axis < 3; ++axis)
    for (int lane = 0; lane < kLanes; ++lane) {
      const T u = keep[lane] == 0 ? T(0) : block.u[axis][lane] * keep[lane];
      const T start = u - half, late = start - tie;
      const int32_t down = static_cast<int32_t>(late);
      const int32_t corner = down + (static_cast<T>(down) < late ? 1 : 0);
      block.z[axis][lane] = 2 * (static_cast<T>(corner) - start) - 1;
      first[axis][lane] = corner + apron;
    }
  const int32_t last = static_cast<int32_t>(grid.columns) - W;
  for (int lane = 0; lane < kLanes; ++lane) {
    const int32_t column = block.column[lane] < 0 ? 0 : block.column[lane];
    block.column[lane] = column > last ? last : column;
  }
  wrap(block.row, static_cast<int32_t>(grid.rows) - 2 * apron);
  wrap(block.layer, static_cast<int32_t>(grid.layers) - 2 * apron);
}

// The voxel at the first corner of a lane's window.
template <typename T>
inline int64_t corner_of(const Block<T>& block, const Grid& grid, int lane) {
  return (block.layer[lane] * grid.rows + block.row[lane]) * grid.columns + block.column[lane];
}

// Asks for the memory of a window.
template <typename T, int W, int C>
inline void prefetch_window(const T* corner, const Grid& grid) {
  for (int z = 0; z < W; ++z)
    for (int y = 0; y < W; ++y) {
      const T* row = corner + C * grid.columns * (z * grid.rows + y);
      prefetch(row);
      prefetch(row + W * C - 1);
    }
}

// Weights of the taps along one axis.
template <typename T, int W>
struct Weights {
  T tap[W][kLanes];

  void evaluate(const Table<T>& table, int derivative, const T* z) {
    for (int i = 0; i < W; ++i) {
      const T* c = table.coefficients[derivative][i];
      T total[kLanes];
      for (int lane = 0; lane < kLanes; ++lane) total[lane] = c[0];
      for (int k = 1; k < table.count; ++k)
        for (int lane = 0; lane < kLanes; ++lane) total[lane] = total[lane] * z[lane] + c[k];
      for (int lane = 0; lane < kLanes; ++lane) tap[i][lane] = total[lane];
    }
  }
};

}  // namespace
}  // namespace vitreous
