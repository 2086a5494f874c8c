# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # The shape of maps
#
# A map in a ball is a sum of 3D Zernike functions,
#
# $$ f(Rx) = \sum_{n=0}^{N} \sum_{l}\sum_{m=-l}^{l} M_{nlm}\, Z_{nlm}(x), \qquad
#    M_{nlm} = \int_{|x| \le 1} f(Rx)\, \overline{Z_{nlm}(x)}\, d^3x, $$
#
# as a sound is a sum of tones. The moments $M_{nlm}$ are few, they turn in a simple way when the map turns, and their
# norms do not change at all. That makes them good for comparing, aligning and searching maps, and for looking at all
# particles of a latent space at once. [The guide](../../zernike/) has the mathematics, and
# [the command line](../../cli/) the same as this page for files: `vitreous zernike`.

# %%
# %matplotlib inline
import tempfile
from dataclasses import replace
from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from matplotlib.figure import Figure

from vitreous import report
from vitreous.datasets import LatentBundle, write_latent_bundle
from vitreous.grids import ImageConfig, coordinates, fourier_shell_correlation
from vitreous.harmonics import ZernikePlan, invariant_labels, moment_count, moment_labels, rotate_moments
from vitreous.imaging import make_image_model
from vitreous.io import write_mrc
from vitreous.kernels import gaussian_half_width
from vitreous.optics import CTF
from vitreous.poses import EulerAnglePose, angular_distance_deg, euler_from_rotation, uniform_rotations
from vitreous.shape import (
    DecomposeOptions,
    DescriptorOptions,
    LatentSpace,
    Moments,
    align_maps,
    aligned_map,
    build_index,
    compare_moments,
    decompose_map,
    invariants,
    latent_components,
    latent_path,
    latent_scores,
    moments_at,
    power_by_order,
    resolution_for_order,
    search_index,
    shape_of_file,
)
from vitreous.simulate import embedded_specimen
from vitreous.volumes import GaussianMixtureRenderFn, GaussianMixtureVolume, ZernikeVolume

# %% [markdown]
# ## Two states of a protein
#
# The specimen is one subunit of the library's own cage, a bundle of helices, blurred by a B-factor of 100 Å². For a
# second state, its last two helices swing out by 25° like a door. With files at hand it is
# `closed, _ = read_atoms("groel_apo.pdb").centred()` from `vitreous.io`, and the same for `groel_holo.pdb`; everything
# below stays as it is, with a box that holds them.

# %%
BOX, VOXEL = 48, 2.0
cage = embedded_specimen()
closed, _ = cage.select((cage.chains == "A") & (cage.atomic_numbers > 1)).centred()
closed = replace(closed, b_factors=closed.b_factors + 100.0)

door = closed.residue_numbers > 90
fourth = closed.residue_numbers <= 120
along = closed.positions[fourth & door][-1] - closed.positions[fourth & door][0]
outward = closed.positions[fourth & door].mean(0) - closed.positions[~door].mean(0)
hinge_axis, hinge = np.cross(outward, along), closed.positions[fourth & door][-1]


def turned_about(points, axis, angle_deg):
    """Points turned about an axis through the origin (Rodrigues)."""
    axis, angle = axis / np.linalg.norm(axis), np.deg2rad(angle_deg)
    across = np.cross(axis, points)
    return points + np.sin(angle) * across + (1 - np.cos(angle)) * np.cross(axis, across)


swung = closed.positions.copy()
swung[door] = hinge + turned_about(closed.positions[door] - hinge, hinge_axis, 25.0)
opened = replace(closed, positions=swung)

draw = GaussianMixtureRenderFn((BOX, BOX, BOX), VOXEL)


def map_of(atoms):
    return np.asarray(draw(GaussianMixtureVolume.from_atoms(atoms)), np.float32)


