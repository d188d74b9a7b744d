"""Messages: what the browser decodes must be the core's own numbers, as exactly as a byte can say them."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from backprop import ACTIVATIONS, DATASETS, Experiment, Layer, Trainer, get_activation
from backprop.data.picture_plane import PicturePlane
from backprop.data.targets import make_targets
from backprop.diagnosis import DISTRIBUTED_QUANTITIES, LAYER_QUANTITIES
from backprop.diagnosis.distributions import BINS
from tests.helpers import Array, PlainResult, plain_f, plain_slope
from tests.unpacking import unpack
from ui.live.encode import CURVE_RESOLUTION, FINE_RESOLUTION, Encoder
from ui.live.packing import pack

# In float64, so that the reference can be computed another way and still agree to far less than a byte.
MIXED = Experiment(
    dataset="moons",
    samples=60,
    dtype="float64",
    layers=(Layer(7, "tanh"), Layer(6, "relu"), Layer(5, "sigmoid", "tanh"), Layer(1, "sigmoid")),
)
CASES = {
    "binary": MIXED,
    "binary, tanh output": replace(MIXED, layers=(*MIXED.hidden, Layer(1, "tanh")), loss="mse"),
    "binary, two softmax outputs": replace(MIXED, layers=(*MIXED.hidden, Layer(2, "softmax")), loss="cce"),
    "multiclass": MIXED.for_dataset("three_arms"),
    "multiclass on principal axes": MIXED.for_dataset("iris"),
    "regression": MIXED.for_dataset("multi_gauss"),
    "one input": MIXED.for_dataset("sine"),
    "derived features": replace(MIXED, features=("x1", "x1*x2", "sin(x2)")),
    "one layer": replace(MIXED, layers=(Layer(1, "sigmoid"),)),
    "many units, thinner pictures": replace(MIXED, layers=(Layer(70, "tanh"), Layer(1, "sigmoid"))),
    "more units, smaller surface": replace(MIXED, layers=(Layer(300, "elu"), Layer(1, "sigmoid"))),
}


class Decoded:
    """A run at step 12, its messages, and the blocks in them."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self.trainer = Trainer(experiment)
        *_, self.frame = self.trainer.frames(3, steps_per_frame=4)
        encoder = Encoder(self.trainer)
        self.scene: dict[str, Any] = encoder.scene()
        self.message: dict[str, Any] = encoder.frame(4, self.frame)
        self.history: dict[str, Any] = encoder.history()
        self.still: dict[str, Any] = encoder.still((0, 0))

    def outputs(self, resolution: int | None = None) -> list[Array]:
        """Features and outputs of all layers on the grid, computed once more: (side, side, units), or (side, units)."""
        trainer, resolution = self.trainer, resolution or self.scene["resolution"]
        plane = PicturePlane(trainer.dataset, self.experiment.features)
        values = [trainer.features(plane.grid(resolution))]
        for layer, W, b in zip(self.experiment.layers, trainer.network.weights, trainer.network.biases, strict=True):
            values.append(plain_f(layer.activation)(values[-1] @ W.T + b))
        return [a.reshape(*(resolution,) * plane.dimensions, -1) for a in values]

    def thin(self, grid: Array) -> Array:
        """What a unit's picture takes of the grid, unit by unit."""
        width, height = self.scene["picture"]
        stride = math.ceil(self.scene["resolution"] / width)
        small = grid[::stride, ::stride] if grid.ndim == 3 else grid[::stride]
        assert small.shape[:-1] == ((height, width) if grid.ndim == 3 else (width,))
        return np.moveaxis(small, -1, 0).reshape(grid.shape[-1], -1)


def decode(block: bytes, kind: Any) -> Array:
    """A block as the view reads it; little-endian as every browser's machine."""
    return np.frombuffer(block, np.dtype(kind).newbyteorder("<"))


def check_bytes(found: Array, values: Array, middle: float, half: float) -> None:
    """Bytes 1 … 255 for middle − half … middle + half, rounded to the nearest, cut off outside."""
    assert found.size == values.size
    decoded = middle + (found.astype(float) - 128) * half / 127
    expected = np.clip(values.ravel(), middle - half, middle + half)
    np.testing.assert_allclose(decoded, expected, rtol=0, atol=half / 254 * (1 + 1e-6))


