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
# # Writing your own volume
#
# A volume of this library is anything that can be turned and projected. There are three interfaces, and a class of
# your own derives from the one that fits:
#
# - `AbstractVolumeParametrization`: parameters from which a volume follows. It has one method, `get_representation`,
#   which returns a volume that the library knows. Neural fields, ensembles and generative models are of this kind.
# - `AbstractVolumeRepresentation`: a volume that is imaged as it is. It is turned by `rotate_to_pose`, and an
#   integrator that projects it is registered beside it.
# - `AbstractAtomVolume`: points in space, which can be moved too.
#
# This page writes one of each: a small neural field that learns from images, an ensemble of conformations, and a volume
# with a projection in closed form.

# %%
# %matplotlib inline
import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float

from vitreous import report
from vitreous.grids import ImageConfig, coordinates, fourier_shell_correlation, irfftn
from vitreous.imaging import make_image_model
from vitreous.optics import CTF
from vitreous.poses import EulerAnglePose, euler_from_rotation, uniform_rotations
from vitreous.projection import AbstractVolumeIntegrator, register_integrator
from vitreous.volumes import (
    AbstractAtomVolume,
    AbstractVolumeParametrization,
    FourierVoxelGridVolume,
    GaussianMixtureRenderFn,
    GaussianMixtureVolume,
)

# %% [markdown]
# ## A neural field
#
# A perceptron takes a point in space, written in waves of several lengths, and returns the potential there. Its
# representation is the library's own: the network is evaluated on the voxels of a grid and sliced in Fourier space.
# Nothing else is to be written; poses, CTF and gradients work.

# %%
BOX, VOXEL_SIZE = 24, 4.0


class NeuralField(AbstractVolumeParametrization):
    network: eqx.nn.MLP
    waves: Float[Array, "3 w"]

    def __init__(self, *, key):
        for_waves, for_network = jax.random.split(key)
        # Half a wave to three waves per box edge.
        self.waves = jax.random.normal(for_waves, (3, 24)) * 2 * jnp.pi / (BOX * VOXEL_SIZE) * 1.5
        self.network = eqx.nn.MLP(48, "scalar", width_size=48, depth=2, key=for_network)

    def density(self) -> Float[Array, "z y x"]:
        # The waves are features, not parameters to be learned.
        phases = coordinates((BOX,) * 3, VOXEL_SIZE).reshape(-1, 3) @ jax.lax.stop_gradient(self.waves)
        features = jnp.concatenate([jnp.cos(phases), jnp.sin(phases)], axis=-1)
        return jax.vmap(self.network)(features).reshape(BOX, BOX, BOX)

    def get_representation(self, rng_key=None) -> FourierVoxelGridVolume:
        return FourierVoxelGridVolume.from_real_voxel_grid(self.density(), VOXEL_SIZE)


# %% [markdown]
# The images to learn from: 128 of a cloud of Gaussians, in known poses, with CTF and noise.

# %%
rng = np.random.default_rng(1)
molecule = GaussianMixtureVolume(rng.normal(scale=12, size=(12, 3)).astype(np.float32), 400.0, 20.0)
config = ImageConfig((BOX, BOX), VOXEL_SIZE)
poses = jax.vmap(EulerAnglePose)(*jax.vmap(euler_from_rotation)(uniform_rotations(128, key=jax.random.key(0))))
defoci = jnp.asarray(rng.uniform(10_000, 25_000, 128), jnp.float32)


@eqx.filter_jit
def images_of(volume, poses, defoci):
    def one(pose, defocus):
        return make_image_model(volume, config, pose=pose, optics=CTF(defocus)).simulate()

    return jax.vmap(one)(poses, defoci)


clean = images_of(molecule, poses, defoci)
observed = clean + clean.std() * jax.random.normal(jax.random.key(1), clean.shape)
report.image_grid(np.asarray(observed[:6]), pixel_size=VOXEL_SIZE)

# %% [markdown]
# The field is made the mean over images of the squared residual, 32 images at a step.


# %%
@eqx.filter_jit
def train(field, state, batch):
    def loss(field):
        volume = field.get_representation()
        return jnp.mean((images_of(volume, *batch[:2]) - batch[2]) ** 2) / noise_variance

    value, slope = eqx.filter_value_and_grad(loss)(field)
    update, state = optimiser.update(slope, state)
    return eqx.apply_updates(field, update), state, value


noise_variance = float(clean.var())
field = NeuralField(key=jax.random.key(2))
optimiser = optax.adam(3e-3)
state = optimiser.init(eqx.filter(field, eqx.is_inexact_array))
for _ in range(300):
    rows = rng.permutation(128)[:32]
    batch = (jax.tree.map(lambda x, rows=rows: x[rows], poses), defoci[rows], observed[rows])
    field, state, value = train(field, state, batch)
