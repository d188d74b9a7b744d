"""How loss and output activation meet: four pairs side by side, the general path against the cancelled path."""

from __future__ import annotations

import numpy as np
import streamlit as st

from backprop.explain.head_paths import PAIRS, HeadPath, head_path
from ui.chain_rule.numbers import latex, plain

_NAMES = {
    "sigmoid": "sigmoid",
    "softmax": "softmax",
    "mse": "squared error",
    "bce": "binary cross-entropy",
    "cce": "categorical cross-entropy",
}
_START = (2.0, -1.0, 0.5)
_RIGHT = 2  # the right class when the page opens, counted from 1


@st.fragment
def heads() -> None:
    """Draw three outputs with the same z and the same target, through each of the four pairs."""
    st.header("Does the output's activation change the gradient of the loss?")
    st.markdown(
        "∇L depends on the loss alone, not on the activation. Equation 1 multiplies it by the slope of the "
        "activation. In two of the pairs this slope **cancels** against a part of ∇L; in the other two it remains. "
        "Try z₂ = −12: the network is sure that the right class is wrong, and only the cancelling pairs still send a "
        "large error signal."
    )
    z, y = _inputs()
    paths = [head_path(activation, loss, z, y) for activation, loss in PAIRS]
    st.markdown(_table(paths, z, y))
    st.markdown(_verdict(paths, y))


def _inputs() -> tuple[np.ndarray, np.ndarray]:
    columns = st.columns(4)
    z = [
        columns[i].slider(f"z{'₁₂₃'[i]}", -12.0, 12.0, _START[i], 0.5, key=f"chain_head_z{i}", persist_state="session")
        for i in range(3)
    ]
    right = columns[3].segmented_control(
        "Right class (y = 1)",
        [1, 2, 3],
        default=_RIGHT,
        key="chain_head_right",
        required=True,
        persist_state="session",
    )
    return np.array(z), (np.arange(1, 4) == (right or _RIGHT)).astype(float)


def _table(paths: list[HeadPath], z: np.ndarray, y: np.ndarray) -> str:
    names = [f"{_NAMES[p.activation]} + {_NAMES[p.loss]}" for p in paths]
    rows = [
        ("$z$", [_vector(z)] * len(paths)),
        ("$y$", [_vector(y)] * len(paths)),
        ("$a = f(z)$", [_vector(p.a) for p in paths]),
        ("$L$", [plain(p.value) for p in paths]),
        (r"$\nabla_a L$", [_vector(p.loss_by_a) for p in paths]),
        (r"slope: $f'(z)$ or $\mathsf{J}$", [_slope(p) for p in paths]),
        ("**general path** $\\varphi$", [f"**{_vector(p.general)}**" for p in paths]),
        ("**cancelled path** $a - y$", [_cancelled(p) for p in paths]),
        ("difference", [_difference(p) for p in paths]),
    ]
    head = "| output and loss | " + " | ".join(f"**{name}**" for name in names) + " |\n|:--" + "|:--" * len(paths) + "|"
    return "\n".join([head, *(f"| {name} | " + " | ".join(cells) + " |" for name, cells in rows)])


def _vector(values: np.ndarray) -> str:
    return "(" + ", ".join(plain(float(value)) for value in values) + ")"


def _slope(path: HeadPath) -> str:
    if path.activation == "sigmoid":
        return _vector(np.diag(path.a_by_z))
    rows = r" \\ ".join(" & ".join(latex(float(value)) for value in row) for row in path.a_by_z)
    return rf"$\begin{{pmatrix}} {rows} \end{{pmatrix}}$"


def _cancelled(path: HeadPath) -> str:
    return f"**{_vector(path.phi)}**" if path.cancels else "does not cancel"


def _difference(path: HeadPath) -> str:
    return plain(float(np.abs(path.general - path.phi).max())) if path.cancels else "—"


def _verdict(paths: list[HeadPath], y: np.ndarray) -> str:
    """What error signal the output of the right class receives from each pair."""
    right = int(y.argmax())
    signals = [f"{_NAMES[p.activation]} + {_NAMES[p.loss]} **{plain(float(p.phi[right]))}**" for p in paths]
    return f"The output of the right class receives φ = {', '.join(signals[:-1])} and {signals[-1]}."