closed_map, opened_map = map_of(closed), map_of(opened)
reach = max(np.linalg.norm(atoms.positions, axis=1).max() for atoms in (closed, opened))
print(f"{len(closed)} atoms, the farthest {reach:.0f} Å from the middle; ball of {BOX // 2 * VOXEL:.0f} Å")


def show(maps, columns=None):
    """Sums of maps along y."""
    return report.image_grid(
        np.stack([np.asarray(volume).sum(1) for volume in maps.values()]),
        pixel_size=VOXEL,
        titles=list(maps),
        columns=columns or len(maps),
    )


show({"closed": closed_map, "open": opened_map, "open − closed": opened_map - closed_map})

# %% [markdown]
# ## Moments of a map
#
# `decompose_map` reads a map and writes a file of its moments. The ball is the one inscribed in the box, unless another
# is asked for. `Moments` reads such files, and those of zernike3d.

# %%
folder = Path(tempfile.mkdtemp())
write_mrc(folder / "closed.mrc", closed_map, pixel_size=VOXEL)
done = decompose_map(folder / "closed.mrc", folder / "closed.npz", DecomposeOptions(order=50))
print(*done.summary, *done.strategy, sep="\n")

table = Moments()
table.load(folder / "closed.npz")
table.stats()

# %%
table.display_moments(n_max=2)
table.display_moments(nlm=(3, 3, -2))
table.display_invariants(n_max=3)

# %% [markdown]
# A `ZernikePlan` holds what maps of one box and one ball share. It turns arrays of maps into arrays of moments and
# back; the arrays have $m \ge 0$ only, as maps are real. Here it makes the map from the moments to order 5, 10, 20 and
# 50. What the eye sees as resolution is the order.

# %%
plan = ZernikePlan(50, BOX)
moments = jnp.asarray(table.array[0])
orders = [5, 10, 20, 30, 40, 50]
cut = jnp.stack([jnp.where(moment_labels(50)[0] <= n, moments, 0) for n in orders])
series = dict(zip(orders, plan.reconstruct(cut), strict=True))
radius = plan.radius * VOXEL
shown = {f"n = {n}, {moment_count(n)} moments": series[n] for n in (5, 10, 20, 50)}
show(shown | {"map": closed_map})

# %% [markdown]
# How fine is the detail to order $n$? A wave of frequency $1/d$ needs orders up to $\kappa = 2\pi R/d$ and a little
# less. The rule of `resolution_for_order` is $\kappa = n + 1.8\,n^{1/3}$ for the resolution $d$ at which the map and
# its series correlate to 0.5. The Fourier shell correlation agrees with it:

# %%
curves = {n: fourier_shell_correlation(series[n], closed_map, voxel_size=VOXEL) for n in orders}
for n, curve in curves.items():
    rule, measured = resolution_for_order(n, radius), curve.resolution(0.5)
    print(f"order {n:2}: FSC 0.5 at {measured:5.2f} Å, rule {rule:5.2f} Å")
    # The rule's width c was measured to ± 0.4 n^(1/3) in κ for specimens that leave room to the ball's surface.
    assert n < 10 or abs(measured / rule - 1) < 0.1

figure = Figure(figsize=(9.2, 3.4), layout="constrained")
left, right = figure.subplots(1, 2, width_ratios=(3, 2))
for index, (n, curve) in enumerate(curves.items()):
    left.plot(curve.frequency, curve.correlation, color=f"C{index}", label=f"n = {n}")
    left.axvline(1 / resolution_for_order(n, radius), color=f"C{index}", ls=":", lw=1)
left.axhline(0.5, color="0.6", lw=0.8)
left.set(xlabel="spatial frequency (Å⁻¹)", ylabel="FSC with the map", ylim=(-0.3, 1.05), title="dotted: the rule")
left.legend(fontsize=8)
power = np.asarray(power_by_order(moments))
right.semilogy(np.arange(51), power / power.sum())
right.set(xlabel="order n", ylabel="part of the power", ylim=(1e-4, 0.3))
figure