print(f"squared residual over the noise's variance, at the end: {float(value):.3f}")

# %% [markdown]
# The learned potential beside the true one.

# %%
truth = GaussianMixtureRenderFn((BOX,) * 3, VOXEL_SIZE)(molecule)
curve = fourier_shell_correlation(np.asarray(field.density()), np.asarray(truth), voxel_size=VOXEL_SIZE)
print("resolution at FSC 0.5:", curve.resolution(0.5), "Å")
report.orthogonal_projections(np.asarray(field.density()), voxel_size=VOXEL_SIZE)

# %%
report.orthogonal_projections(np.asarray(truth), voxel_size=VOXEL_SIZE)

# %% [markdown]
# ## An ensemble
#
# A molecular-dynamics trajectory is a list of conformations. As a volume it draws one of them for each image, with the
# key that the image model hands on. Without a key it is the first. (`vitreous.volumes` has such classes ready made;
# this is all that it takes.)


# %%
class Ensemble(AbstractVolumeParametrization):
    frames: Float[Array, "f n 3"]
    amplitude: float
    variance: float

    def get_representation(self, rng_key=None) -> GaussianMixtureVolume:
        count = len(self.frames)
        frame = 0 if rng_key is None else jax.random.randint(rng_key, (), 0, count)
        return GaussianMixtureVolume(self.frames[frame], self.amplitude, self.variance)


swing = jnp.linspace(0, 60, 16)  # one half turns against the other
turned = jax.vmap(lambda angle: EulerAnglePose(psi=angle).rotate(molecule.positions[:6]))(swing)
frames = jnp.concatenate([turned, jnp.broadcast_to(molecule.positions[6:], (16, 6, 3))], axis=1)
ensemble = Ensemble(frames, 400.0, 20.0)
model = make_image_model(ensemble, config, optics=CTF(15_000.0))
drawn = jax.vmap(lambda key: model.simulate(rng_key=key))(jax.random.split(jax.random.key(3), 6))
report.image_grid(np.asarray(drawn), pixel_size=VOXEL_SIZE)

# %% [markdown]
# ## A representation of your own
#
# A shell of charge has a transform in closed form, $4\pi\sigma R^2\,\mathrm{sinc}(2 R q)$. It is turned like a point in
# space, at its centre, and its projection is written as an integrator: from the volume and the image's frequencies to
# the half spectrum. Registered once, it is imaged by everything that images volumes.


# %%
class Shells(AbstractAtomVolume):
    centres: Float[Array, "n 3"]
    radii: Float[Array, " n"]
    charges: Float[Array, " n"]

    def get_representation(self, rng_key=None) -> "Shells":
        return self

    def rotate_to_pose(self, pose, inverse=False) -> "Shells":
        return eqx.tree_at(lambda s: s.centres, self, pose.rotate(self.centres, inverse=inverse))

    def translate_to_pose(self, pose) -> "Shells":
        return eqx.tree_at(lambda s: s.centres, self, self.centres + pose.offset)


class ShellProjection(AbstractVolumeIntegrator[Shells]):
    def integrate(self, volume_representation, image_config, outputs_real_space=False):
        q = image_config.frequencies
        length = jnp.linalg.norm(q, axis=-1)

        def shell(centre, radius, charge):
            phases = jnp.exp(-2j * jnp.pi * (q[..., 0] * centre[0] + q[..., 1] * centre[1]))
            return charge * jnp.sinc(2 * radius * length) * phases

        shells = jax.vmap(shell)(
            volume_representation.centres, volume_representation.radii, volume_representation.charges
        )
        spectrum = shells.sum(0) / image_config.pixel_size**2
        return irfftn(spectrum, image_config.padded_shape) if outputs_real_space else spectrum


register_integrator(Shells, ShellProjection)
shells = Shells(jnp.array([[-18.0, 0.0, 0.0], [18.0, 0.0, 0.0]]), jnp.array([16.0, 10.0]), jnp.array([9e3, 4e3]))
fine = ImageConfig((96, 96), 1.0)
views = [
    make_image_model(shells, fine, pose=EulerAnglePose(0.0, tilt, 0.0), optics=CTF(12_000.0)) for tilt in (0, 45, 90)
]
report.image_grid(np.stack([view.simulate() for view in views]), pixel_size=1.0, titles=["0°", "45°", "90°"])

# %% [markdown]
# It has gradients like any other volume, here of the image's power in the radius of the first shell.


# %%
def power(radius):
    changed = eqx.tree_at(lambda s: s.radii, shells, shells.radii.at[0].set(radius))
    return (make_image_model(changed, fine, optics=CTF(12_000.0)).simulate() ** 2).sum()


print(f"{float(jax.grad(power)(16.0)):.4f}, by differences {float((power(16.01) - power(15.99)) / 0.02):.4f}")
