"""Published results, measured with this package: each reproduction returns rows of published against measured.

``python -m benchmarks.literature`` prints them, ``tests/test_literature.py`` asserts the same rows. A row passes where
the measured value lies in the interval that the row itself names. Random networks are drawn from fixed seeds, and the
number of networks is chosen so that the interval is several standard errors wide.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop import ACTIVATIONS, OPTIMIZERS, Experiment, Layer, Network, Trainer, pairs
from backprop.diagnostics import rms
from benchmarks import signal_theory

Array = NDArray[Any]


@dataclass(frozen=True)
class Row:
    """One result.

    Attributes:
        what: Configuration and quantity.
        published: The published or derived value in words.
        measured: What this package gives.
        low, high: The interval in which it has to lie, ends included.
        allowed: That interval in words; empty for its ends.
    """

    what: str
    published: str
    measured: float
    low: float
    high: float
    allowed: str = ""

    @property
    def ok(self) -> bool:
        """Whether the measured value lies in the interval; never for NaN."""
        return self.low <= self.measured <= self.high


@dataclass(frozen=True)
class Reproduction:
    """A group of rows with one source.

    Attributes:
        name: Key in ``REPRODUCTIONS``.
        title: What is reproduced.
        source: Where it is published.
        rows: ``rows(seeds)`` → the rows; ``seeds`` is the number of networks where several are averaged.
        seeds: That number by default.
        slow: Whether it takes more than about two seconds.
    """

    name: str
    title: str
    source: str
    rows: Callable[[int], list[Row]]
    seeds: int = 1
    slow: bool = False


def near(what: str, expected: float, measured: float, tolerance: float, published: str = "") -> Row:
    """A row that allows ``tolerance`` either way."""
    low, high = expected - tolerance, expected + tolerance
    return Row(what, published or f"{expected:.7g}", measured, low, high, f"± {tolerance:.2g}")


def within_factor(what: str, expected: float, measured: float, factor: float) -> Row:
    """A row that allows a factor either way: for sizes that spread on a logarithmic scale."""
    low, high = expected / factor, expected * factor
    return Row(what, f"{expected:.3g}", measured, low, high, f"within a factor of {factor:g}")


# --- one function ----------------------------------------------------------------------------------------------------


def slope_bounds(seeds: int) -> list[Row]:
    """The largest slopes, and what they do to ten layers in a row."""
    z = np.linspace(-6.0, 6.0, 12_001)
    return [
        near("largest σ′", 0.25, float(ACTIVATIONS["sigmoid"].df(z).max()), 1e-15, "1/4"),
        near("largest tanh′", 1.0, float(ACTIVATIONS["tanh"].df(z).max()), 1e-15, "1"),
        *(
            Row(f"ten unit-weight sigmoids at z = 0, φ¹/φ¹¹, {dtype}", "4⁻¹⁰", factor, 4.0**-10, 4.0**-10, "exactly")
            for dtype, factor in ((dtype, ten_sigmoids(dtype)) for dtype in ("float32", "float64"))
        ),
    ]


def ten_sigmoids(dtype: str) -> float:
    """φ¹/φ¹¹ of ten sigmoid units in a row, with weights 1 and biases −1/2 that bring every z to 0 (σ(0) = 1/2)."""
    layers = [*[Layer(1, "sigmoid", initializer="constant(1)", bias=-0.5)] * 10, Layer(1, "identity")]
    network = Network(1, layers, "mse", dtype=dtype)
    network.weights[-1].fill(1.0)
    grads = network.backward(network.forward(np.array([[0.5]])), np.array([[-0.5]]))
    return float(grads.phi[0].item() / grads.phi[-1].item())


def difference_quotients(seeds: int) -> list[Row]:
    """Central differences are best near h = 1e-5: truncation falls with h², rounding grows as ε/h."""
    f, slope = ACTIVATIONS["tanh"].f, 1 - math.tanh(0.7) ** 2

    def error(h: float) -> float:
        values = f(np.array([0.7 + h, 0.7 - h]))
        return abs(float(values[0] - values[1]) / (2 * h) / slope - 1)

    complex_step = float(np.tanh(complex(0.7, 1e-20)).imag) / 1e-20
    return [
        Row("tanh at 0.7, relative error at h = 1e-3", "3e-8", error(1e-3), 2.5e-8, 3.5e-8),
        Row("… at h = 1e-5", "9e-13", error(1e-5), 0.0, 1e-11),  # rounding: its size is known, its digits are not
        Row("… at h = 1e-8", "7e-9", error(1e-8), 1e-10, 5e-8),
        Row("… by a complex step", "2e-16", abs(complex_step / slope - 1), 0.0, 4.5e-16),
    ]


MINIMA = {"gelu": (-0.751792, -0.169971), "silu": (-1.278465, -0.278465), "mish": (-1.192431, -0.308843)}


def minima(seeds: int) -> list[Row]:
    """Where the smooth relatives of ReLU turn round: the zero of their slope, by bisection."""
    rows = []
    for name, (at, value) in MINIMA.items():
        lowest = _zero_of(ACTIVATIONS[name].df, -2.0, -0.5)
        rows.append(near(f"{name}: minimum at z", at, lowest, 1e-6))
        rows.append(near(f"{name}: its value", value, float(ACTIVATIONS[name].f(np.array(lowest))), 1e-6))
    z = np.linspace(0.0, 6.0, 60_001)
    gap = np.abs(ACTIVATIONS["gelu"].f(z) - ACTIVATIONS["gelu_tanh"].f(z))
    rows.append(near("largest error of GELU's tanh form", 4.73e-4, float(gap.max()), 1e-6))
    rows.append(near("… at z", 2.699, float(z[gap.argmax()]), 2e-3))
    return rows


def _zero_of(function: Callable[[Array], Array], low: float, high: float) -> float:
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if float(function(np.array(middle))) < 0 else (low, middle)
    return (low + high) / 2


def adams_first_step(seeds: int) -> list[Row]:
    """m̂ = g and v̂ = g² at the first step, so every parameter moves by the learning rate, whatever its gradient."""
    gradient = np.logspace(-3, 3, 1000) * np.random.default_rng(0).choice([-1, 1], 1000)
    parameters = np.zeros(1000)
    OPTIMIZERS["adam"](parameters, learning_rate=0.02).step(gradient)
    ratio = np.abs(parameters) / 0.02
    return [near(f"{word} |Δ| / learning rate", 1.0, float(value), 1e-4) for word, value in _extremes(ratio)]


def _extremes(values: Array) -> list[tuple[str, float]]:
    return [("smallest", float(values.min())), ("largest", float(values.max()))]


# --- signals in deep random networks ---------------------------------------------------------------------------------


def he_depth_30(seeds: int) -> list[Row]:
    """30 ReLU layers of width 512: the error signal keeps its size with variance 2/n, and half its power with 1/n."""
    kept, lost = ([relu_signal_ratio(name, seed) for seed in range(seeds)] for name in ("he_normal", "xavier_normal"))
    return [
        *(within_factor(f"He, {word} rms φ¹/rms φ³⁰", 1.0, value, 2.0) for word, value in _extremes(np.array(kept))),
        within_factor("variance 1/n, geometric mean", 2 ** (-29 / 2), float(np.exp(np.mean(np.log(lost)))), 1.3),
    ]


def relu_signal_ratio(initializer: str, seed: int, depth: int = 30, width: int = 512) -> float:
    """rms φ¹/rms φᴶ of a network of ReLU layers with a linear output."""
    hidden = Layer(width, "relu", initializer=initializer)
    network = Network(width, [*[hidden] * (depth - 1), replace(hidden, activation="identity")], "mse", seed=seed)
    phi = _random_signal(network, np.random.default_rng(seed))
    return rms(phi[0]) / rms(phi[-1])


def _random_signal(network: Network, rng: np.random.Generator, samples: int = 8, scale: float = 1.0) -> list[Array]:
    """The error signals of random inputs of the given size.

    The targets are random and large: an error signal that still remembers the forward pass fits the weights too well
    and grows, while the theory takes the two for independent.
    """
    X = scale * rng.standard_normal((samples, network.n_inputs))
    y = 100 * rng.standard_normal((samples, network.layers[-1].units))
    return network.backward(network.forward(X), y).phi


def born_dead(seeds: int) -> list[Row]:
    """A layer of N ReLUs puts out nothing with probability 2⁻ᴺ, and then everything behind it is silent."""
    rows = []
    for width in (2, 3, 4):
        expected = 1 - (1 - 2.0**-width) ** 10
        rows.append(near(f"N = {width}, H = 10: share of dead networks", expected, _dead_share(width), 0.015))
    return rows


def _dead_share(width: int, depth: int = 10, networks: int = 10_000) -> float:
    network = Network(width, [*[Layer(width, "relu")] * depth, Layer(1, "identity")], "mse", dtype="float64")
    rng, trace = np.random.default_rng(0), network.forward(np.ones((1, width)))
    dead = 0
    for _ in range(networks):
        network.parameters[...] = rng.standard_normal(network.parameters.size)  # the scale of a ReLU changes no sign
        for biases in network.biases:
            biases.fill(0.0)
        dead += not network.propagate(trace).a[-2].any()
    return dead / networks


def selu_fixed_point(seeds: int) -> list[Row]:
    """SELU brings mean and variance of every layer to 0 and 1; its gradients still grow, by E f′² a layer."""
    selu, rng = ACTIVATIONS["selu"], np.random.default_rng(0)
    scale = float(selu.f(np.array(1.0)))
    layers = [Layer(256, "selu", initializer="lecun_normal")] * 50
    means, variances, growth = [], [], []
    for seed in range(seeds):
        network = Network(256, layers, "mse", seed=seed)
        a = network.forward(rng.standard_normal((256, 256))).a[-1]
        means.append(float(a.mean()))
        variances.append(float(a.var()))
        phi = _random_signal(network, rng)
        growth.append(2 * math.log(rms(phi[0]) / rms(phi[-1])) / 49)
    z = np.linspace(-12.0, 12.0, 240_001)  # a grid with the kink on one of its points
    density = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    slope_power = float(np.sum(density * selu.df(z) ** 2) * (z[1] - z[0]))
    return [
        near("λ = f(1)", 1.0507009873554805, scale, 1e-15),
        near("α = −f(−∞)/λ", 1.6732632423543772, -float(selu.f(np.array(-1e4))) / scale, 1e-15),
        near("50 layers of 256, LeCun normal: mean", 0.0, float(np.mean(means)), 0.02),
        near("… variance", 1.0, float(np.mean(variances)), 0.05),
        near("E f′² at the fixed point", 1.0716, slope_power, 1e-4),
        near("… measured: growth of φ² per layer", 1.0716, math.exp(float(np.mean(growth))), 0.02),
    ]


MAKEMORE = ((0.75, 20.0), (0.69, 8.4), (0.67, 6.6), (0.66, 5.5), (0.66, 6.1))


def makemore(seeds: int) -> list[Row]:
    """Gain 5/3 keeps five tanh layers alive: how wide their outputs spread, and how many are saturated.

    In the original the 30 inputs are three embedded characters; here, normal numbers of the same size. His are numbers
    of one batch of 32, these are means over networks: the tolerance is about two standard deviations of a single one.
    """
    hidden = Layer(100, "tanh", initializer="lecun_normal", gain=5 / 3)
    spread, saturated = np.zeros(5), np.zeros(5)
    for seed in range(seeds):
        network = Network(30, [*[hidden] * 5, Layer(27, "softmax")], "cce", seed=seed)
        outputs = network.forward(_generator(seed).standard_normal((32, 30))).a[1:6]
        spread += [a.std() / seeds for a in outputs]
        saturated += [100 * np.mean(np.abs(a) > 0.97) / seeds for a in outputs]
    rows = []
    for j, (deviation, percent) in enumerate(MAKEMORE):
        rows.append(near(f"layer {j + 1}: standard deviation", deviation, spread[j], 0.02))
        rows.append(near(f"layer {j + 1}: % with |a| > 0.97", percent, saturated[j], 2.0))
    return rows


def _generator(seed: int) -> np.random.Generator:
    return np.random.default_rng([seed, 2010])


def glorot_stall(seeds: int) -> list[Row]:
    """Four sigmoid layers of 100 units: the last one is pushed towards 0, where the whole network stops learning."""
    start, mean, accuracy = _glorot_run("sigmoid", 2000)
    return [
        near("last sigmoid layer, mean output at the start", 0.5, start, 0.05),
        Row("… after 2000 steps", "towards 0", mean, 0.0, 0.25),
        Row("… accuracy on three classes", "at chance", accuracy, 0.30, 0.37),
        Row("the same with tanh", "learns", _glorot_run("tanh", 2000)[2], 0.9, 1.0),
    ]


def _glorot_run(activation: str, steps: int) -> tuple[float, float, float]:
    """Mean output of the last hidden layer before and after training, and the accuracy after."""
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
    start = float(trainer.network.forward(X).a[-2].mean())
    trainer.step(steps)
    return start, float(trainer.network.forward(X).a[-2].mean()), trainer.frame().train_accuracy or 0.0


def glorot_variances(seeds: int) -> list[Row]:
    """Where units are linear, φ² changes by n_{j+1} Var W a layer, and the weights' gradients by nothing at all.

    With the uniform ±1/√n of old, Var W = 1/(3n): a third is left per layer (eq. 6), while ∂L/∂W keeps one size in all
    layers, since the forward signal shrinks as the backward one grows (eq. 14). Their own scheme keeps φ as well, on
    equal widths; between unequal ones its compromise costs 2 n_{j+1}/(n_j + n_{j+1}).
    """
    rows = []
    for name, initializer, ratio in (("uniform ±1/√n", "uniform", 1 / 3), ("Xavier uniform", "xavier_uniform", 1.0)):
        signal, weights = _variance_ratios([256] * 6, initializer, seeds)
        rows.append(near(f"{name}: Var φʲ / Var φʲ⁺¹", ratio, signal ** (1 / 5), 0.03 * ratio))
        rows.append(near(f"{name}: Var ∂L/∂W¹ / Var ∂L/∂W⁵", 1.0, weights, 0.15))
    wide_to_narrow, _ = _variance_ratios([400, 100], "xavier_uniform", seeds)
    rows.append(near("Xavier uniform, 400 → 100 units: Var φ¹ / Var φ²", 2 * 100 / 500, wide_to_narrow, 0.03))
    return rows


def _variance_ratios(widths: list[int], initializer: str, seeds: int) -> tuple[float, float]:
    """Geometric means of Var φ¹/Var φᴶ, and of Var ∂L/∂W¹/Var ∂L/∂Wᴶ⁻¹; inputs so small that tanh is linear."""
    signal, weights = [], []
    for seed in range(seeds):
        layers = [Layer(width, "tanh", initializer=initializer) for width in widths]
        network, rng = Network(widths[0], layers, "mse", seed=seed, dtype="float64"), _generator(seed)
        X, y = 1e-3 * rng.standard_normal((64, widths[0])), rng.standard_normal((64, widths[-1]))
        grads = network.backward(network.forward(X), y)
        signal.append(math.log(grads.phi[0].var() / grads.phi[-1].var()))
        weights.append(math.log(grads.weights[0].var() / grads.weights[-2 if len(widths) > 2 else -1].var()))
    return math.exp(float(np.mean(signal))), math.exp(float(np.mean(weights)))


BIAS_VARIANCE = 0.05


def edge_of_chaos(seeds: int) -> list[Row]:
    """The weight variance at which gradients neither vanish nor explode: computed, then measured on 50 tanh layers."""
    tanh = ACTIVATIONS["tanh"]
    critical = signal_theory.critical_weight_variance(tanh.f, tanh.df, BIAS_VARIANCE)
    rows = [near(f"tanh, σ_b² = {BIAS_VARIANCE}: critical σ_w²", 1.761, critical, 1e-3, "1.761, derived")]
    for name, variance in (("order", 1.0), ("the edge", critical), ("chaos", 3.0)):
        expected = signal_theory.chi(tanh.f, tanh.df, variance, BIAS_VARIANCE)
        measured = _measured_chi(variance, seeds)
        rows.append(near(f"{name}, σ_w² = {variance:.2f}: χ₁, φ² per layer", expected, measured, 0.02))
    return rows


def _measured_chi(weight_variance: float, seeds: int, depth: int = 50, width: int = 512) -> float:
    """The factor per layer on the mean square of φ, from the last tanh layer to the first; geometric mean."""
    q = signal_theory.fixed_point(ACTIVATIONS["tanh"].f, weight_variance, BIAS_VARIANCE)
    scale = math.sqrt((q - BIAS_VARIANCE) / weight_variance)  # inputs that bring layer 1 to q* at once
    hidden, logs = Layer(width, "tanh", initializer="lecun_normal", gain=math.sqrt(weight_variance)), []
    for seed in range(seeds):
        network, rng = Network(width, [hidden] * depth, "mse", seed=seed), _generator(seed)
        for biases in network.biases:
            biases[...] = rng.normal(0.0, math.sqrt(BIAS_VARIANCE), width)
        phi = _random_signal(network, rng, scale=scale)
        logs.append(2 * math.log(rms(phi[0]) / rms(phi[-2])) / (depth - 2))
    return math.exp(float(np.mean(logs)))


def orthogonal_nets(seeds: int) -> list[Row]:
    """100 linear layers: orthogonal ones keep every signal's length, Gaussian ones only its mean."""
    depth, width = 100, 64
    network = Network(width, [Layer(width, "identity", initializer="orthogonal")] * depth, "mse", dtype="float64")
    X, y = np.random.default_rng(0).standard_normal((2, 8, width))
    trace = network.forward(X)
    phi = network.backward(trace, y).phi
    lengths, signals = (np.linalg.norm(a, axis=1) for a in (trace.a[-1], phi[0]))
    product = functools.reduce(lambda W, V: V @ W, network.weights)
    singular = np.linalg.svd(product, compute_uv=False)
    rng = np.random.default_rng(1)
    gaussian = [rng.standard_normal((width, width)) / math.sqrt(width) for _ in range(depth)]
    log_mean = sum(np.linalg.slogdet(W)[1] for W in gaussian) / width
    spread = np.linalg.svd(functools.reduce(lambda W, V: V @ W, gaussian), compute_uv=False)
    return [
        *(
            near(f"orthogonal: {w} ‖a¹⁰⁰‖/‖x‖", 1.0, v, 1e-12)
            for w, v in _extremes(lengths / np.linalg.norm(X, axis=1))
        ),
        *(
            near(f"orthogonal: {w} ‖φ¹‖/‖φ¹⁰⁰‖", 1.0, v, 1e-12)
            for w, v in _extremes(signals / np.linalg.norm(phi[-1], axis=1))
        ),
        *(near(f"orthogonal: {w} singular value of the product", 1.0, v, 1e-12) for w, v in _extremes(singular)),
        near(
            "Gaussian, variance 1/n: ln of their geometric mean",
            depth * signal_theory.mean_log_singular_value(width),
            float(log_mean),
            5.0,
        ),
        Row("Gaussian: smallest / largest", "→ 0", float(spread[-1] / spread[0]), 0.0, 1e-12),
    ]


