"""Activation functions and their slopes, in one registry.

An activation *is* the pair (f, f′): the output of a unit, and the factor of the chain rule on the way back. A layer may
use one activation for the forward pass and another one's slope for the backward pass, so both are functions of the
pre-activation ``z`` alone. If the slope is cheaper to compute from the output (tanh′ = 1 − a²), an entry may say so;
the network uses that form only for a layer with its own slope.

To add an activation, add an entry to ``ACTIVATIONS``. Menus, gradient checks and tables find it there. The arithmetic
is in ``activation_kernels``. Slopes without a function, for the backward pass alone, are in ``surrogates``.

Kinks follow PyTorch. At 0 the ReLU family has its left-hand slope (relu′ = 0, leaky_relu′ = elu′ = α, selu′ = λα). At
both ends of the part between their kinks, the hard functions and ReLU6 have the outer slope (0; hard_swish: 0 and 1).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from backprop.functions import activation_kernels as kernels
from backprop.functions.slopes import BOTH, LEFT, NONE, Kernel, Slope, buffers
from backprop.functions.specs import resolve

Array = NDArray[Any]

HE, LECUN, XAVIER = "he_normal", "lecun_normal", "xavier_uniform"


@dataclass(frozen=True, kw_only=True)
class Activation(Slope):
    """One activation function f with its slope f′: a ``Slope`` and the function itself.

    Attributes:
        kernel: ``kernel(z, out)`` writes f(z) into ``out`` and returns it; shape parameters as for ``slope``.
        formula: f as LaTeX. (The slope f′ is in ``slope``; for softmax that is the diagonal of the Jacobian.)
        range: The smallest and the largest output (open or closed, possibly infinite).
        kinks: Points at which f′ jumps or bends. A finite difference across one of them is not a derivative.
        initializer: Key of the initial weights that suit it: He for functions that pass about half of the signal,
            Xavier for those that are odd or nearly so, LeCun for the self-normalising one.
        slope_from_output: ``slope_from_output(a, out)``, the same slope computed from a = f(z).
        vjp: For activations that mix units (softmax): ``vjp(a, grad_a, out)`` writes Jᵀ grad_a, with units on the last
            axis; ``out`` may be ``grad_a``.
        jacobian_norm: The largest ‖J‖₂ of such an activation: the most by which it can lengthen the gradient.
    """

    functions: ClassVar = ("kernel", "slope", "slope_from_output", "vjp")

    kernel: Kernel
    formula: str
    range: tuple[float, float]
    kinks: tuple[float, ...] = ()
    initializer: str = XAVIER
    slope_from_output: Kernel | None = None
    vjp: Kernel | None = None
    jacobian_norm: float | None = None

    @property
    def largest_gain(self) -> float:
        """The most by which the layer can lengthen the gradient: max |f′|, or the largest ‖J‖₂ if units mix."""
        return self.max_slope if self.jacobian_norm is None else self.jacobian_norm

    @property
    def elementwise(self) -> bool:
        """Whether every output depends on its own z only."""
        return self.vjp is None

    def f(self, z: Array, out: Array | None = None) -> Array:
        """The output f(z), in the shape of ``z``; softmax runs over the last axis."""
        z, out = buffers(z, out)
        return self.kernel(z, out)


_INF = math.inf

# Extremes without a closed form: the minimum of f and the maximum of f′. Minima are rounded down, so that no output
# lies below them.
_SILU_MINIMUM, _SILU_STEEPEST = -0.2784645427610738, 1.099839320128867
_GELU_MINIMUM = -0.16997120747990369
_GELU_TANH_MINIMUM, _GELU_TANH_STEEPEST = -0.1700407505712541, 1.1289930686587717
_MISH_MINIMUM, _MISH_STEEPEST = -0.30884341301725043, 1.088498161251728
# GELU is steepest at √2, where f″ = (2 − z²) φ(z) = 0.
_GELU_STEEPEST = 0.5 * math.erfc(-1.0) + math.exp(-1.0) / math.sqrt(math.pi)


def _elu_limits(alpha: float) -> Mapping[str, Any]:
    return {"range": (0.0 - alpha, _INF), "max_slope": max(1.0, alpha)}


def _celu_limits(alpha: float) -> Mapping[str, Any]:
    return {"range": (-alpha, _INF)}


def _leaky_relu_limits(alpha: float) -> Mapping[str, Any]:
    return {"range": (-_INF if alpha > 0 else 0.0, _INF)}


def _swish_limits(beta: float) -> Mapping[str, Any]:
    return {"range": (_SILU_MINIMUM / beta, _INF)}  # z σ(βz) = silu(βz)/β, so that the slope keeps its maximum


ACTIVATIONS: dict[str, Activation] = {
    entry.name: entry
    for entry in (
        Activation(
            name="identity",
            label="identity",
            kernel=kernels.identity,
            slope=kernels.one,
            formula=r"z",
            slope_formula=r"1",
            range=(-_INF, _INF),
            max_slope=1.0,
            flat_tails=NONE,
            source="linear unit; the usual output of a regression",
        ),
        Activation(
            name="sigmoid",
            label="sigmoid",
            kernel=kernels.sigmoid,
            slope=kernels.sigmoid_slope,
            slope_from_output=kernels.sigmoid_slope_from_output,
            formula=r"\sigma(z) = \frac{1}{1 + e^{-z}}",
            slope_formula=r"\sigma'(z) = \sigma(z)\,(1 - \sigma(z))",
            range=(0.0, 1.0),
            max_slope=0.25,
            flat_tails=BOTH,
            source="Rumelhart, Hinton & Williams 1986",
        ),
        Activation(
            name="tanh",
            label="tanh",
            kernel=np.tanh,
            slope=kernels.tanh_slope,
            slope_from_output=kernels.tanh_slope_from_output,
            formula=r"\tanh(z)",
            slope_formula=r"1 - \tanh^2(z)",
            range=(-1.0, 1.0),
            max_slope=1.0,
            flat_tails=BOTH,
            source="LeCun, Bottou, Orr & Müller 1998, Efficient BackProp",
        ),
        Activation(
            name="relu",
            label="ReLU",
            kernel=kernels.relu,
            slope=kernels.step,
            slope_from_output=kernels.relu_slope_from_output,
            formula=r"\max(0, z)",
            slope_formula=r"1 \text{ if } z > 0 \text{, else } 0",
            range=(0.0, _INF),
            max_slope=1.0,
            flat_tails=LEFT,
            kinks=(0.0,),
            initializer=HE,
            source="Nair & Hinton 2010",
        ),
        Activation(
            name="leaky_relu",
            label="leaky ReLU",
            kernel=kernels.leaky_relu,
            slope=kernels.leaky_relu_slope,
            formula=r"\max(\alpha z, z)",
            slope_formula=r"1 \text{ if } z > 0 \text{, else } \alpha",
            range=(-_INF, _INF),
            max_slope=1.0,
            flat_tails=LEFT,
            kinks=(0.0,),
            initializer=HE,
            parameters={"alpha": 0.01},
            bounds={"alpha": (0.0, 1.0)},
            derived=_leaky_relu_limits,
            source="Maas, Hannun & Ng 2013",
        ),
        Activation(
            name="elu",
            label="ELU",
            kernel=kernels.elu,
            slope=kernels.elu_slope,
            formula=r"z \text{ if } z > 0 \text{, else } \alpha\,(e^z - 1)",
            slope_formula=r"1 \text{ if } z > 0 \text{, else } \alpha\,e^z",
            range=(-1.0, _INF),
            max_slope=1.0,
            flat_tails=LEFT,
            kinks=(0.0,),
            initializer=HE,
            parameters={"alpha": 1.0},
            bounds={"alpha": (0.0, 10.0)},
            derived=_elu_limits,
            source="Clevert, Unterthiner & Hochreiter 2015",
        ),
        Activation(
            name="selu",
            label="SELU",
            kernel=kernels.selu,
            slope=kernels.selu_slope,
            formula=r"\lambda z \text{ if } z > 0 \text{, else } \lambda \alpha\,(e^z - 1)"
            r" \text{, with } \lambda = 1.0507,\ \alpha = 1.6733",
            slope_formula=r"\lambda \text{ if } z > 0 \text{, else } \lambda \alpha\,e^z",
            range=(-kernels.SELU_SCALE * kernels.SELU_ALPHA, _INF),
            max_slope=kernels.SELU_SCALE * kernels.SELU_ALPHA,
            flat_tails=LEFT,
            kinks=(0.0,),
            initializer=LECUN,
            source="Klambauer, Unterthiner, Mayr & Hochreiter 2017, Self-Normalizing Neural Networks",
        ),
        Activation(
            name="celu",
            label="CELU",
            kernel=kernels.celu,
            slope=kernels.celu_slope,
            formula=r"z \text{ if } z > 0 \text{, else } \alpha\,(e^{z/\alpha} - 1)",
            slope_formula=r"1 \text{ if } z > 0 \text{, else } e^{z/\alpha}",
            range=(-1.0, _INF),
            max_slope=1.0,
            flat_tails=LEFT,
            kinks=(0.0,),
            initializer=HE,
            parameters={"alpha": 1.0},
            bounds={"alpha": (0.01, 10.0)},
            derived=_celu_limits,
            source="Barron 2017, Continuously Differentiable Exponential Linear Units",
        ),
        Activation(
            name="gelu",
            label="GELU",
            kernel=kernels.gelu,
            slope=kernels.gelu_slope,
            formula=r"z\,\Phi(z) = \frac{z}{2} \left(1 + \operatorname{erf}\frac{z}{\sqrt{2}}\right)",
            slope_formula=r"\Phi(z) + z\,\varphi(z) \text{, with } \varphi(z) = \frac{e^{-z^2/2}}{\sqrt{2\pi}}",
            range=(_GELU_MINIMUM, _INF),
            max_slope=_GELU_STEEPEST,
            flat_tails=LEFT,
            initializer=HE,
            source="Hendrycks & Gimpel 2016",
        ),
        Activation(
            name="gelu_tanh",
            label="GELU, tanh form",
            kernel=kernels.gelu_tanh,
            slope=kernels.gelu_tanh_slope,
            formula=r"\frac{z}{2} (1 + \tanh u) \text{, with } u = \sqrt{2/\pi}\,(z + 0.044715\,z^3)",
            slope_formula=r"\frac{1}{2} (1 + \tanh u) + \frac{z}{2} (1 - \tanh^2 u)\,\sqrt{2/\pi}\,(1 + 0.134145\,z^2)",
            range=(_GELU_TANH_MINIMUM, _INF),
            max_slope=_GELU_TANH_STEEPEST,
            flat_tails=LEFT,
            initializer=HE,
            source="Hendrycks & Gimpel 2016, §2; within 4.8e-4 of GELU",
        ),
        Activation(
            name="silu",
            label="SiLU",
            kernel=kernels.silu,
            slope=kernels.silu_slope,
            formula=r"z\,\sigma(z)",
            slope_formula=r"\sigma(z) + z\,\sigma(z)\,(1 - \sigma(z))",
            range=(_SILU_MINIMUM, _INF),
            max_slope=_SILU_STEEPEST,
            flat_tails=LEFT,
            initializer=HE,
            source="Elfwing, Uchibe & Doya 2017; swish(1)",
        ),
        Activation(
            name="swish",
            label="Swish",
            kernel=kernels.swish,
            slope=kernels.swish_slope,
            formula=r"z\,\sigma(\beta z)",
            slope_formula=r"\sigma(\beta z) + \beta z\,\sigma(\beta z)\,(1 - \sigma(\beta z))",
            range=(_SILU_MINIMUM, _INF),
            max_slope=_SILU_STEEPEST,
            flat_tails=LEFT,
            initializer=HE,
            parameters={"beta": 1.0},
            bounds={"beta": (0.01, 100.0)},
            derived=_swish_limits,
            source="Ramachandran, Zoph & Le 2017; swish(1) is SiLU, swish(1.702) close to GELU",
        ),
        Activation(
            name="mish",
            label="Mish",
            kernel=kernels.mish,
            slope=kernels.mish_slope,
            formula=r"z \tanh(\ln(1 + e^z))",
            slope_formula=r"t + z\,(1 - t^2)\,\sigma(z) \text{, with } t = \tanh(\ln(1 + e^z))",
            range=(_MISH_MINIMUM, _INF),
            max_slope=_MISH_STEEPEST,
            flat_tails=LEFT,
            initializer=HE,
            source="Misra 2019",
        ),
        Activation(
            name="softplus",
            label="softplus",
            kernel=kernels.softplus,
            slope=kernels.sigmoid,
            formula=r"\ln(1 + e^z)",
            slope_formula=r"\sigma(z)",
            range=(0.0, _INF),
            max_slope=1.0,
            flat_tails=LEFT,
            initializer=HE,
            source="Dugas et al. 2001",
        ),
        Activation(
            name="relu6",
            label="ReLU6",
            kernel=kernels.relu6,
            slope=kernels.relu6_slope,
            formula=r"\min(\max(0, z), 6)",
            slope_formula=r"1 \text{ if } 0 < z < 6 \text{, else } 0",
            range=(0.0, 6.0),
            max_slope=1.0,
            flat_tails=BOTH,
            kinks=(0.0, 6.0),
            initializer=HE,
            source="Krizhevsky 2010, Convolutional Deep Belief Networks on CIFAR-10",
        ),
        Activation(
            name="hard_swish",
            label="hard Swish",
            kernel=kernels.hard_swish,
            slope=kernels.hard_swish_slope,
            formula=r"z\,\frac{\min(\max(0, z + 3), 6)}{6}",
            slope_formula=r"0 \text{ if } z \le -3 \text{, } 1 \text{ if } z \ge 3"
            r" \text{, else } \frac{z}{3} + \frac{1}{2}",
            range=(-0.375, _INF),
            max_slope=1.5,
            flat_tails=LEFT,
            kinks=(-3.0, 3.0),
            initializer=HE,
            source="Howard et al. 2019, Searching for MobileNetV3; the slope nears 3/2 below z = 3",
        ),
        Activation(
            name="hard_sigmoid",
            label="hard sigmoid",
            kernel=kernels.hard_sigmoid,
            slope=kernels.hard_sigmoid_slope,
            formula=r"\frac{\min(\max(0, z + 3), 6)}{6}",
            slope_formula=r"\frac{1}{6} \text{ if } |z| < 3 \text{, else } 0",
            range=(0.0, 1.0),
            max_slope=1.0 / 6.0,
            flat_tails=BOTH,
            kinks=(-3.0, 3.0),
            source="Howard et al. 2019, Searching for MobileNetV3; Keras 2 had 0.2 z + 0.5 inside",
        ),
        Activation(
            name="hard_tanh",
            label="hard tanh",
            kernel=kernels.hard_tanh,
            slope=kernels.hard_tanh_slope,
            formula=r"\min(\max(-1, z), 1)",
            slope_formula=r"1 \text{ if } |z| < 1 \text{, else } 0",
            range=(-1.0, 1.0),
            max_slope=1.0,
            flat_tails=BOTH,
            kinks=(-1.0, 1.0),
            source="Collobert 2004",
        ),
        Activation(
            name="softsign",
            label="softsign",
            kernel=kernels.softsign,
            slope=kernels.softsign_slope,
            formula=r"\frac{z}{1 + |z|}",
            slope_formula=r"\frac{1}{(1 + |z|)^2}",
            range=(-1.0, 1.0),
            max_slope=1.0,
            flat_tails=BOTH,
            kinks=(0.0,),
            source="Bergstra et al. 2009; Glorot & Bengio 2010",
        ),
        Activation(
            name="arctan",
            label="arctan",
            kernel=np.arctan,
            slope=kernels.arctan_slope,
            formula=r"\arctan(z)",
            slope_formula=r"\frac{1}{1 + z^2}",
            range=(-math.pi / 2, math.pi / 2),
            max_slope=1.0,
            flat_tails=BOTH,
            source="a sigmoid whose tails fade as 1/z², much later than those of tanh",
        ),
        Activation(
            name="lecun_tanh",
            label="LeCun tanh",
            kernel=kernels.lecun_tanh,
            slope=kernels.lecun_tanh_slope,
            slope_from_output=kernels.lecun_tanh_slope_from_output,
            formula=r"1.7159 \tanh\left(\frac{2}{3} z\right)",
            slope_formula=r"1.1439 \left(1 - \tanh^2\left(\frac{2}{3} z\right)\right)",
            range=(-kernels.LECUN_HEIGHT, kernels.LECUN_HEIGHT),
            max_slope=kernels.LECUN_HEIGHT * kernels.LECUN_RATE,
            flat_tails=BOTH,
            source="LeCun, Bottou, Orr & Müller 1998, Efficient BackProp: f(±1) = ±1",
        ),
        Activation(
            name="sine",
            label="sine",
            kernel=np.sin,
            slope=np.cos,
            formula=r"\sin(z)",
            slope_formula=r"\cos(z)",
            range=(-1.0, 1.0),
            max_slope=1.0,
            flat_tails=NONE,
            source="Sitzmann et al. 2020 (SIREN), with their frequency in the weights",
        ),
        Activation(
            name="gaussian",
            label="Gaussian",
            kernel=kernels.gaussian,
            slope=kernels.gaussian_slope,
            formula=r"e^{-z^2}",
            slope_formula=r"-2 z\,e^{-z^2}",
            range=(0.0, 1.0),
            max_slope=math.sqrt(2.0 / math.e),
            flat_tails=BOTH,
            source="Broomhead & Lowe 1988, as a ridge instead of a radial function",
        ),
        Activation(
            name="softmax",
            label="softmax",
            kernel=kernels.softmax,
            slope=kernels.softmax_slope,
            vjp=kernels.softmax_vjp,
            jacobian_norm=0.5,  # Gao & Pavel 2017, prop. 4; reached where two units share all of the probability
            formula=r"p_i = \frac{e^{z_i}}{\sum_k e^{z_k}}",
            slope_formula=r"\frac{\partial p_i}{\partial z_j} = p_i(\delta_{ij} - p_j)",
            range=(0.0, 1.0),
            max_slope=0.25,
            flat_tails=BOTH,
            source="Bridle 1990",
        ),
        Activation(
            name="step",
            label="step",
            kernel=kernels.step,
            slope=kernels.zero,
            formula=r"1 \text{ if } z > 0 \text{, else } 0",
            slope_formula=r"0",
            range=(0.0, 1.0),
            max_slope=0.0,
            flat_tails=BOTH,
            kinks=(0.0,),
            source="McCulloch & Pitts 1943; needs another backward function to learn (Bengio et al. 2013)",
        ),
        Activation(
            name="sign",
            label="sign",
            kernel=np.sign,
            slope=kernels.zero,
            formula=r"1 \text{ if } z > 0 \text{, } -1 \text{ if } z < 0 \text{, else } 0",
            slope_formula=r"0",
            range=(-1.0, 1.0),
            max_slope=0.0,
            flat_tails=BOTH,
            kinks=(0.0,),
            source="Courbariaux et al. 2016, Binarized Neural Networks; needs another backward function to learn",
        ),
    )
}


def get_activation(spec: str) -> Activation:
    """The activation that a spec names: ``"tanh"``, or with parameters ``"leaky_relu(0.2)"``.

    Raises:
        ValueError: There is no such activation, or it has no such parameters.
    """
    return resolve("activation", spec, ACTIVATIONS)
