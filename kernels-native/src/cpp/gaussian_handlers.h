// XLA's handlers of the Gaussian kernels.
#pragma once

#include "xla/ffi/api/ffi.h"

namespace vitreous {

XLA_FFI_DECLARE_HANDLER_SYMBOL(GaussianSpread);
XLA_FFI_DECLARE_HANDLER_SYMBOL(GaussianGather);

}  // namespace vitreous
