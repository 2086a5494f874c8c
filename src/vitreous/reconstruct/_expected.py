"""The signal-to-noise ratio that a reconstruction can have."""

import numpy as np
from jaxtyping import Float
from scipy.special import sici


def expected_fsc(
    signal_power: Float[np.ndarray, " shells"],
    noise_variance: float,
    mean_ctf_squared: Float[np.ndarray, " shells"],
    *,
    n_images: float,
    symmetry_order: int = 1,
    edge_correction: bool = True,
) -> Float[np.ndarray, " shells"]:
    r"""Correlation of two half-maps of known signal and noise: $\mathrm{SSNR}/(1 + \mathrm{SSNR})$.

    At radius r voxels each of the N images crosses a shell of $4\pi r^2$ voxels in $2\pi r$ pixels, g times over with
    g-fold symmetry, so that

    $$ \mathrm{SSNR}(r) = \frac{N g}{2 r}\,\frac{\langle c^2\rangle P(r)}{\sigma^2}, $$

    with c the transfer of the images and P the signal's power per pixel of a slice (Rosenthal & Henderson 2003,
    J. Mol. Biol. 333, 721). A voxel of a finite box gathers samples with the weight $\mathrm{sinc}^2$ of their
    distance, and there are none beyond Nyquist: the outermost shells have less, the last one 0.7 of the whole, which
    the edge correction takes into account.

    Arguments:
        signal_power: $P = \langle|\tilde V|^2\rangle/n^2$ of the shells of a map of edge n.
        noise_variance: $\sigma^2$ per pixel of an image.
        mean_ctf_squared: $\langle c^2\rangle$ of the shells.
        n_images: Images in one half-set.
        symmetry_order: g.
        edge_correction: Multiply the formula by the share of the weight that lies below Nyquist.

    Returns:
        The expected correlation; 1 in the zero shell.

    Examples:
        >>> expected_fsc(np.ones(3), 1.0, np.ones(3), n_images=2).round(3).tolist()
        [1.0, 0.486, 0.265]
        >>> expected_fsc(np.ones(3), 1.0, np.ones(3), n_images=2, edge_correction=False).round(3).tolist()
        [1.0, 0.5, 0.333]
    """
    radius = np.maximum(np.arange(len(signal_power)), 0.5)
    coverage = n_images * symmetry_order / (2 * radius)
    if edge_correction:
        coverage = coverage * _share_inside(len(radius))
    ssnr = coverage * mean_ctf_squared * signal_power / noise_variance
    fsc = ssnr / (1 + ssnr)
    fsc[0] = 1.0
    return fsc


def _share_inside(shells: int) -> Float[np.ndarray, " shells"]:
    r"""The share of $\int \mathrm{sinc}^2$ about a shell that lies below Nyquist, averaged over the shell's inside.

    $\int_{-\infty}^{x} \mathrm{sinc}^2 = \tfrac12 + \mathrm{Si}(2\pi x)/\pi - \sin^2(\pi x)/(\pi^2 x)$.
    """
    nyquist = shells - 1
    within = (np.arange(20) + 0.5) / 20  # the midpoints of twenty parts of each shell
    radii = np.arange(shells)[:, None] - 0.5 + within
    distance = np.maximum(nyquist - radii, 1e-9)
    share = 0.5 + sici(2 * np.pi * distance)[0] / np.pi - np.sin(np.pi * distance) ** 2 / (np.pi**2 * distance)
    measured = radii < nyquist
    return (share * measured).sum(1) / measured.sum(1)
