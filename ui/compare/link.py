"""A comparison as the parameters of a link: the settings that all stacks share, and the stacks as a, b, c and d."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from backprop import Experiment, Layer, SpecError, from_query, to_query
from backprop.links import parameter_of, write_layers
from backprop.studies.words import STACK_NAMES
from ui.compare.opening import OPENING
from ui.workspace.experiment_form import small_enough
from ui.workspace.workspace import experiment_of_link

LETTERS = tuple(name.lower() for name in STACK_NAMES)


def write_link(experiments: Sequence[Experiment]) -> dict[str, str]:
    """``{"data": "moons", "a": "8:tanh,1:sigmoid", "b": …}``. Only the layers may differ between the experiments."""
    common = {name: text for name, text in to_query(experiments[0]).items() if name != "layers"}
    stacks = {letter: write_layers(e.layers) for letter, e in zip(LETTERS, experiments, strict=False)}
    return {**common, **stacks}


def read_link(query: Mapping[str, str]) -> tuple[list[Experiment], list[str]]:
    """The stacks that a link names, two at least, and what in the link made no sense and was left out.

    A link that names no stack opens the stacks of the opening page with the settings of the link.
    """
    common = {name: text for name, text in query.items() if name not in (*LETTERS, "layers")}
    stacks = {letter: query[letter] for letter in LETTERS if letter in query}
    experiments, problems = _read(common, stacks)
    if not experiments:
        usual = {} if "data" in common else to_query(OPENING[0])
        base, more = experiment_of_link({**usual, **common})
        return [fitted(base, experiment.layers) for experiment in OPENING], [*problems, *more]
    if len(experiments) == 1:
        experiments *= 2
    return experiments, problems


def fitted(base: Experiment, layers: tuple[Layer, ...]) -> Experiment:
    """This stack with the settings of ``base``, whose output layer it takes if its own does not fit."""
    try:
        return replace(base, layers=layers)
    except SpecError:
        return replace(base, layers=(*layers[:-1], base.output))


def _read(common: dict[str, str], stacks: dict[str, str]) -> tuple[list[Experiment], list[str]]:
    """All stacks of the link. A setting, or else a stack, that makes no sense is removed from it."""
    problems: list[str] = []
    while True:
        experiments = []
        for letter, layers in stacks.items():
            try:
                experiments.append(small_enough(from_query({**common, "layers": layers})))
            except SpecError as error:
                said = str(error).rstrip(".")
                if common.pop(parameter_of(error.field), None) is None:
                    del stacks[letter]
                    said = f"stack {letter.upper()}: {said}"
                problems.append(said)
                break
        else:
            return experiments, problems
