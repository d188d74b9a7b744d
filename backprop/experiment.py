"""An experiment as data: everything that determines a run, frozen, validated, and short enough for a link."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from backprop.activations import get_activation
from backprop.datasets import BINARY, DATASETS, MULTICLASS, REGRESSION, DatasetKind
from backprop.errors import SpecError
from backprop.features import available_features
from backprop.initializers import AUTO
from backprop.layer import Layer
from backprop.losses import LOSSES
from backprop.optimizers import OPTIMIZERS

MAX_LAYERS = 32
MAX_SAMPLES = 5000
MAX_SEED = 2**31 - 1


@dataclass(frozen=True)
class Experiment:
    """Data, network and training in one place; the same experiment gives the same run, bit for bit.

    Attributes:
        dataset: Key of ``DATASETS``.
        noise: 0 to 1.
        samples: How many are generated, training and test together.
        test_share: Share kept for testing, 0 to 0.9.
        data_seed: Seed of the data and of its split.
        features: What the network is fed with; empty for the dataset's own default.
        layers: Hidden layers and, last, the output layer.
        loss: Key of ``LOSSES``.
        optimizer: Key of ``OPTIMIZERS``.
        learning_rate: Above 0.
        batch_size: Samples per update; at most all training samples are used.
        seed: Seed of the initial weights and of the order of the batches.
        dtype: ``"float32"`` or ``"float64"``.

    Raises:
        SpecError: A setting that makes no sense, in a sentence that names it and the remedy.
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
    batch_size: int = 32
    seed: int = 0
    dtype: str = "float32"

    def __post_init__(self) -> None:
        _choice("dataset", self.dataset, DATASETS)
        object.__setattr__(self, "layers", tuple(self.layers))
        object.__setattr__(self, "features", tuple(self.features) or default_features(DATASETS[self.dataset]))
        _number("noise", self.noise, 0.0, 1.0)
        _whole("samples", self.samples, 4, MAX_SAMPLES)
        _number("test_share", self.test_share, 0.0, 0.9)
        _whole("data_seed", self.data_seed, 0, MAX_SEED)
        _choice("loss", self.loss, LOSSES)
        _choice("optimizer", self.optimizer, OPTIMIZERS)
        _learning_rate(self.learning_rate)
        _whole("batch_size", self.batch_size, 1, MAX_SAMPLES)
        _whole("seed", self.seed, 0, MAX_SEED)
        _choice("dtype", self.dtype, ("float32", "float64"))
        self._check_features()
        self._check_layers()
        self._check_output()

    @property
    def kind(self) -> DatasetKind:
        """The dataset's registry entry."""
        return DATASETS[self.dataset]

    @property
    def hidden(self) -> tuple[Layer, ...]:
        """All layers but the output layer."""
        return self.layers[:-1]

    @property
    def output(self) -> Layer:
        """The output layer."""
        return self.layers[-1]

    def for_dataset(self, name: str) -> Experiment:
        """The same hidden layers on another dataset, with the features, output layer and loss that fit its task."""
        _choice("dataset", name, DATASETS)
        kind = DATASETS[name]
        kept = tuple(f for f in self.features if f in available_features(kind)) if len(kind.coordinates) < 3 else ()
        if kind.task == self.kind.task and len(kind.classes) == len(self.kind.classes):
            return replace(self, dataset=name, features=kept)
        output, loss = natural_head(kind)
        return replace(self, dataset=name, features=kept, layers=(*self.hidden, output), loss=loss)

    def to_json(self) -> str:
        """All settings as JSON; ``Experiment.from_json`` reads them back."""
        return json.dumps(dataclasses.asdict(self), indent=1)

    @classmethod
    def from_json(cls, text: str) -> Experiment:
        """The experiment that ``to_json`` wrote; SpecError where the text is not one."""
        try:
            values = json.loads(text)
        except ValueError:
            raise SpecError("json", "this is not JSON: expected what 'Experiment.to_json' writes") from None
        if not isinstance(values, dict):
            raise SpecError("json", "an experiment is a JSON object with fields such as dataset and layers")
        known = {field.name for field in dataclasses.fields(cls)}
        for name in values:
            if name not in known:
                raise SpecError(name, f"an experiment has no field {name!r}; it has {', '.join(sorted(known))}")
        values = {**values, **{k: _sequence(k, values[k]) for k in ("layers", "features") if k in values}}
        if "layers" in values:
            values["layers"] = tuple(_layer_from_json(layer) for layer in values["layers"])
        return cls(**values)

    def to_query(self) -> dict[str, str]:
        """The settings that differ from the default ones, as short strings for a link."""
        opening = Experiment()
        query = {
            short: write(getattr(self, name))
            for short, (name, _, write) in _QUERY.items()
            if getattr(self, name) != getattr(opening, name)
        }
        if self.features == default_features(self.kind):
            query.pop("features", None)
        return query

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> Experiment:
        """The experiment that a link names; parameters that are not settings are ignored.

        Raises:
            SpecError: A setting cannot be read, or makes no sense.
        """
        values: dict[str, Any] = {}
        for short, (name, read, _) in _QUERY.items():
            if short not in query:
                continue
            try:
                values[name] = read(query[short])
            except SpecError:
                raise
            except ValueError:
                raise SpecError(name, f"{name}: {query[short]!r} in the link cannot be read") from None
        return cls(**values)

    def _check_features(self) -> None:
        options = available_features(self.kind)
        for name in self.features:
            if name not in options:
                raise SpecError(
                    "features", f"features: {self.dataset} has no {name!r}; choose from {', '.join(options)}"
                )
        if len(set(self.features)) != len(self.features):
            raise SpecError("features", "features: each feature can be chosen once")

    def _check_layers(self) -> None:
        if not self.layers:
            raise SpecError("layers", "layers: a network needs at least one layer, its output layer")
        if len(self.layers) > MAX_LAYERS:
            raise SpecError("layers", f"layers: at most {MAX_LAYERS} layers, not {len(self.layers)}")

    def _check_output(self) -> None:
        check_head(self.output, self.loss)
        wanted = len(self.kind.classes) if self.kind.task == MULTICLASS else 1
        units = self.output.units
        if self.output.activation == "softmax" and self.kind.task == BINARY and units == 2:
            return
        if units != wanted:
            raise SpecError("layers", _wrong_units(self.kind, wanted, units, self.output.activation))
        if self.kind.task == REGRESSION and self.loss != "mse":
            raise SpecError(
                "loss", f"{LOSSES[self.loss].label} compares classes; {self.kind.label} has values, so use mse"
            )


