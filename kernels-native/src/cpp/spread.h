// Adding values into half spectra: the adjoint of reading, without atomics. Points are sorted by the slab of layers in
// which their window begins.
#pragma once

#include <cstdint>
#include <limits>

#include "block.h"
#include "kernels.h"
#include "orders.h"
#include "points.h"
#include "row.h"
#include "slabs.h"

namespace vitreous {
namespace {

constexpr int64_t kSlab = kMaxWidth;             // layers
constexpr int64_t kPointsPerPass = 1 << 20;  // 8 bytes each are in use for their order

template <typename T, int W, int C>
inline void add_window(T* corner, int64_t row_step, int64_t layer_step, const Weights<T, W>& wy,
                       const Weights<T, W>& wz, int lane, const T* along_x) {
  using Taps = Row<T, W * C>;
  const Taps taps = Taps::load(along_x);
  for (int z = 0; z < W; ++z) {
    Taps layer = Taps::zero();
    layer.add(wz.tap[z][lane], taps);
    for (int y = 0; y < W; ++y) {
      T* place = corner + z * layer_step + y * row_step;
      Taps row = Taps::load(place);
      row.add(wy.tap[y][lane], layer);
      row.store(place);
    }
  }
}

// The same with slopes: base + along_y ∂y + along_z ∂z.
template <typename T, int W, int C>
inline void add_slopes(T* corner, int64_t row_step, int64_t layer_step, const BundleWeights<T, W>& weights, int lane,
                       const T* base, const T* along_y, const T* along_z) {
  using Taps = Row<T, W * C>;
  const Taps taps = Taps::load(base), taps_y = Taps::load(along_y), taps_z = Taps::load(along_z);
  for (int z = 0; z < W; ++z) {
    Taps layer = Taps::zero(), slope = Taps::zero();
    layer.add(weights.z[0].tap[z][lane], taps);
    layer.add(weights.z[1].tap[z][lane], taps_z);
    slope.add(weights.z[0].tap[z][lane], taps_y);
    for (int y = 0; y < W; ++y) {
      T* place = corner + z * layer_step + y * row_step;
      Taps row = Taps::load(place);
      row.add(weights.y[0].tap[y][lane], layer);
      row.add(weights.y[1].tap[y][lane], slope);
      row.store(place);
    }
  }
}

// What is added to x's taps: `add += weights × value`, the value conjugated for flipped points, negated where odd.
template <typename T, int W, int C>
inline void along_x(const T* value, const Weights<T, W>& weights, int lane, T sign, bool odd, bool lost, T* add) {
  const T nan = std::numeric_limits<T>::quiet_NaN();
  for (int c = 0; c < C; ++c) {
    const bool negated = (c == 1) != odd;
    const T v = lost ? nan : negated ? sign * value[c] : value[c];
    for (int x = 0; x < W; ++x) add[C * x + c] += weights.tap[x][lane] * v;
  }
}

// Values of several orders, added into one grid.
template <typename T, int W, int C>
struct SpreadOrders {
  const Table<T>& table;
  const Orders& orders;
  const T* values;
  T* target;

  void prefetch(const Block<T>& block, const Grid& grid) const {
    for (int lane = 0; lane < block.count; ++lane)
      prefetch_window<T, W, C>(target + C * corner_of(block, grid, lane), grid);
  }

  void add(const Block<T>& block, const Points<T>& points, const Grid& grid) const {
    for_each_bundle(orders, [&](const Bundle& bundle) {
      BundleWeights<T, W> weights;
      weights.evaluate(table, bundle, block);
      const int64_t row_step = C * grid.columns, layer_step = row_step * grid.rows, stored = C * points.stored();
      for (int lane = 0; lane < block.count; ++lane) {
        T* corner = target + C * corner_of(block, grid, lane);
        const T* value = values + C * block.value[lane];
        const T sign = block.sign[lane];
        const bool lost = block.lost[lane], odd = bundle.base.odd();
        T base[W * C] = {};
        if (bundle.value >= 0)
          along_x<T, W, C>(value + bundle.value * stored, weights.x[0], lane, sign, odd, lost, base);
        if (bundle.slopes < 0) {
          add_window<T, W, C>(corner, row_step, layer_step, weights.y[0], weights.z[0], lane, base);
          continue;
        }
        const T* slopes = value + bundle.slopes * stored;
        T along_y[W * C] = {}, along_z[W * C] = {};
        along_x<T, W, C>(slopes, weights.x[1], lane, sign, !odd, lost, base);
        along_x<T, W, C>(slopes + stored, weights.x[0], lane, sign, !odd, lost, along_y);
        along_x<T, W, C>(slopes + 2 * stored, weights.x[0], lane, sign, !odd, lost, along_z);
        add_slopes<T, W, C>(corner, row_step, layer_step, weights, lane, base, along_y, along_z);
      }
    });
  }
};

// Complex values into one grid and real ones, at the same points, into another.
template <typename T, int W>
struct InsertBoth {
  const Table<T>& table;
  const T* values;
  const T* amounts;
  T* numerator;
  T* weight;

