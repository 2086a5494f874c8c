#include "gaussian_handlers.h"

#include "buffers.h"
#include "dispatch.h"

namespace vitreous {
namespace {

constexpr int64_t kMostDerivatives = 8, kMostSize = int64_t(1) << 30, kMostAtoms = int64_t(1) << 31;

// Attributes: derivatives of the given orders along x, y and z, times a coefficient, and which amplitudes they are of.
struct Terms {
  ffi::Span<const int64_t> orders, of;
  ffi::Span<const double> coefficients;
};

// What the operands say together, checked; `problem` says what is wrong.
struct Scene {
  const char* problem = nullptr;
  DataType type = DataType::INVALID;
  int64_t maps = 0, numbers = 0;  // of one order of one map
  GaussianGrid grid{};
  GaussianAtoms atoms{};
  GaussianTerms terms{};

  Scene(AnyBuffer image, AnyBuffer positions, AnyBuffer values, AnyBuffer variances, AnyBuffer half_widths,
        const Terms& attributes, bool periodic) {
    read_grid(image, periodic);
    if (!problem) read_atoms(positions, variances, half_widths);
    if (!problem) read_terms(attributes, values);
  }

  void read_grid(AnyBuffer image, bool periodic) {
    const Dimensions shape = image.dimensions();
    type = image.element_type();
    if (type != DataType::F32 && type != DataType::F64) return fail("numbers must be float32 or float64");
    if (shape.size() != 3 && shape.size() != 4) return fail("the grid must be [maps, y, x] or [maps, z, y, x]");
    maps = shape[0];
    const size_t last = shape.size() - 1;
    grid = {last == 3 ? shape[1] : 1, shape[last - 1], shape[last], periodic};
    atoms.dimensions = static_cast<int>(last);
    for (size_t i = 1; i < shape.size(); ++i)
      if (shape[i] < 1 || shape[i] > kMostSize) return fail("the grid has no points, or too many along an axis");
  }

  void read_atoms(AnyBuffer positions, AnyBuffer variances, AnyBuffer half_widths) {
    const Dimensions where = positions.dimensions(), wide = variances.dimensions(), half = half_widths.dimensions();
    if (positions.element_type() != type || variances.element_type() != type || half_widths.element_type() != type)
      return fail("grid and atoms differ in their type");
    if (where.size() != 3 || where[0] != maps || where[2] != atoms.dimensions)
      return fail("positions must be [maps, atoms, axes of the grid]");
    if (wide.size() != 3 || wide[0] != maps || wide[1] != where[1])
      return fail("variances must be [maps, atoms, Gaussians]");
    if (half.size() != 2 || half[0] != maps || half[1] != where[1]) return fail("half-widths must be [maps, atoms]");
    if (where[1] > kMostAtoms || wide[2] > kMostAtoms) return fail("there are too many atoms");
    atoms.count = where[1];
    atoms.kinds = wide[2];
    atoms.positions = positions.untyped_data();
    atoms.variances = variances.untyped_data();
    atoms.half_widths = half_widths.untyped_data();
    numbers = atoms.count * atoms.kinds;
  }

  void read_terms(const Terms& attributes, AnyBuffer values) {
    const Dimensions shape = values.dimensions();
    if (values.element_type() != type || shape.size() != 4 || shape[0] != maps || shape[2] != atoms.count ||
        shape[3] != atoms.kinds)
      return fail("amplitudes or values must be [maps, orders, atoms, Gaussians], of the grid's type");
    terms = {static_cast<int64_t>(attributes.of.size()), shape[1], attributes.orders.begin(), attributes.of.begin(),
             attributes.coefficients.begin()};
    if (attributes.orders.size() != 3 * attributes.of.size() || attributes.coefficients.size() != attributes.of.size())
      return fail("each term needs three orders, an index and a coefficient");
    for (int64_t t = 0; t < terms.count; ++t) {
      if (terms.of[t] < 0 || terms.of[t] >= terms.results) return fail("a term belongs to no amplitude");
      for (int64_t axis = 0; axis < 3; ++axis) {
        const int64_t order = terms.orders[3 * t + axis];
        if (order < 0 || order > (axis < atoms.dimensions ? kMostDerivatives : 0)) return fail("an order is out of range");
      }
    }
  }

