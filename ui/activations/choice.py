"""What a visitor has chosen on the Activations page; knows nothing of Streamlit.

What was entered and what is shown are kept apart. A parameter that is out of bounds gets a sentence and stays as
entered, while the last valid pair is still drawn.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from backprop import Activation, Slope, SpecError, get_activation, get_backward
from backprop.checks import check_choice, check_number, checked_spec, in_short
from backprop.diagnosis import FLAT_THRESHOLD
from backprop.studies.function_pairs import TASKS
from ui.sentences import link_notice

START, TRAINED, EXPLORER = "start", "trained", "explorer"  # where the z beneath the curves come from
DEFAULTS: dict[str, Any] = {
    "forward": "sigmoid",
    "backward": None,
    "tau": FLAT_THRESHOLD,
    "z": f"{START}:1",
    "task": "moons",
}
SMALLEST_TAU, LARGEST_TAU = 0.001, 0.999


@dataclass(frozen=True)
class Pair:
    """A forward function, and the slope that the backward pass uses.

    Attributes:
        forward: Spec of the activation.
        backward: Spec of the backward function; None for the activation's own slope.
    """

    forward: str
    backward: str | None

    @property
    def f(self) -> Activation:
        """The forward function."""
        return get_activation(self.forward)

    @property
    def g(self) -> Slope:
        """The slope that the backward pass uses."""
        return self.f if self.backward is None else get_backward(self.backward)

    @property
    def label(self) -> str:
        """``"step ← slope of sigmoid"``."""
        return f"{self.f.label} ← {backward_label(self.backward)}"


class Choice:
    """The state of one visitor.

    Attributes:
        form: The settings as entered, by the names of ``DEFAULTS``.
        link_notice: What is wrong with the link that was opened, or None.
    """

    def __init__(self, query: Mapping[str, str]) -> None:
        self.form, self._sound = dict(DEFAULTS), dict(DEFAULTS)
        problems = []
        for name in DEFAULTS.keys() & query.keys():
            try:
                self.form[name] = self._sound[name] = _check(name, _read(name, query[name]))
            except SpecError as error:
                problems.append(str(error).rstrip("."))
        self.link_notice = link_notice(problems)

    def change(self, **values: Any) -> None:
        """Take over what was entered. What makes no sense does not take effect, and ``notice`` says why."""
        self.link_notice = None
        self.form.update(values)
        for name, value in values.items():
            try:
                self._sound[name] = _check(name, value)
            except SpecError:
                continue

    @property
    def notice(self) -> str | None:
        """What is wrong with the entered settings, in one sentence, or None."""
        for name, value in self.form.items():
            try:
                _check(name, value)
            except SpecError as error:
                return f"{str(error)[:1].upper()}{str(error)[1:].rstrip('.')}."
        return self.link_notice

    @property
    def pair(self) -> Pair:
        """The last valid pair. Softmax mixes units and so keeps its own Jacobian, whatever was chosen."""
        forward, backward = self._sound["forward"], self._sound["backward"]
        return Pair(forward, backward if get_activation(forward).elementwise else None)

    @property
    def tau(self) -> float:
        """The threshold τ below which a slope counts as flat."""
        return float(self._sound["tau"])

    @property
    def task(self) -> str:
        """The key of ``TASKS`` on which the pair is trained."""
        return str(self._sound["task"])

    @property
    def source(self) -> tuple[str, int]:
        """Whose z are shown: ``START``, ``TRAINED`` or ``EXPLORER``, and the number of the layer, from 1."""
        where, _, layer = self._sound["z"].partition(":")
        return where, int(layer)

    def query(self) -> dict[str, str]:
        """The settings that differ from those the page opens with, for a link."""
        return {name: str(value) for name, value in self._sound.items() if value != DEFAULTS[name]}


def backward_label(spec: str | None) -> str:
    """The name of a backward function: ``"slope of tanh"``, ``"straight-through"``, ``"own slope"``."""
    if spec is None:
        return "own slope"
    g = get_backward(spec)
    return f"slope of {g.label}" if isinstance(g, Activation) else g.label


def _read(name: str, text: str) -> Any:
    if name != "tau":
        return text
    try:
        return float(text)
    except ValueError:
        raise SpecError("tau", f"tau must be a number such as 0.05, not {in_short(text)}") from None


def _check(name: str, value: Any) -> Any:
    return _CHECKS[name](value)


def _check_tau(value: Any) -> Any:
    check_number("tau", value, SMALLEST_TAU, LARGEST_TAU)
    return value


def _check_task(value: Any) -> Any:
    check_choice("task", value, TASKS)
    return value


def _check_source(value: Any) -> Any:
    if not isinstance(value, str) or not re.fullmatch(rf"({START}|{TRAINED}):[12]|{EXPLORER}:[1-9][0-9]?", value):
        raise SpecError(
            "z", f"z must name a layer, such as {START}:1, {TRAINED}:2 or {EXPLORER}:1, not {in_short(value)}"
        )
    return value


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "forward": lambda value: checked_spec("forward", value, get_activation),
    "backward": lambda value: None if value is None else checked_spec("backward", value, get_backward),
    "tau": _check_tau,
    "z": _check_source,
    "task": _check_task,
}
