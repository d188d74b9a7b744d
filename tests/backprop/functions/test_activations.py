"""Every entry of the registry: function, slope, limits, kinks, precision, and specs such as ``leaky_relu(0.2)``."""

from __future__ import annotations

import math

import numpy as np
import pytest

from backprop.diagnosis.layer_diagnostics import FLAT_THRESHOLD
from backprop.functions.activations import ACTIVATIONS, get_activation
from backprop.layer import Layer
from backprop.network import Network
from tests.helpers import ELEMENTWISE, PLAIN, Array, derivative, plain_f, plain_slope

WITH_PARAMETERS = ["leaky_relu(0.2)", "leaky_relu(0)", "leaky_relu(1)", "elu(0.5)", "elu(2)", "elu(0)"]
WITH_PARAMETERS += ["celu(0.5)", "celu(2)", "swish(2)", "swish(0.5)"]
SPECS = [*ELEMENTWISE, *WITH_PARAMETERS]
WIDE = np.concatenate([[-1e4, -100.0], np.linspace(-60.0, 60.0, 120_001), [100.0, 1e4]])

# f′ where it jumps or bends, as torch.autograd answers.
PYTORCH_KINKS = [
    ("relu", 0.0, 0.0),
    ("leaky_relu", 0.0, 0.01),
    ("leaky_relu(0.2)", 0.0, 0.2),
    ("elu", 0.0, 1.0),
    ("elu(0.5)", 0.0, 0.5),
    ("step", 0.0, 0.0),
    ("elu(2)", 0.0, 2.0),
    ("selu", 0.0, 1.7580993408473766),
    ("celu", 0.0, 1.0),
    ("celu(0.5)", 0.0, 1.0),
    ("softsign", 0.0, 1.0),
    ("sign", 0.0, 0.0),
    ("hard_swish", -3.0, 0.0),
    ("hard_swish", 3.0, 1.0),
    ("hard_tanh", -1.0, 0.0),
    ("hard_tanh", 1.0, 0.0),
    ("relu6", 0.0, 0.0),
    ("relu6", 6.0, 0.0),
    ("hard_sigmoid", -3.0, 0.0),
    ("hard_sigmoid", 3.0, 0.0),
]


def _wide(spec: str) -> Array:
    """Far out on both sides, and close to every kink, where a slope may have its maximum."""
    kinks = np.array(get_activation(spec).kinks)
    return np.concatenate([WIDE, kinks - 1e-9, kinks, kinks + 1e-9])


def _away_from_kinks(spec: str, points: int = 1201) -> Array:
    z = np.linspace(-12.0, 12.0, points)
    gaps = [np.abs(z - kink) > 0.01 for kink in get_activation(spec).kinks]
    return z[np.all(gaps, axis=0)] if gaps else z


@pytest.mark.parametrize("spec", SPECS)
def test_slope_is_the_derivative(spec: str) -> None:
    activation, z = get_activation(spec), _away_from_kinks(spec)
    # Five points with h = 1e-3: 2e-12 from rounding at |f| = 12, at most 5e-12 from the fifth derivative.
    np.testing.assert_allclose(activation.df(z), derivative(activation.f, z), rtol=0, atol=1e-11)


