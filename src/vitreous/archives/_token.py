"""The access token of OSF, kept out of sight."""

import importlib.util
import os
import re
from collections.abc import Mapping

from vitreous._core import InputError, load_optional

_VARIABLE = "OSF_TOKEN"
_SERVICE, _USER = "osf.io", "token"
_HINT = (
    f"Make a token at https://osf.io/settings/tokens, and set {_VARIABLE} or keep it with "
    f"`keyring set {_SERVICE} {_USER}` (pip install 'vitreous[keyring]')."
)


class AccessToken:
    """A secret that no message, log or file shows: only `header` tells it.

    Arguments:
        value: The token's text.

    Raises:
        InputError: It is empty or has characters that no token has; the message does not show it.

    Examples:
        >>> AccessToken("something secret".replace(" ", "-"))
        AccessToken(…)
    """

    __slots__ = ("_value",)

    def __init__(self, value: str):
        if not re.fullmatch(r"[\x21-\x7e]+", value.strip()):
            raise InputError("the access token is empty, or has characters that no token has.", hint=_HINT)
        self._value = value.strip()

    def __repr__(self) -> str:
        return "AccessToken(…)"

    def __reduce__(self):
        raise TypeError("an access token is not written to files")

    def header(self) -> str:
        """The value of the `Authorization` header (RFC 6750)."""
        return f"Bearer {self._value}"


def osf_token_of_environment(environment: Mapping[str, str] = os.environ) -> AccessToken | None:
    """The token that `OSF_TOKEN` holds, if it is set.

    Raises:
        InputError: It holds no token.
    """
    value = environment.get(_VARIABLE)
    return None if value is None else AccessToken(value)


def osf_token_of_keyring() -> AccessToken | None:
    """The token that the system's keyring holds for `osf.io`, if the package that reads it is installed.

    Raises:
        InputError: The keyring cannot be read.
    """
    if importlib.util.find_spec("keyring") is None:
        return None
    keyring = load_optional("keyring", extra="keyring")
    try:
        value = keyring.get_password(_SERVICE, _USER)
    except keyring.errors.NoKeyringError:  # a machine without a desktop
        return None
    except keyring.errors.KeyringError as error:
        raise InputError(f"the keyring cannot be read ({type(error).__name__}).", hint=_HINT) from None
    return None if value is None else AccessToken(value)


def no_token() -> InputError:
    """The error that says how to give a token."""
    return InputError("OSF asks who you are, and there is no access token.", hint=_HINT)
