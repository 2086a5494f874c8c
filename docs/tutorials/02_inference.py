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
# # Inference: from an image to pose, defocus and noise
#
# A likelihood of this library is a function of arrays that JAX differentiates, compiles and maps. Whatever optimiser
# or sampler is written for JAX works on it as it is. This page finds the pose of a particle by gradient descent
# (Optax) and by least squares (Optimistix), draws from the posterior of pose, defocus and noise (NumPyro, BlackJAX),
# tests that such posteriors are calibrated, and spreads a stack of images over devices.

# %%
# %matplotlib inline
import os

os.environ.setdefault("XLA_FLAGS", "--xla_force_host_platform_device_count=2")  # two devices on any machine

import blackjax
import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist
import optax
import optimistix
from matplotlib.figure import Figure
from numpyro.infer import MCMC, NUTS, init_to_value

from vitreous import report
from vitreous.grids import ImageConfig
from vitreous.imaging import GaussianLikelihood, WhiteNoise, make_image_model, named_parameters, with_parameters
from vitreous.optics import CTF
from vitreous.poses import EulerAnglePose
from vitreous.volumes import GaussianMixtureVolume

# %% [markdown]
# ## A particle
#
# A cloud of forty Gaussians stands for the molecule, in an image of 48 × 48 pixels of 2.5 Å.

# %%
SHAPE, PIXEL_SIZE = (48, 48), 2.5
rng = np.random.default_rng(0)
molecule = GaussianMixtureVolume(rng.uniform(-28, 28, (40, 3)).astype(np.float32), 150.0, 9.0)
truth = GaussianLikelihood(
    make_image_model(
        molecule,
        ImageConfig(SHAPE, PIXEL_SIZE),
        pose=EulerAnglePose(20.0, 70.0, -50.0, offset_x=2.0, offset_y=-3.0),
        optics=CTF(9000.0),
    ),
    WhiteNoise(4e-3),
)
observed = truth(key=jax.random.key(0))  # with a key a likelihood draws an image, with an image it scores it
print("log-likelihood of the truth:", float(truth(observed)))
report.image_grid(
    np.stack([truth.image_model.simulate(), observed]), pixel_size=PIXEL_SIZE, titles=["without noise", "observed"]
)

# %% [markdown]
# Every parameter has a name.

# %%
print(", ".join(named_parameters(truth)))

# %% [markdown]
# ## A fit with Optax
#
# `with_parameters` replaces some of them; its gradient is that of the model. The start is ten degrees off in each
# angle. Angles are in degrees, defocus in Å: the steps of Adam are as large as its learning rate, so lengths and angles
# are scaled to change by about as much.

# %%
UNITS = {"image_model.pose.phi": 1.0, "image_model.pose.theta": 1.0, "image_model.pose.psi": 1.0}
UNITS |= {"image_model.pose.offset_x": 0.3, "image_model.pose.offset_y": 0.3, "image_model.optics.defocus_u": 100.0}
named = named_parameters(truth)
start = {name: named[name] / unit + 10.0 for name, unit in UNITS.items()}


def at(scaled):
    values = {name: value * UNITS[name] for name, value in scaled.items()}
    # Without astigmatism both defoci are one.
    return with_parameters(truth, values | {"image_model.optics.defocus_v": values["image_model.optics.defocus_u"]})


@jax.jit
def step(scaled, state):
    loss, slope = jax.value_and_grad(lambda s: -at(s)(observed))(scaled)
    update, state = optimiser.update(slope, state)
    return optax.apply_updates(scaled, update), state, loss


optimiser = optax.adam(0.5)
scaled, state, losses = start, optimiser.init(start), []
for _ in range(150):
    scaled, state, loss = step(scaled, state)
    losses.append(float(loss))
for name, value in scaled.items():
    print(f"{name:28s} {float(value * UNITS[name]):10.2f}   truth {float(named[name]):10.2f}")

