"""Optimisers: update rules on one flat parameter vector, whatever the number of layers.

The rules are PyTorch's (ε outside the square root, RMSprop without centring, bias-corrected Adam, AdamW decaying every
parameter), written with reused buffers. g is the gradient, θ the parameters, η the learning rate. Every memory starts
at zero.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from backprop.functions.specs import read_spec

Array = NDArray[Any]

_SHARE = (0.0, 0.9999)  # the share of its past that a moving average may keep


class Optimizer:
    """The base class of all update rules.

    Attributes:
        parameters: The flat vector that ``step`` changes in place, shape (P,).
        learning_rate: May be changed at any time.
        steps: The number of updates so far.
        state: The rule's memory (momentum, second moments), one row each, shape (rows, P).

    As class attributes, a rule also has its label, formula and source, and its ``settings`` (names and default values,
    in the order of the spec) with their ``bounds``.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    formula: ClassVar[str]
    source: ClassVar[str]
    rows: ClassVar[int] = 0
    settings: ClassVar[Mapping[str, float]] = {}
    bounds: ClassVar[Mapping[str, tuple[float, float]]] = {}

    def __init__(self, parameters: Array, learning_rate: float = 0.01) -> None:
        self.parameters = parameters
        self.learning_rate = learning_rate
        self.steps = 0
        self.state = np.zeros((self.rows, parameters.size), parameters.dtype)
        self._update = np.empty_like(parameters)
        # Scalars are written into 0-d arrays first: NumPy would convert a Python float at every call, which is slower.
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
    settings: ClassVar = {"momentum": 0.9}
    bounds: ClassVar = {"momentum": _SHARE}

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


class Nesterov(Momentum):
    name = "nesterov"
    label = "Nesterov momentum"
    formula = r"v \leftarrow \mu v + g,\quad \theta \leftarrow \theta - \eta\,(g + \mu v)"
    source = "Nesterov 1983; Sutskever et al. 2013, in PyTorch's form, where the gradient is taken at θ itself"

    def step(self, gradient: Array) -> None:
        self.steps += 1
        velocity, update = self.state[0], self._update
        np.multiply(velocity, self.momentum, out=velocity)
        np.add(velocity, gradient, out=velocity)
        np.multiply(velocity, self.momentum, out=update)
        np.add(update, gradient, out=update)
        self._rate[()] = self.learning_rate
        np.multiply(update, self._rate, out=update)
        np.subtract(self.parameters, update, out=self.parameters)


class RMSprop(Optimizer):
    name = "rmsprop"
    label = "RMSprop"
    formula = (
        r"v \leftarrow \alpha v + (1-\alpha) g^2,\quad \theta \leftarrow \theta - \eta\,g / (\sqrt v + \varepsilon)"
    )
    source = "Tieleman & Hinton 2012, lecture 6.5; without centring"
    rows = 1
    settings: ClassVar = {"alpha": 0.99}
    bounds: ClassVar = {"alpha": _SHARE}

    def __init__(
        self, parameters: Array, learning_rate: float = 0.01, alpha: float = 0.99, epsilon: float = 1e-8
    ) -> None:
        super().__init__(parameters, learning_rate)
        self._alpha, self._rest = np.array(alpha, parameters.dtype), np.array(1.0 - alpha, parameters.dtype)
        self._epsilon = np.array(epsilon, parameters.dtype)

    def step(self, gradient: Array) -> None:
        self.steps += 1
        second, update = self.state[0], self._update
        np.multiply(gradient, gradient, out=update)
        np.multiply(update, self._rest, out=update)
        np.multiply(second, self._alpha, out=second)
        np.add(second, update, out=second)
        _divide_by_root(self, gradient, second)


class Adagrad(Optimizer):
    name = "adagrad"
    label = "Adagrad"
    formula = r"s \leftarrow s + g^2,\quad \theta \leftarrow \theta - \eta\,g / (\sqrt s + \varepsilon)"
    source = "Duchi, Hazan & Singer 2011; steps that only ever shrink"
    rows = 1

    def __init__(self, parameters: Array, learning_rate: float = 0.01, epsilon: float = 1e-10) -> None:
        super().__init__(parameters, learning_rate)
        self._epsilon = np.array(epsilon, parameters.dtype)

    def step(self, gradient: Array) -> None:
        self.steps += 1
        np.multiply(gradient, gradient, out=self._update)
        np.add(self.state[0], self._update, out=self.state[0])
        _divide_by_root(self, gradient, self.state[0])


def _divide_by_root(rule: RMSprop | Adagrad, gradient: Array, second: Array) -> None:
    """θ ← θ − η g/(√v + ε), with ε outside the root."""
    update = rule._update
    rule._rate[()] = rule.learning_rate
    np.sqrt(second, out=update)
    np.add(update, rule._epsilon, out=update)
    np.divide(gradient, update, out=update)
    np.multiply(update, rule._rate, out=update)
    np.subtract(rule.parameters, update, out=rule.parameters)


class Adam(Optimizer):
    name = "adam"
    label = "Adam"
    formula = (
        r"m \leftarrow \beta_1 m + (1-\beta_1) g,\ v \leftarrow \beta_2 v + (1-\beta_2) g^2,\quad"
        r"\theta \leftarrow \theta - \eta\,\hat m / (\sqrt{\hat v} + \varepsilon)"
        r"\text{ with }\hat m = m/(1-\beta_1^t),\ \hat v = v/(1-\beta_2^t)"
    )
    source = "Kingma & Ba 2015"
    rows = 2
    settings: ClassVar = {"beta1": 0.9, "beta2": 0.999}
    bounds: ClassVar = {"beta1": _SHARE, "beta2": _SHARE}

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


class AdamW(Adam):
    name = "adamw"
    label = "AdamW"
    formula = r"\theta \leftarrow (1 - \eta\lambda)\,\theta,\quad \text{then as Adam}"
    source = "Loshchilov & Hutter 2019; decays every parameter, biases too, as PyTorch does"
    settings: ClassVar = {"weight_decay": 0.01}
    bounds: ClassVar = {"weight_decay": (0.0, 1000.0)}

    def __init__(self, parameters: Array, learning_rate: float = 0.01, weight_decay: float = 0.01) -> None:
        super().__init__(parameters, learning_rate)
        self.weight_decay = weight_decay
        self._keep = np.empty((), parameters.dtype)

    def step(self, gradient: Array) -> None:
        self._keep[()] = 1.0 - self.learning_rate * self.weight_decay
        np.multiply(self.parameters, self._keep, out=self.parameters)
        super().step(gradient)


OPTIMIZERS: dict[str, type[Optimizer]] = {
    rule.name: rule for rule in (SGD, Momentum, Nesterov, RMSprop, Adagrad, Adam, AdamW)
}


def get_optimizer(spec: str) -> Callable[[Array, float], Optimizer]:
    """A function that makes the optimiser of a spec from parameters and learning rate.

    ``"adam"`` takes the usual settings. ``"momentum(0.5)"``, ``"adam(0.9,0.99)"``, ``"adamw(0.1)"`` give their own: the
    share of the past that is kept, and for AdamW the weight decay λ.

    Raises:
        ValueError: There is no such optimiser, or it has no such settings.
    """
    rule, values = read_spec("optimizer", spec, OPTIMIZERS)
    return partial(rule, **values) if values else rule


def weight_decay(spec: str) -> float:
    """The weight decay λ of a spec; 0 for an optimiser without one."""
    rule, values = read_spec("optimizer", spec, OPTIMIZERS)
    decay: float = {**rule.settings, **values}.get("weight_decay", 0.0)
    return decay
