"""The training step of one fixed network written out in NumPy, without any classes in between: the yardstick.

The same mathematics and the same buffers as in ``backprop.network``: one column a sample, a row of ones under the
activations so that the biases are the last column of each weight block, scalars as 0-d arrays of the right dtype.
Hidden layers are all tanh or all relu, the output is a sigmoid with binary cross-entropy.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


class ByHand:
    """A network of any depth whose loops over the layers stay loops, with the buffers that every step reuses."""

    def __init__(
        self, parameters: Array, widths: list[int], hidden: str, rule: str, learning_rate: float, X: Array, y: Array
    ) -> None:
        dtype, n = parameters.dtype, len(X)
        self.parameters, self.relu, self.adam, self.n = parameters.copy(), hidden == "relu", rule == "adam", n
        self.flat = np.zeros_like(parameters)
        self.W = _blocks(self.parameters, widths)
        self.dW = _blocks(self.flat, widths)
        self.WT = [block[:, :-1].T for block in self.W]
        self.a = [np.ones((width + 1, n), dtype) for width in widths]
        self.a[0][:-1] = X.T
        self.aT = [columns.T for columns in self.a]
        self.f = [columns[:-1] for columns in self.a]
        self.z = [np.empty((width, n), dtype) for width in widths[1:]]
        self.phi = [np.empty((width, n), dtype) for width in widths[1:]]
        self.slope = [np.empty((width, n), dtype) for width in widths[1:]]
        self.y = np.ascontiguousarray(y.T)
        self.m, self.v = np.zeros_like(parameters), np.zeros_like(parameters)
        self.update = np.empty_like(parameters)
        self.t, self.learning_rate, self.loss = 0, learning_rate, math.nan
        self.zero, self.one, self.mean = (np.array(value, dtype) for value in (0.0, 1.0, 1.0 / n))
        self.largest_exponent = np.array(88.0, dtype)
        self.rate1, self.rate2 = np.array(1 - 0.9, dtype), np.array(1 - 0.999, dtype)

    def step(self) -> float:
        """Forward, backward, update; returns the loss."""
        last = len(self.W) - 1
        for j in range(last):
            self.W[j].dot(self.a[j], self.z[j])
            if self.relu:
                np.maximum(self.z[j], self.zero, out=self.f[j + 1])
            else:
                np.tanh(self.z[j], out=self.f[j + 1])
        self.W[last].dot(self.a[last], self.z[last])
        self._head()
        for j in range(last, 0, -1):
            f, phi, slope = self.f[j], self.phi[j - 1], self.slope[j - 1]
            self.phi[j].dot(self.aT[j], self.dW[j])
            self.WT[j].dot(self.phi[j], phi)
            if self.relu:
                slope[...] = f > self.zero
            else:
                np.multiply(f, f, out=slope)
                np.subtract(self.one, slope, out=slope)
            np.multiply(phi, slope, out=phi)
        self.phi[0].dot(self.aT[0], self.dW[0])
        self._update()
        return self.loss

    def products(self) -> Callable[[], float]:
        """The matrix products of a step and nothing else, on the buffers as a step leaves them: the floor under it."""
        self.step()
        last = len(self.W) - 1
        plan = [(self.W[j].dot, self.a[j], self.z[j]) for j in range(last + 1)]
        for j in range(last, -1, -1):
            plan.append((self.phi[j].dot, self.aT[j], self.dW[j]))
            if j > 0:
                plan.append((self.WT[j].dot, self.phi[j], self.phi[j - 1]))

        def step() -> float:
            for dot, right, out in plan:
                dot(right, out)
            return self.loss

        return step

    def _head(self) -> None:
        z, a, phi = self.z[-1], self.f[-1], self.phi[-1]
        np.negative(z, out=a)
        np.minimum(a, self.largest_exponent, out=a)
        np.exp(a, out=a)
        np.add(a, self.one, out=a)
        np.reciprocal(a, out=a)
        np.subtract(a, self.y, out=phi)
        np.multiply(phi, self.mean, out=phi)
        per_sample = np.maximum(z, self.zero)
        per_sample -= self.y * z
        per_sample += np.log1p(np.exp(-np.abs(z)))
        self.loss = float(np.add.reduce(per_sample, axis=None)) / self.n

    def _update(self) -> None:
        update, g, m, v = self.update, self.flat, self.m, self.v
        if not self.adam:
            np.multiply(g, self.learning_rate, out=update)
            np.subtract(self.parameters, update, out=self.parameters)
            return
        self.t += 1
        np.subtract(g, m, out=update)
        np.multiply(update, self.rate1, out=update)
        np.add(m, update, out=m)
        np.multiply(g, g, out=update)
        np.subtract(update, v, out=update)
        np.multiply(update, self.rate2, out=update)
        np.add(v, update, out=v)
        correction = math.sqrt(1.0 - 0.999**self.t)
        np.sqrt(v, out=update)
        np.add(update, 1e-8 * correction, out=update)
        np.divide(m, update, out=update)
        np.multiply(update, self.learning_rate * correction / (1.0 - 0.9**self.t), out=update)
        np.subtract(self.parameters, update, out=self.parameters)


class FourLayersByHand(ByHand):
    """Three hidden layers and an output layer, with the loops over the layers unrolled."""

    def step(self) -> float:
        """Forward, backward, update; returns the loss."""
        if self.relu:
            self._relu()
        else:
            self._tanh()
        self._update()
        return self.loss

    def _tanh(self) -> None:
        W1, W2, W3, W4 = self.W
        dW1, dW2, dW3, dW4 = self.dW
        _, W2T, W3T, W4T = self.WT
        a0, a1, a2, a3, _ = self.a
        a0T, a1T, a2T, a3T, _ = self.aT
        _, f1, f2, f3, _ = self.f
        z1, z2, z3, z4 = self.z
        phi1, phi2, phi3, phi4 = self.phi
        slope1, slope2, slope3, _ = self.slope
        one = self.one

        W1.dot(a0, z1)
        np.tanh(z1, out=f1)
        W2.dot(a1, z2)
        np.tanh(z2, out=f2)
        W3.dot(a2, z3)
        np.tanh(z3, out=f3)
        W4.dot(a3, z4)
        self._head()
        phi4.dot(a3T, dW4)
        W4T.dot(phi4, phi3)
        np.multiply(f3, f3, out=slope3)
        np.subtract(one, slope3, out=slope3)
        np.multiply(phi3, slope3, out=phi3)
        phi3.dot(a2T, dW3)
        W3T.dot(phi3, phi2)
        np.multiply(f2, f2, out=slope2)
        np.subtract(one, slope2, out=slope2)
        np.multiply(phi2, slope2, out=phi2)
        phi2.dot(a1T, dW2)
        W2T.dot(phi2, phi1)
        np.multiply(f1, f1, out=slope1)
        np.subtract(one, slope1, out=slope1)
        np.multiply(phi1, slope1, out=phi1)
        phi1.dot(a0T, dW1)

    def _relu(self) -> None:
        W1, W2, W3, W4 = self.W
        dW1, dW2, dW3, dW4 = self.dW
        _, W2T, W3T, W4T = self.WT
        a0, a1, a2, a3, _ = self.a
        a0T, a1T, a2T, a3T, _ = self.aT
        _, f1, f2, f3, _ = self.f
        z1, z2, z3, z4 = self.z
        phi1, phi2, phi3, phi4 = self.phi
        slope1, slope2, slope3, _ = self.slope
        zero = self.zero

        W1.dot(a0, z1)
        np.maximum(z1, zero, out=f1)
        W2.dot(a1, z2)
        np.maximum(z2, zero, out=f2)
        W3.dot(a2, z3)
        np.maximum(z3, zero, out=f3)
        W4.dot(a3, z4)
        self._head()
        phi4.dot(a3T, dW4)
        W4T.dot(phi4, phi3)
        slope3[...] = f3 > zero
        np.multiply(phi3, slope3, out=phi3)
        phi3.dot(a2T, dW3)
        W3T.dot(phi3, phi2)
        slope2[...] = f2 > zero
        np.multiply(phi2, slope2, out=phi2)
        phi2.dot(a1T, dW2)
        W2T.dot(phi2, phi1)
        slope1[...] = f1 > zero
        np.multiply(phi1, slope1, out=phi1)
        phi1.dot(a0T, dW1)


def _blocks(flat: Array, widths: list[int]) -> list[Array]:
    """Per layer the view (n_out, n_in + 1) of the flat vector, biases in the last column."""
    blocks, start = [], 0
    for n_in, n_out in itertools.pairwise(widths):
        stop = start + n_out * (n_in + 1)
        blocks.append(flat[start:stop].reshape(n_out, n_in + 1))
        start = stop
    return blocks
