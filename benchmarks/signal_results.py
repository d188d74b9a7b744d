"""Published results on signals in deep random networks, forward and backward, and on one that stalls.

What theory expects is a closed formula, a literal worked out with mpmath, or quadrature in ``signal_theory``; none of
them uses this package. Averages allow three standard errors. The standard deviations behind them were measured once
over 10 to 40 networks and are written down here, so that a mistake cannot widen its own interval.
"""

from __future__ import annotations

import functools
import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop import ACTIVATIONS, Experiment, Layer, Network, Trainer
from backprop.diagnosis import rms
from benchmarks import signal_theory
from benchmarks.literature_rows import (
    STANDARD_ERRORS,
    Row,
    extremes,
    geometric_mean_near,
    mean_near,
    more_than,
    near,
    no_more_than,
    within_factor,
)

Array = NDArray[Any]


def _generator(seed: int) -> np.random.Generator:
    return np.random.default_rng([seed, 2010])


def _random_signal(network: Network, rng: np.random.Generator, samples: int = 8, scale: float = 1.0) -> list[Array]:
    """The error signals of random inputs of the given size.

    The targets are random and large: an error signal that still remembers the forward pass fits the weights too well
    and grows, while the theory takes the two for independent.
    """
    X = scale * rng.standard_normal((samples, network.n_inputs))
    y = 100 * rng.standard_normal((samples, network.layers[-1].units))
    return network.backward(network.forward(X), y).phi


# --- ReLU ------------------------------------------------------------------------------------------------------------

# Of ln(rms φ¹/rms φ³⁰), over 20 networks. For a single sample it would be √(5 · 29/512)/2 = 0.27, since 2 b g² with a
# normal g and a coin b has the variance 5 (Hanin & Nica 2018); the mean over 8 samples has half of that.
RELU_DEVIATION = 0.13


def he_depth_30(seeds: int) -> list[Row]:
    """30 ReLU layers of width 512: the error signal keeps its size with variance 2/n, and half its power with 1/n."""
    kept, lost = (
        np.array([relu_signal_ratio(name, seed) for seed in range(seeds)]) for name in ("he_normal", "xavier_normal")
    )
    return [
        *(
            within_factor(
                f"He, {word} rms φ¹/rms φ³⁰", 1.0, value, math.exp(4 * RELU_DEVIATION), "4 s.d. of one network"
            )
            for word, value in extremes(kept)
        ),
        geometric_mean_near("He, geometric mean", 1.0, np.log(kept), RELU_DEVIATION),
        geometric_mean_near("variance 1/n, geometric mean", 2 ** (-29 / 2), np.log(lost), RELU_DEVIATION, "2^(-29/2)"),
    ]


def relu_signal_ratio(initializer: str, seed: int, depth: int = 30, width: int = 512) -> float:
    """rms φ¹/rms φᴶ of a network of ReLU layers with a linear output."""
    hidden = Layer(width, "relu", initializer=initializer)
    network = Network(width, [*[hidden] * (depth - 1), replace(hidden, activation="identity")], "mse", seed=seed)
    phi = _random_signal(network, np.random.default_rng(seed))
    return rms(phi[0]) / rms(phi[-1])


BORN_DEAD = {2: "0.944", 3: "0.737", 4: "0.476"}


def born_dead(seeds: int) -> list[Row]:
    """A layer of N ReLUs puts out nothing with probability 2⁻ᴺ, and then everything behind it is silent."""
    rows, networks = [], 10_000
    for width, published in BORN_DEAD.items():
        expected = 1 - (1 - 2.0**-width) ** 10
        tolerance = STANDARD_ERRORS * math.sqrt(expected * (1 - expected) / networks)
        why = f"3 s.e. of {networks} networks, binomial"
        measured = _dead_share(width, networks)
        rows.append(near(f"N = {width}, H = 10: share of dead networks", expected, measured, tolerance, why, published))
    return rows


def _dead_share(width: int, networks: int, depth: int = 10) -> float:
    network = Network(width, [*[Layer(width, "relu")] * depth, Layer(1, "identity")], "mse", dtype="float64")
    rng, trace = np.random.default_rng(0), network.forward(np.ones((1, width)))
    dead = 0
    for _ in range(networks):
        network.parameters[...] = rng.standard_normal(network.parameters.size)  # the scale of a ReLU changes no sign
        for biases in network.biases:
            biases.fill(0.0)
        dead += not network.propagate(trace).a[-2].any()
    return dead / networks