def span(layer: Layer, values: Array) -> tuple[float, float]:
    """Middle and half width of what the pictures of a layer's units show."""
    low, high = get_activation(layer.activation).range
    if math.isfinite(low) and math.isfinite(high):
        return (low + high) / 2, (high - low) / 2
    return 0.0, float(np.abs(values).max())


@pytest.fixture(scope="module", params=CASES.values(), ids=list(CASES))
def decoded(request: pytest.FixtureRequest) -> Decoded:
    return Decoded(request.param)


def test_weights_and_gradients(decoded: Decoded) -> None:
    trainer, n = decoded.trainer, decoded.trainer.n_train
    y = make_targets(decoded.experiment.kind, trainer.dataset.y[:n], decoded.experiment.output, decoded.experiment.loss)
    plain = PlainResult(trainer.network, trainer.features(trainer.dataset.X[:n]), y)
    for name, matrices in (("weights", trainer.network.weights), ("gradients", plain.weights)):
        block = decode(decoded.message[name]["values"], np.int8)
        scales = decoded.message[name]["scales"]
        assert block.size == sum(matrix.size for matrix in matrices)
        start = 0
        for matrix, scale in zip(matrices, scales, strict=True):
            part = block[start : start + matrix.size].reshape(matrix.shape)
            start += matrix.size
            assert scale == pytest.approx(np.abs(matrix).max(), rel=1e-6)
            assert np.abs(part).max() == 127  # the whole range is used
            np.testing.assert_allclose(part * (scale / 127), matrix, rtol=0, atol=scale / 254 * (1 + 1e-6))


def test_all_zero_weights_are_zero() -> None:
    zeros = Decoded(replace(MIXED, layers=(Layer(3, "tanh", None, "zeros"), Layer(1, "sigmoid", None, "zeros"))))
    assert not decode(zeros.message["weights"]["values"], np.int8).any()
    assert all(scale > 0 for scale in zeros.message["weights"]["scales"])  # the view divides by it


def test_overflowing_gradients_count_as_zero_and_the_others_stay() -> None:
    trainer = Trainer(MIXED)
    frame, encoder = trainer.frame(), Encoder(trainer)
    usual = decode(encoder.frame(0, frame)["gradients"]["values"], np.int8)
    trainer.gradients.weights[1][0, :2] = np.inf, np.nan
    message = encoder.frame(0, frame)["gradients"]
    found = decode(message["values"], np.int8)
    sizes = [W.size for W in trainer.network.weights]
    np.testing.assert_array_equal(found[: sizes[0]], usual[: sizes[0]])
    assert not found[sizes[0] : sizes[0] + 2].any()
    assert np.abs(found[sizes[0] : sum(sizes[:2])]).max() == 127
    assert all(map(math.isfinite, message["scales"]))


def test_a_frame_whose_gradients_overflow_is_still_json() -> None:
    layers = (*[Layer(3, "identity")] * 3, Layer(1, "sigmoid"))
    trainer = Trainer(replace(MIXED, dtype="float32", layers=layers))
    for weights, factor in zip(trainer.network.weights, (1e-37, 1e25, 1e25, 1.0), strict=True):
        weights *= np.float32(factor)  # forward the factors cancel, backward the first comes too late
    frame = trainer.frame()
    assert math.isfinite(frame.train_loss)
    assert not np.isfinite(trainer.gradients.weights[0]).all()
    message = Encoder(trainer).frame(0, frame)
    assert pack([message], {})
    assert message["layers"][0]["gradient_norm"] is None


def test_unit_pictures(decoded: Decoded) -> None:
    block = decode(decoded.message["units"], np.uint8)
    start = 0
    for layer, grid in zip(decoded.experiment.layers, decoded.outputs()[1:], strict=True):
        values = decoded.thin(grid)
        check_bytes(block[start : start + values.size], values, *span(layer, values))
        start += values.size
    assert start == block.size


