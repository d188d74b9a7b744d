"""The samples: datasets, the features that a network receives, the targets of the loss, and the plane in which pictures
are drawn.

Uses ``backprop.functions`` and ``Layer``.
"""

from backprop.data.datasets import BINARY, DATASETS, MULTICLASS, REGRESSION, Dataset, DatasetKind, make_dataset
from backprop.data.features import FeatureMap, available_features, feature_label
from backprop.data.picture_plane import PicturePlane
from backprop.data.targets import accuracy, make_targets, target_levels
from backprop.data.yardsticks import Yardsticks, score, yardsticks

__all__ = [
    "BINARY",
    "DATASETS",
    "MULTICLASS",
    "REGRESSION",
    "Dataset",
    "DatasetKind",
    "FeatureMap",
    "PicturePlane",
    "Yardsticks",
    "accuracy",
    "available_features",
    "feature_label",
    "make_dataset",
    "make_targets",
    "score",
    "target_levels",
    "yardsticks",
]