  void prefetch(const Block<T>& block, const Grid& grid) const {
    for (int lane = 0; lane < block.count; ++lane) {
      const int64_t corner = corner_of(block, grid, lane);
      prefetch_window<T, W, 2>(numerator + 2 * corner, grid);
      prefetch_window<T, W, 1>(weight + corner, grid);
    }
  }

  void add(const Block<T>& block, const Points<T>&, const Grid& grid) const {
    BundleWeights<T, W> weights;
    weights.evaluate(table, Bundle{{0, 0, 0}, 0, -1}, block);
    const int64_t row_step = grid.columns, layer_step = row_step * grid.rows;
    for (int lane = 0; lane < block.count; ++lane) {
      const int64_t corner = corner_of(block, grid, lane), from = block.value[lane];
      T both[2 * W] = {}, real[W] = {};
      along_x<T, W, 2>(values + 2 * from, weights.x[0], lane, block.sign[lane], false, block.lost[lane], both);
      along_x<T, W, 1>(amounts + from, weights.x[0], lane, block.sign[lane], false, block.lost[lane], real);
      add_window<T, W, 2>(numerator + 2 * corner, 2 * row_step, 2 * layer_step, weights.y[0], weights.z[0], lane, both);
      add_window<T, W, 1>(weight + corner, row_step, layer_step, weights.y[0], weights.z[0], lane, real);
    }
  }
};

template <typename T, int W, typename Target>
class Spread {
 public:
  Spread(const Grid& grid, const Points<T>& points, const Target& target)
      : grid_(grid), points_(points), target_(target), slabs_((grid.layers + kSlab - 1) / kSlab) {}

  // False if there is no memory for it.
  bool run(const Threads* threads) {
    const int64_t count = points_.count();
    if (count == 0) return true;
    SlabSort sorted(count < kPointsPerPass ? count : kPointsPerPass, slabs_);
    if (sorted.failed()) return false;
    sorted_ = &sorted;
    for (first_ = 0; first_ < count; first_ += kPointsPerPass) {
      const int64_t size = count - first_ < kPointsPerPass ? count - first_ : kPointsPerPass;
      sorted.sort(threads, size, [this](int64_t i, int64_t stop, uint32_t* slab_of) { assign(i, stop, slab_of); });
      for (parity_ = 0; parity_ < 2; ++parity_)
        threads->run(threads, (slabs_ - parity_ + 1) / 2,
                     [](void* self, int64_t i) { static_cast<Spread*>(self)->fill(i); }, this);
    }
    return true;
  }

 private:
  void assign(int64_t start, int64_t stop, uint32_t* slab_of) const {
    Block<T> block;
    for (int64_t i = start; i < stop; i += kLanes) {
      block.count = static_cast<int>(stop - i < kLanes ? stop - i : kLanes);
      for (int lane = 0; lane < block.count; ++lane) block.index[lane] = first_ + i + lane;
      points_.load(block);
      locate<T, W>(block, grid_);
      for (int lane = 0; lane < block.count; ++lane)
        slab_of[i - start + lane] = static_cast<uint32_t>(block.layer[lane] / kSlab);
    }
  }

  // While one block is added, the memory of the next one's windows is on its way.
  void fill(int64_t task) {
    const int64_t slab = 2 * task + parity_, first = sorted_->start(slab), stop = sorted_->start(slab + 1);
    if (first == stop) return;
    Block<T> blocks[2];
    fetch(blocks[0], first, stop);
    for (int64_t i = first, turn = 0; i < stop; i += kLanes, turn ^= 1) {
      if (i + kLanes < stop) fetch(blocks[turn ^ 1], i + kLanes, stop);
      target_.add(blocks[turn], points_, grid_);
    }
  }

  void fetch(Block<T>& block, int64_t i, int64_t stop) const {
    block.count = static_cast<int>(stop - i < kLanes ? stop - i : kLanes);
    for (int lane = 0; lane < block.count; ++lane) block.index[lane] = first_ + (*sorted_)[i + lane];
    points_.load(block);
    locate<T, W>(block, grid_);
    target_.prefetch(block, grid_);
  }

  const Grid& grid_;
  const Points<T>& points_;
  const Target& target_;
  const int64_t slabs_;
  const SlabSort* sorted_ = nullptr;
  int64_t first_ = 0, parity_ = 0;  // of the pass
};

}  // namespace
}  // namespace vitreous
