r"""Common mistakes in back-propagation, each as a variant of the backward pass that can be run and examined.

They are for teaching only and separate from the real pass: ``Network``, ``Layer`` and ``Experiment`` know nothing of
this module and have no switch for it. It contains a second backward pass, written plainly and batch first:

1. Φᴶ = ∂L/∂Aᴶ ∘ f_J′(Zᴶ)      (the loss, then the output layer's activation)
2. Φʲ = (Φʲ⁺¹ Wʲ⁺¹) ∘ f_j′(Zʲ)   (across the weights, then through the activation)
3. ∂L/∂Wʲ = (Φʲ)ᵀ Aʲ⁻¹
4. ∂L/∂bʲ = Σ over the batch of Φʲ

A bug replaces one of three parts: the loss's gradient, the step across the weights, or the step through an activation.
Without a bug the pass equals ``Network.backward`` up to rounding, which the tests assert.

    wrong = buggy_backward(network, trace, y, "prime_forgotten")
    compare(network.backward(trace, y), wrong)      # per layer: cosine and norm ratio
    check_bug(network, X, y, "prime_forgotten").error   # what a gradient check would have said

The formulas are those of Menon 2021, *Deriving Backpropagation*, corrected. Some of the mistakes are printed there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop.checks import in_short
from backprop.errors import SpecError
from backprop.explain.gradcheck import GradientCheck, gradcheck
from backprop.functions import get_activation
from backprop.network import Gradients, Network, Trace

Array = NDArray[Any]


@dataclass(frozen=True)
class Rules:
    """The parts of a backward pass that can go wrong. Arrays are batch first.

    Attributes:
        loss: ``loss(network, a, y)`` → the gradient of each sample's own loss with respect to aᴶ, shape (N, n_J).
        through: ``through(network, index, trace, grad_a)`` → ∂L/∂z of layer ``index`` + 1 from its ∂L/∂a.
        across: ``across(weights, phi)`` → ∂L/∂a of a layer from the φ of the next one and the weights in between.
        averaged: Whether the 1/N of the batch mean is applied.
        cancels: Whether a head that cancels uses φᴶ = (aᴶ − y)/N directly.
    """

    loss: Callable[[Network, Array, Array], Array]
    through: Callable[[Network, int, Trace, Array], Array]
    across: Callable[[Array, Array], Array]
    averaged: bool = True
    cancels: bool = True


@dataclass(frozen=True)
class Bug:
    """One mistake.

    Attributes:
        name: Key in ``BUGS``.
        title: The mistake in a few words.
        wrong: What is wrong, in one sentence.
        wrong_formula: What is computed, as LaTeX.
        right_formula: What should be computed, as LaTeX.
        wrong_code: The wrong line in NumPy, batch first.
        right_code: The right line. The names are those of one layer: ``phi``, the weights ``W`` of the next layer,
            ``z``, ``a`` (``p`` for a softmax) and its activation ``f``; at the output the targets ``y`` and the batch
            size ``n``.
        notice: How to notice it.
        rules: The backward pass with the mistake.
        refusal: ``refusal(network)`` → why the mistake cannot occur in this network, or None if it can.
        printed: Where it is printed, or None.
    """

    name: str
    title: str
    wrong: str
    wrong_formula: str
    right_formula: str
    wrong_code: str
    right_code: str
    notice: str
    rules: Rules
    refusal: Callable[[Network], str | None]
    printed: str | None = None


def buggy_backward(network: Network, trace: Trace, y: Array, bug: str | None) -> Gradients:
    """Back-propagate with a mistake. The loss is right, since only the backward pass is wrong.

    Args:
        network: The network.
        trace: The result of its ``forward``.
        y: Targets, shape (N, n_J).
        bug: Key of ``BUGS``, or None for the pass without a mistake.

    Raises:
        SpecError: There is no such bug, or it cannot occur in this network.
        ValueError: The targets do not have the shape of the output.
    """
    rules = RIGHT if bug is None else _applicable(network, bug).rules
    if y.shape != trace.a[-1].shape:
        raise ValueError(f"y must have the output's shape {trace.a[-1].shape}, not {y.shape}")
    grads = Gradients(network, len(trace))
    grads.loss = network.loss_value(trace, y)
    phi = _output_signal(network, trace, y, rules)  # equation 1
    for j in range(len(network.layers) - 1, -1, -1):
        grads.phi[j][...] = phi
        grads.weights[j][...] = phi.T @ trace.a[j]  # equation 3
        grads.biases[j][...] = phi.sum(axis=0)  # equation 4
        if j > 0:
            phi = rules.through(network, j - 1, trace, rules.across(network.weights[j], phi))  # equation 2
    return grads


def check_bug(network: Network, X: Array, y: Array, bug: str | None, h: float = 1e-5) -> GradientCheck:
    """The gradient check of a backward pass with a mistake. Arguments and errors as in ``gradcheck``."""
    analytic = buggy_backward(network, network.forward(X), y, bug).flat
    return replace(gradcheck(network, X, y, h), analytic=analytic)


def applicable_bugs(network: Network) -> list[str]:
    """The names of the bugs that can occur in this network."""
    return [name for name, bug in BUGS.items() if bug.refusal(network) is None]


def _applicable(network: Network, name: str) -> Bug:
    if name not in BUGS:
        raise SpecError("bug", f"there is no bug {in_short(name)}; choose one of {', '.join(BUGS)}")
    reason = BUGS[name].refusal(network)
    if reason is not None:
        raise SpecError("bug", reason)
    return BUGS[name]


# --- the plain pass --------------------------------------------------------------------------------------------------


def _output_signal(network: Network, trace: Trace, y: Array, rules: Rules) -> Array:
    a, last = trace.a[-1], len(network.layers) - 1
    n = len(y) if rules.averaged else 1
    if rules.cancels and network.head_cancels:
        return (a - y) / n
    return rules.through(network, last, trace, rules.loss(network, a, y)) / n


def _loss_gradient(network: Network, a: Array, y: Array) -> Array:
    return network.loss.gradient(a, y, np.empty_like(a)) * len(a)


def _through(network: Network, index: int, trace: Trace, grad_a: Array) -> Array:
    if network.activations[index].elementwise:
        return grad_a * network.slope(index, trace)
    a = trace.a[index + 1]  # softmax: the whole Jacobian, J_ik = a_i (δ_ik − a_k)
    return a * (grad_a - (a * grad_a).sum(axis=1, keepdims=True))


def _across(weights: Array, phi: Array) -> Array:
    return phi @ weights


RIGHT = Rules(_loss_gradient, _through, _across)


# --- the mistakes ----------------------------------------------------------------------------------------------------


def _through_sigmoid(network: Network, index: int, trace: Trace, grad_a: Array) -> Array:
    return grad_a * get_activation("sigmoid").df(trace.z[index])


def _through_primeless(network: Network, index: int, trace: Trace, grad_a: Array) -> Array:
    if index == len(network.layers) - 1:
        return _through(network, index, trace, grad_a)  # the prime is printed in equation 1
    return grad_a * trace.a[index + 1]


def _through_diagonal(network: Network, index: int, trace: Trace, grad_a: Array) -> Array:
    if network.activations[index].elementwise:
        return _through(network, index, trace, grad_a)
    a = trace.a[index + 1]
    return grad_a * a * (1 - a)


def _bce_gradient_as_printed(network: Network, a: Array, y: Array) -> Array:
    tiny = np.finfo(a.dtype).tiny  # keeps rounded outputs away from the pole, as the right loss does
    return -y / np.maximum(a, tiny) - (1 - y) / np.maximum(1 - a, tiny)


def _across_untransposed(weights: Array, phi: Array) -> Array:
    # For a column vector φ the right product is Wᵀφ; for a batch of rows it is φW. W itself fits only if it is square.
    return phi @ weights.T if weights.shape[0] == weights.shape[1] else phi @ weights


# --- where there is no place for them --------------------------------------------------------------------------------


def _never(network: Network) -> str | None:
    return None


def _without_other_slopes(network: Network) -> str | None:
    needed = network.layers[:-1] if network.head_cancels else network.layers
    if all((layer.backward or layer.activation) == "sigmoid" for layer in needed):
        return "every slope that this network needs is the sigmoid's own, so using it everywhere changes nothing"
    return None


def _without_hidden_layers(network: Network) -> str | None:
    return "only hidden layers can lose their prime, and this network has none" if len(network.layers) == 1 else None


def _without_bce(network: Network) -> str | None:
    if network.loss.name == "bce":
        return None
    return f"the sign is that of binary cross-entropy, and this network's loss is {network.loss.label}"


def _without_jacobian(network: Network) -> str | None:
    names = [activation.name for activation in network.activations]
    if "softmax" not in names:
        return "no layer of this network is a softmax, and only a softmax has more than a diagonal"
    if "softmax" not in names[:-1] and network.head_cancels:
        return (
            "softmax and categorical cross-entropy cancel to φ = (a − y)/N, which needs no Jacobian: choose mean "
            "squared error to see what its diagonal alone does"
        )
    return None


def _without_square_weights(network: Network) -> str | None:
    # A single weight is its own transpose, and no signal goes back through the weights of layer 1.
    if any(weights.shape[0] == weights.shape[1] > 1 for weights in network.weights[1:]):
        return None
    return (
        "a forgotten transpose goes unnoticed only where the weights are square: give two layers in a row the same "
        "number of units, 2 or more"
    )


# --- the registry ----------------------------------------------------------------------------------------------------

BUGS: dict[str, Bug] = {
    bug.name: bug
    for bug in (
        Bug(
            name="sigmoid_slope_everywhere",
            title="every layer uses the sigmoid's slope",
            wrong="The backward pass multiplies by σ′(z) in every layer, whatever that layer's activation is.",
            wrong_formula=r"\varphi^j = (\varphi^{j+1} W^{j+1}) \circ \sigma'(z^j)",
            right_formula=r"\varphi^j = (\varphi^{j+1} W^{j+1}) \circ f_j'(z^j)",
            wrong_code="phi = (phi @ W) * sigmoid.df(z)",
            right_code="phi = (phi @ W) * f.df(z)",
            notice="The gradient check fails in the last layer that is no sigmoid and in all before it. σ′ has the "
            "sign of every rising function's slope, so the cosine mostly stays positive and training goes on, but "
            "σ′ ≤ 1/4: behind tanh or ReLU layers the norm ratio falls by about four a layer.",
            rules=replace(RIGHT, through=_through_sigmoid),
            refusal=_without_other_slopes,
        ),
        Bug(
            name="prime_forgotten",
            title="f(z) instead of f′(z)",
            wrong="Hidden layers multiply by their output f(z) where their slope f′(z) belongs.",
            wrong_formula=r"\varphi^j = (\varphi^{j+1} W^{j+1}) \circ f_j(z^j)",
            right_formula=r"\varphi^j = (\varphi^{j+1} W^{j+1}) \circ f_j'(z^j)",
            wrong_code="phi = (phi @ W) * f.f(z)",
            right_code="phi = (phi @ W) * f.df(z)",
            notice="The output layer agrees, every layer before it fails the gradient check. With sigmoid each layer "
            "is too large by 1/(1 − a), always in the right sign; with tanh the sign is wrong wherever z < 0, "
            "so the cosine can be negative; with ReLU the factor is z instead of 1.",
            printed="Menon 2021, §2.2, last two lines; equation 2 itself has the prime",
            rules=replace(RIGHT, through=_through_primeless),
            refusal=_without_hidden_layers,
        ),
        Bug(
            name="bce_sign",
            title="a minus for a plus in binary cross-entropy",
            wrong="The second term of the gradient of binary cross-entropy has the wrong sign.",
            wrong_formula=r"\nabla_{a} L = -\frac{y}{a} - \frac{1-y}{1-a}",
            right_formula=r"\nabla_{a} L = -\frac{y}{a} + \frac{1-y}{1-a}",
            wrong_code="grad_a = (-y / a - (1 - y) / (1 - a)) / n",
            right_code="grad_a = (-y / a + (1 - y) / (1 - a)) / n",
            notice="φ of a sigmoid output is never positive, whatever the target: every output is driven to 1 and "
            "accuracy ends at the share of class 1. The gradient check fails in every layer, the last one included.",
            printed="Menon 2021, §3.2.1",
            rules=replace(RIGHT, loss=_bce_gradient_as_printed, cancels=False),
            refusal=_without_bce,
        ),
        Bug(
            name="softmax_diagonal",
            title="softmax by its diagonal only",
            wrong="The slope of softmax is taken for p(1 − p) per unit, without the terms between its units.",
            wrong_formula=r"\varphi_i = \frac{\partial L}{\partial p_i}\, p_i (1 - p_i)",
            right_formula=r"\varphi_i = \sum_k \frac{\partial L}{\partial p_k}\, p_k (\delta_{ik} - p_i)",
            wrong_code="phi = grad_a * p * (1 - p)",
            right_code="phi = p * (grad_a - (p * grad_a).sum(axis=1, keepdims=True))",
            notice="Adding the same number to every z changes no probability, so φ must sum to 0 over the units of "
            "each sample: here it does not. With two classes exactly half of the gradient is missing, with more "
            "classes it is off by 20 to 40 %, in that layer and in all before it.",
            printed="Menon 2021, §3.3, calls the derivative of softmax unnecessary: true with cross-entropy only",
            rules=replace(RIGHT, through=_through_diagonal),
            refusal=_without_jacobian,
        ),
        Bug(
            name="transpose_forgotten",
            title="W instead of its transpose",
            wrong="The error signal goes back through W instead of Wᵀ wherever the weights are square, so that no "
            "shape complains.",
            wrong_formula=r"\varphi^j = (\varphi^{j+1} (W^{j+1})^{\mathsf T}) \circ f_j'(z^j)",
            right_formula=r"\varphi^j = (\varphi^{j+1} W^{j+1}) \circ f_j'(z^j)",
            wrong_code="phi = (phi @ W.T) * f.df(z)",
            right_code="phi = (phi @ W) * f.df(z)",
            notice="Layers behind the square weights agree exactly, those before them have a cosine near 0: the "
            "signal reaches the wrong units. Unequal layer sizes turn it into an error of shapes, which is why "
            "tests should use them.",
            rules=replace(RIGHT, across=_across_untransposed),
            refusal=_without_square_weights,
        ),
        Bug(
            name="mean_forgotten",
            title="1/N forgotten",
            wrong="The loss is the mean over the batch, the gradient its sum.",
            wrong_formula=r"\varphi^J = a^J - y",
            right_formula=r"\varphi^J = \tfrac{1}{N} (a^J - y)",
            wrong_code="phi = a - y",
            right_code="phi = (a - y) / n",
            notice="The cosine is exactly 1 and the norm ratio exactly N in every layer. For SGD it is a learning "
            "rate N times as large, and another one with every batch size; Adam hardly notices. A batch of one "
            "hides it.",
            rules=replace(RIGHT, averaged=False),
            refusal=_never,
        ),
    )
}
