"""A long run is watched in bounded memory."""

from __future__ import annotations

from backprop import Experiment, Layer
from backprop.experiment import MAX_LAYERS
from benchmarks.telemetry import MEMORY_GOAL, history_bytes


def test_a_long_history_of_the_deepest_network_stays_small() -> None:
    # The buffer is as large after a thousand rows as after a million; 20 000 rows thin it out four times over.
    deepest = Experiment(layers=(*[Layer(8)] * (MAX_LAYERS - 1), Layer(1, "sigmoid")))
    few, many = history_bytes(deepest, 5_000), history_bytes(deepest, 20_000)
    assert many < MEMORY_GOAL
    assert many < 1.05 * few