# %% [markdown]
# ## What does not turn
#
# A rotation mixes the moments of one $n$ and $l$ among each other and keeps their norm,
# $F_{nl} = \bigl(\sum_m |M_{nlm}|^2\bigr)^{1/2}$. So these invariants describe a shape however it lies. Here the atoms
# are turned and drawn anew: the moments change, the invariants do not. And the moments of the turned molecule are those
# of the first, turned by Wigner's matrices, for which no map is needed.

# %%
rotation = np.asarray(uniform_rotations(1, key=jax.random.key(4))[0])
other_way = replace(closed, positions=np.dot(closed.positions, rotation.T))
turned = plan.decompose(map_of(other_way))


def deviation(a, b):
    return float(jnp.linalg.norm(a - b) / jnp.linalg.norm(b))


by_wigner = rotate_moments(moments, jnp.asarray(rotation, jnp.float32))
low = slice(moment_count(20))
print(f"moments of the turned molecule: {deviation(turned[low], moments[low]):.0%} off those of the first")
print(f"turned by Wigner's matrices: {deviation(by_wigner[low], turned[low]):.2%}")
print(f"invariants: {deviation(invariants(turned[low]), invariants(moments[low])):.2%}")
of_opened = plan.decompose(opened_map)
print(f"invariants of the open state: {deviation(invariants(of_opened[low]), invariants(moments[low])):.0%}")

# Drawn on voxels of 2 Å, what an atom has beyond their Nyquist frequency is cut off, otherwise in each orientation.
assert deviation(invariants(turned[low]), invariants(moments[low])) < 1e-3
assert deviation(by_wigner[low], turned[low]) < 2e-3

(order, degree), count = invariant_labels(20), 40
figure = Figure(figsize=(9.2, 3.0), layout="constrained")
axes = figure.subplots()
bars = {"closed": moments, "closed, turned": turned, "open": of_opened}
for index, (name, of) in enumerate(bars.items()):
    axes.bar(np.arange(count) + 0.27 * (index - 1), invariants(of)[:count], width=0.27, label=name)
ticks = np.flatnonzero(order[:count] == degree[:count])[::2]
axes.set_xticks(ticks, [f"{order[i]},{degree[i]}" for i in ticks], fontsize=8)
axes.set(xlabel="n, l", ylabel="$F_{nl}$ (Å⁻²)")
axes.legend()
figure

# %% [markdown]
# ## Alignment, and the hand
#
# How well the moments of two maps agree after a rotation is a Fourier series on SO(3). `align_maps` computes it for all
# rotations at once, refines the best by Newton's method, and tries the mirror image as well. Moments know how they turn
# about the middle of their ball, but not how they move: translations are not closed in the basis. So it centres each
# map first, and afterwards finds the shift that is left.
#
# The second map is of the molecule turned at random, moved by 6 Å, and under noise of twice its standard deviation.

# %%
rng = np.random.default_rng(7)
shift = np.array([4.0, -4.0, 2.0])
displaced = replace(closed, positions=np.dot(closed.positions, rotation.T) + shift)
clean = map_of(displaced)
noisy = clean + rng.normal(scale=2 * clean.std(), size=clean.shape).astype(np.float32)

found = align_maps(closed_map, noisy, voxel_size=VOXEL, order=20)
laid = aligned_map(noisy, found, voxel_size=VOXEL)
error = float(angular_distance_deg(jnp.asarray(found.rotation), jnp.asarray(rotation.T)))
# The alignment is x → R (x) + t: it turns the displacement too.
missed = np.linalg.norm(found.shift + np.dot(found.rotation, shift))
print(f"rotation off by {error:.2f}°, shift by {missed:.2f} Å, mirrored: {found.mirrored}")
print(f"correlation {found.correlation:.3f}, of the other hand {found.other_hand:.3f}")
assert error < 1 and missed < 0.5 and not found.mirrored
show({"reference": closed_map, "before": noisy, "after": laid})

