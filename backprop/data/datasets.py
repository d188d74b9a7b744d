"""Toy data: generators by name. The same name, sample count, noise and seed give the same data.

The two-dimensional sets lie within about ±6, as in TensorFlow Playground, which is the origin of circle, xor, gauss,
spiral, plane and multi_gauss. Iris is Fisher's data of 1936: four measurements in centimetres.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop.streams import DATA

Array = NDArray[Any]
Rng = np.random.Generator
Points = tuple[Array, Array]

BINARY, MULTICLASS, REGRESSION = "binary", "multiclass", "regression"
PLANE_COORDINATES = ("x1", "x2")


@dataclass(frozen=True)
class DatasetKind:
    """One entry of the registry.

    Attributes:
        name: Key in ``DATASETS``.
        label: Name in words.
        task: ``"binary"``, ``"multiclass"`` or ``"regression"``.
        coordinates: Names of the raw input columns.
        classes: Names of the classes; empty for regression.
        generate: ``generate(n, noise, rng)`` → X of shape (n, d) and labels or values y of shape (n,); noise in 0..1.
        description: What is hard about it, in one line.
        available: How many samples there are at most; None where they are generated.
    """

    name: str
    label: str
    task: str
    coordinates: tuple[str, ...]
    classes: tuple[str, ...]
    generate: Callable[[int, float, Rng], Points]
    description: str
    available: int | None = None


@dataclass(frozen=True)
class Dataset:
    """Samples with their split.

    Attributes:
        kind: The registry entry they came from.
        X: Raw coordinates, shape (n, d).
        y: Class index (int) or value (float), shape (n,).
        n_train: The first ``n_train`` samples are for training, the rest for testing.
    """

    kind: DatasetKind
    X: Array
    y: Array
    n_train: int


def _halves(n: int) -> Array:
    """Class labels 0 and 1 in equal numbers, or nearly so."""
    return np.arange(n) % 2


def _circle(n: int, noise: float, rng: Rng) -> Points:
    y = _halves(n)
    radius = np.where(y == 1, rng.uniform(0.0, 2.5, n), rng.uniform(3.5, 5.0, n))
    angle = rng.uniform(0.0, 2 * np.pi, n)
    X = np.column_stack([radius * np.sin(angle), radius * np.cos(angle)])
    return X + noise * rng.uniform(-5.0, 5.0, (n, 2)) / 3, y


def _xor(n: int, noise: float, rng: Rng) -> Points:
    X = rng.uniform(-5.0, 5.0, (n, 2))
    X += np.where(X > 0, 0.3, -0.3)
    y = (X[:, 0] * X[:, 1] >= 0).astype(int)
    return X + noise * rng.uniform(-5.0, 5.0, (n, 2)) / 3, y


def _gauss(n: int, noise: float, rng: Rng) -> Points:
    y = _halves(n)
    centre = np.where(y == 1, 2.0, -2.0)[:, None]
    return centre + rng.standard_normal((n, 2)) * np.sqrt(0.5 + 3.5 * noise), y


def _spiral_arms(n: int, arms: int, turns: float, noise: float, rng: Rng) -> Points:
    y = np.arange(n) % arms
    along = (np.arange(n) // arms) / max(n // arms, 1)
    angle = turns * 2 * np.pi * along + 2 * np.pi * y / arms
    X = 5.0 * along[:, None] * np.column_stack([np.sin(angle), np.cos(angle)])
    return X + noise * rng.uniform(-1.0, 1.0, (n, 2)), y


def _spiral(n: int, noise: float, rng: Rng) -> Points:
    return _spiral_arms(n, 2, 1.75, noise, rng)


def _three_arms(n: int, noise: float, rng: Rng) -> Points:
    return _spiral_arms(n, 3, 0.75, noise, rng)


def _moons(n: int, noise: float, rng: Rng) -> Points:
    y = _halves(n)
    angle = rng.uniform(0.0, np.pi, n)
    x1 = np.where(y == 1, np.cos(angle), 1.0 - np.cos(angle))
    x2 = np.where(y == 1, np.sin(angle), 0.5 - np.sin(angle))
    X = 3.0 * np.column_stack([x1 - 0.5, x2 - 0.25])
    return X + noise * 1.5 * rng.standard_normal((n, 2)), y


@cache
def _iris_table() -> tuple[Array, Array]:
    # plotly.data.iris() has the same table. The core reads its own copy, so that it needs neither plotly nor pandas.
    with Path(__file__).with_name("iris.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))[1:]
    values = np.array([[float(cell) for cell in row[:4]] for row in rows])
    names = [row[4] for row in rows]
    order = list(dict.fromkeys(names))
    return values, np.array([order.index(name) for name in names])


def _iris(n: int, noise: float, rng: Rng) -> Points:
    X, y = _iris_table()
    n = min(n, len(X))
    # The table is sorted by class, 50 flowers each. Taking from the three in turn balances any n.
    picks = np.column_stack([50 * label + rng.permutation(50) for label in range(3)]).ravel()[:n]
    return X[picks] + noise * X.std(axis=0) * rng.standard_normal((n, 4)), y[picks]


def _plane(n: int, noise: float, rng: Rng) -> Points:
    X = rng.uniform(-6.0, 6.0, (n, 2))
    return X, (X[:, 0] + X[:, 1]) / 10.0 + noise * 0.3 * rng.standard_normal(n)


_CONES = np.array([[-4, 2.5, 1], [0, 2.5, -1], [4, 2.5, 1], [-4, -2.5, -1], [0, -2.5, 1], [4, -2.5, -1]], float)


def _multi_gauss(n: int, noise: float, rng: Rng) -> Points:
    X = rng.uniform(-6.0, 6.0, (n, 2))
    distance = np.linalg.norm(X[:, None, :] - _CONES[None, :, :2], axis=2)
    bumps = np.clip(1.0 - distance / 2.0, 0.0, 1.0) * _CONES[:, 2]
    strongest = np.abs(bumps).argmax(axis=1)
    return X, bumps[np.arange(n), strongest] + noise * 0.3 * rng.standard_normal(n)


def _sine(n: int, noise: float, rng: Rng) -> Points:
    x = rng.uniform(-6.0, 6.0, n)
    return x[:, None], np.sin(x) + noise * rng.standard_normal(n)


_AB = ("A", "B")
DATASETS: dict[str, DatasetKind] = {
    kind.name: kind
    for kind in (
        DatasetKind("circle", "Circle", BINARY, PLANE_COORDINATES, _AB, _circle, "a disc inside a ring"),
        DatasetKind("xor", "XOR", BINARY, PLANE_COORDINATES, _AB, _xor, "opposite quadrants share a class"),
        DatasetKind("gauss", "Gauss", BINARY, PLANE_COORDINATES, _AB, _gauss, "two clouds; one layer is enough"),
        DatasetKind(
            "spiral", "Spiral", BINARY, PLANE_COORDINATES, _AB, _spiral, "two interleaved arms; the hardest here"
        ),
        DatasetKind("moons", "Moons", BINARY, PLANE_COORDINATES, _AB, _moons, "two interleaved half circles"),
        DatasetKind(
            "three_arms",
            "Swirl",
            MULTICLASS,
            PLANE_COORDINATES,
            ("A", "B", "C"),
            _three_arms,
            "a spiral of three classes",
        ),
        DatasetKind(
            "iris",
            "Iris",
            MULTICLASS,
            ("sepal length", "sepal width", "petal length", "petal width"),
            ("setosa", "versicolor", "virginica"),
            _iris,
            "four measurements of 150 flowers",
            available=150,
        ),
        DatasetKind("plane", "Plane", REGRESSION, PLANE_COORDINATES, (), _plane, "a tilted plane"),
        DatasetKind(
            "multi_gauss",
            "Hills",
            REGRESSION,
            PLANE_COORDINATES,
            (),
            _multi_gauss,
            "six hills and holes, the multi-gauss of TensorFlow Playground",
        ),
        DatasetKind("sine", "Sine", REGRESSION, ("x1",), (), _sine, "a curve over one input"),
    )
}


def make_dataset(name: str, samples: int, noise: float, test_share: float, seed: int) -> Dataset:
    """Generate, shuffle and split.

    Args:
        name: Key of ``DATASETS``.
        samples: How many; iris has no more than 150.
        noise: 0 to 1.
        test_share: Share of the samples kept for testing, 0 up to below 1. At least one sample stays for training.
        seed: Seed of the generator and of the split.
    """
    kind = DATASETS[name]
    rng = np.random.default_rng([seed, 0, DATA])
    X, y = kind.generate(samples, noise, rng)
    order = rng.permutation(len(X))
    n_test = min(round(len(X) * test_share), len(X) - 1)
    return Dataset(kind, X[order], y[order], len(X) - n_test)
