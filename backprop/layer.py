"""One layer as data: its units, its forward function, its backward slope and its initial weights."""

from __future__ import annotations

from dataclasses import dataclass

from backprop.checks import check_number, check_whole, checked_spec
from backprop.errors import SpecError
from backprop.functions import AUTO, get_activation, get_backward, get_initializer

MAX_UNITS = 1024


@dataclass(frozen=True)
class Layer:
    """One fully connected layer.

    Attributes:
        units: The number of units, 1 or more.
        activation: Spec of the forward function, for instance ``"tanh"`` or ``"leaky_relu(0.2)"``.
        backward: Spec of the slope that the backward pass uses: an entry of ``SURROGATES``, for instance
            ``"straight_through"``, or any elementwise activation; None for the layer's own slope.
        initializer: Spec of an entry of ``INITIALIZERS``, for instance ``"normal(0.5)"``, or ``"auto"`` for the one
            that suits the activation.
        gain: A factor on the initial weights, 0 to 1000.
        bias: The initial value of every bias, −1000 to 1000. Far below zero, it makes ReLU units that are born dead.

    Raises:
        SpecError: A field makes no sense. The sentence names it.
    """

    units: int
    activation: str = "tanh"
    backward: str | None = None
    initializer: str = AUTO
    gain: float = 1.0
    bias: float = 0.0

    def __post_init__(self) -> None:
        check_whole("units", self.units, 1, MAX_UNITS)
        object.__setattr__(self, "activation", checked_spec("activation", self.activation, get_activation))
        if self.backward is not None:
            object.__setattr__(self, "backward", checked_spec("backward", self.backward, get_backward))
            if not get_activation(self.activation).elementwise:
                raise SpecError(
                    "backward",
                    "softmax mixes the units of its layer, so its backward function is its own; leave it unset",
                )
        if self.initializer != AUTO:
            object.__setattr__(self, "initializer", checked_spec("initializer", self.initializer, get_initializer))
        check_number("gain", self.gain, 0.0, 1000.0)
        check_number("bias", self.bias, -1000.0, 1000.0)