def default_features(kind: DatasetKind) -> tuple[str, ...]:
    """The raw coordinates."""
    return kind.coordinates


def natural_head(kind: DatasetKind) -> tuple[Layer, str]:
    """The usual output layer and loss of a task."""
    if kind.task == REGRESSION:
        return Layer(1, "identity"), "mse"
    if kind.task == BINARY:
        return Layer(1, "sigmoid"), "bce"
    return Layer(len(kind.classes), "softmax"), "cce"


def check_head(output: Layer, loss: str) -> None:
    """Refuse an output layer on which the loss is not defined; SpecError says why and what to do."""
    entry = LOSSES[loss]
    name = output.activation
    low, high = get_activation(name).range
    if entry.needs == "distribution" and name != "softmax":
        raise SpecError(
            "loss",
            f"{entry.label} needs outputs that sum to 1: make the output layer softmax (it is {name}) or choose mse",
        )
    if entry.needs == "probabilities" and name == "softmax":
        raise SpecError(
            "loss",
            f"{entry.label} takes each output as a separate yes or no; a softmax output belongs with cce, "
            "a sigmoid output with bce",
        )
    if entry.needs == "probabilities" and not (low >= 0.0 and high <= 1.0):
        raise SpecError(
            "loss",
            f"{entry.label} needs an output between 0 and 1, such as sigmoid; this output layer is {name}",
        )
    if name == "softmax" and output.units < 2:
        raise SpecError("layers", "a softmax of one unit is always 1: give it one unit per class, or use sigmoid")


