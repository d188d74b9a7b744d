"""Encodes a moment of a run as a compact message to the live view: numbers for JSON, pictures and weights as bytes."""

from __future__ import annotations

import math
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from backprop import Frame, LayerDiagnostics, Trainer, Verdict, get_activation
from backprop.data import MULTICLASS, REGRESSION, PicturePlane, target_levels
from backprop.diagnosis import LAYER_QUANTITIES, history_columns
from backprop.functions import BOTH, LEFT, NONE, RIGHT
from backprop.network import Trace
from ui.live.encode_connections import Connections
from ui.live.encode_distributions import distributions_message
from ui.live.encode_unit import unit_message
from ui.live.json_values import finite

Array = NDArray[Any]

CURVE_RESOLUTION = 96  # points of the curve that is drawn for one input
# (most units, points per side of the surface, n): a unit's picture takes every n-th of these points.
RESOLUTIONS = ((64, 48, 3), (256, 48, 4), (math.inf, 32, 4))
FINE_RESOLUTION = 160  # points per side of a surface that is looked at closely: while paused, or presented
MAX_FINE_OUTPUTS = 8_000_000  # units times points: a very large network gets fewer points
STATES = {BOTH: "saturated", LEFT: "off", RIGHT: "off", NONE: ""}


class Encoder:
    """Turns the moments of one trainer's run into messages.

    Args:
        trainer: The run. Its buffers are read, never written. If its network is replaced, a new encoder is needed.
        units: How many units share the screen, by default those of this network. With more units the pictures are
            coarser.
    """

    def __init__(self, trainer: Trainer, units: int | None = None) -> None:
        self.trainer = trainer
        self.network, experiment = trainer.network, trainer.experiment
        self.plane = PicturePlane(trainer.dataset, experiment.features)
        units = units or sum(layer.units for layer in experiment.layers)
        side, stride = next((side, stride) for limit, side, stride in RESOLUTIONS if units <= limit)
        self.resolution, self.stride = (side, stride) if self.plane.dimensions == 2 else (CURVE_RESOLUTION, 4)
        self._fine_resolution = max(side, min(FINE_RESOLUTION, math.isqrt(MAX_FINE_OUTPUTS // units)))
        self._trace = self._grid(self.resolution)
        self._fine_trace: Trace | None = None  # made when it is first needed
        self._y_scale = max(float(np.abs(trainer.dataset.y).max()), 1e-9)
        self._spans = [_span(get_activation(layer.activation).range) for layer in experiment.layers]
        self._connections = Connections([layer.units for layer in experiment.layers], self.network.n_inputs)

    @property
    def fits(self) -> bool:
        """Whether the run still has the network that this encoder was made for."""
        return self.network is self.trainer.network

    def scene(self) -> dict[str, Any]:
        """What does not change during a run: the stack, the axes and the data points."""
        trainer, experiment, plane = self.trainer, self.trainer.experiment, self.plane
        side = self._small(self._trace.a[0].T).shape[1:]
        return {
            "inputs": list(experiment.features),
            "input_pictures": _bytes(self._small(self._trace.a[0].T), 0.0, 3.0),
            "layers": [
                {"units": layer.units, "name": get_activation(layer.activation).label, "state": state}
                for layer, state in zip(experiment.layers, self._states(), strict=True)
            ],
            "task": experiment.kind.task,
            "dataset": experiment.kind.label,
            "classes": list(experiment.kind.classes),
            "axes": list(plane.axes),
            "low": plane.low.tolist(),
            "high": plane.high.tolist(),
            "resolution": self.resolution,
            "picture": [side[-1], side[0] if len(side) == 2 else 1],
            "y_scale": self._y_scale,
            "points": self._points().tobytes(),
            "n_train": trainer.n_train,
            "steps_per_epoch": trainer.steps_per_epoch,
        }

    def frame(
        self,
        index: int,
        frame: Frame,
        inspected: tuple[int, int] | None = None,
        fine: bool = False,
        distributed: str | None = None,
    ) -> dict[str, Any]:
        """Encode the moment that was just measured.

        Args:
            index: The number by which the view knows the frame.
            frame: The measured numbers.
            inspected: A layer and a unit, counted from 0, about which the message says more; or None.
            fine: Whether to compute the surface at many points.
            distributed: A key of ``DISTRIBUTED_QUANTITIES``, whose distributions the message contains; or None.
        """
        with np.errstate(over="ignore", invalid="ignore"):  # pictures may overflow just before a run diverges
            self.network.propagate(self._trace)
            pictures = self._pictures()
            surface = self._fine_surface() if fine else self._surface(self._trace)
        message = {
            "index": index,
            "step": frame.step,
            "epoch": frame.epoch,
            "train_loss": finite(frame.train_loss),
            "test_loss": finite(frame.test_loss),
            "train_accuracy": finite(frame.train_accuracy),
            "test_accuracy": finite(frame.test_accuracy),
            "layers": [_layer_message(layer) for layer in frame.layers],
            "weights": self._connections.encode(self.network.parameters),
            "gradients": self._connections.encode(self.trainer.gradients.flat),
            "units": pictures,
            "surface": surface,
            "diverged": frame.diverged is not None,
            "unit": self._inspected(frame, *inspected) if self._has_unit(inspected) else None,
        }
        if distributed:
            message["distributions"] = distributions_message(self.trainer, frame, distributed)
        return message

    def still(self, inspected: tuple[int, int] | None = None) -> dict[str, Any]:
        """The surface and the inspected unit at many points, for a picture that stays on the screen."""
        with np.errstate(over="ignore", invalid="ignore"):
            surface = self._fine_surface()
            picture = self._unit_picture(self._fine, *inspected) if self._has_unit(inspected) else None
        return {"surface": surface, "unit_picture": picture}

    def findings(self, cure: bool) -> list[list[Verdict]]:
        """What a diagnosis finds at the present moment; more costly than a frame. ``cure`` as in ``verdicts``."""
        return [self.trainer.verdicts(cure)]

    def history(self) -> dict[str, Any]:
        """All rows kept so far, as one float32 block, column by column. Layers are numbered by their position."""
        history, identities = self.trainer.history, self.trainer.layer_ids
        positions = range(1, len(identities) + 1)
        columns = [history.column(name) for name in history_columns(identities)]
        with np.errstate(over="ignore"):  # values too large for float32 are not drawn
            values = np.asarray(columns, np.float32)
        return {"columns": list(history_columns(positions)), "values": values.tobytes()}

    def _grid(self, resolution: int) -> Trace:
        """A trace whose inputs are a grid over the picture plane."""
        trace = Trace(self.network, resolution**self.plane.dimensions)
        trace.a[0][...] = self.trainer.features(self.plane.grid(resolution))
        return trace

    @property
    def _fine(self) -> Trace:
        """The fine grid. For one input the usual grid is fine enough."""
        if self.plane.dimensions == 1:
            return self._trace
        self._fine_trace = self._fine_trace or self._grid(self._fine_resolution)
        return self._fine_trace

    def _fine_surface(self) -> bytes:
        return self._surface(self.network.propagate(self._fine))

    def _states(self) -> list[str]:
        """What flat entries are called in each layer; empty for an output whose slope is not used."""
        states = [STATES[g.flat_tails] for g in self.network.backwards]
        return [*states[:-1], "" if self.network.head_cancels else states[-1]]

    def _small(self, columns: Array) -> Array:
        """Values on the grid, shape (units, points), thinned to pictures: (units, height, width) or (units, width)."""
        side = (self.resolution,) * self.plane.dimensions
        grid = columns.reshape(len(columns), *side)
        step = self.stride
        return grid[:, ::step, ::step] if self.plane.dimensions == 2 else grid[:, ::step]

    def _pictures(self) -> bytes:
        """Every unit's output over the picture plane, layer by layer. Byte 128 is zero, or the middle of the range."""
        layers = range(len(self.trainer.experiment.layers))
        return b"".join(_bytes(self._small(self._columns(j)), *self._unit_span(j)) for j in layers)

    def _columns(self, layer: int) -> Array:
        """The outputs of a layer's units over the picture plane, shape (units, points)."""
        columns: Array = self._trace.a[layer + 1].T
        return columns

    def _unit_span(self, layer: int) -> tuple[float, float]:
        """The middle and the half width of the values that the pictures of a layer's units show."""
        middle, half = self._spans[layer]
        return middle, half or max(float(np.abs(self._small(self._columns(layer))).max()), 1e-9)

    def _inspected(self, frame: Frame, layer: int, unit: int) -> dict[str, Any]:
        """The unit that the visitor looks at, with its picture at all points of the grid."""
        picture = self._unit_picture(self._trace, layer, unit)
        return {**unit_message(self.trainer, frame, layer, unit), "picture": picture}

    def _has_unit(self, place: tuple[int, int] | None) -> TypeGuard[tuple[int, int]]:
        """Whether the network has this layer and unit. The stack may have changed since the visitor chose it."""
        layers = self.trainer.experiment.layers
        return place is not None and place[0] < len(layers) and place[1] < layers[place[0]].units

    def _unit_picture(self, trace: Trace, layer: int, unit: int) -> bytes:
        """One unit's output over the picture plane, one byte a point."""
        return _bytes(trace.a[layer + 1].T[unit], *self._unit_span(layer))

    def _surface(self, trace: Trace) -> bytes:
        """The network's output over the picture plane: a byte per point, per class if there are more than two; for one
        input, the curve itself.
        """
        experiment, output = self.trainer.experiment, trace.a[-1]
        if self.plane.dimensions == 1:
            return output[:, 0].astype(np.float32).tobytes()
        if experiment.kind.task == REGRESSION:
            return _bytes(output[:, 0], 0.0, self._y_scale)
        middle, half = _span(target_levels(experiment.output, experiment.loss))
        shown = output if experiment.kind.task == MULTICLASS else output[:, -1:]
        return _bytes(shown.T, middle, half)

    def _points(self) -> Array:
        """For each sample its place on the axes, from 0 to 1, rightwards and downwards, and its class or value; float32
        (n, 3).
        """
        dataset, plane = self.trainer.dataset, self.plane
        place = (plane.project(dataset.X) - plane.low) / (plane.high - plane.low)
        across = place[:, 0]
        down = 1.0 - place[:, 1] if plane.dimensions == 2 else np.zeros(len(place))
        return np.column_stack([across, down, dataset.y]).astype(np.float32)


def _span(bounds: tuple[float, float]) -> tuple[float, float]:
    """The middle and the half width of a bounded range; 0 and 0 for an unbounded one, which is scaled by its largest
    value.
    """
    low, high = bounds
    if math.isfinite(low) and math.isfinite(high):
        return (low + high) / 2, (high - low) / 2
    return 0.0, 0.0


def _bytes(values: Array, middle: float, half: float) -> bytes:
    """Map middle − half … middle + half to 1 … 255, row by row. Values outside are clipped; NaN becomes the middle."""
    scaled = np.multiply(values, 127.0 / half)
    if middle:
        scaled -= middle * 127.0 / half
    np.maximum(scaled, -127.0, out=scaled)
    np.minimum(scaled, 127.0, out=scaled)
    if math.isnan(scaled.sum()):
        np.nan_to_num(scaled, copy=False, nan=0.0)
    scaled += 128.5
    return scaled.astype(np.uint8).tobytes()


def _layer_message(layer: LayerDiagnostics) -> dict[str, Any]:
    return {
        **{name: finite(measured(layer)) for name, measured in LAYER_QUANTITIES.items()},
        "upstream_rms": finite(layer.upstream_rms),
        "unit_flat_percent": np.rint(100 * layer.unit_flat_share).astype(int).tolist(),
        "dead_units": np.flatnonzero(layer.dead).tolist(),
        "frozen_units": np.flatnonzero(layer.frozen).tolist(),
    }
