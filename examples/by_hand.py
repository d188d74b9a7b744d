"""Three layers, three activations: back-propagation by hand beside ``Network``.

    python -m examples.by_hand

The question that started it (Data Science Stack Exchange 26551): *tanh, sigmoid and ReLU in one network, how does
back-propagation handle that?* Every layer multiplies by its own slope, at its own place. Below, each line is one of the
four equations; samples are rows, φ stands for ∂L/∂z.
"""

from __future__ import annotations

import numpy as np

from backprop import Layer, Network


def main() -> None:
    """Print loss and gradients, by hand and by the package, and how far they are apart."""
    rng = np.random.default_rng(1)
    X = rng.standard_normal((5, 2))
    y = np.array([[0.0], [1.0], [1.0], [0.0], [1.0]])
    layers = [Layer(3, "tanh"), Layer(3, "sigmoid"), Layer(2, "relu"), Layer(1, "identity")]
    network = Network(2, layers, "mse", seed=4, dtype="float64")

    (W1, W2, W3, W4), (b1, b2, b3, b4) = network.weights, network.biases

    # Forward: z = a Wᵀ + b, then the layer's own activation.
    a1 = np.tanh(X @ W1.T + b1)
    a2 = 1 / (1 + np.exp(-(a1 @ W2.T + b2)))
    z3 = a2 @ W3.T + b3
    a3 = np.maximum(z3, 0)
    a4 = a3 @ W4.T + b4
    loss = np.mean((a4 - y) ** 2)

    # Backward: through the weights of the layer behind, times the slope of the layer itself.
    phi4 = 2 * (a4 - y) / len(X)  # equation 1; the output's slope is 1
    phi3 = (phi4 @ W4) * (z3 > 0)  # equation 2 with relu′ = 1 or 0
    phi2 = (phi3 @ W3) * a2 * (1 - a2)  # equation 2 with σ′ = a (1 − a)
    phi1 = (phi2 @ W2) * (1 - a1**2)  # equation 2 with tanh′ = 1 − a²
    by_hand = {
        "∂L/∂W¹": phi1.T @ X,  # equation 3
        "∂L/∂W²": phi2.T @ a1,
        "∂L/∂W³": phi3.T @ a2,
        "∂L/∂W⁴": phi4.T @ a3,
        "∂L/∂b¹": phi1.sum(axis=0),  # equation 4
        "∂L/∂b²": phi2.sum(axis=0),
        "∂L/∂b³": phi3.sum(axis=0),
        "∂L/∂b⁴": phi4.sum(axis=0),
    }

    grads = network.backward(network.forward(X), y)
    by_network = dict(zip(by_hand, [*grads.weights, *grads.biases], strict=True))

    print(f"{'':<10}{'by hand':>22}{'by Network':>22}{'difference':>14}")
    print(f"{'loss':<10}{loss:>22.16f}{grads.loss:>22.16f}{abs(loss - grads.loss):>14.1e}")
    for name, gradient in by_hand.items():
        other = by_network[name]
        ours, theirs = np.linalg.norm(gradient), np.linalg.norm(other)
        print(f"‖{name}‖{'':<2}{ours:>22.16f}{theirs:>22.16f}{np.abs(gradient - other).max():>14.1e}")


if __name__ == "__main__":
    main()
