from tests.transforms.catalogue._case import case
from vitreous.grids import frequencies
from vitreous.optics import (
    CTF,
    Aberrations,
    DamageEnvelope,
    DefocusSpreadEnvelope,
    DoseFilter,
    LaserPhasePlate,
    Microscope,
    ObjectiveAperture,
    SpatialEnvelope,
    TemporalEnvelope,
    VoltaPhasePlate,
)

# Phases of up to 300 rad are rounded a few times: 300 × 1e-16, and in float32 300 × 6e-8.
LONG_PHASES = {"rounding": 1e-12, "single": 2e-4, "quotient": 1e-5}
CTF_PHASES = {"rounding": 1e-12, "single": 1e-4, "quotient": 1e-7}
LENS = CTF(
    16_000.0,
    12_000.0,
    30.0,
    voltage_kv=200.0,
    cs_mm=2.0,
    amplitude_contrast=0.1,
    phase_shift_deg=25.0,
    b_factor=60.0,
)
ENVELOPES = (
    TemporalEnvelope(2.0, 0.7, voltage_ripple=1e-7, current_ripple=1e-7),
    DefocusSpreadEnvelope(50.0),
    SpatialEnvelope(0.05),
    DamageEnvelope(20.0, before_per_a2=3.0),
)
ELEMENTS = {
    "aberrations": Aberrations([0.2, 1.0, -0.5, 0.8, 20.0], [0.3, -0.4, 10.0, 5.0]),
    "magnification": [[1.02, 0.015], [-0.01, 0.985]],
    "aperture": ObjectiveAperture(0.33, 0.3),
    "phase_plate": VoltaPhasePlate(40.0, cut_on=0.05),
}


def away_from_the_axis(shape):
    """Frequencies without q = 0, where a phase plate makes a step."""
    return frequencies(shape, 1.5)[1:3]


def transfer(optics, q):
    return optics(q)


@case(CTF, **CTF_PHASES)
def ctf(shape):
    return transfer, (LENS, frequencies(shape, 1.5))


@case(
    Microscope,
    Aberrations,
    ObjectiveAperture,
    VoltaPhasePlate,
    TemporalEnvelope,
    DefocusSpreadEnvelope,
    SpatialEnvelope,
    DamageEnvelope,
    **LONG_PHASES,
)
def microscope(shape):
    optics = Microscope(LENS, **ELEMENTS, envelopes=ENVELOPES, scale=0.9, premultiplied=True)
    return transfer, (optics, away_from_the_axis(shape))


# Amplitude contrast is in the potential, and the scale in the image, not in the wave.
@case(Microscope, **LONG_PHASES, constant=("amplitude_contrast", "scale"), again=True)
def wave_transfer(shape):
    return lambda optics, q: optics.wave_transfer(q), (
        Microscope(LENS, **ELEMENTS, scale=0.9),
        away_from_the_axis(shape),
    )


@case(LaserPhasePlate, rounding=1e-12, single=1e-4)
def laser_plate(shape):
    def shift(plate, q, voltage_kv):
        return plate.phase_shift(q, voltage_kv=voltage_kv)

    # Near the axis, where the phase of the fringes is small enough for float32.
    plate = LaserPhasePlate(90.0, (40.0, 130.0), polarisation_deg=70.0)
    return shift, (plate, away_from_the_axis(shape) / 200, 300.0)


@case(DoseFilter)
def dose_filter(shape):
    return lambda filter, q: filter.transfer(q), (DoseFilter(20.0, 250.0), away_from_the_axis(shape))


@case(Aberrations, single=1e-4, quotient=1e-7, again=True)
def named_aberrations(shape):
    def phases(q, x, y, kv, cs, a2, angle):
        both = Aberrations.from_beam_tilt(x, y, voltage_kv=kv, cs_mm=cs)
        both = both + Aberrations.from_trefoil(a2, angle, voltage_kv=kv)
        both = both + Aberrations.from_tetrafoil(10 * a2, angle, voltage_kv=kv)
        both = both + Aberrations.from_star_aberration(a2, angle, voltage_kv=kv)
        return both.even_phase(q), both.odd_phase(q)

    return phases, (away_from_the_axis(shape), 0.5, -0.3, 300.0, 2.7, 1e4, 20.0)
