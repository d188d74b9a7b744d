"""Output activation and loss: the general path against the cancelled one."""

from __future__ import annotations

import numpy as np
import pytest

from backprop.explain.head_paths import PAIRS, head_path

Z, Y = np.array([2.0, -1.0, 0.5]), np.array([0.0, 1.0, 0.0])


@pytest.mark.parametrize(("activation", "loss"), PAIRS)
def test_the_two_factors_multiply_to_the_general_path(activation: str, loss: str) -> None:
    path = head_path(activation, loss, Z, Y)
    np.testing.assert_allclose(path.a_by_z.T @ path.loss_by_a, path.general, rtol=1e-12)
    np.testing.assert_allclose(path.general, path.phi, rtol=1e-12)
    assert path.cancels == ((activation, loss) in (("sigmoid", "bce"), ("softmax", "cce")))


@pytest.mark.parametrize(("activation", "loss"), [("sigmoid", "bce"), ("softmax", "cce")])
def test_pairs_that_cancel_leave_a_minus_y(activation: str, loss: str) -> None:
    path = head_path(activation, loss, Z, Y)
    np.testing.assert_array_equal(path.phi, path.a - Y)


def test_numbers_by_hand() -> None:
    sigma = 1 / (1 + np.exp(-Z))
    path = head_path("sigmoid", "mse", Z, Y)
    np.testing.assert_allclose(path.a, sigma)
    np.testing.assert_allclose(path.phi, 2 / 3 * (sigma - Y) * sigma * (1 - sigma))
    assert path.value == pytest.approx(np.mean((sigma - Y) ** 2))
    p = np.exp(Z) / np.exp(Z).sum()
    path = head_path("softmax", "mse", Z, Y)
    jacobian = np.diag(p) - np.outer(p, p)
    np.testing.assert_allclose(path.a_by_z, jacobian)
    np.testing.assert_allclose(path.phi, jacobian @ (2 / 3 * (p - Y)))


def test_only_the_pairs_that_cancel_still_pull_at_a_hopeless_output() -> None:
    signals = {pair: abs(head_path(*pair, np.array([2.0, -12.0, 0.5]), Y).phi[1]) for pair in PAIRS}
    assert signals["sigmoid", "bce"] > 0.99 < signals["softmax", "cce"]
    assert signals["sigmoid", "mse"] < 1e-4 > signals["softmax", "mse"]