# %% [markdown]
# A map of the wrong hand is the mirror image of the right one; it happens to maps that were made without an external
# reference. Mirrored through the centre, moments of odd $l$ change sign, so both hands cost little more than one.

# %%
wrong_hand = map_of(replace(other_way, positions=-other_way.positions))
hand = align_maps(closed_map, wrong_hand, voxel_size=VOXEL, order=20)
print(f"mirrored: {hand.mirrored}, correlation {hand.correlation:.4f}, of the other hand {hand.other_hand:.3f}")
assert hand.mirrored and hand.correlation > 0.99

# %% [markdown]
# ## A latent space
#
# 3D variability analysis says of each particle $i$ that its map is $V_0 + \sum_k z_{ik} V_k$. Moments are linear, so
# those of the $K + 1$ volumes are all there is to compute. The bundle below has two components: the swing of the door,
# and a ligand that is there or not. 3000 particles are in one of the two states, a few on the way between them, and
# the ligand binds to half of the open ones.
#
# `write_latent_bundle` writes the file that WIGGLE reads, too; `vitreous zernike bundle` makes it from a cryoSPARC job.

# %%
particles = 3000
state = rng.choice([-1.0, 1.0], particles)
between = rng.random(particles) < 0.15
swing = np.where(between, rng.uniform(-1, 1, particles), state + 0.12 * rng.normal(size=particles))
bound = (rng.random(particles) < 0.5) & (swing > 0)
latents = np.stack([swing, bound + 0.2 * rng.normal(size=particles)], axis=1).astype(np.float32)

site = np.array([16.0, 0.0, -16.0])
distance = np.linalg.norm(np.asarray(coordinates((BOX, BOX, BOX), VOXEL)) - site, axis=-1)
ligand = 0.5 * closed_map.max() * np.exp(-0.5 * (distance / 5.0) ** 2).astype(np.float32)
bundle = LatentBundle(
    consensus=(opened_map + closed_map) / 2,
    components=np.stack([(opened_map - closed_map) / 2, ligand]),
    latents=latents,
    voxel_size=VOXEL,
)
write_latent_bundle(folder / "job.wgl", bundle)
done = decompose_map(folder / "job.wgl", folder / "job.npz", DecomposeOptions(order=30))
print(*done.summary, sep="\n")

job = Moments()
job.load(folder / "job.npz", quiet=True)
job.stats()
space = LatentSpace(job.array, latents, radius=radius)

# %% [markdown]
# The map at a particle's latents, from moments:

# %%
coarse = ZernikePlan(30, BOX)


def place(z):
    return "z = " + ", ".join(f"{round(float(coordinate), 1) + 0:.1f}" for coordinate in z)


chosen = [int(np.argmin(np.abs(latents - wanted).sum(1))) for wanted in ([-1, 0], [0, 0], [1, 0], [1, 1])]
maps = coarse.reconstruct(moments_at(job.array, latents[chosen]))
show({place(latents[i]): volume for i, volume in zip(chosen, maps, strict=True)})

# %% [markdown]
# The invariants of a particle are square roots of quadratic forms in its $z$, and come without its moments. Their
# principal components sort the particles by shape alone; two jobs with different components, or with consensus maps
# that lie differently, can be compared in them (`latent_neighbours`). `latent_path` goes from one particle to another
# over particles that lie between, so it stays where there are data: it does not cut through the empty middle.

# %%
components = latent_components(space, count=2)
scores = latent_scores(components, space)
print("part of the variance:", components.explained.round(3))
start, end = chosen[0], chosen[3]
path = latent_path(space, start, end, components=2)
print(f"{len(path.particle)} particles on the way")
assert components.explained.sum() > 0.9

