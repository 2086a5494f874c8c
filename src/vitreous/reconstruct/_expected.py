"""The signal-to-noise ratio that a reconstruction can have."""

import numpy as np
from jaxtyping import Float


def expected_fsc(
    signal_power: Float[np.ndarray, " shells"],
    noise_variance: float,
    mean_ctf_squared: Float[np.ndarray, " shells"],
    *,
    n_images: float,
    symmetry_order: int = 1,
) -> Float[np.ndarray, " shells"]:
    r"""Correlation of two half-maps of known signal and noise: $\mathrm{SSNR}/(1 + \mathrm{SSNR})$.

    At radius r voxels each of the N images crosses a shell of $4\pi r^2$ voxels in $2\pi r$ pixels, g times over with
    g-fold symmetry, so that

    $$ \mathrm{SSNR}(r) = \frac{N g}{2 r}\,\frac{\langle c^2\rangle P(r)}{\sigma^2}, $$

    with c the transfer of the images and P the signal's power per pixel of a slice (Rosenthal & Henderson 2003,
    J. Mol. Biol. 333, 721).

    Arguments:
        signal_power: $P = \langle|\tilde V|^2\rangle/n^2$ of the shells of a map of edge n.
        noise_variance: $\sigma^2$ per pixel of an image.
        mean_ctf_squared: $\langle c^2\rangle$ of the shells.
        n_images: Images in one half-set.
        symmetry_order: g.

    Returns:
        The expected correlation; 1 in the zero shell.

    Examples:
        >>> expected_fsc(np.ones(3), 1.0, np.ones(3), n_images=2).round(3).tolist()
        [1.0, 0.5, 0.333]
    """
    radius = np.maximum(np.arange(len(signal_power)), 0.5)
    ssnr = n_images * symmetry_order / (2 * radius) * mean_ctf_squared * signal_power / noise_variance
    fsc = ssnr / (1 + ssnr)
    fsc[0] = 1.0
    return fsc
