"""Widgets that show and change one setting each, of whatever holds a draft of settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import streamlit as st

from backprop.specs import parameters_of, read_spec
from ui.slider import slider


class HoldsSettings(Protocol):
    """What has settings to change: a ``Workspace``, a ``Comparison``."""

    @property
    def draft(self) -> dict[str, Any]: ...

    def change(self, **settings: Any) -> None: ...

    def new_seed(self) -> None: ...


class SettingWidgets:
    """Makes the widgets.

    Args:
        holder: Whose settings they show.
        prefix: Begins the key of every widget.
    """

    def __init__(self, holder: HoldsSettings, prefix: str) -> None:
        self.holder = holder
        self.prefix = prefix

    def slider(
        self,
        label: str,
        field: str,
        options: Sequence[Any],
        text: Callable[[Any], str] = "{:.2f}".format,
        explanation: str = "",
    ) -> None:
        """A slider over some values of one field, and over the value it has, should it be another one."""
        value = self.holder.draft[field]
        slider(
            label,
            field,
            sorted({*options, value}),
            value,
            lambda chosen: self.holder.change(**{field: chosen}),
            key=self._key(field),
            format_func=text,
            help=explanation,
        )

    def widget(
        self, make: Any, label: str, field: str, read: Callable[[Any], Any] = lambda value: value, **options: Any
    ) -> None:
        """One of Streamlit's own widgets, such as ``st.number_input``."""
        key, value = self._key(field), self.holder.draft[field]
        st.session_state[key] = list(value) if isinstance(value, tuple) else value

        def changed() -> None:
            self.holder.change(**{field: read(st.session_state[key])})

        make(label, key=key, on_change=changed, **options)

    def menu(self, label: str, field: str, registry: Mapping[str, Any]) -> None:
        """A menu over a registry; what is chosen starts with its usual parameters."""
        key = self._key(field)
        st.session_state[key] = self._entry(field, registry)[0]

        def changed() -> None:
            self.holder.change(**{field: st.session_state[key]})

        st.selectbox(label, list(registry), key=key, on_change=changed, format_func=lambda name: registry[name].label)

    def parameters(self, field: str, registry: Mapping[str, Any]) -> None:
        """A number field for each parameter of the entry that is chosen."""
        name, values = self._entry(field, registry)
        for parameter in values:
            self._parameter(field, name, parameter, values)

    def _parameter(self, field: str, name: str, parameter: str, values: dict[str, float]) -> None:
        key = self._key(f"{field}_{name}_{parameter}")
        st.session_state[key] = float(values[parameter])

        def changed() -> None:
            numbers = {**values, parameter: st.session_state[key]}
            self.holder.change(**{field: f"{name}({','.join(f'{number:g}' for number in numbers.values())})"})

        st.number_input(f"{name}: {parameter}", key=key, on_change=changed, format="%g")

    def _entry(self, field: str, registry: Mapping[str, Any]) -> tuple[str, dict[str, float]]:
        """The name in a draft's spec, and all parameters of that entry as they are set."""
        entry, values = read_spec(field, self.holder.draft[field], registry)
        name = next(name for name in registry if registry[name] is entry)
        return name, {**parameters_of(entry), **values}

    def _key(self, name: str) -> str:
        return f"{self.prefix}_{name}"
