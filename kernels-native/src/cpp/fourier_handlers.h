// XLA's handlers of the Fourier kernels, of sine and cosine, and of shifts.
#pragma once

#include "dispatch.h"
#include "xla/ffi/api/ffi.h"

namespace vitreous {

XLA_FFI_DECLARE_HANDLER_SYMBOL(FourierGather);
XLA_FFI_DECLARE_HANDLER_SYMBOL(FourierSpread);
XLA_FFI_DECLARE_HANDLER_SYMBOL(FourierInsert);
XLA_FFI_DECLARE_HANDLER_SYMBOL(SinCos);
XLA_FFI_DECLARE_HANDLER_SYMBOL(Shift);

}  // namespace vitreous
