"""An experiment as data: everything that determines a run, immutable, validated, and short enough for a link."""

from __future__ import annotations

import dataclasses
import itertools
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from backprop.checks import check_choice, check_number, check_whole, checked_spec, in_short
from backprop.data import DATASETS, DatasetKind, available_features
from backprop.errors import SpecError
from backprop.functions import get_loss, get_optimizer, get_schedule, weight_decay
from backprop.heads import check_head, check_outputs, natural_head
from backprop.layer import Layer

MAX_LAYERS = 32
MAX_SAMPLES = 5000
MAX_SEED = 2**31 - 1


@dataclass(frozen=True)
class Experiment:
    """Data, network and training in one place. The same experiment gives the same run, bit for bit.

    Attributes:
        dataset: A key of ``DATASETS``.
        noise: From 0 to 1.
        samples: How many samples are generated, for training and testing together.
        test_share: The share of them kept for testing, 0 to 0.9.
        data_seed: The seed of the data and of the split.
        features: The inputs of the network; empty for the dataset's coordinates.
        layers: The hidden layers and, last, the output layer.
        loss: A spec of ``LOSSES``, for instance ``"huber(0.5)"``.
        optimizer: A spec of ``OPTIMIZERS``, for instance ``"adamw(0.01)"`` with its weight decay.
        learning_rate: Above 0.
        schedule: A spec of ``SCHEDULES``, for instance ``"step(1000,0.5)"``. The learning rate of a step is
            ``learning_rate`` times the schedule's factor.
        clip_norm: The largest norm, over all layers, that a gradient may have in an update; 0 for no limit. Penalties
            are added before.
        l1: Adds l1 sign(w) to the gradient of every weight w, the gradient of the penalty l1 Σ|w|.
        l2: Adds l2 w to the gradient of every weight w, the gradient of ½ l2 Σw². Biases are not penalised, and the
            loss and the gradients that are shown are those of the data alone.
        batch_size: Samples per update; at most all training samples.
        seed: The seed of the initial weights and of the order of the batches.
        dtype: ``"float32"`` or ``"float64"``.

    Raises:
        SpecError: A setting makes no sense. The sentence names it and the remedy.
    """

    dataset: str = "spiral"
    noise: float = 0.1
    samples: int = 300
    test_share: float = 0.3
    data_seed: int = 0
    features: tuple[str, ...] = ()
    layers: tuple[Layer, ...] = (Layer(8, "tanh"), Layer(8, "sigmoid"), Layer(8, "relu"), Layer(1, "sigmoid"))
    loss: str = "bce"
    optimizer: str = "adam"
    learning_rate: float = 0.02
    schedule: str = "constant"
    clip_norm: float = 0.0
    l1: float = 0.0
    l2: float = 0.0
    batch_size: int = 32
    seed: int = 9
    dtype: str = "float32"

    def __post_init__(self) -> None:
        check_choice("dataset", self.dataset, DATASETS)
        object.__setattr__(self, "layers", tuple(self.layers))
        object.__setattr__(self, "features", tuple(self.features) or DATASETS[self.dataset].coordinates)
        check_number("noise", self.noise, 0.0, 1.0)
        check_whole("samples", self.samples, 4, MAX_SAMPLES)
        check_number("test_share", self.test_share, 0.0, 0.9)
        check_whole("data_seed", self.data_seed, 0, MAX_SEED)
        self._check_spec("loss", get_loss)
        self._check_spec("optimizer", get_optimizer)
        _learning_rate(self.learning_rate)
        self._check_spec("schedule", get_schedule)
        for name in ("clip_norm", "l1", "l2"):
            check_number(name, getattr(self, name), 0.0, 1000.0)
        check_whole("batch_size", self.batch_size, 1, MAX_SAMPLES)
        check_whole("seed", self.seed, 0, MAX_SEED)
        check_choice("dtype", self.dtype, ("float32", "float64"))
        self._check_features()
        self._check_layers()
        check_head(self.output, self.loss)
        check_outputs(self.kind, self.output, self.loss)

    @property
    def kind(self) -> DatasetKind:
        """The dataset's registry entry."""
        return DATASETS[self.dataset]

    @property
    def parameter_count(self) -> int:
        """The number of weights and biases of the network."""
        widths = [len(self.features), *(layer.units for layer in self.layers)]
        return sum(n_out * (n_in + 1) for n_in, n_out in itertools.pairwise(widths))

    @property
    def penalties(self) -> dict[str, float]:
        """What pulls on the weights, by name, unless it is 0: ``"l1"``, ``"l2"``, AdamW's ``"weight decay"``."""
        found = {"l1": self.l1, "l2": self.l2, "weight decay": weight_decay(self.optimizer)}
        return {name: value for name, value in found.items() if value}

    @property
    def hidden(self) -> tuple[Layer, ...]:
        """All layers but the output layer."""
        return self.layers[:-1]

    @property
    def output(self) -> Layer:
        """The output layer."""
        return self.layers[-1]

    def for_dataset(self, name: str) -> Experiment:
        """The same hidden layers on another dataset, with features, output layer and loss that fit its task."""
        check_choice("dataset", name, DATASETS)
        kind = DATASETS[name]
        chosen = () if self.features == self.kind.coordinates else self.features
        kept = tuple(feature for feature in chosen if feature in available_features(kind))
        if kind.task == self.kind.task and len(kind.classes) == len(self.kind.classes):
            return replace(self, dataset=name, features=kept)
        output, loss = natural_head(kind)
        return replace(self, dataset=name, features=kept, layers=(*self.hidden, output), loss=loss)

    def to_json(self) -> str:
        """All settings as JSON; ``Experiment.from_json`` reads them back."""
        return json.dumps(dataclasses.asdict(self), indent=1)

    @classmethod
    def from_json(cls, text: str) -> Experiment:
        """The experiment that ``to_json`` wrote; SpecError if the text is not one."""
        try:
            values = json.loads(text)
        except (ValueError, RecursionError):  # RecursionError: thousands of nested brackets
            raise SpecError("json", "this is not JSON: expected what 'Experiment.to_json' writes") from None
        if not isinstance(values, dict):
            raise SpecError("json", "an experiment is a JSON object with fields such as dataset and layers")
        known = {field.name for field in dataclasses.fields(cls)}
        for name in values:
            if name not in known:
                raise SpecError(name, f"an experiment has no field {in_short(name)}; it has {', '.join(sorted(known))}")
        values = {**values, **{k: _sequence(k, values[k]) for k in ("layers", "features") if k in values}}
        if "layers" in values:
            values["layers"] = tuple(_layer_from_json(layer) for layer in values["layers"])
        return cls(**values)

    def _check_spec(self, field: str, get: Callable[[Any], Any]) -> None:
        object.__setattr__(self, field, checked_spec(field, getattr(self, field), get))

    def _check_features(self) -> None:
        options = available_features(self.kind)
        for name in self.features:
            if name not in options:
                raise SpecError(
                    "features", f"features: {self.dataset} has no {in_short(name)}; choose from {', '.join(options)}"
                )
        if len(set(self.features)) != len(self.features):
            raise SpecError("features", "features: each feature can be chosen once")

    def _check_layers(self) -> None:
        if not self.layers:
            raise SpecError("layers", "layers: a network needs at least one layer, its output layer")
        if len(self.layers) > MAX_LAYERS:
            raise SpecError("layers", f"layers: at most {MAX_LAYERS} layers, not {len(self.layers)}")


def _learning_rate(value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= sys.float_info.max:
        raise SpecError("learning_rate", f"learning_rate must be a number above 0, such as 0.01, not {in_short(value)}")


def _sequence(field: str, value: Any) -> list[Any] | tuple[Any, ...]:
    if not isinstance(value, (list, tuple)):
        raise SpecError(field, f"{field} must be a list, not {in_short(value)}")
    return value


def _layer_from_json(values: Any) -> Layer:
    try:
        return Layer(**values)
    except TypeError:
        raise SpecError(
            "layers", f"layers: {in_short(values)} is not a layer such as {{'units': 8, 'activation': 'tanh'}}"
        ) from None