figure = Figure(figsize=(9.2, 3.6), layout="constrained")
for axes, coordinate, name in zip(figure.subplots(1, 2), latents.T, ("door", "ligand"), strict=True):
    dots = axes.scatter(*scores.T, c=coordinate, s=4, cmap="viridis")
    axes.plot(*scores[path.particle].T, color="crimson", marker="o", ms=4, lw=1.2)
    axes.set(xlabel="first component of the invariants", ylabel="second", title=f"coloured by the {name}")
    figure.colorbar(dots, ax=axes)
figure

# %%
steps = path.latents[np.linspace(0, len(path.latents) - 1, len(chosen)).round().astype(int)]
along_path = coarse.reconstruct(moments_at(job.array, steps))
show({place(z): volume for z, volume in zip(steps, along_path, strict=True)})

# %% [markdown]
# ## Search
#
# An index holds one descriptor for each of many maps and structures: the invariants about the centre of mass, in a ball
# that grows with the molecule, normalised. No contour level is needed, and neither orientation, scale nor hand matter.
# The query is the noisy map from above.

# %%
shelf = folder / "shelf"
shelf.mkdir()


def map_of_part(residues):
    return map_of(replace(closed, occupancies=np.isin(closed.residue_numbers, residues).astype(float)))


aside = closed.positions + np.array([14.0, 0.0, 0.0])
twofold = [aside, turned_about(aside, np.array([0.0, 0.0, 1.0]), 180.0)]
entries = {
    "closed": closed_map,
    "open": opened_map,
    "closed-with-ligand": closed_map + ligand,
    "without-the-fifth-helix": map_of_part(np.arange(1, 121)),
    "one-helix": map_of_part(np.arange(1, 31)),
    "dimer": sum(map_of(replace(closed, positions=positions)) for positions in twofold),
}
for name, volume in entries.items():
    write_mrc(shelf / f"{name}.mrc", np.asarray(volume, np.float32), pixel_size=VOXEL)
index = build_index(shelf, DescriptorOptions(order=12))
write_mrc(folder / "query.mrc", noisy, pixel_size=VOXEL)
hits = search_index(index, shape_of_file(folder / "query.mrc", index.options).descriptor, k=6)
for hit in hits:
    print(f"{hit.name:30} similarity {hit.similarity:.4f}, radius {hit.radius:.0f} Å")
assert hits[0].name == "closed.mrc"

# %% [markdown]
# Of an index of thousands, one product of a matrix and a vector finds the nearest. Invariants do not see the hand;
# `align_maps` with the best few does, and `vitreous zernike search` with `--align`.

# %% [markdown]
# ## From moments to images
#
# The Fourier transform of a Zernike function is known in closed form: a spherical Bessel function of the frequency's
# length times a spherical harmonic of its direction. By the slice theorem so are projections, and `ZernikeVolume` is a
# volume like all others: it is turned by poses, imaged with a CTF, and put into likelihoods. Images are linear in the
# moments, which can thus be found from images by least squares. Here from 120 images under noise as strong as their
# signal, of atoms and not of the series, with known poses. Frequencies beyond those that the order holds are left out,
# and a small weight keeps what images do not tell at zero:

# %%
FIT_ORDER, images = 12, 120
config = ImageConfig((24, 24), 4.0)
angles = jax.vmap(euler_from_rotation)(uniform_rotations(images, key=jax.random.key(1)))
poses = jax.vmap(EulerAnglePose)(*angles)
defocus = jnp.linspace(8_000.0, 14_000.0, images)


def stack_of(volume):
    def one(pose, defocus):
        return make_image_model(volume, config, pose=pose, optics=CTF(defocus)).simulate()

    return jax.vmap(one)(poses, defocus)


clean_images = jax.jit(stack_of)(GaussianMixtureVolume.from_atoms(closed))
spread = float(jnp.std(clean_images))
finest = resolution_for_order(FIT_ORDER, radius)
observed = clean_images + spread * jax.random.normal(jax.random.key(2), clean_images.shape)


