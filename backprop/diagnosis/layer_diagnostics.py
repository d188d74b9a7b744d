"""What the gradient does in each layer, with one definition per quantity.

Every quantity is measured over the whole training set, from the results of one forward and one backward pass.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop.network import Gradients, Network, Trace

Array = NDArray[Any]

FLAT_THRESHOLD = 0.05  # τ: a slope below this share of its maximum counts as flat


@dataclass(frozen=True)
class LayerDiagnostics:
    """One layer at one moment.

    Attributes:
        gradient_norm: ‖∂L/∂Wʲ‖, the Frobenius norm.
        signal_rms: Root mean square of φʲ over samples and units, comparable between layers of different width.
        upstream_rms: Root mean square of ∂L/∂aʲ = φʲ⁺¹ Wʲ⁺¹, before this layer's slope; NaN for the output layer.
        flat_share: Share of (sample, unit) entries that are flat: \\|g(z)\\| < τ · max\\|g\\|.
        unit_flat_share: For each unit, the share of samples on which it is flat. Shape (n,).
        left_share: Share of entries that are flat and have z < 0.
        slope_used: False for an output whose slope cancels against the loss (sigmoid with binary cross-entropy): the
            backward pass never multiplies by it, so none of its entries count as flat and none of its units as dead.
        two_tailed: Whether flat means *saturated* (sigmoid, tanh) rather than *off* (the ReLU family).
        dead: For each unit, whether g(z) = 0 on every training sample, so that no gradient reaches its weights.
            Shape (n,), bool.
        frozen: For each unit, whether it is flat on every training sample but not dead. Shape (n,), bool.
        ever_dead: For each unit, whether it is dead now or was in an earlier frame of this run. Shape (n,), bool.
        update_ratio: ‖ΔWʲ‖/‖Wʲ‖ of the last update; NaN before the first.
    """

    gradient_norm: float
    signal_rms: float
    upstream_rms: float
    flat_share: float
    unit_flat_share: Array
    left_share: float
    slope_used: bool
    two_tailed: bool
    dead: Array
    frozen: Array
    ever_dead: Array
    update_ratio: float

    @property
    def revived(self) -> Array:
        """For each unit, whether it was dead in an earlier frame and no longer is."""
        return self.ever_dead & ~self.dead


@dataclass(frozen=True)
class Budget:
    """How the error signal changes from layer j + 1 to layer j, as decimal logarithms that add up.

    Attributes:
        weights: log₁₀ rms(φʲ⁺¹Wʲ⁺¹)/rms φʲ⁺¹, the effect of the weights between the two layers.
        slope: log₁₀ rms φʲ/rms(φʲ⁺¹Wʲ⁺¹), the effect of layer j's slope; −∞ if it stops the signal.
    """

    weights: float
    slope: float

    @property
    def total(self) -> float:
        """log₁₀ rms φʲ/rms φʲ⁺¹."""
        return self.weights + self.slope


def measure(
    network: Network,
    trace: Trace,
    grads: Gradients,
    previous: Array | None = None,
    ever_dead: Sequence[Array] | None = None,
    tau: float = FLAT_THRESHOLD,
) -> tuple[LayerDiagnostics, ...]:
    """The diagnostics of every layer, from first to last.

    Args:
        network: The network.
        trace: A forward pass of the training set.
        grads: The backward pass of that trace.
        previous: The parameters before the last update; None before the first.
        ever_dead: For each layer, the units found dead in earlier frames; updated in place if given.
        tau: Threshold τ below which a slope counts as flat, as a share of its maximum.
    """
    change = None if previous is None else network.parameters - previous
    layers, start = [], 0
    for j, weights in enumerate(network.weights):
        block = network.blocks[j]
        step = None if change is None else change[start : start + block.size].reshape(block.shape)[:, :-1]
        start += block.size
        last = j == len(network.weights) - 1
        slope_used = not (last and network.head_cancels)
        flat, dead, left = _flatness(network, trace, grads, j, tau) if slope_used else _no_flatness(weights)
        ever = dead.copy() if ever_dead is None else np.logical_or(ever_dead[j], dead, out=ever_dead[j]).copy()
        layers.append(
            LayerDiagnostics(
                gradient_norm=norm(grads.weights[j]),
                signal_rms=rms(grads.columns[j]),
                upstream_rms=math.nan if last else rms(network.upstream(j, grads)),
                flat_share=float(flat.sum()) / (flat.size * len(trace)),
                unit_flat_share=flat / len(trace),
                left_share=left,
                slope_used=slope_used,
                two_tailed=network.backwards[j].two_tailed,
                dead=dead,
                frozen=(flat == len(trace)) & ~dead,
                ever_dead=ever,
                update_ratio=math.nan if step is None else ratio(norm(step), norm(weights)),
            )
        )
    return tuple(layers)


def budgets(layers: Sequence[LayerDiagnostics]) -> tuple[Budget, ...]:
    """The attenuation budget of every hidden layer, from first to last."""
    return tuple(
        Budget(
            weights=_log_ratio(layer.upstream_rms, after.signal_rms),
            slope=_log_ratio(layer.signal_rms, layer.upstream_rms),
        )
        for layer, after in itertools.pairwise(layers)
    )


def signal_ratio(layers: Sequence[LayerDiagnostics]) -> float:
    """rms φ¹/rms φᴶ: how much of the output's error signal reaches the first layer; NaN if the output sends none."""
    return ratio(layers[0].signal_rms, layers[-1].signal_rms)


def rms(values: Array) -> float:
    """The root mean square of all entries."""
    return norm(values) / math.sqrt(values.size)


def norm(values: Array) -> float:
    """Square root of the sum of squares of all entries."""
    # In float64, because the square of a small float32 error signal would underflow to zero.
    flat = values.astype(np.float64).ravel()
    return math.sqrt(float(np.dot(flat, flat)))


def ratio(part: float, whole: float) -> float:
    """``part / whole``; NaN unless ``whole`` is above 0."""
    return part / whole if whole > 0 else math.nan


def _log_ratio(part: float, whole: float) -> float:
    if not whole > 0:
        return math.nan
    # A difference of two logarithms, because the ratio itself may underflow and the parts of a budget must add up.
    return math.log10(part) - math.log10(whole) if part > 0 else -math.inf


def _flatness(network: Network, trace: Trace, grads: Gradients, j: int, tau: float) -> tuple[Any, Any, float]:
    """For each unit, the number of flat samples and whether it is dead; then the share of entries flat with z < 0."""
    slope = network.slope(j, trace, grads.slopes[j].T).T
    np.abs(slope, out=slope)
    flat = slope < tau * network.backwards[j].max_slope
    dead = np.logical_not(slope.any(axis=1))
    if network.backwards[j].max_slope == 0:
        flat[...] = True
    per_unit = np.count_nonzero(flat, axis=1)
    left = float(np.count_nonzero(flat & (trace.z[j].T < 0))) / flat.size
    return per_unit, dead, left


def _no_flatness(weights: Array) -> tuple[Any, Any, float]:
    """The same for a layer whose slope is not used: no unit is flat or dead."""
    return np.zeros(len(weights), int), np.zeros(len(weights), bool), 0.0