# --- SELU ------------------------------------------------------------------------------------------------------------

# From the fixed point E f(ξ) = 0, E f(ξ)² = 1 for ξ ~ N(0, 1): α = (1/√(2π)) / (1/2 − √e Φ(−1)),
# λ⁻² = 1/2 + α² (e² Φ(−2) − 2 √e Φ(−1) + 1/2), and the slopes' power E f′² = λ² (1/2 + α² e² Φ(−2)).
SELU_ALPHA, SELU_LAMBDA, SELU_SLOPE_POWER = 1.67326324235437728, 1.05070098735548049, 1.07157499245579926
SELU_DEVIATIONS = {"mean": 0.011, "variance": 0.039, "growth": 0.0077}  # of single networks, over 40


def selu_fixed_point(seeds: int) -> list[Row]:
    """SELU brings mean and variance of every layer to 0 and 1; its gradients still grow, by E f′² a layer."""
    selu = ACTIVATIONS["selu"]
    scale = float(selu.f(np.array(1.0)))
    layers = [Layer(256, "selu", initializer="lecun_normal")] * 50
    means, variances, growth = np.empty((3, seeds))
    for seed in range(seeds):
        network, rng = Network(256, layers, "mse", seed=seed), _generator(seed)
        a = network.forward(rng.standard_normal((256, 256))).a[-1]
        means[seed], variances[seed] = a.mean(), a.var()
        phi = _random_signal(network, rng)
        growth[seed] = 2 * math.log(rms(phi[0]) / rms(phi[-1])) / 49
    return [
        near("λ = f(1)", SELU_LAMBDA, scale, 3e-16, "rounding", "1.0507009873554805"),
        near(
            "α = −f(−∞)/λ", SELU_ALPHA, -float(selu.f(np.array(-1e4))) / scale, 5e-16, "rounding", "1.6732632423543772"
        ),
        mean_near("50 layers of 256, LeCun normal: mean", 0.0, means, SELU_DEVIATIONS["mean"]),
        mean_near("… variance", 1.0, variances, SELU_DEVIATIONS["variance"]),
        near("E f′² at the fixed point", SELU_SLOPE_POWER, _slope_power(), 5e-9, "trapezoids", "1.0716"),
        geometric_mean_near(
            "… measured: growth of φ² per layer", SELU_SLOPE_POWER, growth, SELU_DEVIATIONS["growth"], "1.0716"
        ),
    ]


def _slope_power() -> float:
    """E f′(ξ)² of the package's SELU, ξ ~ N(0, 1): either side of the kink by itself."""
    z = np.linspace(0.0, 12.0, 120_001)
    z[0] = 1e-300  # right of the kink; −z[0] is left of it
    density = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    slope = ACTIVATIONS["selu"].df
    return float(sum(np.trapezoid(density * slope(side) ** 2, z) for side in (z, -z)))


# --- tanh ------------------------------------------------------------------------------------------------------------

# Per layer: the published standard deviation and % of |a| > 0.97, and the s.d. of each from network to network (over
# 2000 of them in plain NumPy, with embeddings as below).
MAKEMORE = (
    ((0.75, 20.0), (0.012, 2.4)),
    ((0.69, 8.4), (0.008, 0.9)),
    ((0.67, 6.6), (0.007, 0.70)),
    ((0.66, 5.5), (0.007, 0.62)),
    ((0.66, 6.1), (0.007, 0.63)),
)
MAKEMORE_HALF_DIGITS = (0.005, 0.05)


def makemore(seeds: int) -> list[Row]:
    """Gain 5/3 keeps five tanh layers alive: how wide their outputs spread, and how many are saturated.

    The published numbers are those of one network and one batch of 32, each sample three characters of 27, embedded as
    10 normal numbers. Here the characters are drawn evenly in place of names. The mean over networks is compared with
    them, within two standard deviations of a single network: more cannot be said of a single draw.
    """
    hidden = Layer(100, "tanh", initializer="lecun_normal", gain=5 / 3)
    found = np.zeros((5, 2))
    for seed in range(seeds):
        rng = _generator(seed)
        network = Network(30, [*[hidden] * 5, Layer(27, "softmax")], "cce", seed=seed)
        embedding, characters = rng.standard_normal((27, 10)), rng.integers(27, size=(32, 3))
        found += _spread_and_saturation(network, embedding[characters].reshape(32, 30)) / seeds
    rows = []
    for j, (published, deviations) in enumerate(MAKEMORE):
        for k, what in enumerate(("standard deviation", "% with |a| > 0.97")):
            tolerance = 2 * deviations[k] + MAKEMORE_HALF_DIGITS[k]
            why = f"one network: 2 s.d. of {deviations[k]:g}, half a digit"
            rows.append(near(f"layer {j + 1}: {what}", published[k], found[j, k], tolerance, why))
    return rows