def test_the_picture_of_an_inspected_unit_has_every_point(decoded: Decoded) -> None:
    frame, encoder = decoded.trainer.frame(), Encoder(decoded.trainer)
    for j, (layer, grid) in enumerate(zip(decoded.experiment.layers, decoded.outputs()[1:], strict=True)):
        unit = layer.units - 1
        found = decode(encoder.frame(0, frame, (j, unit))["unit"]["picture"], np.uint8)
        check_bytes(found, grid[..., unit], *span(layer, decoded.thin(grid)))


def test_input_pictures(decoded: Decoded) -> None:
    found = decode(decoded.scene["input_pictures"], np.uint8)
    check_bytes(found, decoded.thin(decoded.outputs()[0]), 0.0, 3.0)  # standardised: three deviations either way


def check_surface(decoded: Decoded, surface: bytes, resolution: int) -> None:
    """A surface is what the network puts out on a grid of so many points per side."""
    kind, output = decoded.experiment.kind, decoded.outputs(resolution)[-1]
    if len(decoded.scene["axes"]) == 1:
        np.testing.assert_allclose(decode(surface, np.float32), output[:, 0], rtol=1e-6, atol=1e-6)
        return
    found = decode(surface, np.uint8)
    if kind.task == "regression":
        check_bytes(found, output[..., 0], 0.0, np.abs(decoded.trainer.dataset.y).max())
    elif kind.task == "multiclass":
        check_bytes(found, np.moveaxis(output, -1, 0), 0.5, 0.5)
    else:  # one picture: how sure the network is of the second class
        tanh = decoded.experiment.output.activation == "tanh"
        check_bytes(found, output[..., -1], 0.0 if tanh else 0.5, 1.0 if tanh else 0.5)


def test_surface(decoded: Decoded) -> None:
    if len(decoded.scene["axes"]) == 1:
        assert decoded.scene["resolution"] == CURVE_RESOLUTION
    check_surface(decoded, decoded.message["surface"], decoded.scene["resolution"])


def test_a_still_surface_and_a_still_unit_come_from_many_points(decoded: Decoded) -> None:
    assert FINE_RESOLUTION >= 150
    side = FINE_RESOLUTION if len(decoded.scene["axes"]) == 2 else CURVE_RESOLUTION
    check_surface(decoded, decoded.still["surface"], side)
    fine = Encoder(decoded.trainer).frame(5, decoded.frame, fine=True)
    assert fine["surface"] == decoded.still["surface"]
    unit = decoded.outputs(side)[1][..., 0]
    coarse = decoded.thin(decoded.outputs()[1])  # which sets the scale of a unit without bounds
    check_bytes(decode(decoded.still["unit_picture"], np.uint8), unit, *span(decoded.experiment.layers[0], coarse))


def test_points(decoded: Decoded) -> None:
    scene, data = decoded.scene, decoded.trainer.dataset
    points = decode(scene["points"], np.float32).reshape(-1, 3)
    np.testing.assert_allclose(points[:, 2], data.y, rtol=1e-6)
    low, high = np.array(scene["low"]), np.array(scene["high"])
    place = PicturePlane(data, decoded.experiment.features).project(data.X)
    assert (points[:, :2] >= 0).all()
    assert (points[:, :2] <= 1).all()  # every sample lies in the picture
    np.testing.assert_allclose(low[0] + points[:, 0] * (high - low)[0], place[:, 0], rtol=1e-5, atol=1e-5)
    if len(low) == 2:
        np.testing.assert_allclose(high[1] - points[:, 1] * (high - low)[1], place[:, 1], rtol=1e-5, atol=1e-5)
    assert scene["n_train"] == decoded.trainer.n_train


def test_a_point_lies_where_the_surface_was_computed(decoded: Decoded) -> None:
    """The point's place and the surface's rows run the same way: down from the top left."""
    scene = decoded.scene
    if len(scene["axes"]) == 1:  # a curve has no rows
        assert not decode(scene["points"], np.float32).reshape(-1, 3)[:, 1].any()
        return
    plane = PicturePlane(decoded.trainer.dataset, decoded.experiment.features)
    side = scene["resolution"]
    grid = plane.project(plane.grid(side)).reshape(side, side, 2)
    point = decode(scene["points"], np.float32).reshape(-1, 3)[0]
    row, column = round(point[1] * (side - 1)), round(point[0] * (side - 1))
    place = plane.project(decoded.trainer.dataset.X[:1])[0]
    cell = (np.array(scene["high"]) - scene["low"]) / (side - 1)
    assert (np.abs(grid[row, column] - place) <= 0.51 * cell).all()