# %% [markdown]
# ## The same as a least-squares problem
#
# Levenberg and Marquardt's method knows that the loss is a sum of squares and needs a dozen steps.


# %%
def residual(scaled, _):
    return (observed - at(scaled).image_model.simulate()) / jnp.sqrt(4e-3)


solution = optimistix.least_squares(
    residual, optimistix.LevenbergMarquardt(rtol=1e-4, atol=1e-4), start, max_steps=50, throw=False
)
print("steps:", int(solution.stats["num_steps"]))
for name, value in solution.value.items():
    print(f"{name:28s} {float(value * UNITS[name]):10.2f}   truth {float(named[name]):10.2f}")

# %% [markdown]
# ## The posterior with NumPyro
#
# The variance of the noise is now unknown too. `numpyro.factor` adds the log-likelihood to the model; the No-U-Turn
# sampler takes its gradient. A likelihood of poses has many peaks, and a chain explores the one it starts on: it starts
# from the fit.


# %%
def posterior(observed):
    psi = numpyro.sample("psi", dist.Normal(-50.0, 10.0))
    theta = numpyro.sample("theta", dist.Normal(70.0, 10.0))
    defocus = numpyro.sample("defocus", dist.Uniform(6000.0, 14000.0))
    variance = numpyro.sample("variance", dist.LogNormal(jnp.log(4e-3), 0.5))
    model = with_parameters(
        truth,
        {
            "image_model.pose.psi": psi,
            "image_model.pose.theta": theta,
            "image_model.optics.defocus_u": defocus,
            "image_model.optics.defocus_v": defocus,
            "noise.variance": variance,
        },
    )
    numpyro.factor("image", model.log_likelihood(observed))


fitted = {name: solution.value[f"image_model.{where}.{name}"] for name, where in (("psi", "pose"), ("theta", "pose"))}
nearby = init_to_value(values=fitted | {"defocus": 9000.0, "variance": 4e-3})
chain = MCMC(NUTS(posterior, init_strategy=nearby), num_warmup=200, num_samples=400, progress_bar=False)
chain.run(jax.random.key(1), observed)
draws = {name: np.asarray(values) for name, values in chain.get_samples().items()}
for name, values in draws.items():
    print(f"{name:10s} {values.mean():12.5g} ± {values.std():.2g}")

# %% [markdown]
# ## The same with BlackJAX
#
# BlackJAX works on a log density and leaves the loop to us. Warm-up adapts the step and the metric.


# %%
def log_density(position):
    model = with_parameters(
        truth,
        {
            "image_model.pose.psi": position["psi"] - 50.0,
            "image_model.optics.defocus_u": 9000.0 + 1000.0 * position["defocus"],
            "image_model.optics.defocus_v": 9000.0 + 1000.0 * position["defocus"],
        },
    )
    prior = -(position["psi"] ** 2) / 200 - position["defocus"] ** 2 / 8
    return model.log_likelihood(observed) + prior


@jax.jit
def sample(key):
    warm, run = jax.random.split(key)
    adapted, _ = blackjax.window_adaptation(blackjax.nuts, log_density).run(
        warm, {"psi": jnp.array(0.0), "defocus": jnp.array(0.0)}, num_steps=200
    )
    kernel = blackjax.nuts(log_density, **adapted.parameters).step
    _, positions = jax.lax.scan(
        lambda state, k: (lambda new: (new, new.position))(kernel(k, state)[0]),
        adapted.state,
        jax.random.split(run, 400),
    )
    return positions


positions = sample(jax.random.key(2))
print(f"psi     {float(positions['psi'].mean()) - 50:8.3f} ± {float(positions['psi'].std()):.2g}")
print(
    f"defocus {9000 + 1000 * float(positions['defocus'].mean()):8.1f} ± {1000 * float(positions['defocus'].std()):.2g}"
)