def _spread_and_saturation(network: Network, X: Array, layers: int = 5) -> Array:
    """Standard deviation and % of |a| > 0.97 of the first layers, shape (layers, 2)."""
    outputs = network.forward(X).a[1 : layers + 1]
    return np.array([[a.std(), 100 * np.mean(np.abs(a) > 0.97)] for a in outputs])


WIDE_DEVIATIONS = (0.0006, 0.10)  # of networks of width 1000 with 256 samples, over 30


def makemore_limit(seeds: int) -> list[Row]:
    """The same network, infinitely wide: z ~ N(0, q) with q = 25/9 in layer 1 and q ← 25/9 E tanh² after it."""
    found = np.zeros((5, 2))
    hidden = Layer(1000, "tanh", initializer="lecun_normal", gain=5 / 3)
    for seed in range(seeds):
        X = _generator(seed).standard_normal((256, 1000))
        found += _spread_and_saturation(Network(1000, [hidden] * 5, "mse", seed=seed), X) / seeds
    rows, q = [], 25 / 9
    for j in range(5):
        power = signal_theory.gaussian_mean(lambda z: np.tanh(z) ** 2, q)
        beyond = 100 * math.erfc(math.atanh(0.97) / math.sqrt(2 * q))
        for k, (what, value) in enumerate((("standard deviation", math.sqrt(power)), ("% with |a| > 0.97", beyond))):
            tolerance = STANDARD_ERRORS * WIDE_DEVIATIONS[k] / math.sqrt(seeds)
            why = f"3 s.e., s.d. {WIDE_DEVIATIONS[k]:g}"
            rows.append(
                near(f"layer {j + 1}, width 1000: {what}", value, found[j, k], tolerance, why, f"{value:.4g}, derived")
            )
        q = 25 / 9 * power
    return rows


BIAS_VARIANCE = 0.05
# With mpmath: the root of χ₁ = 1, and χ₁ at σ_w² = 1 and 3; behind each the s.d. over 10 networks, of ln χ₁ for χ₁. On
# the edge ln χ₁ has the s.d. 0.0036 and rises by 0.214 per unit of σ_w²: 0.017 for the place where it crosses 0.
CRITICAL, CRITICAL_DEVIATION = 1.76095464, 0.017
ORDER, ORDER_DEVIATION = 0.75903165, 0.005
CHAOS, CHAOS_DEVIATION = 1.20893442, 0.0075


def edge_of_chaos(seeds: int) -> list[Row]:
    """The weight variance at which gradients neither vanish nor explode, by formula and in networks of 50 tanh layers.

    In networks it is where ln χ₁, measured a little below and a little above, crosses 0 (the curvature between shifts
    the crossing by 0.001).
    """
    tanh = ACTIVATIONS["tanh"]
    by_formula = signal_theory.critical_weight_variance(tanh.f, tanh.df, BIAS_VARIANCE)
    low, high = 1.71, 1.81
    below, above = measured_log_chi(low, seeds), measured_log_chi(high, seeds)
    crossing = low - (high - low) * below / (above - below)
    return [
        near("σ_b² = 0.05: σ_w² with χ₁ = 1, by formula", CRITICAL, by_formula, 1e-7, "quadrature", "1.761, derived"),
        mean_near("… where χ₁ of networks crosses 1", CRITICAL, crossing, CRITICAL_DEVIATION, "1.761, derived"),
        geometric_mean_near("order, σ_w² = 1: χ₁, φ² per layer", ORDER, measured_log_chi(1.0, seeds), ORDER_DEVIATION),
        geometric_mean_near("chaos, σ_w² = 3: χ₁, φ² per layer", CHAOS, measured_log_chi(3.0, seeds), CHAOS_DEVIATION),
    ]


