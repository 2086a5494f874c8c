#include "fourier_handlers.h"

#include <cstring>

namespace vitreous {
namespace {

namespace ffi = xla::ffi;
using ffi::AnyBuffer;
using ffi::DataType;
using Dimensions = AnyBuffer::Dimensions;

constexpr int64_t kMostDerivatives = 5, kMostCoefficients = 16, kLeastWidth = 2, kMostWidth = 8;

ffi::Error wrong(const char* what) {
  return ffi::Error::InvalidArgument(std::string("vitreous_native: ") + what);
}

// Real and complex types of one precision: 4 or 8 bytes to a number, or 0.
int precision(DataType type) {
  switch (type) {
    case DataType::F32: case DataType::C64: return 4;
    case DataType::F64: case DataType::C128: return 8;
    default: return 0;
  }
}

int components(DataType type) { return type == DataType::C64 || type == DataType::C128 ? 2 : 1; }

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
    const bool fits = width >= kLeastWidth && width <= kMostWidth && derivatives >= 1 &&
                      derivatives <= kMostDerivatives && table.size() % (width * derivatives) == 0;
    const int64_t coefficients = fits ? table.size() / (width * derivatives) : 0;
    if (coefficients < 1 || coefficients > kMostCoefficients) return fail("the window is not one of 2 to 8 taps");
    window = {width, coefficients - 1, derivatives, table.begin()};
    const int64_t apron = width / 2 + 1;
    if (grid.layers <= 2 * apron || grid.rows <= 2 * apron || grid.columns < width)
      return fail("the grid is smaller than the window with its apron");
    if (grid.layers > 32768 || grid.rows > 32768 || grid.columns > 32768) return fail("the grid is too large");
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

template <typename T>
struct Caller {
  const Layout& layout;
  PoolThreads threads;

