"""Forward and backward one equation at a time, with every operand and every result.

Forward, layer by layer: zʲ = aʲ⁻¹(Wʲ)ᵀ + bʲ, then aʲ = f_j(zʲ); then the loss. Backward: equation 1 for the output;
then for each layer, from last to first, equations 3 and 4, and equation 2 for the layer before it (Menon 2021,
corrected).

All values are those of one ``Network.forward`` and one ``Network.backward``. An entry names the cells from which it is
computed, so that a view can point at them and a test can compute it again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from backprop.explain.derivatives import activation_by_z, loss_by_activation
from backprop.network import Gradients, Network, Trace

Array = NDArray[Any]

Z, A, LOSS, PHI, WEIGHTS, BIASES = "z", "a", "loss", "phi", "weights", "biases"
MENON = "Menon 2021, eq. {}"
JACOBIAN = r"\mathsf{J}_{ik} = a_i(\delta_{ik} - a_k)"


@dataclass(frozen=True)
class Quantity:
    """A table of numbers with its name.

    Attributes:
        kind: ``"a"``, ``"z"``, ``"weights"``, ``"biases"``, ``"phi"``, ``"slope"`` (g(z)), ``"jacobian"`` (softmax; the
            samples' matrices one below the other), ``"loss_gradient"`` (∂L/∂a), ``"target"``, ``"sample_loss"``,
            ``"loss"``, ``"weight_gradients"`` or ``"bias_gradients"``.
        layer: The layer it belongs to, 1 for the first; 0 for the inputs.
        values: Two-dimensional. Rows are samples; in weights and their gradients, rows are receiving units.
    """

    kind: str
    layer: int
    values: Array


class Cell(NamedTuple):
    """One number among the operands of a step."""

    operand: int
    row: int
    column: int


@dataclass(frozen=True)
class Entry:
    """How one entry of a result is computed.

    Attributes:
        terms: Products of cells. In a linear step the entry is their sum (times ``factor``). In a step through an
            activation or the loss, they are its arguments.
        factor: The factor on the sum: the slope in equation 2; None elsewhere.
    """

    terms: tuple[tuple[Cell, ...], ...]
    factor: Cell | None = None

    @property
    def cells(self) -> tuple[Cell, ...]:
        """All operands, in the order of the formula."""
        inside = tuple(cell for term in self.terms for cell in term)
        return inside if self.factor is None else (*inside, self.factor)


@dataclass(frozen=True)
class Step:
    """One equation of the walk.

    Attributes:
        kind: ``"z"``, ``"a"``, ``"loss"``, ``"phi"``, ``"weights"`` or ``"biases"``: the kind of its result.
        layer: The layer concerned, 1 for the first.
        equation: 1 to 4 in the backward pass (Menon 2021); 0 in the forward pass.
        formula: The equation as LaTeX, for layer j.
        source: Where it is stated.
        operands: The quantities that it uses.
        result: The quantity that it computes.
        entry: ``entry(row, column)`` → how that entry of the result is computed.
        mixes: Whether the slope is a Jacobian: for softmax, every z of a sample moves every a.
        cancels: Whether equation 1 is computed as φᴶ = (aᴶ − y)/N, because loss and output activation cancel.
    """

    kind: str
    layer: int
    equation: int
    formula: str
    source: str
    operands: tuple[Quantity, ...]
    result: Quantity
    entry: Callable[[int, int], Entry]
    mixes: bool = False
    cancels: bool = False

    @property
    def is_forward(self) -> bool:
        """Whether the step belongs to the forward pass."""
        return self.equation == 0

    def value(self, cell: Cell) -> float:
        """The number in a cell."""
        return float(self.operands[cell.operand].values[cell.row, cell.column])


@dataclass(frozen=True)
class Walkthrough:
    """A whole walk.

    Attributes:
        network: The network, float64.
        trace: Its forward pass.
        grads: Its backward pass.
        y: The targets, shape (N, n_J).
        steps: Forward, then backward.
    """

    network: Network
    trace: Trace
    grads: Gradients
    y: Array
    steps: tuple[Step, ...]


def walk(network: Network, X: Array, y: Array) -> Walkthrough:
    """Run the samples forward and backward, and return the run as steps.

    Args:
        network: A float64 network. The walk keeps its own copy of the weights.
        X: Inputs, shape (N, n_0).
        y: Targets, shape (N, n_J).

    Raises:
        ValueError: The network is not float64, or the shapes do not fit.
    """
    if network.dtype != np.float64:
        raise ValueError('a walk through a network needs one with dtype="float64"')
    trace = network.forward(X)
    grads = network.backward(trace, y)
    bare = Walkthrough(network, trace, grads, y, ())
    return Walkthrough(network, trace, grads, y, (*_forward(bare), *_backward(bare)))


# --- forward ---------------------------------------------------------------------------------------------------------


def _forward(w: Walkthrough) -> Iterator[Step]:
    for index in range(len(w.network.layers)):
        yield _pre_activation(w, index)
        yield _activation(w, index)
    yield _loss(w)


def _pre_activation(w: Walkthrough, index: int) -> Step:
    weights = _weights(w, index)
    operands = (
        _activations(w, index),
        weights,
        Quantity("biases", index + 1, w.network.biases[index][None, :].copy()),
    )

    def entry(row: int, column: int) -> Entry:
        products = ((Cell(1, column, m), Cell(0, row, m)) for m in range(weights.values.shape[1]))
        return Entry((*products, (Cell(2, 0, column),)))

    result = Quantity("z", index + 1, w.trace.z[index])
    formula = r"z^{j} = a^{j-1} (W^{j})^{\mathsf T} + b^{j}"
    return Step(Z, index + 1, 0, formula, "Menon 2021, §1", operands, result, entry)


def _activation(w: Walkthrough, index: int) -> Step:
    z = Quantity("z", index + 1, w.trace.z[index])
    mixes = not w.network.activations[index].elementwise

    def entry(row: int, column: int) -> Entry:
        if not mixes:
            return Entry(((Cell(0, row, column),),))
        others = (k for k in range(z.values.shape[1]) if k != column)
        return Entry(((Cell(0, row, column),), *((Cell(0, row, k),) for k in others)))

    result = _activations(w, index + 1)
    formula, source = r"a^{j} = f_j(z^{j})", w.network.activations[index].source
    return Step(A, index + 1, 0, formula, source, (z,), result, entry, mixes)


def _loss(w: Walkthrough) -> Step:
    """The mean over the batch of the per-sample losses, each computed by the loss for that sample alone."""
    a, last = w.trace.a[-1], len(w.network.layers)
    per_sample = np.array([[_sample_loss(w, n)] for n in range(len(a))])
    operands = (_activations(w, last), Quantity("target", last, w.y), Quantity("sample_loss", last, per_sample))

    def entry(row: int, column: int) -> Entry:
        return Entry(tuple((Cell(2, n, 0),) for n in range(len(a))))

    result = Quantity("loss", last, np.array([[w.grads.loss]]))
    formula = r"L = \frac{1}{N} \sum_{s=1}^{N} \ell(a^{J}_s, y_s)"
    return Step(LOSS, last, 0, formula, w.network.loss.source, operands, result, entry)


def _sample_loss(w: Walkthrough, sample: int) -> float:
    one = w.network.forward(w.trace.a[0][sample : sample + 1])
    return w.network.loss_value(one, w.y[sample : sample + 1])


# --- backward --------------------------------------------------------------------------------------------------------


def _backward(w: Walkthrough) -> Iterator[Step]:
    last = len(w.network.layers) - 1
    yield _output_signal(w)
    for index in range(last, -1, -1):
        yield _weight_gradients(w, index)
        yield _bias_gradients(w, index)
        if index > 0:
            yield _hidden_signal(w, index - 1)


def _output_signal(w: Walkthrough) -> Step:
    """Equation 1. If the head cancels, a and y are listed besides the two factors."""
    index = len(w.network.layers) - 1
    slope, mixes = _slope(w, index)
    grad_a = Quantity("loss_gradient", index + 1, loss_by_activation(w.network, w.trace, w.grads, w.y, index))
    operands: tuple[Quantity, ...] = (grad_a, slope)
    if w.network.head_cancels:
        operands += (_activations(w, index + 1), Quantity("target", index + 1, w.y))

    def entry(row: int, column: int) -> Entry:
        return Entry(_through_slope(grad_a, mixes, row, column))

    formula = r"\varphi^{J} = \nabla_{a^{J}} L \circ f_J'(z^{J})"
    if mixes:
        formula = r"\varphi^{J} = \mathsf{J}^{\mathsf T}\, \nabla_{a^{J}} L, \quad " + JACOBIAN
    if w.network.head_cancels:
        formula += r" \;=\; \frac{a^{J} - y}{N}"
    result = Quantity("phi", index + 1, w.grads.phi[index])
    cancels = w.network.head_cancels
    return Step(PHI, index + 1, 1, formula, MENON.format(1), operands, result, entry, mixes, cancels)


def _through_slope(grad_a: Quantity, mixes: bool, row: int, column: int) -> tuple[tuple[Cell, ...], ...]:
    """∂L/∂a (operand 0) times the slope (operand 1): a product, or with a Jacobian a sum over the units."""
    if not mixes:
        return ((Cell(0, row, column), Cell(1, row, column)),)
    units = grad_a.values.shape[1]
    return tuple((Cell(0, row, k), Cell(1, row * units + k, column)) for k in range(units))


def _hidden_signal(w: Walkthrough, index: int) -> Step:
    slope, mixes = _slope(w, index)
    result = Quantity("phi", index + 1, w.grads.phi[index])
    if mixes:
        grad_a = Quantity("loss_gradient", index + 1, w.network.upstream(index, w.grads))
        formula = r"\varphi^{j} = \mathsf{J}^{\mathsf T} (\varphi^{j+1} W^{j+1}), \quad " + JACOBIAN

        def through_jacobian(row: int, column: int) -> Entry:
            return Entry(_through_slope(grad_a, True, row, column))

        return Step(PHI, index + 1, 2, formula, MENON.format(2), (grad_a, slope), result, through_jacobian, True)
    phi = Quantity("phi", index + 2, w.grads.phi[index + 1])

    def entry(row: int, column: int) -> Entry:
        products = tuple((Cell(0, row, k), Cell(1, k, column)) for k in range(phi.values.shape[1]))
        return Entry(products, Cell(2, row, column))

    formula = r"\varphi^{j} = (\varphi^{j+1} W^{j+1}) \circ g_j(z^{j})"
    operands = (phi, _weights(w, index + 1), slope)
    return Step(PHI, index + 1, 2, formula, MENON.format(2), operands, result, entry)


def _weight_gradients(w: Walkthrough, index: int) -> Step:
    operands = (Quantity("phi", index + 1, w.grads.phi[index]), _activations(w, index))

    def entry(row: int, column: int) -> Entry:
        return Entry(tuple((Cell(0, n, row), Cell(1, n, column)) for n in range(len(w.trace))))

    result = Quantity("weight_gradients", index + 1, w.grads.weights[index])
    formula = r"\frac{\partial L}{\partial W^{j}} = (\varphi^{j})^{\mathsf T} a^{j-1}"
    return Step(WEIGHTS, index + 1, 3, formula, MENON.format(3), operands, result, entry)


def _bias_gradients(w: Walkthrough, index: int) -> Step:
    operands = (Quantity("phi", index + 1, w.grads.phi[index]),)

    def entry(row: int, column: int) -> Entry:
        return Entry(tuple((Cell(0, n, column),) for n in range(len(w.trace))))

    result = Quantity("bias_gradients", index + 1, w.grads.biases[index][None, :])
    formula = r"\frac{\partial L}{\partial b^{j}} = \sum_{\text{batch}} \varphi^{j}"
    return Step(BIASES, index + 1, 4, formula, MENON.format(4), operands, result, entry)


# --- quantities ------------------------------------------------------------------------------------------------------


def _activations(w: Walkthrough, layer: int) -> Quantity:
    return Quantity("a", layer, w.trace.a[layer])


def _weights(w: Walkthrough, index: int) -> Quantity:
    return Quantity("weights", index + 1, w.network.weights[index].copy())


def _slope(w: Walkthrough, index: int) -> tuple[Quantity, bool]:
    """g(z) of layer ``index`` + 1, or the Jacobians of softmax one below the other; and which of the two it is."""
    if w.network.backwards[index].elementwise:
        return Quantity("slope", index + 1, w.network.slope(index, w.trace)), False
    jacobians = activation_by_z(w.network, w.trace, index)
    return Quantity("jacobian", index + 1, jacobians.reshape(-1, jacobians.shape[2])), True
