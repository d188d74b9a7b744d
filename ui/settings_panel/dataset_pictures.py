"""The datasets as small pictures with names, of which one is chosen."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from backprop import DATASETS, Experiment, make_dataset
from backprop.data import REGRESSION, PicturePlane
from ui.settings_panel.controls import Control

_POINTS = 70


def dataset_pictures(chosen: str) -> Control:
    """The control that chooses the dataset."""
    return {"kind": "datasets", "key": "datasets", "op": "dataset", "value": chosen}


@cache
def thumbnails() -> list[dict[str, Any]]:
    """For each dataset its name, its label and the points of its picture."""
    return [{"name": name, "label": kind.label, "points": _thumbnail(name)} for name, kind in DATASETS.items()]


def _thumbnail(name: str) -> list[list[float]]:
    """The points as [across, down, colour], with places from 0 to 1."""
    experiment = Experiment().for_dataset(name)
    data = make_dataset(name, samples=_POINTS, noise=0.02, test_share=0.0, seed=1)
    plane = PicturePlane(data, experiment.features)
    place = (plane.project(data.X) - plane.low) / (plane.high - plane.low)
    regression = data.kind.task == REGRESSION
    color = (data.y > 0).astype(int) if regression else data.y
    height = place[:, 1] if plane.dimensions == 2 else (data.y - data.y.min()) / np.ptp(data.y)
    return [
        [round(float(x), 3), round(1 - float(y), 3), int(c)] for x, y, c in zip(place[:, 0], height, color, strict=True)
    ]
