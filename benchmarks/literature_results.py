"""The published results that this package reproduces, by name: each returns rows of published against measured.

``python -m benchmarks.literature`` prints them, ``tests/test_literature.py`` asserts the same rows. A row passes where
the measured value lies in the interval that the row itself names, with the reason for its width.
"""

from __future__ import annotations

from benchmarks import function_results, signal_results, surrogate_results
from benchmarks.literature_rows import Reproduction

REPRODUCTIONS: dict[str, Reproduction] = {
    entry.name: entry
    for entry in (
        Reproduction(
            "slopes",
            "Slope bounds",
            "Rumelhart, Hinton & Williams 1986; Hochreiter 1991",
            function_results.slope_bounds,
        ),
        Reproduction(
            "differences",
            "Gradient check",
            "Squire & Trapp 1998, for the complex step",
            function_results.difference_quotients,
        ),
        Reproduction(
            "minima",
            "Minima of the smooth ReLUs",
            "Hendrycks & Gimpel 2016; Elfwing, Uchibe & Doya 2017; Misra 2019",
            function_results.minima,
        ),
        Reproduction(
            "surrogate_formulas",
            "Surrogates in use elsewhere",
            "code of Larq (quantizers) and snnTorch (surrogate); Zenke & Ganguli 2018",
            function_results.surrogate_formulas,
        ),
        Reproduction("adam", "Adam, first step", "Kingma & Ba 2015, §2.1", function_results.adams_first_step),
        Reproduction(
            "he",
            "He initialisation at depth 30",
            "He et al. 2015",
            signal_results.he_depth_30,
            seeds=10,
            slow=True,
        ),
        Reproduction(
            "born_dead",
            "Born-dead ReLU networks",
            "Lu et al. 2019, arXiv 1903.06733",
            signal_results.born_dead,
        ),
        Reproduction("selu", "SELU", "Klambauer et al. 2017", signal_results.selu_fixed_point, seeds=10),
        Reproduction(
            "makemore",
            "tanh with gain 5/3",
            "Karpathy 2022, makemore part 3",
            signal_results.makemore,
            seeds=20,
        ),
        Reproduction(
            "makemore_limit",
            "tanh with gain 5/3, infinitely wide",
            "Poole et al. 2016, for the method",
            signal_results.makemore_limit,
            seeds=3,
            slow=True,
        ),
        Reproduction(
            "glorot_stall",
            "Sigmoid stack stalls",
            "Glorot & Bengio 2010, fig. 2",
            signal_results.glorot_stall,
        ),
        Reproduction(
            "glorot_variances",
            "Variance of gradients",
            "Glorot & Bengio 2010, §4.2.1",
            signal_results.glorot_variances,
            seeds=10,
        ),
        Reproduction(
            "edge_of_chaos",
            "Critical weight variance of tanh",
            "Poole et al. 2016; Schoenholz et al. 2017",
            signal_results.edge_of_chaos,
            seeds=6,
            slow=True,
        ),
        Reproduction(
            "orthogonal",
            "Linear networks of depth 100",
            "Saxe, McClelland & Ganguli 2013; Newman 1986",
            signal_results.orthogonal_nets,
        ),
        Reproduction(
            "surrogates",
            "Forward and backward functions apart (test accuracy in %)",
            "an independent NumPy run; the idea: Bengio, Léonard & Courville 2013; Courbariaux et al. 2016; "
            "Zenke & Ganguli 2018; Neftci, Mostafa & Zenke 2019",
            surrogate_results.forward_and_backward,
            seeds=10,
            slow=True,
        ),
    )
}
