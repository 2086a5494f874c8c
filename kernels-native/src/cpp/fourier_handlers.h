// XLA's handlers of the Fourier kernels and of sine and cosine.
#pragma once

#include "dispatch.h"
#include "xla/ffi/api/ffi.h"

namespace vitreous {

XLA_FFI_DECLARE_HANDLER_SYMBOL(FourierGather);
XLA_FFI_DECLARE_HANDLER_SYMBOL(FourierSpread);
XLA_FFI_DECLARE_HANDLER_SYMBOL(FourierInsert);
XLA_FFI_DECLARE_HANDLER_SYMBOL(SinCos);

}  // namespace vitreous
