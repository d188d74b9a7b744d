"""Data and training in the sidebar, for the Explorer's network or for all stacks of a comparison."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backprop import DATASETS, LOSSES, OPTIMIZERS
from backprop.data import available_features, feature_label
from backprop.experiment import MAX_SEED
from backprop.functions import SCHEDULES
from ui.settings_panel.controls import (
    Control,
    button,
    caption,
    heading,
    menu,
    parameters,
    pills,
    section,
    slider,
    whole_number,
)
from ui.settings_panel.dataset_pictures import dataset_pictures

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
        "A longer gradient, over all layers together, is shortened to this norm before the update.",
    ),
    ("L1 penalty", "l1", "Pulls every weight towards zero by the same amount. Biases are left alone."),
    ("L2 penalty", "l2", "Pulls every weight towards zero in proportion to its size. Biases are left alone."),
)


def settings(form: Mapping[str, Any]) -> list[Control]:
    """The controls of all settings but the stack and the learning rate, which the live view shows.

    Args:
        form: The settings as entered, by field of ``Experiment``.
    """
    return [*_data(form), *_training(form), _restraints(form)]


def _data(form: Mapping[str, Any]) -> list[Control]:
    kind = DATASETS[form["dataset"]]
    if kind.available:
        samples = caption("samples", "", f"{min(form['samples'], kind.available)} of {kind.available} samples")
    else:
        samples = slider(form, "Samples", "samples", SAMPLES, str)
    return [
        heading("Data"),
        dataset_pictures(form["dataset"]),
        caption("dataset", kind.label, f": {kind.description}"),
        slider(form, "Noise", "noise", SHARES),
        samples,
        slider(form, "Test share", "test_share", SHARES[:-2]),
        pills(form, "Features", "features", {name: feature_label(name) for name in available_features(kind)}),
    ]


def _training(form: Mapping[str, Any]) -> list[Control]:
    return [
        heading("Training"),
        menu(form, "Loss", "loss", LOSSES),
        *parameters(form, "loss", LOSSES),
        menu(form, "Optimiser", "optimizer", OPTIMIZERS),
        slider(form, "Batch size", "batch_size", BATCH_SIZES, str),
        whole_number(form, "Seed of weights and batches", "seed", MAX_SEED, "The same seed gives the same run."),
        button("New seed", "seed", "Draws other initial weights and another order of the samples."),
        whole_number(form, "Seed of the data", "data_seed", MAX_SEED),
    ]


def _restraints(form: Mapping[str, Any]) -> Control:
    return section(
        "Optimiser details, schedule, penalties",
        [
            *parameters(form, "optimizer", OPTIMIZERS),
            menu(form, "Schedule of the learning rate", "schedule", SCHEDULES),
            *parameters(form, "schedule", SCHEDULES),
            *(
                slider(form, label, field, AMOUNTS[field], lambda v: f"{v:g}" if v else "off", explanation)
                for label, field, explanation in RESTRAINTS
            ),
        ],
    )
