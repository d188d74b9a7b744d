"""Optimisers: update rules on one flat parameter vector, whatever the number of layers.

The rules are PyTorch's (ε outside the square root, bias-corrected Adam), written with reused buffers.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


class Optimizer:
    """Base of all update rules.

    Attributes:
        parameters: The flat vector that ``step`` changes in place, shape (P,).
        learning_rate: May be changed at any time.
        steps: Number of updates so far.
        state: The rule's memory (momentum, second moments), one row each, shape (rows, P).
    """

    name: ClassVar[str]
    label: ClassVar[str]
    formula: ClassVar[str]
    source: ClassVar[str]
    rows: ClassVar[int] = 0

    def __init__(self, parameters: Array, learning_rate: float = 0.01) -> None:
        self.parameters = parameters
        self.learning_rate = learning_rate
        self.steps = 0
        self.state = np.zeros((self.rows, parameters.size), parameters.dtype)
        self._update = np.empty_like(parameters)
        # Scalars are written into 0-d arrays first: NumPy converts a Python float at every call, which takes longer.
        self._rate = np.empty((), parameters.dtype)

    def step(self, gradient: Array) -> None:
        """Apply one update in place; ``gradient`` has the shape of ``parameters``."""
        raise NotImplementedError

    def reset(self) -> None:
        """Forget everything but the parameters and the learning rate."""
        self.steps = 0
        self.state.fill(0.0)


class SGD(Optimizer):
    name = "sgd"
    label = "SGD"
    formula = r"\theta \leftarrow \theta - \eta\,g"
    source = "Robbins & Monro 1951"

    def step(self, gradient: Array) -> None:
        self.steps += 1
        self._rate[()] = self.learning_rate
        np.multiply(gradient, self._rate, out=self._update)
        np.subtract(self.parameters, self._update, out=self.parameters)


class Momentum(Optimizer):
    name = "momentum"
    label = "SGD with momentum"
    formula = r"v \leftarrow \mu v + g,\quad \theta \leftarrow \theta - \eta\,v"
    source = "Polyak 1964, in PyTorch's form"
    rows = 1

    def __init__(self, parameters: Array, learning_rate: float = 0.01, momentum: float = 0.9) -> None:
        super().__init__(parameters, learning_rate)
        self.momentum = momentum

    def step(self, gradient: Array) -> None:
        self.steps += 1
        velocity = self.state[0]
        np.multiply(velocity, self.momentum, out=velocity)
        np.add(velocity, gradient, out=velocity)
        self._rate[()] = self.learning_rate
        np.multiply(velocity, self._rate, out=self._update)
        np.subtract(self.parameters, self._update, out=self.parameters)


class Adam(Optimizer):
    name = "adam"
    label = "Adam"
    formula = (
        r"m \leftarrow \beta_1 m + (1-\beta_1) g,\ v \leftarrow \beta_2 v + (1-\beta_2) g^2,\quad"
        r"\theta \leftarrow \theta - \eta\,\hat m / (\sqrt{\hat v} + \varepsilon)"
    )
    source = "Kingma & Ba 2015"
    rows = 2

    def __init__(
        self,
        parameters: Array,
        learning_rate: float = 0.01,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
    ) -> None:
        super().__init__(parameters, learning_rate)
        self.beta1, self.beta2, self.epsilon = beta1, beta2, epsilon
        self._rest1, self._rest2 = np.array(1.0 - beta1, parameters.dtype), np.array(1.0 - beta2, parameters.dtype)
        self._epsilon = np.empty((), parameters.dtype)

    def step(self, gradient: Array) -> None:
        self.steps += 1
        first, second, update = self.state[0], self.state[1], self._update
        np.subtract(gradient, first, out=update)
        np.multiply(update, self._rest1, out=update)
        np.add(first, update, out=first)
        np.multiply(gradient, gradient, out=update)
        np.subtract(update, second, out=update)
        np.multiply(update, self._rest2, out=update)
        np.add(second, update, out=second)
        # θ −= η · m/(1 − β₁ᵗ) / (√v / √(1 − β₂ᵗ) + ε), with the scalar √(1 − β₂ᵗ) moved over to the step size
        correction = (1.0 - self.beta2**self.steps) ** 0.5
        self._epsilon[()] = self.epsilon * correction
        self._rate[()] = self.learning_rate * correction / (1.0 - self.beta1**self.steps)
        np.sqrt(second, out=update)
        np.add(update, self._epsilon, out=update)
        np.divide(first, update, out=update)
        np.multiply(update, self._rate, out=update)
        np.subtract(self.parameters, update, out=self.parameters)


OPTIMIZERS: dict[str, type[Optimizer]] = {rule.name: rule for rule in (SGD, Momentum, Adam)}
