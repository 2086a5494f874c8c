#include "fourier_handlers.h"

#include "buffers.h"
#include "dispatch.h"

namespace vitreous {
namespace {

constexpr int64_t kLeastWidth = 2, kMostSize = 32768;

// What the operands and attributes say together, checked; `problem` says what is wrong. Grids, points and values may
// have a first axis of maps.
struct Layout {
  const char* problem = nullptr;
  size_t lead = 1;  // axes of maps
  int bytes = 0;
  int64_t maps = 0;
  Grid grid{};
  Places places{};
  Window window{};
  Orders orders{};
  int64_t stored = 0;  // values of one order of one map

  void read_grid(AnyBuffer buffer) {
    const Dimensions shape = buffer.dimensions();
    bytes = precision(buffer.element_type());
    if (shape.size() != lead + 3 || !bytes) return fail("the grid must be [maps, z, y, x] of floating-point numbers");
    maps = lead ? shape[0] : 1;
    grid = {shape[lead], shape[lead + 1], shape[lead + 2], components(buffer.element_type())};
  }

  void read_window(ffi::Span<const double> table, int64_t width, int64_t derivatives) {
    const bool fits = width >= kLeastWidth && width <= kMaxWidth && derivatives >= 1 &&
                      derivatives <= kMaxDerivatives && table.size() % (width * derivatives) == 0;
    const int64_t coefficients = fits ? table.size() / (width * derivatives) : 0;
    if (coefficients < 1 || coefficients > kMaxCoefficients) return fail("the window is not one of 2 to 8 taps");
    window = {width, coefficients - 1, derivatives, table.begin()};
    const int64_t apron = width / 2 + 1;
    if (grid.layers <= 2 * apron || grid.rows <= 2 * apron || grid.columns < width)
      return fail("the grid is smaller than the window with its apron");
    if (grid.layers > kMostSize || grid.rows > kMostSize || grid.columns > kMostSize) return fail("the grid is too large");
  }

  // `values` of the places have values of their own; all of them where it is negative.
  void read_places(AnyBuffer buffer, ffi::Span<const int64_t> columns, int64_t row_length, int64_t values) {
    const Dimensions shape = buffer.dimensions();
    const bool plane = columns.size() > 0;
    if (buffer.element_type() != (bytes == 4 ? DataType::F32 : DataType::F64))
      return fail("the points must be real numbers of the grid's precision");
    const size_t rank = lead + (plane ? 3 : 2);
    if (shape.size() != rank || (lead && shape[0] != maps) || shape[lead + 1] != 3 || (plane && shape[lead + 2] != 2))
      return fail("the points must be [maps, points, 3], or matrices [maps, images, 3, 2]");
    const int64_t count = shape[lead];
    if (static_cast<int64_t>(columns.size()) > kMostSize || row_length > kMostSize) return fail("the images are too large");
    for (const int64_t modes : columns)
      if (modes < 0 || modes > row_length) return fail("a row has more modes than the half spectrum is wide");
    if (values < 0) values = count;
    if ((values == 0 && count > 0) || (values > 0 && count % values)) return fail("the copies do not divide the places");
    places = {buffer.untyped_data(), count, values, plane ? columns.begin() : nullptr,
              static_cast<int64_t>(columns.size()), row_length};
    stored = plane ? values * places.rows * row_length : count;
  }

  void read_orders(ffi::Span<const int64_t> xyz) {
    orders = {static_cast<int64_t>(xyz.size()) / 3, xyz.begin()};
    if (xyz.size() % 3) return fail("orders come in threes");
    for (const int64_t order : xyz)
      if (order < 0 || order >= window.derivatives) return fail("an order has no table");
  }

  // Values [maps, orders, …] with a value for each place, of the grid's type.
  void check_values(AnyBuffer buffer, int64_t count, int parts) {
    if (precision(buffer.element_type()) != bytes || components(buffer.element_type()) != parts)
      return fail("values and grid differ in their type");
    if (static_cast<int64_t>(buffer.element_count()) != maps * count * stored)
      return fail("there must be one value for each order and place");
  }

  void fail(const char* what) {
    if (!problem) problem = what;
  }

