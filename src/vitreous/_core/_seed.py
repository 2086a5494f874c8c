"""The seeds that random generators take."""

from ._errors import InputError


def check_seed(seed: int) -> None:
    """Refuse a seed that NumPy or JAX would not take as it is.

    NumPy takes no negative seed, and JAX keeps 32 bits of one in single precision: larger ones would be cut.

    Arguments:
        seed: The option `--seed`.

    Raises:
        InputError: It is not between 0 and 2³² − 1.

    Examples:
        >>> check_seed(2**32 - 1)
    """
    if not 0 <= seed < 2**32:
        raise InputError(f"--seed {seed} must be between 0 and 2³² - 1.", hint="Use 0.")
