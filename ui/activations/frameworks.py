"""Distinct forward and backward functions in other libraries: what is claimed, what is true, and how to do it."""

from __future__ import annotations

# A claim, whether it is true, and the facts.
CLAIMS: tuple[tuple[str, str, str], ...] = (
    (
        "No Keras layer has an argument for a backward function of its own.",
        "True",
        "This holds for every built-in layer: `activation=` takes one function, and automatic differentiation uses its "
        "derivative.",
    ),
    (
        "Distinct forward and backward functions are therefore impossible in Keras.",
        "False",
        "`activation=` takes any callable, and a callable may define its own gradient: `keras.ops.custom_gradient`, or "
        "`tf.custom_gradient` on TensorFlow. Larq, a library for binary networks on Keras, is built on that.",
    ),
    (
        "The whole layer has to be written from scratch.",
        "False",
        "The few lines below are enough; the layer stays `Dense`.",
    ),
    (
        "With another function's slope, learning becomes impossible.",
        "False",
        "Press *Train* above. ReLU with the slope of tanh learns, though less well than with its own; "
        "a step function learns *only* with another slope.",
    ),
    (
        "Doubling the gradients on a tape changes only what earlier layers receive.",
        "False",
        "It doubles the parameters' gradients: for SGD that is twice the learning rate, for Adam hardly a change.",
    ),
)

_KERAS = """
import keras
from keras import ops

@ops.custom_gradient
def step_with_sigmoid_slope(z):
    def grad(*args, upstream=None):
        if upstream is None:  # TensorFlow and JAX pass it as the only argument
            (upstream,) = args
        s = ops.sigmoid(z)
        return ops.multiply(upstream, s * (1 - s))

    return ops.cast(z > 0, z.dtype), grad

layer = keras.layers.Dense(8, activation=step_with_sigmoid_slope)
"""

_TENSORFLOW = """
import tensorflow as tf

@tf.custom_gradient
def step_with_sigmoid_slope(z):
    def grad(upstream):
        s = tf.sigmoid(z)
        return upstream * s * (1 - s)

    return tf.cast(z > 0, z.dtype), grad

layer = tf.keras.layers.Dense(8, activation=step_with_sigmoid_slope)
"""

_PYTORCH = """
import torch

class StepWithSigmoidSlope(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z):
        ctx.save_for_backward(z)
        return (z > 0).to(z.dtype)

    @staticmethod
    def backward(ctx, upstream):
        (z,) = ctx.saved_tensors
        s = torch.sigmoid(z)
        return upstream * s * (1 - s)

step_with_sigmoid_slope = StepWithSigmoidSlope.apply
"""

_STOP_GRADIENT = """
def step_with_sigmoid_slope(z):
    g = torch.sigmoid(z)              # the function whose slope the backward pass uses
    f = (z > 0).to(z.dtype)           # the output of the forward pass
    return g + (f - g).detach()       # forward: f; backward: the bracket is constant, so g′

# The same elsewhere: keras.ops.stop_gradient(f - g), tf.stop_gradient(f - g), jax.lax.stop_gradient(f - g)
"""

_HERE = """
from backprop import Layer

layer = Layer(8, "step", backward="sigmoid")
"""

_FROM_DOCUMENTATION = "Written from the library's documentation, not run here."

# Name of the tab → the code, and how far it has been tested.
SNIPPETS: dict[str, tuple[str, str]] = {
    "Keras 3": (_KERAS, _FROM_DOCUMENTATION),
    "TensorFlow": (_TENSORFLOW, _FROM_DOCUMENTATION),
    "PyTorch": (_PYTORCH, "Run with PyTorch 2.13: the output is the step, the gradient is that of the sigmoid."),
    "stop-gradient": (_STOP_GRADIENT, "Run with PyTorch 2.13: the same output, and the same gradient."),
    "this project": (_HERE, "What this page and the Explorer run."),
}
