"""The warning that a format of particles cannot say something about the images."""


class ConversionWarning(UserWarning):
    """Something about the images has no place in a format, so that the file written does not say it.

    Examples:
        >>> issubclass(ConversionWarning, UserWarning)
        True
    """
