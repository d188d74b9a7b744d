"""The sidebar: data and training. Every widget changes one setting of the workspace."""

from __future__ import annotations

import secrets
from typing import Any

import streamlit as st

from backprop import DATASETS, LOSSES, OPTIMIZERS
from backprop.experiment import MAX_SEED
from backprop.features import available_features
from ui.dataset_picker import dataset_picker
from ui.labels import feature_label
from ui.presets import PRESETS
from ui.session import workspace

LEARNING_RATES = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.02, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 100.0)
BATCH_SIZES = (1, 2, 4, 8, 10, 16, 32, 64, 128, 256, 512, 1024)
_PRESET = "preset"


def sidebar() -> None:
    """All controls of the sidebar."""
    with st.sidebar:
        _preset()
        _data()
        _training()


def _preset() -> None:
    st.selectbox(
        "Start from",
        PRESETS,
        index=None,
        key=_PRESET,
        placeholder="choose an example",
        on_change=_load_preset,
    )
    chosen = st.session_state.get(_PRESET)
    if chosen:
        st.caption(PRESETS[chosen].watch)


def _load_preset() -> None:
    chosen = st.session_state[_PRESET]
    if chosen:
        workspace().load(PRESETS[chosen].experiment)


def _data() -> None:
    draft = workspace().draft
    kind = DATASETS[draft["dataset"]]
    st.subheader("Data")
    dataset_picker(draft["dataset"], on_pick=lambda name: workspace().change(dataset=name))
    st.caption(f"**{kind.label}**: {kind.description}")
    _widget(st.slider, "Noise", "noise", min_value=0.0, max_value=1.0, step=0.05)
    samples = draft["samples"]
    if kind.available:
        st.caption(f"{min(samples, kind.available)} of {kind.available} samples")
    else:
        _widget(st.slider, "Samples", "samples", min_value=min(20, samples), max_value=max(1000, samples), step=10)
    _widget(st.slider, "Test share", "test_share", min_value=0.0, max_value=0.9, step=0.05)
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
    draft = workspace().draft
    st.subheader("Training")
    _widget(st.selectbox, "Loss", "loss", options=list(LOSSES), format_func=lambda name: LOSSES[name].label)
    _widget(st.selectbox, "Optimiser", "optimizer", options=list(OPTIMIZERS), format_func=lambda n: OPTIMIZERS[n].label)
    _widget(
        st.select_slider,
        "Learning rate",
        "learning_rate",
        options=sorted({*LEARNING_RATES, draft["learning_rate"]}),
        format_func=lambda value: f"{value:g}",
        help="Changes without a restart.",
    )
    _widget(st.select_slider, "Batch size", "batch_size", options=sorted({*BATCH_SIZES, draft["batch_size"]}))
    _widget(
        st.number_input,
        "Seed of weights and batches",
        "seed",
        min_value=0,
        max_value=MAX_SEED,
        step=1,
        help="The same seed gives the same run.",
    )
    st.button("New seed", key="new_seed", width="stretch", on_click=_new_seed, icon=":material/casino:")
    _widget(st.number_input, "Seed of the data", "data_seed", min_value=0, max_value=MAX_SEED, step=1)


def _new_seed() -> None:
    seed = workspace().experiment.seed
    workspace().change(seed=(seed + 1 + secrets.randbelow(999)) % 1000)  # never the one there is


def _widget(make: Any, label: str, field: str, read: Any = lambda value: value, **options: Any) -> None:
    """A widget that shows and changes one field of the draft."""
    key = f"setting_{field}"
    value = workspace().draft[field]
    st.session_state[key] = list(value) if isinstance(value, tuple) else value

    def changed() -> None:
        workspace().change(**{field: read(st.session_state[key])})

    make(label, key=key, on_change=changed, **options)
