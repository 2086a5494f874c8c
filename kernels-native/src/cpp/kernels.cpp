// The kernels for one instruction set, VITREOUS_ISA.
#include "kernels.h"

#include <type_traits>

#include "gather.h"
#include "shift.h"
#include "gaussian_gather.h"
#include "gaussian_spread.h"
#include "sincos.h"
#include "spread.h"

namespace vitreous {
namespace {

// Calls f with the width as a constant.
template <typename F>
auto with_width(int64_t width, const F& f) {
  switch (width) {
    case 2: return f(std::integral_constant<int, 2>{});
    case 3: return f(std::integral_constant<int, 3>{});
    case 4: return f(std::integral_constant<int, 4>{});
    case 5: return f(std::integral_constant<int, 5>{});
    case 6: return f(std::integral_constant<int, 6>{});
    case 7: return f(std::integral_constant<int, 7>{});
    default: return f(std::integral_constant<int, 8>{});
  }
}

template <typename T>
bool gather(const Threads* threads, const Grid& grid, const Places& places, const Window& window,
            const Orders& orders, const T* source, T* values) {
  const Plane plane(places);
  if (plane.failed()) return false;
  const Points<T> points(places, plane);
  const Table<T> table(window);
  with_width(window.width, [&](auto width) {
    if (grid.components == 2)
      Gather<T, width(), 2>{grid, points, table, orders, source, values}.run(threads);
    else
      Gather<T, width(), 1>{grid, points, table, orders, source, values}.run(threads);
  });
  return true;
}

template <typename T, int W, int C>
bool spread_orders(const Threads* threads, const Grid& grid, const Points<T>& points, const Table<T>& table,
                   const Orders& orders, const T* values, T* target) {
  const SpreadOrders<T, W, C> orders_of{table, orders, values, target};
  return Spread<T, W, SpreadOrders<T, W, C>>(grid, points, orders_of).run(threads);
}

template <typename T>
bool spread(const Threads* threads, const Grid& grid, const Places& places, const Window& window,
            const Orders& orders, const T* values, T* target) {
  const Plane plane(places);
  if (plane.failed()) return false;
  const Points<T> points(places, plane);
  const Table<T> table(window);
  return with_width(window.width, [&](auto width) {
    return grid.components == 2
               ? spread_orders<T, width(), 2>(threads, grid, points, table, orders, values, target)
               : spread_orders<T, width(), 1>(threads, grid, points, table, orders, values, target);
  });
}

template <typename T>
bool insert(const Threads* threads, const Grid& grid, const Places& places, const Window& window, const T* values,
            const T* amounts, T* numerator, T* weight) {
  const Plane plane(places);
  if (plane.failed()) return false;
  const Points<T> points(places, plane);
  const Table<T> table(window);
  return with_width(window.width, [&](auto width) {
    const InsertBoth<T, width()> both{table, values, amounts, numerator, weight};
    return Spread<T, width(), InsertBoth<T, width()>>(grid, points, both).run(threads);
  });
}

template <typename T>
void sincos(const Threads* threads, int64_t count, const T* phase, T* sine, T* cosine) {
  SineCosine<T> all{count, phase, sine, cosine};
  threads->run(threads, (count + kPhasesPerTask - 1) / kPhasesPerTask,
               [](void* self, int64_t i) { static_cast<const SineCosine<T>*>(self)->evaluate(i); }, &all);
}

template <typename T>
bool gaussian_spread(const Threads* threads, const GaussianGrid& grid, const GaussianAtoms& atoms,
                     const GaussianTerms& terms, const T* amplitudes, T* target) {
  return gaussian::Spread<T>(grid, atoms, terms, amplitudes, target).run(threads);
}

template <typename T>
bool gaussian_gather(const Threads* threads, const GaussianGrid& grid, const GaussianAtoms& atoms,
                     const GaussianTerms& terms, const T* source, T* values) {
  return gaussian::Gather<T>(grid, atoms, terms, source, values).run(threads);
}

template <typename T>
bool shift(const Threads* threads, const SpectrumShape& shape, const int64_t* orders, const T* spectra,
           const T* pixels, T* shifted) {
  struct Task {
    Shift<T> all;
    int64_t failures;
  } task{{shape, orders, spectra, pixels, shifted}, 0};
  threads->run(threads, shape.images, [](void* self, int64_t i) {
    Task& one = *static_cast<Task*>(self);
    if (!one.all.move(i)) one.failures = 1;
  }, &task);
  return !task.failures;
}

template <typename T>
constexpr Kernels<T> kernels() {
  return {gather<T>, spread<T>, insert<T>, sincos<T>, shift<T>, gaussian_spread<T>, gaussian_gather<T>};
}

}  // namespace

#define VITREOUS_JOIN_(a, b) a##b
#define VITREOUS_JOIN(a, b) VITREOUS_JOIN_(a, b)
extern const AllKernels VITREOUS_JOIN(kernels_, VITREOUS_ISA) = {kernels<float>(), kernels<double>()};

}  // namespace vitreous
