"""Parameters of a model by name: read them all, or replace some in one call."""

import difflib
from collections.abc import Mapping
from typing import Any, TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.tree_util import DictKey, GetAttrKey, SequenceKey, tree_flatten_with_path
from jaxtyping import Array, Shaped

from vitreous._core import InputError

Model = TypeVar("Model", bound=eqx.Module)


def named_parameters(model: eqx.Module) -> dict[str, Array]:
    """The arrays of a model under their names, such as `"pose.phi"` or `"optics.defocus_u"`.

    A name is the path of attributes to the array; entries of tuples and lists are numbers, as in
    `"filter.filters.0.cutoff_a"`, entries of dictionaries their keys.

    Arguments:
        model: An image model, a likelihood, a volume: any `equinox.Module`.

    Returns:
        Name to array, in the order of the fields.

    Examples:
        >>> from vitreous.optics import CTF
        >>> list(named_parameters(CTF(10_000.0)))[:3]
        ['defocus_u', 'defocus_v', 'astigmatism_angle_deg']
    """
    leaves, _ = tree_flatten_with_path(model)
    return {_name(path): leaf for path, leaf in leaves if eqx.is_array(leaf)}


def with_parameters(model: Model, values: Mapping[str, Any]) -> Model:
    """A model with some of its parameters replaced, by name.

    The new values take the dtype and must have the shape of the old ones; they may be traced, so that
    `jax.grad(lambda phi: loss(with_parameters(model, {"pose.phi": phi})))` works. The model itself stays as it is.

    Arguments:
        model: An image model, a likelihood, a volume: any `equinox.Module`.
        values: Name to value, of the names that `named_parameters` lists.

    Returns:
        A new model of the same type.

    Raises:
        InputError: A name that the model does not have, or a value of another shape.

    Examples:
        >>> from vitreous.optics import CTF
        >>> float(with_parameters(CTF(10_000.0), {"defocus_u": 12_000.0}).defocus_u)
        12000.0
    """
    leaves, structure = tree_flatten_with_path(model)
    known = [_name(path) for path, leaf in leaves if eqx.is_array(leaf)]
    for name in values:
        if name not in known:
            raise _unknown(name, known)
    named = [(_name(path), leaf) for path, leaf in leaves]
    replaced = [_fitted(name, values[name], leaf) if name in values else leaf for name, leaf in named]
    return jax.tree.unflatten(structure, replaced)


def _name(path: tuple[Any, ...]) -> str:
    def part(key: Any) -> str:
        if isinstance(key, GetAttrKey):
            return key.name
        if isinstance(key, SequenceKey):
            return str(key.idx)
        return str(key.key if isinstance(key, DictKey) else key)

    return ".".join(map(part, path))


def _fitted(name: str, value: Any, old: Shaped[Array, "..."]) -> Shaped[Array, "..."]:
    new = jnp.asarray(value)
    if new.shape != old.shape:
        raise InputError(
            f"{name} has shape {old.shape}, and the value given for it {new.shape}.",
            hint="Use jax.vmap over the values to have a batch of models.",
        )
    if jnp.iscomplexobj(new) and not jnp.iscomplexobj(old):
        raise InputError(f"{name} is real, and the value given for it is complex.", hint="Give a real value.")
    return new.astype(old.dtype)


def _unknown(name: str, known: list[str]) -> InputError:
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.4) or known[:5]
    return InputError(
        f"the model has no parameter {name!r}.",
        hint=f"Did you mean {', '.join(near)}? named_parameters(model) lists all {len(known)}.",
    )
