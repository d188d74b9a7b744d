"""The sidebar: data and training. Every widget changes one setting of the workspace."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from backprop import DATASETS, LOSSES, OPTIMIZERS
from backprop.experiment import MAX_SEED
from backprop.features import available_features, feature_label
from backprop.schedules import SCHEDULES
from backprop.specs import parameters_of, read_spec
from ui.dataset_picker import dataset_picker
from ui.presets import PRESETS
from ui.session import workspace
from ui.slider import slider

SHARES = tuple(round(0.05 * k, 2) for k in range(21))
SAMPLES = (*range(20, 300, 10), *range(300, 1001, 50))
BATCH_SIZES = (1, 2, 4, 8, 10, 16, 32, 64, 128, 256, 512, 1024)
AMOUNTS = {
    "clip_norm": (0.0, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0),
    "l1": (0.0, 1e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 0.1),
    "l2": (0.0, 1e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 0.1),
}
RESTRAINTS = (
    (
        "Clip the gradient at norm",
        "clip_norm",
        "An update uses no longer gradient than this, over all layers together.",
    ),
    ("L1 penalty", "l1", "Pulls every weight towards zero by the same amount. Biases are left alone."),
    ("L2 penalty", "l2", "Pulls every weight towards zero in proportion to its size. Biases are left alone."),
)
_PRESET = "preset"
_WATCHED = "watched_preset"  # the example loaded last, whose caption stays


def sidebar() -> None:
    """All controls of the sidebar."""
    with st.sidebar:
        _preset()
        _data()
        _training()
        _restraints()


def _preset() -> None:
    st.selectbox(
        "Start from",
        PRESETS,
        index=None,
        key=_PRESET,
        placeholder="choose an example",
        on_change=_load_preset,
    )
    watched = PRESETS.get(st.session_state.get(_WATCHED, ""))
    if watched:
        st.caption(f"**{watched.name}**. {watched.watch}")


def _load_preset() -> None:
    chosen = st.session_state[_PRESET]
    if chosen:
        workspace().load(PRESETS[chosen].experiment)
        st.session_state[_WATCHED] = chosen
        st.session_state[_PRESET] = None  # so that the same example can be chosen again


def _data() -> None:
    draft = workspace().draft
    kind = DATASETS[draft["dataset"]]
    st.subheader("Data")
    dataset_picker(draft["dataset"], on_pick=lambda name: workspace().change(dataset=name))
    st.caption(f"**{kind.label}**: {kind.description}")
    _slider("Noise", "noise", SHARES)
    samples = draft["samples"]
    if kind.available:
        st.caption(f"{min(samples, kind.available)} of {kind.available} samples")
    else:
        _slider("Samples", "samples", SAMPLES, str)
    _slider("Test share", "test_share", SHARES[:-2])
    _widget(
        st.pills,
        "Features",
        "features",
        options=available_features(kind),
        selection_mode="multi",
        format_func=feature_label,
        read=tuple,
    )


def _training() -> None:
    st.subheader("Training")
    _menu("Loss", "loss", LOSSES)
    _parameters("loss", LOSSES)
    _menu("Optimiser", "optimizer", OPTIMIZERS)
    _slider("Batch size", "batch_size", BATCH_SIZES, str)
    _widget(
        st.number_input,
        "Seed of weights and batches",
        "seed",
        min_value=0,
        max_value=MAX_SEED,
        step=1,
        help="The same seed gives the same run.",
    )
    st.button("New seed", key="new_seed", width="stretch", on_click=workspace().new_seed, icon=":material/casino:")
    _widget(st.number_input, "Seed of the data", "data_seed", min_value=0, max_value=MAX_SEED, step=1)


def _restraints() -> None:
    with st.expander("Optimiser details, schedule, penalties"):
        _parameters("optimizer", OPTIMIZERS)
        _menu("Schedule of the learning rate", "schedule", SCHEDULES)
        _parameters("schedule", SCHEDULES)
        for label, field, explanation in RESTRAINTS:
            _slider(label, field, AMOUNTS[field], lambda v: f"{v:g}" if v else "off", explanation)


def _slider(
    label: str, field: str, options: Sequence[Any], text: Callable[[Any], str] = "{:.2f}".format, explanation: str = ""
) -> None:
    """A slider over some values of one field of the draft, and over the value it has, should it be another one."""
    value = workspace().draft[field]
    slider(
        label,
        sorted({*options, value}),
        value,
        lambda chosen: workspace().change(**{field: chosen}),
        key=f"setting_{field}",
        format_func=text,
        help=explanation,
    )


def _widget(make: Any, label: str, field: str, read: Any = lambda value: value, **options: Any) -> None:
    """A widget that shows and changes one field of the draft."""
    key = f"setting_{field}"
    value = workspace().draft[field]
    st.session_state[key] = list(value) if isinstance(value, tuple) else value

    def changed() -> None:
        workspace().change(**{field: read(st.session_state[key])})

    make(label, key=key, on_change=changed, **options)


def _menu(label: str, field: str, registry: Mapping[str, Any]) -> None:
    """A menu over a registry; what is chosen starts with its usual parameters."""
    key = f"setting_{field}"
    st.session_state[key] = _entry(field, registry)[0]

    def changed() -> None:
        workspace().change(**{field: st.session_state[key]})

    st.selectbox(label, list(registry), key=key, on_change=changed, format_func=lambda name: registry[name].label)


def _parameters(field: str, registry: Mapping[str, Any]) -> None:
    """A number field for each parameter of the entry that is chosen."""
    name, values = _entry(field, registry)
    for parameter in values:
        _parameter(field, name, parameter, values)


def _parameter(field: str, name: str, parameter: str, values: dict[str, float]) -> None:
    key = f"setting_{field}_{name}_{parameter}"
    st.session_state[key] = float(values[parameter])

    def changed() -> None:
        numbers = {**values, parameter: st.session_state[key]}
        workspace().change(**{field: f"{name}({','.join(f'{number:g}' for number in numbers.values())})"})

    st.number_input(f"{name}: {parameter}", key=key, on_change=changed, format="%g")


def _entry(field: str, registry: Mapping[str, Any]) -> tuple[str, dict[str, float]]:
    """The name in a draft's spec, and all parameters of that entry as they are set."""
    entry, values = read_spec(field, workspace().draft[field], registry)
    name = next(name for name in registry if registry[name] is entry)
    return name, {**parameters_of(entry), **values}