  // Operands of the map of index m.
  Places places_of(int64_t m) const {
    Places of = places;
    const int64_t numbers = places.count * (places.columns ? 6 : 3);
    of.operand = static_cast<const char*>(places.operand) + m * numbers * bytes;
    return of;
  }
  int64_t voxels() const { return grid.layers * grid.rows * grid.columns; }
};

ffi::Error gather(ffi::ThreadPool pool, AnyBuffer grid, AnyBuffer places, ffi::Result<AnyBuffer> values,
                  ffi::Span<const double> table, int64_t width, int64_t derivatives,
                  ffi::Span<const int64_t> orders, ffi::Span<const int64_t> columns, int64_t row_length) {
  Layout layout;
  layout.read_grid(grid);
  if (!layout.problem) layout.read_window(table, width, derivatives);
  if (!layout.problem) layout.read_places(places, columns, row_length, -1);
  if (!layout.problem) layout.read_orders(orders);
  if (!layout.problem) layout.check_values(*values, layout.orders.count, layout.grid.components);
  if (layout.problem) return wrong(layout.problem);
  return in_precision(layout.bytes, [&](auto zero) {
    using T = decltype(zero);
    const PoolThreads threads = threads_of(pool);
    if (layout.places.columns) clear(&threads, *values);  // beyond the modes in use
    const int64_t parts = layout.grid.components;
    return each_map(layout.maps, [&](int64_t m) {
      return kernels_of<T>().gather(&threads, layout.grid, layout.places_of(m), layout.window, layout.orders,
                                    at<T>(grid, m * layout.voxels() * parts),
                                    at<T>(*values, m * layout.orders.count * layout.stored * parts));
    });
  });
}

ffi::Error spread(ffi::ThreadPool pool, AnyBuffer values, AnyBuffer places, ffi::Result<AnyBuffer> grid,
                  ffi::Span<const double> table, int64_t width, int64_t derivatives,
                  ffi::Span<const int64_t> orders, ffi::Span<const int64_t> columns, int64_t row_length) {
  Layout layout;
  layout.read_grid(*grid);
  if (!layout.problem) layout.read_window(table, width, derivatives);
  if (!layout.problem) layout.read_places(places, columns, row_length, -1);
  if (!layout.problem) layout.read_orders(orders);
  if (!layout.problem) layout.check_values(values, layout.orders.count, layout.grid.components);
  if (layout.problem) return wrong(layout.problem);
  return in_precision(layout.bytes, [&](auto zero) {
    using T = decltype(zero);
    const PoolThreads threads = threads_of(pool);
    clear(&threads, *grid);
    const int64_t parts = layout.grid.components;
    return each_map(layout.maps, [&](int64_t m) {
      return kernels_of<T>().spread(&threads, layout.grid, layout.places_of(m), layout.window, layout.orders,
                                    at<T>(values, m * layout.orders.count * layout.stored * parts),
                                    at<T>(*grid, m * layout.voxels() * parts));
    });
  });
}

// Adds to the grids in place: XLA gives results the memory of their operands, or copies these first.
ffi::Error insert(ffi::ThreadPool pool, AnyBuffer old_numerator, AnyBuffer old_weight, AnyBuffer values,
                  AnyBuffer amounts, AnyBuffer places, ffi::Result<AnyBuffer> numerator,
                  ffi::Result<AnyBuffer> weight, ffi::Span<const double> table, int64_t width,
                  ffi::Span<const int64_t> columns, int64_t row_length) {
  Layout layout;
  layout.lead = 0;
  layout.read_grid(*numerator);
  if (!layout.problem && layout.grid.components != 2) layout.fail("the numerator must be complex");
  if (!layout.problem) layout.read_window(table, width, 1);
  if (!layout.problem && values.dimensions().size() != 3) layout.fail("the values must be [images, y, x]");
  if (!layout.problem) layout.read_places(places, columns, row_length, values.dimensions()[0]);
  if (!layout.problem) layout.check_values(values, 1, 2);
  if (!layout.problem) layout.check_values(amounts, 1, 1);
  if (!layout.problem && (weight->element_count() != numerator->element_count() ||
                          precision(weight->element_type()) != layout.bytes || components(weight->element_type()) != 1))
    layout.fail("numerator and weight differ in shape");
  if (layout.problem) return wrong(layout.problem);
  if (old_numerator.untyped_data() != numerator->untyped_data() || old_weight.untyped_data() != weight->untyped_data())
    return wrong("the grids are not updated in place");
  return in_precision(layout.bytes, [&](auto zero) {
    using T = decltype(zero);
    const PoolThreads threads = threads_of(pool);
    return each_map(layout.maps, [&](int64_t m) {
      return kernels_of<T>().insert(&threads, layout.grid, layout.places_of(m), layout.window,
                                    at<T>(values, 2 * m * layout.stored), at<T>(amounts, m * layout.stored),
                                    at<T>(*numerator, 2 * m * layout.voxels()), at<T>(*weight, m * layout.voxels()));
    });
  });
}

// Reading and adding take operands alike: the grid or the values, and the points.
auto grid_or_values_at_points() {
  return ffi::Ffi::Bind()
      .Ctx<ffi::ThreadPool>()
      .Arg<AnyBuffer>()
      .Arg<AnyBuffer>()
      .Ret<AnyBuffer>()
      .Attr<ffi::Span<const double>>("table")
      .Attr<int64_t>("width")
      .Attr<int64_t>("derivatives")
      .Attr<ffi::Span<const int64_t>>("orders")
      .Attr<ffi::Span<const int64_t>>("columns")
      .Attr<int64_t>("row_length");
}

}  // namespace

XLA_FFI_DEFINE_HANDLER_SYMBOL(FourierGather, gather, grid_or_values_at_points());
XLA_FFI_DEFINE_HANDLER_SYMBOL(FourierSpread, spread, grid_or_values_at_points());

XLA_FFI_DEFINE_HANDLER_SYMBOL(FourierInsert, insert,
                              ffi::Ffi::Bind()
                                  .Ctx<ffi::ThreadPool>()
                                  .Arg<AnyBuffer>()
                                  .Arg<AnyBuffer>()
                                  .Arg<AnyBuffer>()
                                  .Arg<AnyBuffer>()
                                  .Arg<AnyBuffer>()
                                  .Ret<AnyBuffer>()
                                  .Ret<AnyBuffer>()
                                  .Attr<ffi::Span<const double>>("table")
                                  .Attr<int64_t>("width")
                                  .Attr<ffi::Span<const int64_t>>("columns")
                                  .Attr<int64_t>("row_length"));

}  // namespace vitreous
