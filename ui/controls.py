"""The sidebar: data and training, of the Explorer's one network or of all the stacks that are compared."""

from __future__ import annotations

import streamlit as st

from backprop import DATASETS, LOSSES, OPTIMIZERS
from backprop.experiment import MAX_SEED
from backprop.features import available_features, feature_label
from backprop.schedules import SCHEDULES
from ui.dataset_picker import dataset_picker
from ui.presets import PRESETS
from ui.session import workspace
from ui.setting_widgets import HoldsSettings, SettingWidgets

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
    """All controls of the Explorer's sidebar."""
    with st.sidebar:
        _preset()
        settings(workspace(), "setting")


def settings(holder: HoldsSettings, prefix: str) -> None:
    """All settings but the stack; the keys of the widgets begin with ``prefix``."""
    widgets = SettingWidgets(holder, prefix)
    _data(widgets)
    _training(widgets)
    _restraints(widgets)


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


def _data(widgets: SettingWidgets) -> None:
    draft = widgets.holder.draft
    kind = DATASETS[draft["dataset"]]
    st.subheader("Data")
    dataset_picker(draft["dataset"], on_pick=lambda name: widgets.holder.change(dataset=name))
    st.caption(f"**{kind.label}**: {kind.description}")
    widgets.slider("Noise", "noise", SHARES)
    samples = draft["samples"]
    if kind.available:
        st.caption(f"{min(samples, kind.available)} of {kind.available} samples")
    else:
        widgets.slider("Samples", "samples", SAMPLES, str)
    widgets.slider("Test share", "test_share", SHARES[:-2])
    widgets.widget(
        st.pills,
        "Features",
        "features",
        options=available_features(kind),
        selection_mode="multi",
        format_func=feature_label,
        read=tuple,
    )


def _training(widgets: SettingWidgets) -> None:
    st.subheader("Training")
    widgets.menu("Loss", "loss", LOSSES)
    widgets.parameters("loss", LOSSES)
    widgets.menu("Optimiser", "optimizer", OPTIMIZERS)
    widgets.slider("Batch size", "batch_size", BATCH_SIZES, str)
    widgets.widget(
        st.number_input,
        "Seed of weights and batches",
        "seed",
        min_value=0,
        max_value=MAX_SEED,
        step=1,
        help="The same seed gives the same run.",
    )
    st.button("New seed", key="new_seed", width="stretch", on_click=widgets.holder.new_seed, icon=":material/casino:")
    widgets.widget(st.number_input, "Seed of the data", "data_seed", min_value=0, max_value=MAX_SEED, step=1)


def _restraints(widgets: SettingWidgets) -> None:
    with st.expander("Optimiser details, schedule, penalties"):
        widgets.parameters("optimizer", OPTIMIZERS)
        widgets.menu("Schedule of the learning rate", "schedule", SCHEDULES)
        widgets.parameters("schedule", SCHEDULES)
        for label, field, explanation in RESTRAINTS:
            widgets.slider(label, field, AMOUNTS[field], lambda v: f"{v:g}" if v else "off", explanation)
