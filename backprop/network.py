"""The network: a forward pass that leaves a trace, and a backward pass that is the four equations of back-propagation.

Notation (Menon 2021, corrected): aʲ⁻¹ → zʲ = Wʲ aʲ⁻¹ + bʲ → aʲ = f_j(zʲ), error signal φʲ = ∂L/∂zʲ.

1. φᴶ = ∇_{aᴶ}L ∘ f_J′(zᴶ)
2. φʲ = (Wʲ⁺¹)ᵀ φʲ⁺¹ ∘ g_j(zʲ), with g_j = f_j′ unless the layer names another backward function
3. ∂L/∂Wʲ = φʲ (aʲ⁻¹)ᵀ
4. ∂L/∂bʲ = Σ over the batch of φʲ

Every layer's own slope enters at its own place. That is why activations can be mixed freely.

Public arrays are batch-first, with shape (N, units). Inside, one sample is one column, as in Menon's equations. The
arrays of a layer are then contiguous, and a last row of ones under the activations makes the biases one more column of
the weights, so that equations 3 and 4 are a single product.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop.functions import Activation, Slope, get_activation, get_backward, get_loss, resolve_initializer
from backprop.layer import Layer
from backprop.streams import WEIGHTS

Array = NDArray[Any]

SURELY_FINITE = 1e30  # if a sum of squares is below this, the loss cannot overflow, not even in float32


class Trace:
    """The values of a forward pass of N samples. The buffers belong to the trace and are reused with ``out=trace``.

    Attributes:
        a: ``a[0]`` is the input, ``a[j]`` the output of layer j, each of shape (N, n_j).
        z: ``z[j - 1]`` is the pre-activation of layer j, shape (N, n_j).
    """

    def __init__(self, network: Network, n_samples: int) -> None:
        widths = [network.n_inputs, *(layer.units for layer in network.layers)]
        self.columns = [np.ones((width + 1, n_samples), network.dtype) for width in widths]
        self.a = [columns[:-1].T for columns in self.columns]
        self.z = [np.empty((width, n_samples), network.dtype).T for width in widths[1:]]
        # Views that every step needs. Making them costs about as much as the arithmetic of a small layer.
        self.rows = [columns.T for columns in self.columns]
        self.plan = [
            (block, self.columns[j], self.z[j].T, *_batch_last(activation, self.z[j], self.a[j + 1]), activation.kernel)
            for j, (block, activation) in enumerate(zip(network.blocks, network.activations, strict=True))
        ]
        self.slope_sources = [network.slope_source(j, self).T for j in range(len(network.layers))]

    def __len__(self) -> int:
        return len(self.a[0])


def _batch_last(activation: Activation, z: Array, a: Array) -> tuple[Array, Array]:
    """``z`` and ``a`` as the activation's kernel reads them: contiguous columns, or batch-first if units mix."""
    return (z.T, a.T) if activation.elementwise else (z, a)


class Gradients:
    """The result of a backward pass of N samples. The buffers are reused with ``out=gradients``.

    Attributes:
        loss: The mean loss of the batch.
        phi: ``phi[j - 1]`` is the error signal ∂L/∂zʲ, shape (N, n_j).
        flat: The gradient of every parameter, in the order of ``Network.parameters``, shape (P,).
        weights: Views into ``flat``, ∂L/∂Wʲ of shape (n_j, n_{j-1}).
        biases: Views into ``flat``, ∂L/∂bʲ of shape (n_j,).
    """

    def __init__(self, network: Network, n_samples: int) -> None:
        self.loss = float("nan")
        self.flat = np.zeros_like(network.parameters)
        self.blocks, self.weights, self.biases = _views(self.flat, network.n_inputs, network.layers)
        self.columns = [np.empty((layer.units, n_samples), network.dtype) for layer in network.layers]
        self.phi = [columns.T for columns in self.columns]
        self.share = np.array(1.0 / n_samples, network.dtype)  # the weight of one sample in the mean
        # A slope is needed only while its layer is computed, so all layers share one buffer.
        shared = np.empty(max(layer.units for layer in network.layers) * n_samples, network.dtype)
        self.slopes = [shared[: columns.size].reshape(columns.shape) for columns in self.columns]


