// The Python module: XLA calls the handlers below, which check every operand and pass plain memory to the kernels of
// the instruction set that was chosen when the module was loaded.
#include <nanobind/nanobind.h>

#include "dispatch.h"
#include "fourier_handlers.h"
#include "gaussian_handlers.h"
#include "phase_handlers.h"

namespace nb = nanobind;

template <typename Handler>
nb::capsule capsule(Handler* handler) {
  return nb::capsule(reinterpret_cast<void*>(handler));
}

NB_MODULE(_native, m) {
  m.def("instruction_set", &vitreous::instruction_set, "The instruction set in use.");
  m.def("use_instruction_set", &vitreous::use_instruction_set, nb::arg("name"),
        "Take another one; False if it was not built or this processor does not have it.");
  m.def("set_max_threads", &vitreous::set_max_threads, nb::arg("count"),
        "The most threads of XLA's pool that one call uses; 0 for all.");
  m.def("handlers", [] {
    nb::dict all;
    all["vitreous_fourier_gather"] = capsule(vitreous::FourierGather);
    all["vitreous_fourier_spread"] = capsule(vitreous::FourierSpread);
    all["vitreous_fourier_insert"] = capsule(vitreous::FourierInsert);
    all["vitreous_gaussian_spread"] = capsule(vitreous::GaussianSpread);
    all["vitreous_gaussian_gather"] = capsule(vitreous::GaussianGather);
    all["vitreous_sincos"] = capsule(vitreous::SinCos);
    all["vitreous_shift"] = capsule(vitreous::Shift);
    return all;
  }, "XLA's handlers by the names of their targets.");
}