def measured_log_chi(weight_variance: float, seeds: int, depth: int = 50, width: int = 512) -> Array:
    """Per network, ln of the factor per layer on the mean square of φ, from the last tanh layer to the first."""
    q = signal_theory.fixed_point(np.tanh, weight_variance, BIAS_VARIANCE)
    scale = math.sqrt((q - BIAS_VARIANCE) / weight_variance)  # inputs that bring layer 1 to q* at once
    hidden, logs = Layer(width, "tanh", initializer="lecun_normal", gain=math.sqrt(weight_variance)), []
    for seed in range(seeds):
        network, rng = Network(width, [hidden] * depth, "mse", seed=seed), _generator(seed)
        for biases in network.biases:
            biases[...] = rng.normal(0.0, math.sqrt(BIAS_VARIANCE), width)
        phi = _random_signal(network, rng, scale=scale)
        logs.append(2 * math.log(rms(phi[0]) / rms(phi[-2])) / (depth - 2))
    return np.array(logs)


# --- Glorot & Bengio -------------------------------------------------------------------------------------------------


# Over 30 networks, of ln(Var φ¹/Var φ⁶)/5, ln(Var ∂L/∂W¹/Var ∂L/∂W⁵), and ln(Var φ¹/Var φ²) for 400 → 100 units.
SIGNAL_DEVIATION, WEIGHTS_DEVIATION, NARROWING_DEVIATION = 0.0055, 0.041, 0.0115


def glorot_variances(seeds: int) -> list[Row]:
    """Where units are linear, φ² changes by n_{j+1} Var W a layer, and the weights' gradients by nothing at all.

    With the uniform ±1/√n of old, Var W = 1/(3n): a third is left per layer (eq. 6 and 15), while ∂L/∂W keeps one size
    in all layers, since the forward signal shrinks as the backward one grows (eq. 14). Their own scheme keeps φ as
    well, on equal widths; between unequal ones its compromise (eq. 12) costs 2 n_{j+1}/(n_j + n_{j+1}).
    """
    rows = []
    schemes = ("uniform ±1/√n", "uniform", 1 / 3, 0), ("Xavier uniform", "xavier_uniform", 1.0, 100)
    for name, initializer, kept, first_seed in schemes:  # from the same seed, one would be a multiple of the other
        signal, weights = _log_variance_ratios([256] * 6, initializer, range(first_seed, first_seed + seeds))
        rows.append(geometric_mean_near(f"{name}: Var φʲ / Var φʲ⁺¹", kept, signal / 5, SIGNAL_DEVIATION))
        rows.append(geometric_mean_near(f"{name}: Var ∂L/∂W¹ / Var ∂L/∂W⁵", 1.0, weights, WEIGHTS_DEVIATION))
    narrowing, _ = _log_variance_ratios([400, 100], "xavier_uniform", range(seeds))
    what = "Xavier uniform, 400 → 100 units: Var φ¹ / Var φ²"
    return [*rows, geometric_mean_near(what, 2 * 100 / (400 + 100), narrowing, NARROWING_DEVIATION)]


def _log_variance_ratios(widths: list[int], initializer: str, seeds: range) -> tuple[Array, Array]:
    """Per network ln(Var φ¹/Var φᴶ) and ln(Var ∂L/∂W¹/Var ∂L/∂Wᴶ⁻¹), with inputs so small that tanh is linear."""
    signal, weights = np.empty((2, len(seeds)))
    for i, seed in enumerate(seeds):
        layers = [Layer(width, "tanh", initializer=initializer) for width in widths]
        network, rng = Network(widths[0], layers, "mse", seed=seed, dtype="float64"), _generator(seed)
        X, y = 1e-3 * rng.standard_normal((64, widths[0])), rng.standard_normal((64, widths[-1]))
        grads = network.backward(network.forward(X), y)
        signal[i] = math.log(grads.phi[0].var() / grads.phi[-1].var())
        weights[i] = math.log(grads.weights[0].var() / grads.weights[-2].var())
    return signal, weights


def glorot_stall(seeds: int) -> list[Row]:
    """Four sigmoid layers of 100 units: the last one is pushed towards 0, where the whole network stops learning.

    Their images of shapes are other data than three spiral arms, and no number is published but the 0.5 of the start:
    only the course is compared. A sigmoid behind 100 outputs of about 1/2 has z of s.d. √(100/300)/2 = 0.29, so that
    the mean of 100 such units has the s.d. 0.29/4/√100 = 0.007.
    """
    means, accuracies = _glorot_run("sigmoid", (0, 2000, 2000))
    last = "one class for all"
    return [
        near("last sigmoid layer, mean output at the start", 0.5, means[0], 0.022, "3 s.d. of 0.0072"),
        no_more_than("… after 2000 steps", "falls", means[1], means[0] / 2, "by half or more"),
        no_more_than("… after 4000 steps", "towards 0", means[2], 0.8 * means[1], "still falling"),
        near("… accuracy after 2000 steps, three classes", 1 / 3, accuracies[1], 1e-12, last, "chance"),
        near("… after 4000 steps", 1 / 3, accuracies[2], 1e-12, last, "chance"),
        more_than("tanh instead, after 2000 steps", "learns", _glorot_run("tanh", (0, 2000))[1][1], 0.9, "learned"),
    ]


