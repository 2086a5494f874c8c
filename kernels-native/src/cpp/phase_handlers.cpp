#include "phase_handlers.h"

#include "buffers.h"
#include "dispatch.h"

namespace vitreous {
namespace {

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
    return done ? ffi::Error::Success() : out_of_memory();
  });
}

}  // namespace

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