def test_the_scene_names_what_is_shown(decoded: Decoded) -> None:
    scene, experiment = decoded.scene, decoded.experiment
    assert scene["inputs"] == list(experiment.features)
    assert [layer["units"] for layer in scene["layers"]] == [layer.units for layer in experiment.layers]
    labels = [get_activation(layer.activation).label for layer in experiment.layers]
    assert [layer["name"] for layer in scene["layers"]] == labels
    assert (scene["task"], scene["classes"]) == (experiment.kind.task, list(experiment.kind.classes))
    assert len(scene["axes"]) == len(scene["low"]) == len(scene["high"])
    assert scene["steps_per_epoch"] == decoded.trainer.steps_per_epoch


def test_what_flat_means_follows_the_slope_of_the_backward_pass() -> None:
    layers = (Layer(2, "relu"), Layer(2, "relu", "tanh"), Layer(2, "tanh", "relu"), Layer(2, "identity"))
    experiment = replace(MIXED, layers=(*layers, Layer(1, "sigmoid")))
    for loss, output in (("mse", "saturated"), ("bce", "")):  # with bce the output's slope cancels and is not used
        scene = Encoder(Trainer(replace(experiment, loss=loss))).scene()
        assert [layer["state"] for layer in scene["layers"]] == ["off", "saturated", "off", "", output]


def test_the_numbers_of_the_moment(decoded: Decoded) -> None:
    message, frame = decoded.message, decoded.frame
    assert (message["index"], message["step"], message["epoch"], message["diverged"]) == (4, 12, frame.epoch, False)
    assert (message["train_loss"], message["test_loss"]) == (frame.train_loss, frame.test_loss)
    assert (message["train_accuracy"], message["test_accuracy"]) == (frame.train_accuracy, frame.test_accuracy)
    for sent, layer in zip(message["layers"], frame.layers, strict=True):
        assert {name: sent[name] for name in LAYER_QUANTITIES} == {
            name: measured(layer) for name, measured in LAYER_QUANTITIES.items()
        }
        assert sent["upstream_rms"] == (None if math.isnan(layer.upstream_rms) else layer.upstream_rms)
    assert "verdicts" not in message  # they come with the messages, not with every frame


def test_dead_and_frozen_units_are_named() -> None:
    trainer = Trainer(replace(MIXED, layers=(Layer(6, "relu"), Layer(6, "sigmoid"), Layer(1, "sigmoid"))))
    trainer.network.biases[0][[1, 4]] = -100.0
    trainer.network.biases[1][[0, 5]] = 20.0
    encoder = Encoder(trainer)
    first, second, _ = encoder.frame(0, trainer.frame())["layers"]
    assert {1, 4} <= set(first["dead_units"])
    assert {0, 5} <= set(second["frozen_units"])
    assert (first["frozen_units"], second["dead_units"]) == ([], [])
    assert (first["dead"], second["frozen"]) == (len(first["dead_units"]), len(second["frozen_units"]))
    trainer.network.biases[0][4] = 100.0
    assert 4 not in encoder.frame(1, trainer.frame())["layers"][0]["dead_units"]


UNITS = [(0, 0), (0, 6), (1, 2), (2, 4), (3, 0)]


