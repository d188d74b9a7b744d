"""The name of each quantity, in plain text and in LaTeX, and its colour in the diagram, the tables and the formulas."""

from __future__ import annotations

from collections.abc import Mapping

from backprop.explain.walkthrough import Quantity
from ui.chain_rule.numbers import subscript, superscript

# Role → (colour in the light theme, colour in the dark theme).
_COLORS = {
    "a": ("#1f6fb8", "#5aa9f0"),
    "z": ("#0b7285", "#3fc1d4"),
    "weights": ("#7048b8", "#b395f5"),
    "phi": ("#c2255c", "#ff7aa8"),
    "slope": ("#2b7a3d", "#66cf7d"),
    "loss": ("#b45309", "#f5a742"),
}
_ROLES = {
    "biases": "weights",
    "jacobian": "slope",
    "loss_gradient": "loss",
    "target": "loss",
    "sample_loss": "loss",
    "weight_gradients": "phi",
    "bias_gradients": "phi",
}


def role(kind: str) -> str:
    """The role of a quantity, which gives it its colour."""
    return _ROLES.get(kind, kind)


def colors(dark: bool) -> Mapping[str, str]:
    """Role → colour."""
    return {name: pair[dark] for name, pair in _COLORS.items()}


def plain_name(quantity: Quantity) -> str:
    """``"W²"``, ``"∂L/∂b³"``, ``"f₂′(z²)"``."""
    j = superscript(quantity.layer)
    return {
        "a": f"a{j}" if quantity.layer else "a⁰ = x",
        "z": f"z{j}",
        "weights": f"W{j}",
        "biases": f"b{j}",
        "phi": f"φ{j}",
        "slope": f"g{subscript(quantity.layer)}(z{j})",
        "jacobian": f"J = ∂a{j}/∂z{j}",
        "loss_gradient": f"∂L/∂a{j}",
        "target": "y",
        "sample_loss": "ℓ",
        "loss": "L",
        "weight_gradients": f"∂L/∂W{j}",
        "bias_gradients": f"∂L/∂b{j}",
    }[quantity.kind]


def element(quantity: Quantity, row: int, column: int, batch: int) -> str:
    """One entry as LaTeX, counted from 1. For a single sample the sample's number is left out."""
    j, i = quantity.layer, column + 1
    n, s = row + 1, f"{row + 1}," if batch > 1 else ""
    if quantity.kind == "jacobian":
        units = quantity.values.shape[1]
        return rf"\mathsf{{J}}_{{{row % units + 1},{i}}}"
    return {
        "a": rf"a^{{{j}}}_{{{s}{i}}}",
        "z": rf"z^{{{j}}}_{{{s}{i}}}",
        "weights": rf"w^{{{j}}}_{{{n},{i}}}",
        "biases": rf"b^{{{j}}}_{{{i}}}",
        "phi": rf"\varphi^{{{j}}}_{{{s}{i}}}",
        "slope": rf"g_{{{j}}}(z^{{{j}}}_{{{s}{i}}})",
        "loss_gradient": rf"\tfrac{{\partial L}}{{\partial a^{{{j}}}_{{{s}{i}}}}}",
        "target": rf"y_{{{s}{i}}}",
        "sample_loss": rf"\ell_{{{n}}}",
        "loss": "L",
        "weight_gradients": rf"\frac{{\partial L}}{{\partial w^{{{j}}}_{{{n},{i}}}}}",
        "bias_gradients": rf"\frac{{\partial L}}{{\partial b^{{{j}}}_{{{i}}}}}",
    }[quantity.kind]