class Network:
    """A multi-layer perceptron whose layers choose their activation and their backward function one by one.

    Args:
        n_inputs: Number of input features n_0.
        layers: Hidden layers and, last, the output layer.
        loss: Spec of the loss, for instance ``"bce"`` or ``"huber(0.5)"``.
        seed: Seed of the initial weights. Each layer draws from its own stream, so that changing one layer leaves the
            initial weights of the others as they were.
        dtype: ``"float32"`` or ``"float64"``.
        cancel_head: Use φᴶ = (aᴶ − y)/N where output activation and loss cancel. False takes the general path,
            equation 1 with both factors; the two agree up to rounding.

    Attributes:
        parameters: All weights and biases in one flat vector, shape (P,). Per layer row by row, each unit's incoming
            weights followed by its bias.
        weights: Views, ``weights[j - 1]`` of shape (n_j, n_{j-1}), row = receiving unit, writable in place.
        biases: Views, ``biases[j - 1]`` of shape (n_j,).

    Raises:
        ValueError: No layers, no inputs, or an unknown activation, initialiser or loss.
    """

    def __init__(
        self,
        n_inputs: int,
        layers: Sequence[Layer],
        loss: str = "mse",
        seed: int = 0,
        dtype: str = "float32",
        cancel_head: bool = True,
    ) -> None:
        if n_inputs < 1:
            raise ValueError("a network needs at least one input")
        if not layers:
            raise ValueError("a network needs at least one layer, its output layer")
        self.n_inputs = n_inputs
        self.layers = tuple(layers)
        self.loss = get_loss(loss)
        self.seed = seed
        self.dtype = np.dtype(dtype)
        self.activations = [get_activation(layer.activation) for layer in self.layers]
        self.backwards: list[Slope] = [
            activation if layer.backward is None else get_backward(layer.backward)
            for layer, activation in zip(self.layers, self.activations, strict=True)
        ]
        self._slopes = [_slope(layer, g) for layer, g in zip(self.layers, self.backwards, strict=True)]
        self._times_slope = [_times_slope(g, slope) for g, (slope, _) in zip(self.backwards, self._slopes, strict=True)]
        self._cancel_head = cancel_head
        own_slope = self.layers[-1].backward is None
        self._head_value = self.loss.heads.get(self.activations[-1].name) if cancel_head and own_slope else None

        widths = [n_inputs, *(layer.units for layer in self.layers)]
        size = sum(n_out * (n_in + 1) for n_in, n_out in itertools.pairwise(widths))
        self.parameters = np.zeros(size, self.dtype)
        self.blocks, self.weights, self.biases = _views(self.parameters, n_inputs, self.layers)
        self._transposed = [weights.T for weights in self.weights]
        self.reset()

    def __repr__(self) -> str:
        stack = " → ".join(f"{layer.units} {layer.activation}" for layer in self.layers)
        return f"Network({self.n_inputs} → {stack}, {self.loss.name}, {self.parameters.size} parameters)"

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy and pickle by building a new network: weights that were copied one by one would no longer be views."""
        settings = self.n_inputs, self.layers, self.loss.name, self.seed, self.dtype.name, self._cancel_head
        return _rebuilt, (settings, self.parameters)

    def reset(self, X: Array | None = None, carry: Callable[[int], None] | None = None) -> None:
        """Draw the initial weights again. They depend on seed and data alone, so they are the same ones.

        Args:
            X: The training inputs, shape (N, n_0), for initialisers that use the data (LSUV). Without them, layers of
                such initialisers keep the orthogonal weights from which they start.
            carry: Called with the index of each layer after it is drawn, to overwrite what is kept from before.
        """
        schemes = [resolve_initializer(layer.initializer, layer.activation) for layer in self.layers]
        trace = None
        if X is not None and any(scheme.unit_variance for scheme in schemes):
            trace = Trace(self, len(X))
            trace.a[0][...] = X
        for index, (layer, scheme) in enumerate(zip(self.layers, schemes, strict=True)):
            rng = np.random.default_rng([self.seed, index, WEIGHTS])
            self.weights[index][...] = layer.gain * scheme.draw(rng, *self.weights[index].shape)
            self.biases[index][...] = layer.bias
            if trace and scheme.unit_variance:
                self._fit_variance(index, trace)
            if carry:
                carry(index)
            if trace:
                block, previous, z, z_read, a_written, kernel = trace.plan[index]
                block.dot(previous, out=z)
                kernel(z_read, a_written)

    def _fit_variance(self, index: int, trace: Trace) -> None:
        """Divide the weights so that z has variance gain² over samples and units (LSUV).

        Mishkin & Matas 2016 repeat this until the variance is 1 within a tolerance. But z is linear in the weights, and
        a bias that all units share does not change its variance, so a single division is enough. A layer whose z does
        not vary is left as it is.
        """
        block, previous, z, *_ = trace.plan[index]
        block.dot(previous, out=z)
        deviation = float(np.std(z, dtype=np.float64))
        if 1e-5 * float(np.abs(z).max()) < deviation < math.inf:  # more than rounding
            self.weights[index][...] *= self.layers[index].gain / deviation

    def forward(self, X: Array, out: Trace | None = None) -> Trace:
        """Run the samples ``X`` of shape (N, n_0) through the network.

        Args:
            X: Inputs, batch first.
            out: A trace of the same N to write into; by default a new one.
        """
        X = np.asarray(X)
        if X.ndim != 2 or X.shape[1] != self.n_inputs:
            raise ValueError(f"X must have shape (N, {self.n_inputs}), not {X.shape}")
        trace = Trace(self, len(X)) if out is None else out
        if len(trace) != len(X):
            raise ValueError(f"X has {len(X)} samples, the trace was made for {len(trace)}")
        trace.a[0][...] = X
        return self.propagate(trace)

    def with_layers(self, layers: Sequence[Layer]) -> Network:
        """A network with the same weights and biases, but other activations or backward functions.

        Args:
            layers: As many as this network has, with the same numbers of units.

        Raises:
            ValueError: The layers do not fit the shape of the weights.
        """
        if [layer.units for layer in layers] != [layer.units for layer in self.layers]:
            raise ValueError("the same weights need layers with the same numbers of units")
        other = Network(self.n_inputs, layers, self.loss.name, self.seed, self.dtype.name)
        other.parameters[...] = self.parameters
        return other

    @property
    def head_cancels(self) -> bool:
        """Whether output activation and loss cancel to φᴶ = (aᴶ − y)/N, so that the output's slope is not used."""
        return self._head_value is not None

    def propagate(self, trace: Trace) -> Trace:
        """The forward pass of the inputs that are already in ``trace.a[0]``."""
        for block, previous, z, z_read, a_written, kernel in trace.plan:
            block.dot(previous, out=z)
            kernel(z_read, a_written)
        return trace

    def predict(self, X: Array) -> Array:
        """The network's output for ``X``, shape (N, n_J)."""
        return self.forward(X).a[-1]

    def backward(self, trace: Trace, y: Array, out: Gradients | None = None, loss: bool = True) -> Gradients:
        """Back-propagate the mean loss of the traced batch.

        Args:
            trace: The result of ``forward``.
            y: Targets of shape (N, n_J).
            out: Gradients of the same N to write into; by default new ones.
            loss: Whether to compute the loss too, which the gradients do not need; otherwise it is NaN.

        Raises:
            ValueError: The targets do not have the shape of the output.
        """
        grads = Gradients(self, len(trace)) if out is None else out
        if y.shape != trace.a[-1].shape:
            raise ValueError(f"y must have the output's shape {trace.a[-1].shape}, not {y.shape}")
        phi, sources, slopes = grads.columns, trace.slope_sources, grads.slopes
        grads.loss = self.loss_value(trace, y) if loss else math.nan
        self._output_signal(trace, y, grads)  # equation 1
        for j in range(len(phi) - 1, -1, -1):
            phi[j].dot(trace.rows[j], out=grads.blocks[j])  # equations 3 and 4
            if j > 0:
                self._transposed[j].dot(phi[j], out=phi[j - 1])  # equation 2, the sum …
                self._times_slope[j - 1](phi[j - 1], sources[j - 1], slopes[j - 1])  # … and the slope
        return grads

    def _output_signal(self, trace: Trace, y: Array, grads: Gradients) -> None:
        """Equation 1: write φᴶ."""
        a, phi = trace.a[-1], grads.phi[-1]
        if self._head_value is not None:
            np.subtract(a, y, out=phi)
            np.multiply(phi, grads.share, out=phi)
        else:
            self.loss.gradient(a, y, phi)
            self._times_slope[-1](grads.columns[-1], trace.slope_sources[-1], grads.slopes[-1])

    def loss_value(self, trace: Trace, y: Array) -> float:
        """The mean loss of a traced batch against the targets ``y`` of shape (N, n_J)."""
        if self._head_value is not None:
            return self._head_value(trace.z[-1], y)
        return self.loss.value(trace.a[-1], y)

    def loss_is_finite(self, trace: Trace, y: Array) -> bool:
        """Whether the mean loss of a traced batch is a finite number.

        No loss grows faster than the square of its arguments: the outputs, or where the head cancels, their z. So the
        loss is computed only if these are very large.
        """
        values = (trace.a[-1] if self._head_value is None else trace.z[-1]).T
        return float(np.vdot(values, values)) < SURELY_FINITE or math.isfinite(self.loss_value(trace, y))

    def slope(self, index: int, trace: Trace, out: Array | None = None) -> Array:
        """g(z), the slope that the backward pass uses in layer ``index`` + 1, shape (N, n).

        For softmax this is the diagonal of the Jacobian, which the diagnostics use. The backward pass uses the whole
        Jacobian.
        """
        kernel, _ = self._slopes[index]
        out = np.empty_like(trace.z[index]) if out is None else out
        if self.backwards[index].elementwise:
            kernel(trace.slope_sources[index], out.T)
        else:
            kernel(trace.z[index], out)
        return out

    def slope_source(self, index: int, trace: Trace) -> Array:
        """What the slope of layer ``index`` + 1 is computed from, shape (N, n): the output if possible, else z."""
        _, from_output = self._slopes[index]
        return trace.a[index + 1] if from_output or not self.backwards[index].elementwise else trace.z[index]

    def upstream(self, index: int, grads: Gradients) -> Array:
        """∂L/∂a of hidden layer ``index`` + 1, before its slope is applied: φʲ⁺¹ Wʲ⁺¹, shape (N, n)."""
        return grads.phi[index + 1] @ self.weights[index + 1]


