// Reading a half spectrum at points.
#pragma once

#include <cstdint>
#include <limits>

#include "block.h"
#include "kernels.h"
#include "orders.h"
#include "points.h"
#include "row.h"

namespace vitreous {
namespace {

constexpr int64_t kPointsPerTask = 1024;

// The window at one point, contracted along z and y: `base[W C]`, and with slopes along y and z too.
template <typename T, int W, int C, bool Slopes>
inline void contract(const T* corner, int64_t row_step, int64_t layer_step, const BundleWeights<T, W>& weights,
                     int lane, T* base, T* along_y, T* along_z) {
  using Taps = Row<T, W * C>;
  Taps total = Taps::zero(), total_y = Taps::zero(), total_z = Taps::zero();
  for (int z = 0; z < W; ++z) {
    Taps sum = Taps::zero(), slope = Taps::zero();
    for (int y = 0; y < W; ++y) {
      const Taps row = Taps::load(corner + z * layer_step + y * row_step);
      sum.add(weights.y[0].tap[y][lane], row);
      if (Slopes) slope.add(weights.y[1].tap[y][lane], row);
    }
    total.add(weights.z[0].tap[z][lane], sum);
    if (Slopes) {
      total_y.add(weights.z[0].tap[z][lane], slope);
      total_z.add(weights.z[1].tap[z][lane], sum);
    }
  }
  total.store(base);
  if (Slopes) {
    total_y.store(along_y);
    total_z.store(along_z);
  }
}

// Σ_x weights × taps, flipped points conjugated and odd derivatives negated.
template <typename T, int W, int C>
inline void finish(const T* taps, const Weights<T, W>& weights, int lane, T sign, bool odd, bool lost, T* value) {
  T total[C] = {};
  for (int x = 0; x < W; ++x)
    for (int c = 0; c < C; ++c) total[c] += weights.tap[x][lane] * taps[C * x + c];
  const T nan = std::numeric_limits<T>::quiet_NaN();
  for (int c = 0; c < C; ++c) {
    const bool negated = (c == 1) != odd;
    value[c] = lost ? nan : negated ? sign * total[c] : total[c];
  }
}

template <typename T, int W, int C>
struct Gather {
  const Grid& grid;
  const Points<T>& points;
  const Table<T>& table;
  const Orders& orders;
  const T* source;
  T* target;

  void run(const Threads* threads) {
    const int64_t tasks = (points.count() + kPointsPerTask - 1) / kPointsPerTask;
    threads->run(threads, tasks, [](void* self, int64_t i) { static_cast<Gather*>(self)->read(i); }, this);
  }

  // While one block is read, the memory of the next one's windows is on its way.
  void read(int64_t task) {
    const int64_t first = task * kPointsPerTask;
    const int64_t stop = first + kPointsPerTask < points.count() ? first + kPointsPerTask : points.count();
    Block<T> blocks[2];
    prepare(blocks[0], first, stop);
    for (int64_t start = first, turn = 0; start < stop; start += kLanes, turn ^= 1) {
      if (start + kLanes < stop) prepare(blocks[turn ^ 1], start + kLanes, stop);
      const Block<T>& block = blocks[turn];
      for_each_bundle(orders, [&](const Bundle& bundle) {
        if (bundle.slopes < 0)
          read_block<false>(block, bundle);
        else
          read_block<true>(block, bundle);
      });
    }
  }

  void prepare(Block<T>& block, int64_t start, int64_t stop) const {
    block.count = static_cast<int>(stop - start < kLanes ? stop - start : kLanes);
    for (int lane = 0; lane < block.count; ++lane) block.index[lane] = start + lane;
    points.load(block);
    locate<T, W>(block, grid);
    for (int lane = 0; lane < block.count; ++lane) prefetch_window<T, W, C>(source + C * corner_of(block, grid, lane), grid);
  }

  template <bool Slopes>
  void read_block(const Block<T>& block, const Bundle& bundle) {
    BundleWeights<T, W> weights;
    weights.evaluate(table, bundle, block);
    const int64_t row_step = C * grid.columns, layer_step = row_step * grid.rows, stored = C * points.stored();
    for (int lane = 0; lane < block.count; ++lane) {
      const T* corner = source + C * corner_of(block, grid, lane);
      T base[W * C], along_y[W * C], along_z[W * C];
      contract<T, W, C, Slopes>(corner, row_step, layer_step, weights, lane, base, along_y, along_z);
      const T sign = block.sign[lane];
      const bool lost = block.lost[lane], odd = bundle.base.odd();
      T* out = target + C * block.value[lane];
      if (bundle.value >= 0)
        finish<T, W, C>(base, weights.x[0], lane, sign, odd, lost, out + bundle.value * stored);
      if (Slopes) {
        T* slopes = out + bundle.slopes * stored;
        finish<T, W, C>(base, weights.x[1], lane, sign, !odd, lost, slopes);
        finish<T, W, C>(along_y, weights.x[0], lane, sign, !odd, lost, slopes + stored);
        finish<T, W, C>(along_z, weights.x[0], lane, sign, !odd, lost, slopes + 2 * stored);
      }
    }
  }
};

}  // namespace
}  // namespace vitreous
