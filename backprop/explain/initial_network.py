"""An experiment's network and samples before the first update, in float64."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop.data import FeatureMap, make_dataset, make_targets
from backprop.experiment import Experiment
from backprop.network import Network

Array = NDArray[Any]


def initial_network(experiment: Experiment) -> tuple[Network, Array, Array]:
    """The network with its initial weights, the training inputs (N, n_0) and the targets (N, n_J), all in float64."""
    e = experiment
    dataset = make_dataset(e.dataset, e.samples, e.noise, e.test_share, e.data_seed)
    n = dataset.n_train
    X = np.asarray(FeatureMap(dataset, e.features)(dataset.X[:n]), np.float64)
    y = np.asarray(make_targets(e.kind, dataset.y[:n], e.output, e.loss), np.float64)
    network = Network(len(e.features), e.layers, e.loss, seed=e.seed, dtype="float64")
    network.reset(X)
    return network, X, y