def _rebuilt(settings: tuple[Any, ...], parameters: Array) -> Network:
    network = Network(*settings)
    network.parameters[...] = parameters
    return network


def _slope(layer: Layer, g: Slope) -> tuple[Any, bool]:
    """The slope's kernel, and whether it reads the output a instead of z (possible only for a layer's own slope)."""
    if layer.backward is None and isinstance(g, Activation) and g.slope_from_output is not None:
        return g.slope_from_output, True
    return g.slope, False


def _times_slope(g: Slope, slope: Any) -> Callable[[Array, Array, Array], Any]:
    """A function that turns ∂L/∂a in the φ buffer into φ = ∂L/∂z, given (φ, slope source, buffer)."""
    if isinstance(g, Activation) and g.vjp is not None:
        vjp = g.vjp
        return lambda phi, a, buffer: vjp(a.T, phi.T, phi.T)
    return lambda phi, source, buffer: np.multiply(phi, slope(source, buffer), out=phi)


def _views(flat: Array, n_inputs: int, layers: Sequence[Layer]) -> tuple[list[Array], list[Array], list[Array]]:
    """For each layer the block (n_out, n_in + 1), and within it the weights and, as the last column, the biases."""
    blocks, start, n_in = [], 0, n_inputs
    for layer in layers:
        size = layer.units * (n_in + 1)
        blocks.append(flat[start : start + size].reshape(layer.units, n_in + 1))
        start, n_in = start + size, layer.units
    return blocks, [block[:, :-1] for block in blocks], [block[:, -1] for block in blocks]
