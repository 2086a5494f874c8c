// XLA's handlers of sine and cosine, and of shifts.
#pragma once

#include "xla/ffi/api/ffi.h"

namespace vitreous {

XLA_FFI_DECLARE_HANDLER_SYMBOL(SinCos);
XLA_FFI_DECLARE_HANDLER_SYMBOL(Shift);

}  // namespace vitreous
