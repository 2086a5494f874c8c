"""Which verbs there are, and the group that imports them only when they are called."""

import importlib
import sys
from collections.abc import Mapping
from typing import Annotated, Any, cast

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from vitreous import __version__

from ._help import page

Verb = tuple[str, str]
"""The module and function of a verb, as `module:function`, and one line for the list of verbs."""

SIMULATE: Mapping[str, Verb] = {
    "particles": ("_simulate_particles:particles", "Particle images of a structure or map, with poses, CTF and noise."),
}

ZERNIKE: Mapping[str, Verb] = {
    "decompose": ("_zernike_decompose:decompose", "Moments of a map, or of all maps of a 3D variability job."),
    "reconstruct": ("_zernike_reconstruct:reconstruct", "The map that moments describe, on any voxels."),
    "show": ("_zernike_show:show", "What a file of moments holds: statistics, moments, invariants."),
    "invariants": ("_zernike_invariants:invariants_table", "Norms that no rotation changes, as a table, CSV or JSON."),
    "compare": ("_zernike_compare:compare", "How alike two maps are, order by order."),
    "convert": ("_zernike_convert:convert", "Moments in the files and conventions of other programs."),
    "align": ("_zernike_align:align", "Lay a map on another: rotation, shift and hand."),
    "rotate": ("_zernike_rotate:rotate", "Moments of a density turned, without its map."),
    "symmetry": ("_zernike_symmetry:symmetry", "The point group of a density, and its axes."),
    "latents": ("_zernike_latents:latents", "How the shapes of a latent space's particles differ."),
    "index": ("_zernike_index:index", "Descriptors of all maps and structures in a folder, to search in."),
    "search": ("_zernike_search:search", "Which entries of an index have the shape of a map."),
    "bundle": ("_zernike_bundle:bundle", "The maps and particles of a 3D variability job in one file."),
}

STACK: Mapping[str, Verb] = {
    "create": ("_stack_create:create", "A stack and its list from images of any files."),
    "append": ("_stack_append:append", "Particles added at the end of a stack, in place."),
    "merge": ("_stack_merge:merge", "Several lists of particles as one."),
    "split": ("_stack_split:split", "One list as several: parts, optics groups, micrographs, classes, half-sets."),
    "subset": ("_stack_subset:subset", "Particles that satisfy a condition, or are drawn at random."),
    "select": ("_stack_select:select", "Particles of chosen classes, or of a list of rows."),
    "bin": ("_stack_bin:bin_", "Fewer and larger pixels, by Fourier cropping."),
    "crop": ("_stack_crop:crop", "The central part of each image."),
    "pad": ("_stack_pad:pad", "Images in a larger box."),
    "normalise": ("_stack_normalise:normalise", "A background of mean 0 and standard deviation 1."),
    "invert": ("_stack_invert:invert", "Dark protein bright, or the other way."),
    "clean": ("_stack_clean:clean", "Particles without the bad ones, and why these are bad."),
    "montage": ("_stack_montage:montage_", "Images side by side in one picture."),
}

VERBS: Mapping[str, Verb] = {
    "demo": ("_demo:demo", "See it all work: structure, particles, map and report in two minutes."),
    "reconstruct": ("_reconstruct:reconstruct", "Two half-maps and a map from particles with known poses."),
    "fsc": ("_fsc:fsc", "How alike two maps are, shell by shell."),
    "render": ("_render:render", "A structure as a potential map."),
    "convert": ("_convert:convert", "Particles between RELION, cryoSPARC and HDF5, proved by rendering."),
    "info": ("_info:info", "What a file holds, and what in it will bite."),
    "plot": ("_plot:plot", "Figures of particles, maps, images and curves: a picture or an interactive page."),
    "fetch": ("_fetch:fetch", "Files from the PDB, EMDB, EMPIAR and OSF, whole and checked."),
    "upload": ("_upload:upload", "Files to a project of OSF, checked on arrival."),
}


class VerbGroup(TyperGroup):
    """A group of verbs that are listed without being imported.

    The listed commands are names with a line of help; `resolve_command`, which Typer asks for the one to run, imports
    the real one.
    """

    verbs: Mapping[str, Verb]

    def list_verbs(self, verbs: Mapping[str, Verb]) -> None:
        """Say which verbs the group has."""
        self.verbs = verbs
        for name, (_, summary) in verbs.items():
            self.add_command(TyperCommand(name, help=summary))

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the group's own options; without any argument, show the help."""
        if not args:
            print(ctx.get_help())
            raise typer.Exit(2)
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """The verb that the first argument names, imported."""
        name, command, rest = super().resolve_command(ctx, args)
        if name is not None and name in self.verbs:
            command = _imported(name, self.verbs[name][0])
        return name, command, rest


def root_command() -> VerbGroup:
    """The `vitreous` command with all its verbs."""
    root = _group(_about, "vitreous", VERBS)
    simulate = _group(_about_simulate, "simulate", SIMULATE)
    zernike = _group(_about_zernike, "zernike", ZERNIKE)
    stack = _group(_about_stack, "stack", STACK)
    groups = {"zernike": zernike, "stack": stack}
    root.commands = {"demo": root.commands["demo"], "simulate": simulate, **root.commands, **groups}
    return root


def _group(callback: Any, name: str, verbs: Mapping[str, Verb]) -> VerbGroup:
    app = typer.Typer(cls=VerbGroup, name=name, rich_markup_mode="rich", add_completion=name == "vitreous")
    app.callback(help=page(callback))(callback)
    group = cast(VerbGroup, get_command(app))
    group.name = name
    group.list_verbs(verbs)
    return group


def _imported(name: str, target: str) -> Any:
    module, function = target.split(":")
    if "jax" not in sys.modules:  # which the verb is about to import
        from vitreous._core import keep_compilations

        keep_compilations()
    app = typer.Typer(rich_markup_mode="rich", add_completion=False)
    verb = getattr(importlib.import_module(f"vitreous.cli.{module}"), function)
    app.command(name, help=page(verb))(verb)
    return get_command(app)


def _show_version(wanted: bool) -> bool:
    if wanted:
        print(f"vitreous {__version__}")
        raise typer.Exit
    return wanted


def _about(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Simulate and analyse cryo-EM images: from atoms to detector counts, and back to maps.

    Every verb says more with --help. Results go to stdout, progress and messages to stderr.

    Example:
    $ vitreous demo -o demo-run
    """


def _about_simulate() -> None:
    """Simulate what a microscope would record.

    Example:
    $ vitreous simulate particles structure.pdb -o particles --n 1000
    """


def _about_zernike() -> None:
    """The shape of maps in 3D Zernike moments.

    Example:
    $ vitreous zernike decompose map.mrc -o moments.npz --order 50
    """


def _about_stack() -> None:
    """Particle stacks: made, joined, divided, resized, normalised and cleaned.

    Every verb writes a list of particles and, where images change or --copy-images is given, a stack beside it.

    Example:
    $ vitreous stack subset particles.star -o near.star --where "rlnDefocusU < 15000"
    """
