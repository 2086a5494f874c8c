// XLA's handlers of the Fourier kernels.
#pragma once

#include "xla/ffi/api/ffi.h"

namespace vitreous {

XLA_FFI_DECLARE_HANDLER_SYMBOL(FourierGather);
XLA_FFI_DECLARE_HANDLER_SYMBOL(FourierSpread);
XLA_FFI_DECLARE_HANDLER_SYMBOL(FourierInsert);

}  // namespace vitreous
