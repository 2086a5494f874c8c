// Vectors as wide as the processor's, and the functions that Gaussians are made of, without branches.
#pragma once

#include <cstdint>
#include <cstring>

namespace vitreous {
namespace {
namespace gaussian {

#if defined(__AVX512F__)
constexpr int kVectorBytes = 64;
#elif defined(__AVX2__)
constexpr int kVectorBytes = 32;
#else
constexpr int kVectorBytes = 16;
#endif

template <typename T>
struct Types;

#if defined(__GNUC__)  // and Clang
template <>
struct Types<float> {
  typedef float Vector __attribute__((vector_size(kVectorBytes)));
  typedef int32_t Bits __attribute__((vector_size(kVectorBytes)));
};
template <>
struct Types<double> {
  typedef double Vector __attribute__((vector_size(kVectorBytes)));
  typedef int64_t Bits __attribute__((vector_size(kVectorBytes)));
};
#else  // one number at a time
template <>
struct Types<float> {
  typedef float Vector;
  typedef int32_t Bits;
};
template <>
struct Types<double> {
  typedef double Vector;
  typedef int64_t Bits;
};
#endif

template <typename T>
using Vector = typename Types<T>::Vector;
template <typename T>
using Bits = typename Types<T>::Bits;
template <typename T>
constexpr int kLanesOf = static_cast<int>(sizeof(Vector<T>) / sizeof(T));

template <typename T>
inline Vector<T> load(const T* from) {
  Vector<T> v;
  std::memcpy(&v, from, sizeof v);
  return v;
}

template <typename T>
inline void store(T* to, Vector<T> v) {
  std::memcpy(to, &v, sizeof v);
}

template <typename T>
inline Vector<T> all(T value) {
  return value - Vector<T>{};  // a sum would lose the sign of -0
}

// 0, 1, 2, …
template <typename T>
inline Vector<T> lane_numbers() {
  T numbers[kLanesOf<T>];
  for (int i = 0; i < kLanesOf<T>; ++i) numbers[i] = static_cast<T>(i);
  return load(numbers);
}

// The sum of the numbers of a vector in memory: first of parts as wide as every processor's vectors.
template <typename T>
inline T sum(const T* from) {
#if defined(__GNUC__)
  typedef T Part __attribute__((vector_size(16)));
  constexpr int width = 16 / static_cast<int>(sizeof(T));
  Part total;
  std::memcpy(&total, from, sizeof total);
  for (int i = width; i < kLanesOf<T>; i += width) {
    Part next;
    std::memcpy(&next, from + i, sizeof next);
    total += next;
  }
  T result = total[0] + total[1];
  for (int i = 2; i < width; ++i) result += total[i];
  return result;
#else
  return *from;
#endif
}

template <typename V, typename B>
inline V reinterpreted(B bits) {
  V v;
  static_assert(sizeof v == sizeof bits, "same size");
  std::memcpy(&v, &bits, sizeof v);
  return v;
}

// 2^y for -126 <= y <= 0 (-1022 in double precision), NaN for NaN: a whole power times a polynomial fitted within a
// half of zero, to 3e-9 and 7e-16.
inline Vector<float> exp2(Vector<float> y) {
  const Vector<float> shift = all(12582912.0f);  // 1.5 × 2^23: adding it rounds to a whole number
  const Vector<float> shifted = y + shift, r = y - (shifted - shift);
  const Vector<float> p =
      1.0f + r * (0.693147206710621f + r * (0.240226512135950f + r * (0.0555032721420735f +
          r * (0.00961802560297670f + r * (0.00134004321659903f + r * 0.000154697319724808f)))));
  const Bits<float> power = (reinterpreted<Bits<float>>(shifted) + 127) << 23;
  return p * reinterpreted<Vector<float>>(power);
}

inline Vector<double> exp2(Vector<double> y) {
  const Vector<double> shift = all(6755399441055744.0);  // 1.5 × 2^52
  const Vector<double> shifted = y + shift, r = y - (shifted - shift);
  const Vector<double> p =
      1.0 + r * (0.6931471805599501 + r * (0.2402265069591162 + r * (0.055504108664447264 + r * (0.009618129107186086 +
          r * (0.001333355823138817 + r * (0.000154035308621639 + r * (1.525265605863393e-05 +
          r * (1.3215264056102419e-06 + r * (1.0208981670566339e-07 + r * 7.099853741347769e-09)))))))));
  const Bits<double> power = (reinterpreted<Bits<double>>(shifted) + 1023) << 52;
  return p * reinterpreted<Vector<double>>(power);
}

template <typename T>
inline Vector<T> within(Vector<T> v, T most) {  // NaN stays NaN
  const Vector<T> below = v > most ? all(most) : v;
  return below < -most ? all(-most) : below;
}

// exp(-t² / 2); farther than `farthest` it stays what it is there, less than any difference that matters.
template <typename T>
constexpr T kFarthest = sizeof(T) == 4 ? T(13) : T(37);

template <typename T>
inline Vector<T> bell(Vector<T> t) {
  return exp2(t * t * T(-0.72134752044448170368));
}

template <typename T>
inline Vector<T> without_sign(Vector<T> v) {
  return reinterpreted<Vector<T>>(reinterpreted<Bits<T>>(v) & ~reinterpreted<Bits<T>>(all(T(-0.0))));
}

// `size`, which has no sign, with the sign of `v`.
template <typename T>
inline Vector<T> with_sign(Vector<T> size, Vector<T> v) {
  const Bits<T> sign = reinterpreted<Bits<T>>(v) & reinterpreted<Bits<T>>(all(T(-0.0)));
  return reinterpreted<Vector<T>>(reinterpreted<Bits<T>>(size) | sign);
}

// erf(t / √2) / 2, to 4e-8: erfc is 2 to the power of a polynomial, fitted to it by least maximum error.
inline Vector<float> half_erf(Vector<float> t) {
  const Vector<float> size = without_sign<float>(t), a = size > 5.656854f ? all(5.656854f) : size;
  const Vector<float> q =
      a * (-1.1511052f + a * (-0.45920819f + a * (-0.0524961705f + a * (0.00706340838f +
          a * (-0.000136925078f + a * (-0.000186185978f + a * (3.9379148e-05f + a * -2.83505756e-06f)))))));
  return with_sign<float>(0.5f - 0.5f * exp2(q), t);
}

// To 3e-15: erfc(a) exp(a²) (1 + 2 a) is a polynomial in (4 - a) / (4 + a), fitted at Chebyshev's points.
inline Vector<double> half_erf(Vector<double> t) {
  const Vector<double> size = without_sign<double>(t) * 0.70710678118654752440;
  const Vector<double> a = size > 6.0 ? all(6.0) : size;
  const Vector<double> scale = 1.0 + 2.0 * a, inverse = 1.0 / ((4.0 + a) * scale), q = (4.0 - a) * scale * inverse;
  const Vector<double> p =
      1.232995118625355 + q * (0.13962111682733344 + q * (0.01537965217328164 + q * (-0.0680970533120979 +
          q * (-0.10103907369296361 + q * (-0.09373283735380766 + q * (-0.06633016309705861 +
          q * (-0.03716827421982622 + q * (-0.01619763161608581 + q * (-0.005024143126278259 +
          q * (-0.0007884246909677295 + q * (0.0002637902057840268 + q * (6.335443802947154e-05 +
          q * (0.00010251647775293225 + q * (-5.559543648143706e-05 + q * 7.647798030043555e-06))))))))))))));
  return with_sign<double>(0.5 - 0.5 * exp2(a * a * -1.44269504088896340736) * p * ((4.0 + a) * inverse), t);
}

}  // namespace gaussian
}  // namespace
}  // namespace vitreous
