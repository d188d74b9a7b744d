"""What others script against: the names, and the ten lines of the documentation."""

from __future__ import annotations

import numpy as np

import backprop
from backprop import ACTIVATIONS, OPTIMIZERS, Experiment, Layer, Network, Trainer


def test_the_documented_lines_run() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((32, 2)), rng.integers(0, 2, (32, 1)).astype(float)

    net = Network(
        n_inputs=2,
        layers=[Layer(8, "tanh"), Layer(8, "relu", backward="tanh"), Layer(1, "sigmoid")],
        loss="bce",
        seed=0,
        dtype="float64",
    )
    assert net.parameters.shape == (3 * 8 + 9 * 8 + 9,)
    assert net.weights[1].shape == (8, 8)
    assert net.biases[1].shape == (8,)
    trace = net.forward(X)
    assert trace.a[0].shape == X.shape
    assert trace.z[1].shape == trace.a[2].shape == (32, 8)
    grads = net.backward(trace, y)
    assert grads.loss > 0
    assert grads.phi[0].shape == (32, 8)
    assert grads.weights[0].shape == (8, 2)
    assert grads.biases[0].shape == (8,)
    OPTIMIZERS["adam"](net.parameters, learning_rate=0.01).step(grads.flat)
    assert net.backward(net.forward(X), y).loss < grads.loss
    z = np.linspace(-2, 2, 5)
    assert ACTIVATIONS["gelu"].f(z).shape == ACTIVATIONS["gelu"].df(z).shape == (5,)
    trainer = Trainer(Experiment())
    trainer.step(100)
    assert trainer.frame().step == 100
    trainer.rewind()
    assert trainer.frame().step == 0


def test_every_public_name_exists_and_is_documented() -> None:
    assert len(set(backprop.__all__)) == len(backprop.__all__)
    for name in backprop.__all__:
        value = getattr(backprop, name)
        assert isinstance(value, dict) or value.__doc__