  // Calls f for every map; false where memory is lacking.
  template <typename F>
  ffi::Error each(const F& f) {
    for (int64_t m = 0; m < layout.maps; ++m)
      if (!f(&threads, m)) return ffi::Error(ffi::ErrorCode::kResourceExhausted, "vitreous_native: out of memory");
    return ffi::Error::Success();
  }
};

template <typename T>
T* at(AnyBuffer buffer, int64_t numbers) {
  return static_cast<T*>(buffer.untyped_data()) + numbers;
}

// Calls f with a value of the precision in use, of which only the type matters.
template <typename F>
ffi::Error in_precision(int bytes, const F& f) {
  return bytes == 4 ? f(float()) : f(double());
}

constexpr int64_t kBytesPerTask = 1 << 20;

// Zeros, by all threads.
void clear(const Threads* threads, ffi::Result<AnyBuffer> buffer) {
  struct Area {
    char* start;
    int64_t size;
  } area{static_cast<char*>(buffer->untyped_data()), static_cast<int64_t>(buffer->size_bytes())};
  threads->run(threads, (area.size + kBytesPerTask - 1) / kBytesPerTask, [](void* data, int64_t i) {
    const Area& all = *static_cast<Area*>(data);
    const int64_t start = i * kBytesPerTask;
    std::memset(all.start + start, 0, std::min(kBytesPerTask, all.size - start));
  }, &area);
}

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
    Caller<T> caller{layout, threads_of(pool)};
    if (layout.places.columns) clear(&caller.threads, values);  // beyond the modes in use
    const int64_t parts = layout.grid.components;
    return caller.each([&](const Threads* threads, int64_t m) {
      return kernels_of<T>().gather(threads, layout.grid, layout.places_of(m), layout.window, layout.orders,
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
    Caller<T> caller{layout, threads_of(pool)};
    clear(&caller.threads, grid);
    const int64_t parts = layout.grid.components;
    return caller.each([&](const Threads* threads, int64_t m) {
      return kernels_of<T>().spread(threads, layout.grid, layout.places_of(m), layout.window, layout.orders,
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
    Caller<T> caller{layout, threads_of(pool)};
    return caller.each([&](const Threads* threads, int64_t m) {
      return kernels_of<T>().insert(threads, layout.grid, layout.places_of(m), layout.window,
                                    at<T>(values, 2 * m * layout.stored), at<T>(amounts, m * layout.stored),
                                    at<T>(*numerator, 2 * m * layout.voxels()), at<T>(*weight, m * layout.voxels()));
    });
  });
}

ffi::Error sincos(ffi::ThreadPool pool, AnyBuffer phase, ffi::Result<AnyBuffer> sine, ffi::Result<AnyBuffer> cosine) {
  const int bytes = precision(phase.element_type());
  if (!bytes || components(phase.element_type()) != 1) return wrong("phases must be real numbers");
  for (const AnyBuffer& result : {*sine, *cosine})
    if (result.element_type() != phase.element_type() || result.element_count() != phase.element_count())
      return wrong("sine and cosine differ from the phases in shape or type");
  return in_precision(bytes, [&](auto zero) {
    using T = decltype(zero);
    const PoolThreads threads = threads_of(pool);
    kernels_of<T>().sincos(&threads, phase.element_count(), at<const T>(phase, 0), at<T>(*sine, 0), at<T>(*cosine, 0));
    return ffi::Error::Success();
  });
}

ffi::Error shift(ffi::ThreadPool pool, AnyBuffer spectra, AnyBuffer pixels, ffi::Result<AnyBuffer> shifted,
                 ffi::Span<const int64_t> orders, int64_t width) {
  const Dimensions shape = spectra.dimensions();
  const int bytes = precision(spectra.element_type());
  if (shape.size() != 3 || !bytes || components(spectra.element_type()) != 2 || width < 1 || shape[2] != width / 2 + 1)
    return wrong("the spectra must be complex [images, y, x / 2 + 1]");
  if (shifted->element_type() != spectra.element_type() || shifted->element_count() != spectra.element_count())
    return wrong("spectra before and after differ in shape or type");
  if (pixels.element_type() != (bytes == 4 ? DataType::F32 : DataType::F64) || pixels.dimensions().size() != 2 ||
      pixels.dimensions()[0] != shape[0] || pixels.dimensions()[1] != 2)
    return wrong("the shifts must be [images, 2] in the precision of the spectra");
  if (orders.size() != 2 || orders[0] < 0 || orders[1] < 0) return wrong("there must be two orders");
  return in_precision(bytes, [&](auto zero) {
    using T = decltype(zero);
    const PoolThreads threads = threads_of(pool);
    const bool done = kernels_of<T>().shift(&threads, {shape[0], shape[1], width}, orders.begin(), at<const T>(spectra, 0),
                                            at<const T>(pixels, 0), at<T>(*shifted, 0));
    return done ? ffi::Error::Success() : ffi::Error(ffi::ErrorCode::kResourceExhausted, "vitreous_native: out of memory");
  });
}

}  // namespace

XLA_FFI_DEFINE_HANDLER_SYMBOL(FourierGather, gather,
                              ffi::Ffi::Bind()
                                  .Ctx<ffi::ThreadPool>()
                                  .Arg<AnyBuffer>()
                                  .Arg<AnyBuffer>()
                                  .Ret<AnyBuffer>()
                                  .Attr<ffi::Span<const double>>("table")
                                  .Attr<int64_t>("width")
                                  .Attr<int64_t>("derivatives")
                                  .Attr<ffi::Span<const int64_t>>("orders")
                                  .Attr<ffi::Span<const int64_t>>("columns")
                                  .Attr<int64_t>("row_length"));

XLA_FFI_DEFINE_HANDLER_SYMBOL(FourierSpread, spread,
                              ffi::Ffi::Bind()
                                  .Ctx<ffi::ThreadPool>()
                                  .Arg<AnyBuffer>()
                                  .Arg<AnyBuffer>()
                                  .Ret<AnyBuffer>()
                                  .Attr<ffi::Span<const double>>("table")
                                  .Attr<int64_t>("width")
                                  .Attr<int64_t>("derivatives")
                                  .Attr<ffi::Span<const int64_t>>("orders")
                                  .Attr<ffi::Span<const int64_t>>("columns")
                                  .Attr<int64_t>("row_length"));

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

XLA_FFI_DEFINE_HANDLER_SYMBOL(Shift, shift,
                              ffi::Ffi::Bind()
                                  .Ctx<ffi::ThreadPool>()
                                  .Arg<AnyBuffer>()
                                  .Arg<AnyBuffer>()
                                  .Ret<AnyBuffer>()
                                  .Attr<ffi::Span<const int64_t>>("orders")
                                  .Attr<int64_t>("width"));

XLA_FFI_DEFINE_HANDLER_SYMBOL(SinCos, sincos,
                              ffi::Ffi::Bind()
                                  .Ctx<ffi::ThreadPool>()
                                  .Arg<AnyBuffer>()
                                  .Ret<AnyBuffer>()
                                  .Ret<AnyBuffer>());

}  // namespace vitreous
