"""The textbook: every function at every voxel of the ball, and the sum of their products, in NumPy and SciPy."""

from _protocol import Contestant, Inputs, contest


def prepare(inputs: Inputs) -> Contestant:
    import numpy as np
    from scipy.special import eval_jacobi, sph_harm_y

    volume, order, radius = np.float32(inputs["volume"]), inputs["order"], inputs["radius"]
    box = len(volume)
    z, y, x = np.mgrid[:box, :box, :box] - box // 2
    distance = np.sqrt(x**2 + y**2 + z**2) / radius
    inside = distance <= 1
    r = distance[inside]
    polar = np.arccos(z[inside] / np.maximum(radius * r, 1e-9))
    azimuth = np.arctan2(y[inside], x[inside])
    values = volume[inside]
    wanted = inputs["wanted"]
    pairs = [(n, l) for n in range(order + 1) for l in range(n % 2, n + 1, 2)]

    def functions():
        for l in range(order + 1):
            radial = {
                n: np.float32(r**l * eval_jacobi((n - l) // 2, 0, l + 0.5, 2 * r**2 - 1))
                for n in range(l, order + 1, 2)
            }
            for m in range(l + 1):
                harmonic = np.complex64(sph_harm_y(l, m, polar, azimuth))
                for n in radial:
                    yield (n, l, m), np.sqrt(np.float32(2 * n + 3)) * radial[n] * harmonic

    def decompose():
        return {nlm: np.vdot(function, values) / radius**3 for nlm, function in functions()}

    def reconstruct(moments):
        total = np.zeros(len(r), np.float32)
        for (n, l, m), function in functions():
            total += (1 if m == 0 else 2) * (moments[n, l, m] * function).real
        full = np.zeros(volume.shape, np.float32)
        full[inside] = total
        return full

    def in_order(moments):
        return np.array([moments[n, l, m] for n, l in pairs for m in range(l + 1)])

    if wanted == "moments":
        found = {}

        def job():
            found.update(decompose())

        return job, lambda: {"moments": in_order(found)}
    moments = dict(zip(((n, l, m) for n, l in pairs for m in range(l + 1)), inputs["moments"], strict=True))
    made = {}

    def inverse():
        made["map"] = reconstruct(moments)

    return inverse, lambda: made


contest(prepare)
