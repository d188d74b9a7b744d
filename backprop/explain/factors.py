"""The gradient of one weight as the product of its three factors, and which of them is to blame where it is small.

∂L/∂w = ∂L/∂a · ∂a/∂z · ∂z/∂w (Data Science Stack Exchange 26551), for the weight from unit m to unit i of layer j:
(Σ_k φ_k^{j+1} w_{k,i}^{j+1}) · f_j′(z_i) · a_m^{j−1}, summed over the samples of the batch. A bias has 1 for its third
factor. A softmax mixes the units of its layer: there the first two factors are a sum over its units k of
∂L/∂a_k · ∂a_k/∂z_i.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop.diagnosis import FLAT_THRESHOLD
from backprop.explain.derivatives import activation_by_z, loss_by_activation
from backprop.explain.walkthrough import Walkthrough
from backprop.functions import Slope
from backprop.network import Network

Array = NDArray[Any]


@dataclass(frozen=True)
class Weight:
    """Which weight: the one from unit ``source`` of the layer before to ``unit`` of ``layer``.

    Attributes:
        layer: 1 for the first.
        unit: The receiving unit, from 0.
        source: The unit it comes from, from 0; None for the bias.
    """

    layer: int
    unit: int
    source: int | None


@dataclass(frozen=True)
class Factors:
    """The three factors of one weight, per sample.

    Attributes:
        weight: Which weight.
        value: Its value w.
        loss_by_a: ∂L/∂a, shape (N, K). K is 1; with softmax, one for every unit of the layer.
        a_by_z: ∂a/∂z, shape (N, K): the slope that the backward pass uses.
        z_by_w: ∂z/∂w, shape (N,): the output of the unit the weight comes from, or 1 for a bias.
        gradient: ∂L/∂w as ``Network.backward`` has it.
        cancels: The first two factors belong to a head that cancels: the network takes (a − y)/N for their product.
    """

    weight: Weight
    value: float
    loss_by_a: Array
    a_by_z: Array
    z_by_w: Array
    gradient: float
    cancels: bool

    @property
    def products(self) -> Array:
        """The product of the three factors per sample, shape (N,); their sum is the gradient."""
        products: Array = (self.loss_by_a * self.a_by_z).sum(axis=1) * self.z_by_w
        return products

    @property
    def product(self) -> float:
        """Their sum over the batch: ``gradient`` once more, by way of the factors."""
        return float(self.products.sum())


def factors(walk: Walkthrough, weight: Weight) -> Factors:
    """The three factors of a weight.

    Raises:
        ValueError: The network has no such weight.
    """
    network, index, unit, source = walk.network, weight.layer - 1, weight.unit, weight.source
    check_weight(network, weight)
    loss_by_a = loss_by_activation(network, walk.trace, walk.grads, walk.y, index)
    a_by_z = activation_by_z(network, walk.trace, index)[:, :, unit]
    if network.backwards[index].elementwise:
        loss_by_a, a_by_z = loss_by_a[:, [unit]], a_by_z[:, [unit]]
    ones = np.ones(len(walk.trace))
    return Factors(
        weight=weight,
        value=float(network.biases[index][unit] if source is None else network.weights[index][unit, source]),
        loss_by_a=loss_by_a,
        a_by_z=a_by_z,
        z_by_w=ones if source is None else walk.trace.a[index][:, source],
        gradient=float(walk.grads.biases[index][unit] if source is None else walk.grads.weights[index][unit, source]),
        cancels=network.head_cancels and weight.layer == len(network.layers),
    )


def check_weight(network: Network, weight: Weight) -> None:
    """Raise ValueError where the network has no such weight."""
    layers = len(network.layers)
    if not 1 <= weight.layer <= layers:
        raise ValueError(f"there is no layer {weight.layer}: the network has {layers}")
    units, sources = network.weights[weight.layer - 1].shape
    if not 0 <= weight.unit < units:
        raise ValueError(f"layer {weight.layer} has no unit {weight.unit + 1}: it has {units}")
    if weight.source is not None and not 0 <= weight.source < sources:
        raise ValueError(f"no weight comes from unit {weight.source + 1} to layer {weight.layer}: {sources} units do")


def signal_path(walk: Walkthrough, weight: Weight) -> tuple[Array, ...]:
    """How much error signal each weight behind the chosen one carries to it.

    Returns:
        For layers j + 1 to J, in this order, |φ_k w_ki| as a mean over the batch, shape (n_{l}, n_{l-1}). In layer
        j + 1 it is 0 for all but the weights that leave the chosen unit; further on every weight takes part.
    """
    paths = []
    for index in range(weight.layer, len(walk.network.layers)):
        carried = np.abs(walk.grads.phi[index]).mean(axis=0)[:, None] * np.abs(walk.network.weights[index])
        if index == weight.layer:
            reaching = np.zeros_like(carried)
            reaching[:, weight.unit] = carried[:, weight.unit]
            carried = reaching
        paths.append(carried)
    return tuple(paths)


@dataclass(frozen=True)
class Culprit:
    """What makes a gradient zero or small.

    Attributes:
        factor: 1 for ∂L/∂a, 2 for ∂a/∂z, 3 for ∂z/∂w.
        dead: The factor is exactly zero, rather than flat (below ``FLAT_THRESHOLD`` of its largest).
        layer: The layer where it happens.
        units: The units concerned, from 0; empty where it is the loss itself.
        sentence: It in words.
    """

    factor: int
    dead: bool
    layer: int
    units: tuple[int, ...]
    sentence: str


def find_culprit(walk: Walkthrough, found: Factors) -> Culprit | None:
    """The factor to blame, or None where none is dead or saturated for half of the samples or more.

    The weight's own slope is asked first, then what it is fed with, then the way of the signal behind it, from the
    loss on.
    """
    candidates = [_own_slope(walk, found), _input(walk, found), _upstream(walk, found)]
    guilty = [culprit for culprit in candidates if culprit is not None]
    return next((culprit for culprit in guilty if culprit.dead), guilty[0] if guilty else None)


def _own_slope(walk: Walkthrough, found: Factors) -> Culprit | None:
    layer, unit = found.weight.layer, found.weight.unit
    if found.cancels or not walk.network.backwards[layer - 1].elementwise:
        return None
    slopes, slope = np.abs(found.a_by_z[:, 0]), walk.network.backwards[layer - 1]
    dead, flat = slopes == 0, slopes < FLAT_THRESHOLD * slope.max_slope
    name, at = _unit_name(walk, layer, [unit]), _at(walk.trace.z[layer - 1][:, unit])
    if _most(dead):
        text = f"∂a/∂z is exactly 0{_for_samples(dead)}: {name} has no slope{at}, so nothing passes."
        return Culprit(2, True, layer, (unit,), text)
    if _most(flat | dead):
        text = (
            f"∂a/∂z is small{_for_samples(flat | dead)}: {name} is {_flat_word(slope)}{at}, its slope below "
            f"{100 * FLAT_THRESHOLD:.0f} % of the largest, {slope.max_slope:.3g}."
        )
        return Culprit(2, False, layer, (unit,), text)
    return None


def _input(walk: Walkthrough, found: Factors) -> Culprit | None:
    zero = found.z_by_w == 0
    source, before = found.weight.source, found.weight.layer - 1
    if source is None or not _most(zero):
        return None
    name = f"input {source + 1}" if before == 0 else _unit_name(walk, before, [source])
    text = f"∂z/∂w is exactly 0{_for_samples(zero)}: {name} gives 0, and a weight that is fed with 0 changes nothing."
    return Culprit(3, True, before, (source,), text)


def _upstream(walk: Walkthrough, found: Factors) -> Culprit | None:
    """Where the signal was lost between the loss and this unit: the layer nearest to the loss that let nothing pass."""
    own = found.weight.layer
    for layer in range(len(walk.network.layers), own, -1):
        culprit = _layer_blocks(walk, layer, own)
        if culprit is not None:
            return culprit
    zero = (found.loss_by_a == 0).all(axis=1)
    if not _most(zero):
        return None
    if own == len(walk.network.layers):
        text = f"∂L/∂a is exactly 0{_for_samples(zero)}: the loss asks nothing more of this output."
        return Culprit(1, True, own, (), text)
    name = _unit_name(walk, own, [found.weight.unit])
    text = f"∂L/∂a is exactly 0{_for_samples(zero)}: {name} reaches layer {own + 1} only through weights of 0 or units "
    return Culprit(1, True, own + 1, (), text + "that send no error signal back.")


def _layer_blocks(walk: Walkthrough, layer: int, own: int) -> Culprit | None:
    network, index = walk.network, layer - 1
    is_output = layer == len(network.layers)
    phi = walk.grads.phi[index]
    units = tuple(range(phi.shape[1]))
    nothing = (phi == 0).all(axis=1)
    if is_output and _most(nothing):
        grad_a = loss_by_activation(network, walk.trace, walk.grads, walk.y, index)
        if _most((grad_a == 0).all(axis=1)):
            text = f"∂L/∂a is 0{_for_samples(nothing)}: the loss asks nothing more of the output, so no signal starts."
            return Culprit(1, True, layer, (), text)
    if not network.backwards[index].elementwise or (is_output and network.head_cancels):
        return None
    slopes: Array = np.abs(network.slope(index, walk.trace))
    name, way = _unit_name(walk, layer, units), f"on its way to layer {own}"
    dead: Array = np.all(slopes == 0, axis=1)
    if _most(dead):
        z = walk.trace.z[index]
        at = _at(z[:, 0]) if len(units) == 1 else ""
        verb = "has" if len(units) == 1 else "have"
        text = f"∂L/∂a is exactly 0{_for_samples(dead)}: {name} {verb} no slope{at}, so no error signal passes {way}."
        return Culprit(1, True, layer, units, text)
    flat: Array = np.all(slopes < FLAT_THRESHOLD * network.backwards[index].max_slope, axis=1)
    if _most(flat):
        verb = f"{'is' if len(units) == 1 else 'are'} {_flat_word(network.backwards[index])}"
        text = f"∂L/∂a is small{_for_samples(flat)}: {name} {verb}, so little error signal passes {way}."
        return Culprit(1, False, layer, units, text)
    return None


def _flat_word(slope: Slope) -> str:
    return "saturated" if slope.two_tailed else "nearly off"


def _most(mask: Array) -> bool:
    return 2 * int(np.count_nonzero(mask)) >= len(mask)


def _for_samples(mask: Array) -> str:
    count, total = int(np.count_nonzero(mask)), len(mask)
    if total == 1:
        return ""
    return f" for all {total} samples" if count == total else f" for {count} of {total} samples"


def _at(z: Array) -> str:
    return f" at z = {_number(z[0])}" if len(z) == 1 else ""


def _number(value: float) -> str:
    return f"{value:.3g}".replace("-", "−")


def _unit_name(walk: Walkthrough, layer: int, units: Sequence[int]) -> str:
    label = walk.network.activations[layer - 1].label
    if len(units) > 1:
        return f"{'both' if len(units) == 2 else f'all {len(units)}'} units of layer {layer} ({label})"
    return f"unit {units[0] + 1} of layer {layer} ({label})"