# --- forward and backward chosen apart -------------------------------------------------------------------------------

LOCAL = "clipped_straight_through", "sigmoid", "fast_sigmoid(1)"


def forward_and_backward(seeds: int) -> list[Row]:
    """Other slopes than the own: what is learned, and what does not beat the control.

    The published means depend on data and initial biases that the table does not name. A row therefore allows two
    standard deviations of the difference of two networks, one from each table, and at least 3 points.
    """
    found = {
        (pair, task): pairs.accuracies(pairs.TASKS[task], *pair, seeds)
        for pair in pairs.REFERENCE
        for task in pairs.TASKS
    }
    rows = [
        _accuracy_row(f"{task}: {pair[0]} ← {pair[1] or 'own'}", *published, found[pair, task])
        for pair, numbers in pairs.REFERENCE.items()
        for task, published in zip(pairs.TASKS, numbers, strict=True)
    ]
    return rows + _claims(found) + _dead_nets(seeds)


def _accuracy_row(what: str, mean: float, deviation: float, values: Array) -> Row:
    tolerance = max(3.0, 2 * math.hypot(deviation, float(values.std())))
    return near(what, mean, float(values.mean()), tolerance, f"{mean} ± {deviation}")


def _claims(found: dict[Any, Array]) -> list[Row]:
    """What the table says in words, within two standard deviations of a single network."""
    rows = []
    for task in pairs.TASKS:
        own, idea = found[("relu", None), task], found[("relu", "tanh"), task]
        rows.append(Row(f"{task}: relu, own slope − tanh′", "own is better", float((own - idea).mean()), 0.0, 100.0))
        local = min((found[("step", name), task] for name in LOCAL), key=np.mean)
        gap, allowed = float((own - local).mean()), max(3.0, 2 * float(local.std()))
        rows.append(Row(f"{task}: own slope − worst local surrogate", "nearly 0", gap, -3.0, allowed))
        plain, control = found[("step", "straight_through"), task], found[("step", "zero"), task]
        gain, allowed = float((plain - control).mean()), max(3.0, 2 * float(control.std()))
        rows.append(Row(f"{task}: straight-through − control", "no better", gain, -100.0, allowed))
    return rows