# %% [markdown]
# ## Is the posterior right?
#
# If truths are drawn from the prior and images from the model, then the posterior probability that lies below the truth
# is uniform between 0 and 1, and 90 % of the 90 % intervals hold the truth (Talts et al. 2018, arXiv:1804.06788). Here
# are 1000 images of unknown in-plane angle and defocus, each with its posterior on a grid. The sum over pixels
# \(|y - I|^2 = |y|^2 - 2\,y \cdot I + |I|^2\) makes one matrix product of all images \(y\) and all candidates
# \(I\).


# %%
def of_angle_and_defocus(angle, defocus):
    optics = {"image_model.optics.defocus_u": defocus, "image_model.optics.defocus_v": defocus}
    return with_parameters(truth, {"image_model.pose.psi": angle, "noise.variance": NOISE_VARIANCE} | optics)


@jax.jit
def draw(angles, defoci, keys):
    return jax.vmap(lambda a, d, key: of_angle_and_defocus(a, d)(key=key))(angles, defoci, keys)


@jax.jit
def candidates(angles, defoci):
    row = jax.vmap(lambda a, d: of_angle_and_defocus(a, d).image_model.simulate(), (None, 0))
    return jax.lax.map(lambda a: row(a, defoci), angles)


IMAGES, NOISE_VARIANCE = 1000, 0.05
grids = {"in-plane angle": np.linspace(-70, -30, 101), "defocus": np.linspace(6000, 14000, 61)}
truths = {name: rng.uniform(grid[0], grid[-1], IMAGES) for name, grid in grids.items()}
keys = jax.random.split(jax.random.key(3), IMAGES)
drawn = draw(*(jnp.asarray(t, jnp.float32) for t in truths.values()), keys)
images = np.asarray(drawn).reshape(IMAGES, -1)
models = np.asarray(candidates(*(jnp.asarray(g, jnp.float32) for g in grids.values())))
models = models.reshape(-1, images.shape[1])
distances = -2 * images @ models.T + (models**2).sum(1)  # |y|² is the same for all candidates
posterior = np.exp(-(distances - distances.min(1, keepdims=True)) / (2 * NOISE_VARIANCE))
posterior = posterior.reshape(IMAGES, *map(len, grids.values()))

figure = Figure(figsize=(7, 2.5), layout="constrained")
for axes, (name, grid), other in zip(figure.subplots(1, 2, sharey=True), grids.items(), (2, 1), strict=True):
    density = posterior.sum(other)
    below = np.cumsum((density[:, 1:] + density[:, :-1]) / 2, axis=1)
    ranks = np.array([np.interp(t, grid[1:], b / b[-1], left=0.0) for t, b in zip(truths[name], below, strict=True)])
    coverage = np.mean((ranks > 0.05) & (ranks < 0.95))
    print(f"{name}: the 90 % intervals cover {100 * coverage:.1f} %")
    assert 0.875 < coverage < 0.925  # one standard deviation of a fraction of 1000 is 0.95 %
    axes.hist(ranks, bins=20, range=(0, 1), color="0.6")
    axes.axhline(IMAGES / 20, color="k", lw=1, ls=":")
    axes.set(xlabel=f"posterior below the true {name}", ylabel=f"images of {IMAGES}")
figure

# %% [markdown]
# ## Many images on several devices
#
# A likelihood maps over images with `jax.vmap`; a sharding of the stack makes each device score its share. Nothing in
# the model changes. Two devices are feigned here on the processor; on a machine with several GPUs the same lines use
# them.

# %%
devices = jax.make_mesh((len(jax.devices()),), ("images",), axis_types=(jax.sharding.AxisType.Auto,))
shares = jax.sharding.NamedSharding(devices, jax.sharding.PartitionSpec("images"))
parameters = jax.device_put(tuple(jnp.asarray(t, jnp.float32) for t in truths.values()), shares)
scored = jax.jit(jax.vmap(lambda y, angle, defocus: of_angle_and_defocus(angle, defocus)(y)))(
    jax.device_put(drawn, shares), *parameters
)
print(len(jax.devices()), "devices;", scored.sharding.spec, "; sum", float(scored.sum()))