def _wrong_units(kind: DatasetKind, wanted: int, units: int, activation: str) -> str:
    if kind.task == MULTICLASS:
        return f"{kind.label} has {wanted} classes, so the output layer needs {wanted} units, not {units}"
    if kind.task == BINARY:
        also = ", or a softmax output two" if activation == "softmax" else ""
        return f"{kind.label} has two classes, so the output layer needs 1 unit{also}, not {units}"
    return f"{kind.label} has one value to predict, so the output layer needs 1 unit, not {units}"


def _choice(field: str, value: Any, options: Any) -> None:
    if not isinstance(value, str) or value not in options:
        raise SpecError(field, f"{field}: there is no {value!r}; choose one of {', '.join(options)}")


def _whole(field: str, value: Any, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise SpecError(field, f"{field} must be a whole number from {low} to {high}, not {value!r}")


def _number(field: str, value: Any, low: float, high: float) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        raise SpecError(field, f"{field} must be a number from {low:g} to {high:g}, not {value!r}")


def _learning_rate(value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not (0 < value and math.isfinite(value)):
        raise SpecError("learning_rate", f"learning_rate must be a number above 0, such as 0.01, not {value!r}")


def _sequence(field: str, value: Any) -> list[Any] | tuple[Any, ...]:
    if not isinstance(value, (list, tuple)):
        raise SpecError(field, f"{field} must be a list, not {value!r}")
    return value


def _layer_from_json(values: Any) -> Layer:
    try:
        return Layer(**values)
    except TypeError:
        raise SpecError(
            "layers", f"layers: {values!r} is not a layer such as {{'units': 8, 'activation': 'tanh'}}"
        ) from None


def _write_layers(layers: tuple[Layer, ...]) -> str:
    """Layers as ``8:tanh,8:relu:tanh,1:sigmoid``: units : activation : backward : initialiser, the defaults left out."""
    parts = []
    for layer in layers:
        initializer = "" if layer.initializer == AUTO else layer.initializer
        parts.append(f"{layer.units}:{layer.activation}:{layer.backward or ''}:{initializer}".rstrip(":"))
    return ",".join(parts)


def _read_layers(text: str) -> tuple[Layer, ...]:
    return tuple(_read_layer(part) for part in text.split(","))


def _read_layer(text: str) -> Layer:
    parts = text.split(":")
    if not 2 <= len(parts) <= 4 or not parts[0].isdigit():
        raise SpecError("layers", f"layers: {text!r} in the link is not a layer such as 8:tanh")
    units, activation, backward, initializer = (*parts, "", "")[:4]
    return Layer(int(units), activation, backward or None, initializer or AUTO)


_Field = tuple[str, Callable[[str], Any], Callable[[Any], str]]


def _short_float(value: float) -> str:
    return repr(float(value)).removesuffix(".0")


_QUERY: dict[str, _Field] = {
    "data": ("dataset", str, str),
    "noise": ("noise", float, _short_float),
    "samples": ("samples", int, str),
    "test": ("test_share", float, _short_float),
    "dataseed": ("data_seed", int, str),
    "features": ("features", lambda text: tuple(text.split(",")), ",".join),
    "layers": ("layers", _read_layers, _write_layers),
    "loss": ("loss", str, str),
    "optimizer": ("optimizer", str, str),
    "lr": ("learning_rate", float, _short_float),
    "batch": ("batch_size", int, str),
    "seed": ("seed", int, str),
    "dtype": ("dtype", str, str),
}