  void fail(const char* what) {
    if (!problem) problem = what;
  }

  int64_t points() const { return grid.layers * grid.rows * grid.columns; }

  // The atoms of one map.
  GaussianAtoms atoms_of(int64_t m) const {
    const int64_t bytes = precision(type);
    GaussianAtoms of = atoms;
    of.positions = static_cast<const char*>(atoms.positions) + m * atoms.count * atoms.dimensions * bytes;
    of.variances = static_cast<const char*>(atoms.variances) + m * numbers * bytes;
    of.half_widths = static_cast<const char*>(atoms.half_widths) + m * atoms.count * bytes;
    return of;
  }

  // Calls f with every map, and a number of the precision in use, of which only the type matters.
  template <typename F>
  ffi::Error each(const F& f) const {
    if (problem) return wrong(problem);
    return in_precision(precision(type), [&](auto zero) {
      return each_map(maps, [&](int64_t m) { return f(m, zero); });
    });
  }
};

ffi::Error spread(ffi::ThreadPool pool, AnyBuffer positions, AnyBuffer amplitudes, AnyBuffer variances,
                  AnyBuffer half_widths, ffi::Result<AnyBuffer> image, ffi::Span<const int64_t> orders,
                  ffi::Span<const int64_t> of, ffi::Span<const double> coefficients, int64_t periodic) {
  const Scene scene(*image, positions, amplitudes, variances, half_widths, {orders, of, coefficients}, periodic != 0);
  const PoolThreads threads = threads_of(pool);
  if (!scene.problem) clear(&threads, *image);
  return scene.each([&](int64_t m, auto zero) {
    using T = decltype(zero);
    return kernels_of<T>().gaussian_spread(&threads, scene.grid, scene.atoms_of(m), scene.terms,
                                           at<T>(amplitudes, m * scene.terms.results * scene.numbers),
                                           at<T>(*image, m * scene.points()));
  });
}

ffi::Error gather(ffi::ThreadPool pool, AnyBuffer image, AnyBuffer positions, AnyBuffer variances,
                  AnyBuffer half_widths, ffi::Result<AnyBuffer> values, ffi::Span<const int64_t> orders,
                  ffi::Span<const int64_t> of, ffi::Span<const double> coefficients, int64_t periodic) {
  const Scene scene(image, positions, *values, variances, half_widths, {orders, of, coefficients}, periodic != 0);
  const PoolThreads threads = threads_of(pool);
  return scene.each([&](int64_t m, auto zero) {
    using T = decltype(zero);
    return kernels_of<T>().gaussian_gather(&threads, scene.grid, scene.atoms_of(m), scene.terms,
                                           at<T>(image, m * scene.points()),
                                           at<T>(*values, m * scene.terms.results * scene.numbers));
  });
}

// Adding and reading take operands alike.
auto atoms_and_terms() {
  return ffi::Ffi::Bind()
      .Ctx<ffi::ThreadPool>()
      .Arg<AnyBuffer>()
      .Arg<AnyBuffer>()
      .Arg<AnyBuffer>()
      .Arg<AnyBuffer>()
      .Ret<AnyBuffer>()
      .Attr<ffi::Span<const int64_t>>("orders")
      .Attr<ffi::Span<const int64_t>>("of")
      .Attr<ffi::Span<const double>>("coefficients")
      .Attr<int64_t>("periodic");
}

}  // namespace

XLA_FFI_DEFINE_HANDLER_SYMBOL(GaussianSpread, spread, atoms_and_terms());
XLA_FFI_DEFINE_HANDLER_SYMBOL(GaussianGather, gather, atoms_and_terms());

}  // namespace vitreous
