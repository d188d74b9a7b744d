r"""The mistakes in the texts that this project's mathematics comes from, with a check where one is possible.

The texts, as cited here:

- Stack Exchange: *How does back-propagation handle multiple different activation functions?*, Data Science 26551;
- Derivatives: *Derivatives of Commonly-Used Activation Functions*;
- Menon 2021: *Deriving Backpropagation*;
- Keras: *Can Keras leverage distinct activation functions for forward and backward propagation?*, 2025.

A check computes one quantity three times: by the printed formula, by the correct formula, and independently of both, by
central differences if it is a gradient. Gradients are those of a small network with 3 inputs and hidden layers tanh,
sigmoid and tanh of five units each, so that even a wrong index fits the shapes. The row determines the output layer.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop.experiment import Experiment
from backprop.explain.bugs import buggy_backward
from backprop.explain.gradcheck import gradcheck
from backprop.functions import OPTIMIZERS, get_activation
from backprop.layer import Layer
from backprop.network import Network
from backprop.training import Trainer

Array = NDArray[Any]

HIDDEN = (Layer(5, "tanh"), Layer(5, "sigmoid"), Layer(5, "tanh"))
N_INPUTS, N_SAMPLES = 3, 24
BINARY_HEAD = (Layer(1, "sigmoid"), "bce")
VALUES_HEAD = (Layer(3, "identity"), "mse")
CLASSES_HEAD = (Layer(3, "softmax"), "mse")


@dataclass(frozen=True)
class Check:
    """One quantity by the printed and by the correct formula, in the same shape: a number, or a whole gradient.

    Attributes:
        quantity: What is computed.
        printed: By the printed formula.
        correct: By the correct formula.
        measured: Independently: central differences for a gradient; None if ``correct`` is itself measured.
    """

    quantity: str
    printed: Array
    correct: Array
    measured: Array | None = None

    @property
    def ratio(self) -> float:
        """The size of the printed over that of the correct one; NaN if the printed one is not a number."""
        return size(self.printed) / size(self.correct)

    @property
    def cosine(self) -> float:
        """The cosine between the two directions; NaN if either has none."""
        return float(self.printed @ self.correct) / (size(self.printed) * size(self.correct))

    @property
    def verdict(self) -> str:
        """What is wrong with the printed one, in words."""
        if not math.isfinite(self.ratio):
            return "not a number"
        times = f"{self.ratio:.2f} times"
        if self.printed.size == 1:
            return f"{times} the right value"
        return f"{times} as long, cosine {self.cosine:.2f}".replace("-", "−")


@dataclass(frozen=True)
class Erratum:
    """One mistake in print.

    Attributes:
        where: The text, and the place in it.
        printed: What it says, in Markdown with LaTeX.
        correct: What is correct, likewise.
        check: ``check(seed)`` → the numbers, for weights and samples of this seed; None if only words are wrong.
    """

    where: str
    printed: str
    correct: str
    check: Callable[[int], Check] | None = None


def size(values: Array) -> float:
    """The size of what a check compares: a number itself, or the norm of a gradient."""
    return float(values[0]) if values.size == 1 else float(np.linalg.norm(values))


class _Case:
    """The small network with one head, its samples, their true gradient, and the same by central differences."""

    def __init__(self, seed: int, head: tuple[Layer, str], hidden: tuple[Layer, ...] = HIDDEN) -> None:
        output, loss = head
        self.network = Network(N_INPUTS, (*hidden, output), loss, seed=seed, dtype="float64")
        rng = np.random.default_rng([seed, 1])
        self.X = rng.standard_normal((N_SAMPLES, N_INPUTS))
        self.y = _targets(output, rng)
        self.trace = self.network.forward(self.X)
        self.grads = self.network.backward(self.trace, self.y)

    def check(self, layer: int, printed: Array) -> Check:
        """The gradient of a layer, weights and biases, counted from 1."""
        return Check(
            f"gradient of layer {layer}, {self.network.activations[layer - 1].label}",
            printed.ravel(),
            self.grads.blocks[layer - 1].ravel(),
            self.differences(layer).ravel(),
        )

    def check_bug(self, layer: int, bug: str) -> Check:
        """The same where the printed formula is one of the named bugs."""
        return self.check(layer, buggy_backward(self.network, self.trace, self.y, bug).blocks[layer - 1])

    def differences(self, layer: int) -> Array:
        """The gradient of a layer by central differences, shape (n_j, n_{j-1} + 1), biases last."""
        ends = np.cumsum([block.size for block in self.network.blocks])
        numeric = np.split(gradcheck(self.network, self.X, self.y).numeric, ends[:-1])[layer - 1]
        return numeric.reshape(self.network.blocks[layer - 1].shape)

    def block(self, layer: int, phi: Array) -> Array:
        """Equations 3 and 4 for a given φ of a layer."""
        return np.column_stack([phi.T @ self.trace.a[layer - 1], phi.sum(axis=0)])


def _targets(output: Layer, rng: np.random.Generator) -> Array:
    if output.activation == "identity":
        return rng.standard_normal((N_SAMPLES, output.units))
    if output.activation == "softmax":
        return np.eye(output.units)[rng.integers(0, output.units, N_SAMPLES)]
    return (np.arange(N_SAMPLES) % 2)[:, None].astype(float)  # as many of each class


# --- the checks ------------------------------------------------------------------------------------------------------


def _subsequent_outputs(seed: int) -> Check:
    case = _Case(seed, BINARY_HEAD)
    phi, a = case.grads.phi[1], case.trace.a
    weights = case.grads.weights[1].ravel()
    return Check("∂L/∂W² of layer 2", (phi.T @ a[3]).ravel(), weights, case.differences(2)[:, :-1].ravel())


def _target_with_a_hat(seed: int) -> Check:
    case = _Case(seed, (Layer(1, "identity"), "half_sse"))
    output, target, h = case.trace.a[-1][:, 0], case.y[:, 0], 1e-5
    above, below = (0.5 * (target - (output + step)) ** 2 for step in (h, -h))
    return Check("∂E/∂(output), sample by sample", target - output, output - target, (above - below) / (2 * h))


def _stationary_point(seed: int) -> Check:
    case, start = _Case(seed, BINARY_HEAD), _Case(seed, BINARY_HEAD)
    start.network.parameters.fill(0.0)
    stands, found = (_descend(each, 200) for each in (start, case))
    return Check("loss after 200 steps: from zero weights, from random ones", np.array([stands]), np.array([found]))


def _descend(case: _Case, steps: int) -> float:
    optimizer = OPTIMIZERS["sgd"](case.network.parameters, learning_rate=1.0)
    for _ in range(steps):
        optimizer.step(case.network.backward(case.network.forward(case.X), case.y).flat)
    return case.network.loss_value(case.network.forward(case.X), case.y)


def _large_exponent(seed: int) -> Check:
    z = np.array([710.0])
    with np.errstate(over="ignore", invalid="ignore"):
        printed = np.exp(z) / (1 + np.exp(z))
    return Check("p(710)", printed, get_activation("sigmoid").f(z), np.array([1 / (1 + math.exp(-710.0))]))


def _sum_over_k(seed: int) -> Check:
    z = np.random.default_rng([seed, 1]).standard_normal((1, 2)) + np.array([[0.0, 2.0]])
    p = get_activation("softmax").f(z)[0, 1:]
    printed = np.exp(z[0, 1:]) / (2 * np.exp(z[0, 1:]))
    return Check(
        f"p₂ of z = ({z[0, 0]:.2f}, {z[0, 1]:.2f})".replace("-", "−"), printed, p, _logistic(z[:, 1] - z[:, 0])
    )


def _logistic(z: Array) -> Array:
    return 1 / (1 + np.exp(-z))


def _softmax_diagonal(seed: int) -> Check:
    return _Case(seed, CLASSES_HEAD).check_bug(4, "softmax_diagonal")


def _index_not_summed(seed: int) -> Check:
    case = _Case(seed, BINARY_HEAD)
    slope = case.network.slope(1, case.trace)
    return case.check(2, case.block(2, case.grads.phi[2] * case.network.weights[2].sum(axis=0) * slope))


def _lost_prime(seed: int) -> Check:
    return _Case(seed, BINARY_HEAD).check_bug(3, "prime_forgotten")


def _matrix_of_ones(seed: int) -> Check:
    case = _Case(seed, BINARY_HEAD)
    biases = case.grads.biases[1]
    return Check("∂L/∂b² of layer 2", np.full_like(biases, biases.sum()), biases.copy(), case.differences(2)[:, -1])


def _n_of_the_batch(seed: int) -> Check:
    case = _Case(seed, VALUES_HEAD)
    return case.check(4, case.block(4, 2 * (case.trace.a[-1] - case.y) / N_SAMPLES))


def _minus_for_plus(seed: int) -> Check:
    return _Case(seed, BINARY_HEAD).check_bug(4, "bce_sign")


def _dropped_constant(seed: int) -> Check:
    case = _Case(seed, BINARY_HEAD)
    gradient, bits = case.grads.blocks[3].ravel(), math.log2(math.e)
    return Check(
        "gradient of layer 4, loss in bits (log₂)", gradient, bits * gradient, bits * case.differences(4).ravel()
    )


def _hidden_softmax(seed: int) -> Check:
    hidden = (HIDDEN[0], Layer(5, "softmax"), HIDDEN[2])
    return _Case(seed, BINARY_HEAD, hidden).check_bug(2, "softmax_diagonal")


def _slope_in_z(seed: int) -> Check:
    case, h = _Case(seed, BINARY_HEAD), 1e-5
    x, w = case.trace.a[1][0], case.network.weights[1][0]
    differences = np.array([((w + step) @ x - (w - step) @ x) / (2 * h) for step in h * np.eye(len(w))])
    return Check(
        "∂z/∂w of the first unit of layer 2", case.network.slope(1, case.trace)[0, 0] * x, x.copy(), differences
    )


def _another_backward_function(seed: int) -> Check:
    layers = (Layer(8, "relu", "tanh"), Layer(8, "relu", "tanh"), Layer(1, "sigmoid"))
    trainer = Trainer(Experiment(dataset="moons", layers=layers, seed=seed, dtype="float64"))
    first = trainer.frame().train_loss
    trainer.step(300)
    return Check(
        "loss on moons: at first, after 300 steps of ReLU ← tanh′",
        np.array([first]),
        np.array([trainer.frame().train_loss]),
    )


def _doubled_gradient(seed: int) -> Check:
    case, rate = _Case(seed, BINARY_HEAD), 0.1
    before = case.network.blocks[1].copy()
    gradient = case.grads.blocks[1].ravel()
    OPTIMIZERS["sgd"](case.network.parameters, learning_rate=rate).step(2 * case.grads.flat)
    update = (case.network.blocks[1] - before).ravel()
    return Check("the layer's own SGD update", -rate * gradient, -2 * rate * gradient, update)


# --- the list --------------------------------------------------------------------------------------------------------

ERRATA: tuple[Erratum, ...] = (
    Erratum(
        "Stack Exchange, factor 3",
        r"$\partial a^k/\partial w^k = o_i$, “the subsequent layers outputs”; no biases",
        r"$a^k = \sum w^{k-1} o^{k-1}$: the output of the *preceding* layer; and $\partial a/\partial b = 1$",
        _subsequent_outputs,
    ),
    Erratum(
        "Stack Exchange, factor 1",
        r"“R2 loss”, with the derivative $y_1 - \hat y_1$",
        r"It is half the squared error, and $\hat y$ is the *target* there. If $\hat y$ is read as the output, as "
        "elsewhere, every sign is wrong",
        _target_with_a_hat,
    ),
    Erratum(
        "Stack Exchange, opening",
        "Gradient descent tends towards “the optimal loss (the highest accuracy)”",
        "It finds a stationary point: from zero weights it never leaves them. And loss is not accuracy",
        _stationary_point,
    ),
    Erratum(
        "Derivatives, sigmoid",
        r"$p = e^z/(1+e^z)$; a stray $e^f$",
        r"Right on paper, but not a number in float64 for $z > 709.78$: use $1/(1+e^{-z})$ for $z \ge 0$; and $e^z$",
        _large_exponent,
    ),
    Erratum(
        "Derivatives, softmax",
        r"$e^{z_k}/\sum_k e^{z_k}$, for “more than two” outputs",
        r"The index $k$ is in use already; read literally, every $p$ is $1/K$: sum over $j$. Any $K \ge 2$ works: of "
        r"two, $p_2 = \sigma(z_2 - z_1)$",
        _sum_over_k,
    ),
    Erratum(
        "Derivatives, softmax; Menon 2021, §3.3",
        "The derivative of softmax is “complex and lengthy”, and not “necessary”",
        r"$\partial p_i/\partial z_j = p_i(\delta_{ij} - p_j)$. It is unnecessary only with cross-entropy. Checked "
        "with squared error and the diagonal alone",
        _softmax_diagonal,
    ),
    Erratum(
        "Menon 2021, §2.2",
        r"$\sum_k \varphi_i^{j+1} w_{k,i}^{j+1} \dots$",
        r"$\sum_k \varphi_k^{j+1} w_{k,i}^{j+1} \dots$: the index of the sum",
        _index_not_summed,
    ),
    Erratum(
        "Menon 2021, §2.2, last two lines",
        r"$\dots \circ \sigma(z^j)$",
        r"$\dots \circ \sigma'(z^j)$: the prime was lost. With sigmoid it is too large by $1/(1-a)$, with tanh "
        "it points the wrong way",
        _lost_prime,
    ),
    Erratum(
        "Menon 2021, §2.4",
        r"$z = w a^j + b$; $\mathbb{1}$ “a matrix composed of ones”; $\nabla_b = \varphi$",
        r"$a^{j-1}$; the identity matrix (with ones, every bias gets the same gradient); $\nabla_b L$",
        _matrix_of_ones,
    ),
    Erratum(
        "Menon 2021, §3.1",
        r"$L = \frac1n \sum (y - \hat y)^2$",
        r"$n$ is the number of outputs, here 3; read as the batch, the gradient is $n$ times too large. The "
        r"Derivatives take $\frac12\sum$, a factor $n/2$ apart",
        _n_of_the_batch,
    ),
    Erratum(
        "Menon 2021, §3.2.1",
        r"$-\frac{y}{a} - \frac{1-y}{1-a}$",
        r"$-\frac{y}{a} + \frac{1-y}{1-a}$. With the printed sign, $\varphi^J$ is never positive, and every "
        "output is driven to 1",
        _minus_for_plus,
    ),
    Erratum(
        "Menon 2021, §3.2.1",
        r"“We drop the constant $\log(e)$”",
        r"$\ln e = 1$: nothing is dropped. A real constant, such as $\log_2 e$, must stay",
        _dropped_constant,
    ),
    Erratum(
        "Menon 2021, §3.3",
        "Softmax “exclusively” in output layers; a “density”; a “one-hot matrix”",
        r"In a hidden layer it works through its Jacobian (checked: with $\circ\,\sigma'$ of equation 2 instead); a "
        "probability mass function; a vector",
        _hidden_softmax,
    ),
    Erratum(
        "Keras",
        r"$dL/dW = dL/da \cdot f' \cdot x^{\mathsf T}$; $\partial z/\partial W$ “requires” $f'$; $dL/da$ comes from "
        "“preceding layers”",
        r"$(dL/da \circ f')\,x^{\mathsf T}$; $\partial z/\partial W = x$, and $f'$ is $\partial a/\partial z$; from "
        "the *later* layers",
        _slope_in_z,
    ),
    Erratum(
        "Keras",
        "Distinct forward and backward functions are not possible",
        "No built-in layer has a setting for it; `keras.ops.custom_gradient`, `torch.autograd.Function` and "
        "g(x) + stop_gradient(f(x) − g(x)) all do it",
    ),
    Erratum(
        "Keras",
        "With another backward function, learning is “impossible”",
        "It learns, usually less well; a step function *needs* one",
        _another_backward_function,
    ),
    Erratum(
        "Keras, example 3",
        "Doubling the gradients only changes what “previous layers” get",
        "It doubles the layer's own update under SGD; Adam ignores it",
        _doubled_gradient,
    ),
)
