"""The controls of the settings panel as data: what each shows, and which setting it changes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from backprop.functions import parameters_of, read_spec

# "kind": an entry of KINDS in panel.js; "key": its own name; "field": the setting it changes, or "op": an edit to send.
Control = dict[str, Any]


def heading(text: str) -> Control:
    """A heading for the controls that follow."""
    return {"kind": "heading", "key": text, "text": text}


def caption(key: str, strong: str, text: str) -> Control:
    """A line of explanation that begins with ``strong``."""
    return {"kind": "caption", "key": key, "strong": strong, "text": text}


def button(label: str, op: str, explanation: str) -> Control:
    """A button that sends an edit."""
    return {"kind": "button", "key": f"{op} button", "op": op, "label": label, "help": explanation}


def example_menu(label: str, names: Sequence[str]) -> Control:
    """A menu of examples. None stays selected, so the same one can be chosen again."""
    options = [[name, name] for name in names]
    shown = {"options": options, "value": None, "placeholder": "choose an example"}
    return {"kind": "menu", "key": "preset", "op": "preset", "label": label, **shown}


def slider(
    form: Mapping[str, Any],
    label: str,
    field: str,
    options: Sequence[Any],
    text: Callable[[Any], str] = "{:.2f}".format,
    explanation: str = "",
) -> Control:
    """A slider over some values of one field. If the field has another value, that is added."""
    value = form[field]
    values = sorted({*options, value})
    texts = [text(option) for option in values]
    return {**_labelled("slider", label, field, explanation), "values": values, "texts": texts, "value": value}


def menu(form: Mapping[str, Any], label: str, field: str, registry: Mapping[str, Any]) -> Control:
    """A menu over a registry. A chosen entry starts with its default parameters."""
    options = [[name, entry.label] for name, entry in registry.items()]
    return {**_labelled("menu", label, field), "options": options, "value": _entry(form, field, registry)[0]}


def parameters(form: Mapping[str, Any], field: str, registry: Mapping[str, Any]) -> list[Control]:
    """A number field for each parameter of the chosen entry."""
    name, values = _entry(form, field, registry)
    bounds = [registry[name].bounds[parameter] for parameter in values]
    return [
        {
            **_labelled("number", f"{name}: {parameter}", field),
            "key": f"{field} {name} {parameter}",
            "value": value,
            "least": least,
            "most": most,
            "step": _step(value),
            "spec": {"name": name, "at": at},
        }
        for at, ((parameter, value), (least, most)) in enumerate(zip(values.items(), bounds, strict=True))
    ]


def whole_number(form: Mapping[str, Any], label: str, field: str, most: int, explanation: str = "") -> Control:
    """A field for a whole number, 0 or more."""
    numbers = {"value": form[field], "least": 0, "most": most, "step": 1, "whole": True}
    return {**_labelled("number", label, field, explanation), **numbers}


def pills(form: Mapping[str, Any], label: str, field: str, options: Mapping[str, str]) -> Control:
    """Buttons for the values of one field, of which any number can be chosen."""
    return {**_labelled("pills", label, field), "options": list(options.items()), "chosen": list(form[field])}


def section(label: str, controls: Sequence[Control]) -> Control:
    """Controls that are folded away at first."""
    return {"kind": "section", "key": label, "label": label, "controls": list(controls)}


def _labelled(kind: str, label: str, field: str, explanation: str = "") -> Control:
    return {"kind": kind, "key": field, "field": field, "label": label, "help": explanation}


def _step(value: float) -> float:
    """How much a number changes at a time: a tenth of it, rounded down to a power of ten."""
    return 10.0 ** (math.floor(math.log10(abs(value))) - 1) if value else 0.1


def _entry(form: Mapping[str, Any], field: str, registry: Mapping[str, Any]) -> tuple[str, dict[str, float]]:
    """The name in a spec of the form, and the values of all parameters of that entry."""
    entry, values = read_spec(field, form[field], registry)
    name = next(name for name in registry if registry[name] is entry)
    return name, {**parameters_of(entry), **values}