@pytest.mark.parametrize("spec", [spec for spec in SPECS if spec in PLAIN])
def test_agrees_with_the_textbook_formula(spec: str) -> None:
    z = np.linspace(-12.0, 12.0, 1201)
    np.testing.assert_allclose(get_activation(spec).f(z), plain_f(spec)(z), rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(get_activation(spec).df(z), plain_slope(spec)(z), rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("name", [name for name, entry in ACTIVATIONS.items() if entry.slope_from_output])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_slope_from_output_is_the_slope(name: str, dtype: str) -> None:
    entry = ACTIVATIONS[name]
    z = np.concatenate([np.linspace(-9.0, 9.0, 721), [0.0, -1e4, 1e4]]).astype(dtype)
    assert entry.slope_from_output is not None
    from_output = entry.slope_from_output(entry.f(z), np.empty_like(z))
    np.testing.assert_allclose(from_output, entry.df(z), rtol=0, atol=4 * float(np.finfo(dtype).eps))


@pytest.mark.parametrize("spec", SPECS)
def test_max_slope_is_the_maximum(spec: str) -> None:
    activation = get_activation(spec)
    slopes = np.abs(activation.df(_wide(spec)))
    assert slopes.max() <= activation.max_slope * (1 + 1e-12)
    assert slopes.max() == pytest.approx(activation.max_slope, rel=1e-6)


@pytest.mark.parametrize("spec", SPECS)
def test_range_is_respected_and_not_wider_than_needed(spec: str) -> None:
    a, (low, high) = get_activation(spec).f(_wide(spec)), get_activation(spec).range
    assert low <= a.min()
    assert a.max() <= high
    assert a.min() - low < 1e-3 if math.isfinite(low) else a.min() < -90
    assert high - a.max() < 1e-3 if math.isfinite(high) else a.max() > 90


@pytest.mark.parametrize("name", [name for name, entry in ACTIVATIONS.items() if entry.parameters])
def test_an_entry_agrees_with_itself_at_its_default_parameters(name: str) -> None:
    entry = ACTIVATIONS[name]
    same = get_activation(f"{name}({','.join(map(str, entry.parameters.values()))})")
    assert same is not entry
    assert (same.range, same.max_slope, same.parameters) == (entry.range, entry.max_slope, entry.parameters)
    np.testing.assert_array_equal(same.f(WIDE), entry.f(WIDE))
    np.testing.assert_array_equal(same.df(WIDE), entry.df(WIDE))


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_flat_tails_are_where_the_slope_fades(name: str) -> None:
    entry = ACTIVATIONS[name]
    left, right = np.abs(entry.df(np.array([-1e4, 1e4]))) <= FLAT_THRESHOLD * entry.max_slope
    expected = {(True, True): "both", (True, False): "left", (False, True): "right", (False, False): "none"}
    assert entry.flat_tails == expected[bool(left), bool(right)]
    assert entry.two_tailed == (left and right)


@pytest.mark.parametrize(("spec", "at", "slope"), PYTORCH_KINKS)
def test_kinks_follow_pytorch(spec: str, at: float, slope: float) -> None:
    activation = get_activation(spec)
    assert activation.df(np.array([at]))[0] == pytest.approx(slope, abs=1e-15)
    assert at in activation.kinks
    if activation.slope_from_output is not None:
        a = activation.f(np.array([at]))
        assert activation.slope_from_output(a, np.empty(1))[0] == slope


@pytest.mark.parametrize("spec", [*SPECS, "softmax"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_precision_stays_and_extremes_stay_finite(spec: str, dtype: str) -> None:
    activation = get_activation(spec)
    z = np.array([[-1e4, -700.0, -1.0, 0.0, 1.0, 90.0, 1e4]], dtype)
    for values in (activation.f(z), activation.df(z)):  # a warning would fail the test
        assert values.dtype == z.dtype
        assert np.isfinite(values).all()


@pytest.mark.parametrize("spec", [*SPECS, "softmax"])
@pytest.mark.parametrize("half", ["f", "df"])
def test_out_is_filled_and_the_input_left_alone(spec: str, half: str) -> None:
    function = getattr(get_activation(spec), half)
    z = np.random.default_rng(0).normal(0, 3, (4, 6))
    before, expected = z.copy(), function(z)
    for out in (np.full((4, 6), np.nan), np.full((6, 4), np.nan).T, np.full((4, 12), np.nan)[:, ::2]):
        assert function(z, out=out) is out
        np.testing.assert_array_equal(out, expected)
    np.testing.assert_array_equal(z, before)
    assert not np.shares_memory(expected, z)
    # In place, and into a part of itself: the input must be read before it is overwritten.
    assert function(z, out=z) is z
    np.testing.assert_array_equal(z, expected)
    buffer = np.concatenate([before, np.zeros((1, 6))])
    function(buffer[:-1], out=buffer[1:])
    np.testing.assert_array_equal(buffer[1:], expected)


@pytest.mark.parametrize("spec", [*SPECS])
def test_numbers_and_other_types_become_float64(spec: str) -> None:
    activation = get_activation(spec)
    expected = activation.f(np.array([-1.0, 0.0, 2.0]))
    for z in ([-1, 0, 2], np.array([-1, 0, 2]), np.array([-1, 0, 2], np.float16)):
        values = activation.f(z)  # type: ignore[arg-type]
        assert values.dtype == np.float64
        np.testing.assert_array_equal(values, expected)
    assert activation.f(2.0).shape == activation.df(2.0).shape == ()  # type: ignore[arg-type]


def test_slope_bounds() -> None:
    assert ACTIVATIONS["sigmoid"].df(np.zeros(1))[0] == ACTIVATIONS["sigmoid"].max_slope == 0.25
    assert ACTIVATIONS["tanh"].df(np.zeros(1))[0] == ACTIVATIONS["tanh"].max_slope == 1.0


def test_sigmoid_slope_is_exact_in_both_tails() -> None:
    # e⁻ᶻ to first order; σ(1 − σ) would round to 0 on the right.
    z = np.array([-300.0, -40.0, 40.0, 300.0])
    np.testing.assert_allclose(ACTIVATIONS["sigmoid"].df(z), np.exp(-np.abs(z)), rtol=1e-14)
    np.testing.assert_allclose(ACTIVATIONS["tanh"].df(z / 2), 4 * np.exp(-np.abs(z)), rtol=1e-14)


def test_small_values_keep_their_digits() -> None:
    # ln(1 + eᶻ) and eᶻ − 1 written out would round to multiples of 2e-16.
    z = np.array([-300.0, -40.0])
    np.testing.assert_allclose(ACTIVATIONS["softplus"].f(z), np.exp(z), rtol=1e-14)
    z = np.array([-700.0, -300.0, -40.0])  # up to where e⁻ᶻ itself would overflow
    np.testing.assert_allclose(ACTIVATIONS["sigmoid"].f(z), np.exp(z), rtol=1e-14)
    z = np.array([-1e-12, -1e-5])
    for spec, alpha in (("elu", 1.0), ("celu", 1.0), ("celu(0.5)", 0.5)):
        np.testing.assert_allclose(get_activation(spec).f(z), z + z**2 / 2 / alpha, rtol=1e-10)


@pytest.mark.parametrize("name", ["sigmoid", "softsign", "gelu", "softplus", "elu"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_where_no_square_is_in_the_way_the_largest_numbers_are_silent_too(name: str, dtype: str) -> None:
    entry, largest = ACTIVATIONS[name], float(np.finfo(dtype).max)
    z = np.array([-largest, largest], dtype)  # a warning would fail the test
    left = 0.0 if name == "gelu" else entry.range[0]
    np.testing.assert_allclose(entry.f(z), [left, min(entry.range[1], largest)], atol=1e-30)
    np.testing.assert_allclose(entry.df(z), [0.0, 1.0 if entry.range[1] > 1 else 0.0], atol=1e-30)


def test_softmax_is_a_distribution_and_ignores_a_common_shift() -> None:
    z = np.random.default_rng(1).normal(0, 4, (7, 5))
    p = ACTIVATIONS["softmax"].f(z)
    np.testing.assert_allclose(p.sum(axis=1), 1.0, rtol=1e-15)
    np.testing.assert_allclose(ACTIVATIONS["softmax"].f(z + 1000.0), p, rtol=1e-12)
    two = ACTIVATIONS["softmax"].f(z[:, :2])
    np.testing.assert_allclose(two[:, 1], ACTIVATIONS["sigmoid"].f(z[:, 1] - z[:, 0]), rtol=1e-14)


def test_softmax_pulls_back_through_its_whole_jacobian() -> None:
    rng = np.random.default_rng(2)
    z, g = rng.normal(0, 2, (6, 4)), rng.standard_normal((6, 4))
    softmax = ACTIVATIONS["softmax"]
    a = softmax.f(z)

    def along(k: int) -> Array:
        return derivative(lambda t: softmax.f(z + t * np.eye(4)[k]), np.zeros(1))

    jacobian = np.stack([along(k) for k in range(4)], axis=-1)
    assert softmax.vjp is not None
    out = np.empty_like(a)
    assert softmax.vjp(a, g, out) is out
    np.testing.assert_allclose(out, np.einsum("nik,ni->nk", jacobian, g), rtol=0, atol=1e-11)
    np.testing.assert_allclose(softmax.df(z), np.einsum("nii->ni", jacobian), rtol=0, atol=1e-11)


def test_parameters_reach_function_and_slope() -> None:
    leaky = get_activation("leaky_relu(0.2)")
    assert leaky.parameters == {"alpha": 0.2}
    assert leaky.name == "leaky_relu(0.2)"
    np.testing.assert_allclose(leaky.f(np.array([-2.0, 3.0])), [-0.4, 3.0])
    np.testing.assert_allclose(leaky.df(np.array([-2.0, 3.0])), [0.2, 1.0])
    assert ACTIVATIONS["leaky_relu"].parameters == {"alpha": 0.01}
    assert get_activation(" leaky_relu( 0.2 ) ").parameters == {"alpha": 0.2}


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ("nope", "there is no activation"),
        ("", "there is no activation"),
        ("tanh)", "there is no activation"),
        ("Tanh", "there is no activation"),
        (None, "there is no activation"),
        (3, "there is no activation"),
        (["tanh"], "there is no activation"),
        ("tanh(1)", "takes no parameters"),
        ("leaky_relu(0.1,0.2)", "takes 1 parameter"),
        ("leaky_relu()", "must be numbers"),
        ("leaky_relu(a)", "must be numbers"),
        ("leaky_relu(1.5)", "must lie between 0 and 1"),
        ("leaky_relu(-0.1)", "must lie between 0 and 1"),
        ("leaky_relu(nan)", "must lie between 0 and 1"),
        ("elu(inf)", "must lie between 0 and 10"),
        ("celu(0)", "must lie between 0.01 and 10"),
        ("swish(-1)", "must lie between 0.01 and 100"),
    ],
)
def test_bad_specs_say_what_is_wrong(spec: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        get_activation(spec)


# --- what the literature prints ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "at", "minimum"),
    [("gelu", -0.751792, -0.169971), ("silu", -1.278465, -0.278465), ("mish", -1.192431, -0.308843)],
)
def test_where_the_smooth_relatives_of_relu_have_their_minimum(name: str, at: float, minimum: float) -> None:
    entry = ACTIVATIONS[name]
    z = np.linspace(-1.5, -0.5, 1_000_001)
    a = entry.f(z)
    assert z[a.argmin()] == pytest.approx(at, abs=1e-6)
    assert a.min() == pytest.approx(minimum, abs=5e-7)
    assert entry.range[0] == pytest.approx(a.min(), rel=1e-11)
    assert entry.df(np.array([at]))[0] == pytest.approx(0.0, abs=1e-6)


def test_how_far_the_tanh_form_of_gelu_is_off() -> None:
    z = np.linspace(-8.0, 8.0, 160_001)
    difference = np.abs(ACTIVATIONS["gelu_tanh"].f(z) - ACTIVATIONS["gelu"].f(z))
    assert difference.max() == pytest.approx(4.73e-4, abs=5e-7)
    assert abs(z[difference.argmax()]) == pytest.approx(2.699, abs=1e-3)


@pytest.mark.parametrize("name", ["gelu", "gelu_tanh", "silu", "mish"])
def test_left_tails_are_small_but_not_zero(name: str) -> None:
    # ½(1 + erf) and ½(1 + tanh) written out would be exactly 0 from z = −8.3 on.
    z = np.array([-9.0, -6.0])
    expected = {
        "gelu": [x * math.erfc(-x / math.sqrt(2)) / 2 for x in z],
        "gelu_tanh": [x / (1 + math.exp(-2 * math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))) for x in z],
        "silu": [x / (1 + math.exp(-x)) for x in z],
        "mish": [x * math.tanh(math.log1p(math.exp(x))) for x in z],
    }
    np.testing.assert_allclose(ACTIVATIONS[name].f(z), expected[name], rtol=1e-13)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_gelu_keeps_its_digits_far_into_the_left_tail(dtype: str) -> None:
    # Φ and φ change by z² parts for one part of z: no evaluation from a rounded z²/2 can be more exact than this.
    z = np.linspace(-12.0 if dtype == "float32" else -37.0, 6.0, 3601).astype(dtype)
    tail = np.array([math.erfc(-x / math.sqrt(2)) / 2 for x in z.tolist()])
    wide = z.astype(float)
    bump = wide * np.exp(-(wide**2) / 2) / math.sqrt(2 * math.pi)
    tolerance = 4 * float(np.finfo(dtype).eps) * (1 + wide**2)
    assert (np.abs(ACTIVATIONS["gelu"].f(z) - wide * tail) <= tolerance * np.abs(wide * tail)).all()
    # The slope is a difference of these two, and as exact as the larger of them.
    assert (np.abs(ACTIVATIONS["gelu"].df(z) - (tail + bump)) <= tolerance * np.maximum(tail, np.abs(bump))).all()


def test_selu_keeps_mean_0_and_variance_1_but_not_the_gradient() -> None:
    """Klambauer et al. 2017, by integration over the normal density; E f′² = 1.0716 is above 1."""
    selu, h = ACTIVATIONS["selu"], 1e-5
    z = np.arange(-12.0, 12.0, h) + h / 2
    weight = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi) * h
    assert selu.range[0] == pytest.approx(-1.0507009873554805 * 1.6732632423543772, rel=1e-15)
    assert float(weight @ selu.f(z)) == pytest.approx(0.0, abs=1e-8)
    assert float(weight @ selu.f(z) ** 2) == pytest.approx(1.0, abs=1e-8)
    assert float(weight @ selu.df(z) ** 2) == pytest.approx(1.0716, abs=5e-5)


def test_fifty_selu_layers_keep_mean_and_variance() -> None:
    network = Network(256, [Layer(256, "selu", initializer="lecun_normal")] * 50, seed=1)
    last = network.predict(np.random.default_rng(0).standard_normal((500, 256)))
    assert last.mean() == pytest.approx(0.0, abs=0.02)
    assert last.var() == pytest.approx(1.0, abs=0.05)


def test_lecun_tanh_goes_through_one() -> None:
    np.testing.assert_allclose(ACTIVATIONS["lecun_tanh"].f(np.array([-1.0, 1.0])), [-1, 1], rtol=3e-5)


def test_labels_are_as_people_write_them() -> None:
    labels = {name: entry.label for name, entry in ACTIVATIONS.items()}
    assert (labels["relu"], labels["gelu"], labels["silu"], labels["relu6"]) == ("ReLU", "GELU", "SiLU", "ReLU6")
    assert get_activation("leaky_relu(0.2)").label == "leaky ReLU (0.2)"
    assert len(set(labels.values())) == len(labels)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_entries_are_complete(name: str) -> None:
    entry = ACTIVATIONS[name]
    assert entry.name == name
    assert entry.label
    assert entry.formula
    assert entry.slope_formula
    assert entry.source
    assert entry.parameters.keys() == entry.bounds.keys()