@pytest.mark.parametrize(("layer", "unit"), UNITS)
def test_an_inspected_unit(layer: int, unit: int) -> None:
    trainer = Trainer(MIXED)
    *_, frame = trainer.frames(3, steps_per_frame=4)
    sent = Encoder(trainer).frame(4, frame, (layer, unit))["unit"]
    seen, numbers = trainer.unit(layer, unit), frame.layers[layer]
    assert (sent["layer"], sent["unit"], sent["elementwise"]) == (layer, unit, True)
    assert (sent["low"], sent["high"]) == (-seen.limit, seen.limit)
    assert sent["counts"] == seen.histogram(40).tolist()
    assert sum(sent["counts"]) == trainer.n_train
    z = np.linspace(sent["low"], sent["high"], 121)
    entry = MIXED.layers[layer]
    np.testing.assert_allclose(decode(sent["f"], np.float32), plain_f(entry.activation)(z), rtol=1e-6, atol=1e-7)
    slope = plain_slope(entry.backward or entry.activation)  # what the backward pass uses, here tanh behind sigmoid
    np.testing.assert_allclose(decode(sent["g"], np.float32), slope(z), rtol=1e-6, atol=1e-7)
    assert sent["max_slope"] == trainer.network.backwards[layer].max_slope
    np.testing.assert_array_equal(decode(sent["weights"], np.float32), seen.weights.astype(np.float32))
    np.testing.assert_array_equal(decode(sent["gradients"], np.float32), seen.gradients.astype(np.float32))
    assert (sent["bias"], sent["bias_gradient"]) == (seen.bias, seen.bias_gradient)
    assert (sent["update"], sent["gradient_norm"]) == (seen.update_ratio, seen.gradient_norm)
    assert sent["flat"] == numbers.unit_flat_share[unit]


def test_a_dead_and_a_frozen_unit_say_so() -> None:
    trainer = Trainer(replace(MIXED, layers=(Layer(6, "relu"), Layer(6, "sigmoid"), Layer(1, "sigmoid"))))
    trainer.network.biases[0][1] = -100.0
    trainer.network.biases[1][5] = 20.0
    frame, encoder = trainer.frame(), Encoder(trainer)
    dead, frozen = (encoder.frame(0, frame, unit)["unit"] for unit in ((0, 1), (1, 5)))
    assert (dead["dead"], dead["frozen"], dead["high"]) == (True, False, 128.0)
    assert (frozen["dead"], frozen["frozen"], frozen["high"]) == (False, True, 32.0)
    assert dead["counts"][39] == 0
    assert dead["update"] is None  # before the first update


def test_a_unit_that_mixes_with_others_has_no_curves() -> None:
    experiment = CASES["multiclass"]
    trainer = Trainer(experiment)
    sent = Encoder(trainer).frame(0, trainer.frame(), (len(experiment.layers) - 1, 2))["unit"]
    assert (sent["elementwise"], sent["f"], sent["g"]) == (False, b"", b"")
    assert sum(sent["counts"]) == trainer.n_train


@pytest.mark.parametrize("inspected", [(4, 0), (0, 7), None])
def test_no_unit_is_sent_where_there_is_none(inspected: tuple[int, int] | None) -> None:
    trainer = Trainer(MIXED)
    assert Encoder(trainer).frame(0, trainer.frame(), inspected)["unit"] is None


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_can_be_inspected(activation: str) -> None:
    trainer = Trainer(replace(MIXED, layers=(Layer(3, activation), Layer(1, "sigmoid"))))
    trainer.network.biases[0][1] = 1e6  # a wide range
    frame, encoder = trainer.frame(), Encoder(trainer)
    for unit in range(3):
        sent = encoder.frame(0, frame, (0, unit))["unit"]
        assert pack([sent], {})
        assert np.isfinite(decode(sent["f"], np.float32)).all()
        assert np.isfinite(decode(sent["g"], np.float32)).all()


def test_history(decoded: Decoded) -> None:
    history, columns = decoded.trainer.history, decoded.history["columns"]
    values = decode(decoded.history["values"], np.float32).reshape(len(columns), -1)
    for name, column in zip(columns, values, strict=True):
        np.testing.assert_array_equal(column, history.column(name).astype(np.float32))
    assert {"step", "train_loss", "test_loss", "gradient_norm_1", "flat_share_1", "dead_1"} <= set(columns)


def test_a_long_history_is_sent_whole_and_in_order() -> None:
    trainer = Trainer(replace(MIXED, samples=8, layers=(Layer(1, "sigmoid"),)))
    for _ in trainer.frames(1500):
        pass
    history = Encoder(trainer).history()
    steps = decode(history["values"], np.float32).reshape(len(history["columns"]), -1)[0]
    assert (np.diff(steps) > 0).all()
    assert (steps[0], steps[-1] > 1490, len(steps) <= 1024) == (1, True, True)


