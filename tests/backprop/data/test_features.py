"""Input features: names, values, and standardising on the training set."""

from __future__ import annotations

import numpy as np
import pytest

from backprop.data.datasets import DATASETS, Dataset, make_dataset
from backprop.data.features import FeatureMap, available_features, feature_label

ALL = ("x1", "x2", "x1^2", "x2^2", "x1*x2", "sin(x1)", "sin(x2)")


def test_available_features_are_those_whose_coordinates_exist() -> None:
    assert available_features(DATASETS["spiral"]) == ALL
    assert available_features(DATASETS["sine"]) == ("x1", "x1^2", "sin(x1)")
    assert available_features(DATASETS["iris"]) == DATASETS["iris"].coordinates


@pytest.mark.parametrize("name", DATASETS)
def test_features_are_standardised_on_the_training_samples(name: str) -> None:
    data = make_dataset(name, 90, 0.2, 0.4, seed=2)
    names = available_features(data.kind)
    features = FeatureMap(data, names)(data.X)
    assert features.shape == (len(data.X), len(names))
    train = features[: data.n_train]
    np.testing.assert_allclose(train.mean(axis=0), 0.0, atol=1e-12)
    np.testing.assert_allclose(train.std(axis=0), 1.0, rtol=1e-12)
    assert np.abs(features[data.n_train :].mean(axis=0)).max() > 1e-6  # the test samples had no say


def test_values_before_standardising_and_their_order() -> None:
    data = make_dataset("moons", 50, 0.1, 0.2, seed=3)
    names = tuple(reversed(ALL))
    feature_map = FeatureMap(data, names)
    point = np.array([[0.5, -2.0]])
    raw = (feature_map(point) * feature_map.deviation + feature_map.mean)[0]
    np.testing.assert_allclose(raw, [np.sin(-2.0), np.sin(0.5), -1.0, 4.0, 0.25, -2.0, 0.5], rtol=1e-12)


def test_a_constant_feature_becomes_zero_not_nan() -> None:
    X = np.column_stack([np.full(8, 3.0), np.arange(8.0)])
    data = Dataset(DATASETS["moons"], X, np.zeros(8, int), n_train=6)
    features = FeatureMap(data, ("x1", "x2"))(X)
    np.testing.assert_array_equal(features[:, 0], 0.0)
    assert np.isfinite(features).all()


@pytest.mark.parametrize("name", DATASETS)
def test_features_read_as_formulas(name: str) -> None:
    features = available_features(DATASETS[name])
    labels = [feature_label(feature) for feature in features]
    assert len(set(labels)) == len(labels)
    assert not any(code in label for label in labels for code in ("^", "*", "x1", "x2"))


def test_a_feature_label() -> None:
    assert [feature_label(name) for name in ("x1", "x2^2", "x1*x2", "sin(x1)")] == ["x₁", "x₂²", "x₁ x₂", "sin(x₁)"]
