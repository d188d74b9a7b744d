"""Which output layers and losses belong together."""

from __future__ import annotations

import pytest

from backprop.data.datasets import DATASETS, MULTICLASS, REGRESSION
from backprop.errors import SpecError
from backprop.heads import check_head, check_outputs, natural_head
from backprop.layer import Layer
from tests.helpers import allowed_heads


@pytest.mark.parametrize("name", DATASETS)
def test_the_natural_head_fits_its_task(name: str) -> None:
    kind = DATASETS[name]
    output, loss = natural_head(kind)
    check_head(output, loss)
    check_outputs(kind, output, loss)
    expected = {
        "binary": (1, "sigmoid", "bce"),
        "multiclass": (3, "softmax", "cce"),
        "regression": (1, "identity", "mse"),
    }
    assert (output.units, output.activation, loss) == expected[kind.task]


@pytest.mark.parametrize(
    ("output", "loss", "field", "reason"),
    [
        (
            Layer(3, "sigmoid"),
            "cce",
            "loss",
            r"make the output layer softmax \(it is sigmoid\) or choose mean squared error",
        ),
        (Layer(3, "identity"), "cce", "loss", "sum to 1"),
        (Layer(3, "softmax"), "bce", "loss", "with a softmax output choose categorical"),
        (Layer(1, "tanh"), "bce", "loss", "between 0 and 1, such as sigmoid; this output layer is tanh"),
        (Layer(1, "relu"), "bce", "loss", "this output layer is ReLU"),
        (Layer(1, "identity"), "bce", "loss", "this output layer is identity"),
        (Layer(1, "sigmoid"), "hinge", "loss", "sigmoid lies between 0 and 1: make the output layer identity or tanh"),
        (Layer(1, "relu"), "hinge", "loss", "compares with −1 and \\+1, and ReLU lies between 0 and ∞"),
        (Layer(3, "softmax"), "hinge", "loss", "or choose mean squared error"),
        (Layer(1, "elu(0.5)"), "hinge", "loss", r"ELU \(0.5\) lies between −0.5 and ∞"),
        (Layer(1, "gelu"), "hinge", "loss", "GELU lies between −0.17 and ∞"),
        (Layer(1, "softmax"), "cce", "layers", "a softmax of one unit is always 1"),
        (Layer(1, "softmax"), "mse", "layers", "a softmax of one unit is always 1"),
        (Layer(1, " softmax "), "mse", "layers", "a softmax of one unit is always 1"),
    ],
)
def test_a_loss_needs_outputs_that_it_is_defined_on(output: Layer, loss: str, field: str, reason: str) -> None:
    with pytest.raises(SpecError, match=reason) as caught:
        check_head(output, loss)
    assert caught.value.field == field


def test_what_is_allowed_is_not_refused() -> None:
    pairs = {(layer.activation, layer.units, loss) for layer, loss in allowed_heads()}
    expected = {("sigmoid", 1, "bce"), ("sigmoid", 3, "bce"), ("softmax", 3, "cce"), ("softmax", 3, "mse")}
    assert (
        expected | {(name, units, "mse") for name in ("sigmoid", "tanh", "identity", "relu") for units in (1, 3)}
        <= pairs
    )
    assert {name for name, _, loss in pairs if loss == "cce"} == {"softmax"}
    signs = {name for name, _, loss in pairs if loss == "hinge"}
    assert {"identity", "tanh", "leaky_relu"} <= signs
    assert not {"sigmoid", "softmax", "relu", "softplus", "step"} & signs
    for loss in ("half_sse", "mae", "huber", "huber(0.5)"):
        assert {(name, units) for name, units, other in pairs if other == loss} == {
            (name, units) for name, units, other in pairs if other == "mse"
        }


@pytest.mark.parametrize(
    ("name", "output", "loss", "reason"),
    [
        ("iris", Layer(2, "softmax"), "cce", "Iris has 3 classes, so the output layer needs 3 units, not 2"),
        ("moons", Layer(2, "sigmoid"), "bce", "Moons has two classes, so the output layer needs 1 unit, not 2"),
        ("moons", Layer(3, "softmax"), "cce", "needs 1 unit, or a softmax output two, not 3"),
        ("sine", Layer(2, "identity"), "mse", "one value to predict, so the output layer needs 1 unit, not 2"),
        ("sine", Layer(1, "sigmoid"), "bce", "Sine has values, so choose mean squared error, .* or Huber loss"),
        ("sine", Layer(1, "identity"), "hinge", "hinge loss compares classes; Sine has values"),
    ],
)
def test_outputs_must_fit_the_task(name: str, output: Layer, loss: str, reason: str) -> None:
    with pytest.raises(SpecError, match=reason):
        check_outputs(DATASETS[name], output, loss)


@pytest.mark.parametrize("name", DATASETS)
def test_outputs_that_fit_are_accepted(name: str) -> None:
    kind = DATASETS[name]
    units = 3 if kind.task == MULTICLASS else 1
    for activation in ("tanh", "identity", "sigmoid"):
        for loss in ("mse", "half_sse", "mae", "huber(0.5)"):
            check_outputs(kind, Layer(units, activation), loss)
    if kind.task != REGRESSION:
        check_outputs(kind, Layer(units, "identity"), "hinge")
    if kind.task not in (MULTICLASS, REGRESSION):
        check_outputs(kind, Layer(2, "softmax"), "cce")
