// Which derivatives of the window are asked for: one at a time, or a value with its three slopes in one pass.
#pragma once

#include <cstdint>

#include "kernels.h"

namespace vitreous {
namespace {

struct Order {
  int x, y, z;
  bool odd() const { return (x + y + z) % 2; }
};

// `value` (or -1) and `slopes` are the positions of the value and its slopes among the orders.
struct Bundle {
  Order base;
  int64_t value, slopes;  // slopes: -1 for the value alone
};

inline Order order_at(const Orders& orders, int64_t i) {
  const int64_t* o = orders.xyz + 3 * i;
  return {static_cast<int>(o[0]), static_cast<int>(o[1]), static_cast<int>(o[2])};
}

// Whether the orders i, i + 1, i + 2 are `base` once more differentiated along x, y and z.
inline bool are_slopes(const Orders& orders, int64_t i, const Order& base) {
  if (i + 3 > orders.count) return false;
  const Order x = order_at(orders, i), y = order_at(orders, i + 1), z = order_at(orders, i + 2);
  return x.x == base.x + 1 && x.y == base.y && x.z == base.z && y.x == base.x && y.y == base.y + 1 &&
         y.z == base.z && z.x == base.x && z.y == base.y && z.z == base.z + 1;
}

// Calls `pass` with bundles that cover all orders.
template <typename Pass>
void for_each_bundle(const Orders& orders, const Pass& pass) {
  for (int64_t i = 0; i < orders.count;) {
    const Order first = order_at(orders, i);
    if (are_slopes(orders, i + 1, first)) {
      pass(Bundle{first, i, i + 1});
      i += 4;
    } else if (first.x > 0 && are_slopes(orders, i, {first.x - 1, first.y, first.z})) {
      pass(Bundle{{first.x - 1, first.y, first.z}, -1, i});
      i += 3;
    } else {
      pass(Bundle{first, i, -1});
      i += 1;
    }
  }
}

// The taps' weights for a bundle: `[0]` undifferentiated, `[1]` once more.
template <typename T, int W>
struct BundleWeights {
  Weights<T, W> x[2], y[2], z[2];

  void evaluate(const Table<T>& table, const Bundle& bundle, const Block<T>& block) {
    const int steps = bundle.slopes < 0 ? 1 : 2;
    for (int step = 0; step < steps; ++step) {
      x[step].evaluate(table, bundle.base.x + step, block.z[0]);
      y[step].evaluate(table, bundle.base.y + step, block.z[1]);
      z[step].evaluate(table, bundle.base.z + step, block.z[2]);
    }
  }
};

}  // namespace
}  // namespace vitreous