@jax.jit
def expected(parts):
    return stack_of(ZernikeVolume(jax.lax.complex(*parts), radius, voxel_size=finest / 2))


@jax.jit
def fitted(observed):
    model, transposed = jax.vjp(expected, jnp.zeros((2, moment_count(FIT_ORDER))))  # at zero, images are zero
    (back,) = transposed(observed - model)
    small = 1e-2 * jnp.sum(expected(back) ** 2) / jnp.sum(back**2)

    def normal_equations(parts):
        return transposed(expected(parts))[0] + small * parts

    return jax.scipy.sparse.linalg.cg(normal_equations, back, maxiter=20)[0]


found_parts = fitted(observed)
by_images = jax.lax.complex(*found_parts)
truth = moments[: moment_count(FIT_ORDER)]
agreement = compare_moments(by_images, truth, radius=radius)
for n in (4, 8, 12):
    print(f"moments to order {n:2} correlate with the map's to {float(agreement.cumulative[n]):.3f}")
report.image_grid(
    np.stack([clean_images[0], observed[0], expected(found_parts)[0]]),
    pixel_size=config.pixel_size,
    titles=["an image", "with noise", "of the fitted moments"],
)

# The last orders reach beyond the frequencies that are fitted, so that images tell them in part only.
assert agreement.cumulative[-1] > 0.9

# %%
fit_plan = ZernikePlan(FIT_ORDER, BOX)
true_series, found_series = fit_plan.reconstruct(jnp.stack([truth, by_images]))
show({"map": closed_map, "its moments to n = 12": true_series, "from 120 noisy images": found_series})

# %% [markdown]
# ## Derivatives
#
# All of this is differentiable, from the atoms to the invariants. $F_{22}$ measures how elongated a molecule is; its
# gradient says how atoms would have to move to make it more so. As a rotation does not change an invariant, the
# gradient has no torque: $\sum_a r_a \times \partial F/\partial r_a = 0$.

# %%
gaussians = GaussianMixtureVolume.from_atoms(replace(closed, b_factors=closed.b_factors + 200.0))
width = gaussian_half_width(gaussians.variances, voxel_size=VOXEL)
draw_traced = GaussianMixtureRenderFn((BOX, BOX, BOX), VOXEL, half_width=width)
small_plan = ZernikePlan(4, BOX)
pair = [tuple(nl) for nl in invariant_labels(4).T.tolist()].index((2, 2))


@jax.jit
def elongation(positions):
    moved = eqx.tree_at(lambda v: v.positions, gaussians, positions)
    return invariants(small_plan.decompose(draw_traced(moved)))[pair]


at = gaussians.positions
gradient = np.asarray(jax.jit(jax.grad(elongation))(at))
direction = np.asarray(jax.random.normal(jax.random.key(5), at.shape))
quotient = float(elongation(at + 0.1 * direction) - elongation(at - 0.1 * direction)) / 0.2
along_direction = float(np.sum(gradient * direction))
torque = np.linalg.norm(np.cross(at, gradient).sum(0)) / np.linalg.norm(np.cross(at, gradient), axis=1).sum()
print(f"along a random direction: gradient {along_direction:.3e}, by differences {quotient:.3e}; torque {torque:.1e}")
# Differences of single-precision sums, over 0.2 Å of a curved function.
assert abs(along_direction / quotient - 1) < 0.02 and torque < 0.01

figure = Figure(figsize=(4.6, 4.2), layout="constrained")
axes = figure.subplots()
some = closed.names == "CA"
axes.quiver(*closed.positions[some][:, [0, 2]].T, *gradient[some][:, [0, 2]].T, width=0.004, color="C3")
axes.plot(*closed.positions[some][:, [0, 2]].T, ".", ms=3, color="0.3")
axes.set(xlabel="x (Å)", ylabel="z (Å)", aspect="equal", title="gradient of $F_{22}$ in the positions")
axes.margins(0.12)
figure