def test_a_frame_reads_the_run_and_changes_nothing() -> None:
    trainer, alone = Trainer(MIXED), Trainer(MIXED)
    encoder = Encoder(trainer)
    for _ in range(3):
        trainer.step(5)
        alone.step(5)
        encoder.frame(0, trainer.frame())
        alone.frame()
    np.testing.assert_array_equal(trainer.network.parameters, alone.network.parameters)
    np.testing.assert_array_equal(trainer.history.rows, alone.history.rows)


def test_every_dataset_can_be_shown() -> None:
    for name in DATASETS:
        sent = Decoded(MIXED.for_dataset(name))
        assert pack([sent.message], {"scene": sent.scene, "history": sent.history})


# --- size ------------------------------------------------------------------------------------------------------------


def _size(experiment: Experiment) -> int:
    trainer = Trainer(experiment)
    trainer.step(2)
    return len(pack([Encoder(trainer).frame(0, trainer.frame())], {}))


def test_a_frame_of_the_opening_network_is_small() -> None:
    assert _size(Experiment()) < 6_000  # alone; in a burst it is sent as a difference to the frame before


def test_a_frame_of_a_deep_and_wide_network_stays_bounded() -> None:
    # 61 632 weights and as many gradients of one byte each and 1025 pictures of 8 by 8 make 189 kB. What is left to
    # 200 kB is enough for the numbers and the words, but not for anything twice.
    assert _size(Experiment(layers=(*[Layer(64, "tanh")] * 16, Layer(1, "sigmoid")))) < 200_000


# --- distributions ---------------------------------------------------------------------------------------------------


def test_distributions_are_in_a_message_only_when_they_are_asked_for(decoded: Decoded) -> None:
    assert "distributions" not in decoded.message
    plain = Encoder(decoded.trainer).frame(4, decoded.frame)
    asked = Encoder(decoded.trainer).frame(4, decoded.frame, distributed="a")
    assert asked.pop("distributions")["of"] == "a"
    assert asked == plain == decoded.message


@pytest.mark.parametrize("of", DISTRIBUTED_QUANTITIES)
def test_distributions(decoded: Decoded, of: str) -> None:
    trainer, frame = decoded.trainer, decoded.frame
    message = Encoder(trainer).frame(4, frame, distributed=of)["distributions"]
    assert unpack(pack([message], {}))["frames"] == [message]
    found = trainer.distributions(of)
    shapes = decode(message["shapes"], np.uint8).reshape(len(found), BINS)
    for j, (one, layer, shape) in enumerate(zip(found, message["layers"], shapes, strict=True)):
        np.testing.assert_allclose(shape / 255 * layer["most"], one.counts, rtol=0, atol=layer["most"] / 255)
        np.testing.assert_array_equal(shape > 0, one.counts > 0)  # a single entry is not lost
        assert shape[np.argmax(one.counts)] == (255 if one.counts.any() else 0)
        names = ("low", "high", "entries", "zeros", "not_finite", "mean", "std", "rms")
        assert [layer[name] for name in names] == [getattr(one, name) for name in names]
        used = frame.layers[j].slope_used
        assert layer["flat"] == (frame.layers[j].flat_share if of in ("z", "a") and used else None)
        assert [tuple(zone) for zone in layer["zones"]] == [
            tuple(end if math.isfinite(end) else None for end in zone) for zone in one.flat_zones
        ]
        assert not (layer["zones"] and of != "z")


def test_a_fullest_bin_of_any_size_is_byte_255() -> None:
    """162 · (255/162) is more than 255 in float64."""
    for samples in range(20, 400, 7):
        trainer = Trainer(replace(MIXED, samples=samples))
        message = Encoder(trainer).frame(0, trainer.frame(), distributed="z")["distributions"]
        assert decode(message["shapes"], np.uint8).reshape(4, BINS).max(axis=1).tolist() == [255] * 4


def test_distributions_of_numbers_that_are_not_finite_are_still_json() -> None:
    trainer = Trainer(MIXED)
    frame, encoder = trainer.frame(), Encoder(trainer)
    for phi in trainer.gradients.phi:
        phi[...] = np.nan
    message = encoder.frame(0, frame, distributed="phi")["distributions"]
    assert pack([message], {})
    assert not decode(message["shapes"], np.uint8).any()
    assert [layer["rms"] for layer in message["layers"]] == [None] * 4
    assert message["layers"][0]["not_finite"] == trainer.n_train * 7