def _glorot_run(activation: str, bursts: tuple[int, ...]) -> tuple[list[float], list[float]]:
    """Mean output of the last hidden layer, and the accuracy, after each burst of steps."""
    hidden = Layer(100, activation, initializer="uniform")
    output = Layer(3, "softmax", initializer="uniform")
    trainer = Trainer(
        Experiment(
            dataset="three_arms",
            test_share=0.0,
            layers=(*[hidden] * 4, output),
            loss="cce",
            optimizer="sgd",
            learning_rate=0.1,
            batch_size=10,
            seed=1,
        )
    )
    X = trainer.features(trainer.dataset.X)
    means, accuracies = [], []
    for steps in bursts:
        trainer.step(steps)
        means.append(float(trainer.network.forward(X).a[-2].mean()))
        accuracies.append(trainer.frame().train_accuracy or math.nan)
    return means, accuracies


# --- linear networks -------------------------------------------------------------------------------------------------


def orthogonal_nets(seeds: int) -> list[Row]:
    """100 linear layers of width 64: orthogonal ones keep every signal's length, Gaussian ones draw directions apart.

    The singular values of an orthogonal product are all 1. Of the Gaussian one, the sum of the logarithms is that of
    ln|det| of its layers, and QR from layer to layer gives what each direction in turn has left: logarithms of χ²
    variables, whose means and variances are known in closed form (Newman 1986).
    """
    depth, width = 100, 64
    network = Network(width, [Layer(width, "identity", initializer="orthogonal")] * depth, "mse", dtype="float64")
    X, y = np.random.default_rng(0).standard_normal((2, 8, width))
    trace = network.forward(X)
    phi = network.backward(trace, y).phi
    product = functools.reduce(lambda W, V: V @ W, network.weights)
    ratios = {
        "‖a¹⁰⁰‖/‖x‖": np.linalg.norm(trace.a[-1], axis=1) / np.linalg.norm(X, axis=1),
        "‖φ¹‖/‖φ¹⁰⁰‖": np.linalg.norm(phi[0], axis=1) / np.linalg.norm(phi[-1], axis=1),
        "singular value of the product": np.linalg.svd(product, compute_uv=False),
    }
    rounding = depth * width * 2.0**-53
    rows = [
        near(f"orthogonal: {word} {what}", 1.0, value, rounding, "rounding: 100 · 64 · 2⁻⁵³", "1")
        for what, values in ratios.items()
        for word, value in extremes(values)
    ]
    rows += _gaussian_rows(depth, width)
    return rows


def _gaussian_rows(depth: int, width: int) -> list[Row]:
    gaussian = [Layer(width, "identity", initializer="lecun_normal")] * depth
    weights = Network(width, gaussian, "mse", dtype="float64").weights
    mean = sum(np.linalg.slogdet(W)[1] for W in weights) / width
    left = np.sum(_log_lengths(weights), axis=0)
    expected, variances = signal_theory.log_length_moments(width)
    why = "3 s.d. of a sum of ln χ²"
    spread = STANDARD_ERRORS * math.sqrt(depth * (variances[0] + variances[-1]))
    of_mean = STANDARD_ERRORS * math.sqrt(depth * variances.sum()) / width
    gap = depth * float(expected[-1] - expected[0])
    what = "Gaussian, variance 1/n: mean ln singular value"
    return [
        near(what, depth * float(expected.mean()), float(mean), of_mean, why, "-51.73, derived"),
        near("… ln(last direction / first)", gap, float(left[-1] - left[0]), spread, why, f"{gap:.4g}, derived"),
    ]


def _log_lengths(weights: list[Array]) -> list[Array]:
    """Per layer, by how much (ln) it stretches each direction in turn, at right angles to those before it."""
    directions, logs = np.eye(weights[0].shape[1]), []
    for W in weights:
        directions, r = np.linalg.qr(W @ directions)
        logs.append(np.log(np.abs(np.diag(r))))
    return logs
