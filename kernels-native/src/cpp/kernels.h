// What every instruction set provides: plain functions on plain memory, without JAX.
#pragma once

#include <cstdint>

namespace vitreous {

constexpr int kMaxWidth = 8;          // taps of a window
constexpr int kMaxCoefficients = 16;  // of a window's polynomials
constexpr int kMaxDerivatives = 5;    // tables of a window: its orders 0 to 4

// Runs task(data, i) for i = 0 … n - 1 on the threads there are, and returns when all are done.
struct Threads {
  void (*run)(const Threads*, int64_t n, void (*task)(void*, int64_t), void* data);
};

// Where the points of an interpolation are, in grid steps: a list of them, or the modes (kx, ky) of an image's half
// spectrum times 3 x 2 matrices. `columns[row]` is the number of modes in use of each row.
struct Places {
  const void* operand;      // points [count, 3], or matrices [images, 3, 2]
  int64_t count;            // points or matrices
  int64_t values;           // of them that have values of their own: the others reuse these in turn (copies)
  const int64_t* columns;   // null for a list of points
  int64_t rows, row_length; // of the half spectrum
};

// An interpolation window: a polynomial on each of `width` unit intervals, and its derivatives.
struct Window {
  int64_t width, degree, derivatives;
  const double* table;  // [derivatives, width, degree + 1], highest power first, in 2 t - 1
};

// A half spectrum with its apron, [layers, rows, columns], of real or complex numbers.
struct Grid {
  int64_t layers, rows, columns;
  int64_t components;  // 1 real, 2 complex
};

// How often the window is differentiated along x, y and z, for each of `count` results.
struct Orders {
  int64_t count;
  const int64_t* xyz;
};

// Where Gaussians are drawn: an image (one layer) or a volume. On a periodic grid they are sampled, and its first point
// is the origin; on another the cells hold their integrals, and the origin is the middle of cell size / 2.
struct GaussianGrid {
  int64_t layers, rows, columns;
  bool periodic;
};

// Positions [count, dimensions] in grid steps, variances [count, kinds] in their square, and half the widths [count] of
// the windows, all of the precision in use.
struct GaussianAtoms {
  int64_t count, kinds;
  int dimensions;
  const void* positions;
  const void* variances;
  const void* half_widths;
};

// Half spectra [images, y, x / 2 + 1] of images [y, x].
struct SpectrumShape {
  int64_t images, y, x;
};

// Derivatives of Gaussians, of the given orders along x, y and z, times a coefficient: what belongs to the amplitudes or
// values of index `of`.
struct GaussianTerms {
  int64_t count, results;
  const int64_t* orders;  // [count, 3]
  const int64_t* of;
  const double* coefficients;
};

template <typename T>
struct Kernels {
  // False where there is no memory for it.
  bool (*gather)(const Threads*, const Grid&, const Places&, const Window&, const Orders&, const T* grid, T* values);
  bool (*spread)(const Threads*, const Grid&, const Places&, const Window&, const Orders&, const T* values, T* grid);
  bool (*insert)(const Threads*, const Grid&, const Places&, const Window&, const T* values, const T* weights,
                 T* numerator, T* weight);
  void (*sincos)(const Threads*, int64_t count, const T* phase, T* sine, T* cosine);
  bool (*shift)(const Threads*, const SpectrumShape&, const int64_t* orders, const T* spectra, const T* pixels,
                T* shifted);
  // Amplitudes or values [results, count, kinds]. Adding is to what the grid holds.
  bool (*gaussian_spread)(const Threads*, const GaussianGrid&, const GaussianAtoms&, const GaussianTerms&,
                          const T* amplitudes, T* grid);
  bool (*gaussian_gather)(const Threads*, const GaussianGrid&, const GaussianAtoms&, const GaussianTerms&,
                          const T* grid, T* values);
};

struct AllKernels {
  Kernels<float> single;
  Kernels<double> twofold;
};

extern const AllKernels kernels_baseline;
#ifdef VITREOUS_X86
extern const AllKernels kernels_avx2;
extern const AllKernels kernels_avx512;
#endif

}  // namespace vitreous