def _dead_nets(seeds: int) -> list[Row]:
    """ReLUs born dead by biases of −12: only a slope that is not 0 far on the left brings them back."""
    moons = replace(pairs.TASKS["moons"], steps=1200)  # the way back takes its time
    accuracies = functools.partial(pairs.accuracies, moons, "relu", seeds=seeds, bias=-12.0)
    rows = []
    for name in ("tanh", "sigmoid", "softplus", "elu"):
        mean = float(accuracies(backward=name).mean())
        rows.append(Row(f"moons, biases −12: relu ← {name}", "at chance", mean, 45.0, 55.0))
    return [*rows, _accuracy_row("moons, biases −12: relu ← leaky_relu", 94.5, 2.7, accuracies(backward="leaky_relu"))]


# --- the registry ----------------------------------------------------------------------------------------------------

REPRODUCTIONS: dict[str, Reproduction] = {
    entry.name: entry
    for entry in (
        Reproduction("slopes", "Slope bounds", "Rumelhart, Hinton & Williams 1986; Hochreiter 1991", slope_bounds),
        Reproduction(
            "differences",
            "Gradient check",
            "Squire & Trapp 1998, for the complex step",
            difference_quotients,
        ),
        Reproduction("minima", "Minima of the smooth ReLUs", "Hendrycks & Gimpel 2016; Misra 2019", minima),
        Reproduction("adam", "Adam, first step", "Kingma & Ba 2015, §2.1", adams_first_step),
        Reproduction("he", "He initialisation at depth 30", "He et al. 2015", he_depth_30, seeds=10, slow=True),
        Reproduction("born_dead", "Born-dead ReLU networks", "Lu et al. 2019, arXiv 1903.06733", born_dead),
        Reproduction("selu", "SELU", "Klambauer et al. 2017", selu_fixed_point, seeds=5, slow=True),
        Reproduction("makemore", "tanh with gain 5/3", "Karpathy 2022, makemore part 3", makemore, seeds=20),
        Reproduction("glorot_stall", "Sigmoid stack stalls", "Glorot & Bengio 2010, fig. 2", glorot_stall),
        Reproduction("glorot_variances", "Variance of gradients", "Glorot & Bengio 2010", glorot_variances, seeds=5),
        Reproduction(
            "edge_of_chaos",
            "Critical weight variance of tanh",
            "Poole et al. 2016; Schoenholz et al. 2017",
            edge_of_chaos,
            seeds=4,
            slow=True,
        ),
        Reproduction("orthogonal", "Linear networks of depth 100", "Saxe, McClelland & Ganguli 2013", orthogonal_nets),
        Reproduction(
            "surrogates",
            "Forward and backward functions apart (test accuracy in %)",
            "Bengio, Léonard & Courville 2013; Zenke & Ganguli 2018; Neftci, Mostafa & Zenke 2019",
            forward_and_backward,
            seeds=10,
            slow=True,
        ),
    )
}
