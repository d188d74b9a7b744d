"""Specs: an entry of a registry by its name, with parameters if they differ from the defaults: ``"huber"``,
``"huber(0.5)"``.

Activations, backward functions, losses, initialisers, optimisers and schedules are all named in this way. Every entry
of their registries has a ``label``, ``parameters`` (names and default values, in the order of the spec) and ``bounds``.
Optimisers call them ``settings``, since their ``parameters`` are the network's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from backprop.checks import cut, in_short

Entry = TypeVar("Entry")

_SPEC = re.compile(r"([a-z0-9_]+)(?:\(([^()]*)\))?")


def resolve(what: str, spec: str, registry: Mapping[str, Entry], also: Iterable[str] = ()) -> Entry:
    """The entry that a spec names; if the spec sets parameters, a copy of the entry with them.

    The attributes named in an entry's ``functions`` take the parameters as keywords, with the entry's values as
    defaults; in the copy they are bound. ``derived``, if an entry has it, computes the attributes that depend on the
    parameters.

    Args:
        what: The kind of entry, in a word for the error's sentence.
        spec: As for ``read_spec``, with the same errors.
        registry: Name → entry, a frozen dataclass.
        also: Other names that the caller accepts.
    """
    entry: Any
    entry, values = read_spec(what, spec, registry, also)
    if not values:
        return entry
    functions = {name: getattr(entry, name) for name in entry.functions}
    bound = {name: partial(function, **values) for name, function in functions.items() if function}
    derived = getattr(entry, "derived", None)
    follow = derived(**values) if derived else {}
    label = spec_label(spec, registry)
    return replace(entry, name=spec.strip(), label=label, parameters=values, **bound, **follow)


def read_spec(
    what: str, spec: Any, registry: Mapping[str, Any], also: Iterable[str] = ()
) -> tuple[Any, dict[str, float]]:
    """The entry that a spec names, and the parameters that it sets; no parameters if it leaves the defaults.

    Args:
        what: The kind of entry, in a word for the error's sentence.
        spec: For instance ``"step"`` or ``"step(1000, 0.5)"``: either none or all parameters are given.
        registry: Name → entry.
        also: Other names that the caller accepts, for the error's sentence only.

    Raises:
        ValueError: There is no such entry, or it has no such parameters.
    """
    match = _SPEC.fullmatch(spec.strip()) if isinstance(spec, str) else None
    if match is None or match[1] not in registry:
        raise ValueError(f"there is no {what} {in_short(spec)}; choose one of {', '.join((*also, *registry))}")
    entry = registry[match[1]]
    return entry, {} if match[2] is None else _read_parameters(match[1], match[2], entry)


def parameters_of(entry: Any) -> Mapping[str, float]:
    """Names and default values of the parameters that an entry's spec may set, in their order."""
    values: Mapping[str, float] = entry.settings if hasattr(entry, "settings") else entry.parameters
    return values


def spec_label(spec: str, registry: Mapping[str, Any]) -> str:
    """A spec in words: the entry's label, and its parameters if the spec sets them."""
    entry, values = read_spec("entry", spec, registry)
    return f"{entry.label} ({', '.join(f'{value:g}' for value in values.values())})" if values else entry.label


def _read_parameters(name: str, text: str, entry: Any) -> dict[str, float]:
    known, parts = parameters_of(entry), text.split(",")
    if len(parts) != len(known):
        takes = f"takes {len(known)} parameter(s), {', '.join(known)}" if known else "takes no parameters"
        raise ValueError(f"{name} {takes}; {name}({cut(text)}) gives {len(parts)}")
    try:
        values = dict(zip(known, map(float, parts), strict=True))
    except ValueError:
        default = ",".join(f"{value:g}" for value in known.values())
        raise ValueError(f"the parameters in {name}({cut(text)}) must be numbers, as in {name}({default})") from None
    for parameter, value in values.items():
        low, high = entry.bounds[parameter]
        if not low <= value <= high:
            raise ValueError(f"{parameter} of {name} must lie between {low:g} and {high:g}, not {value:g}")
    return values
