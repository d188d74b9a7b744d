"""The settings as typed and the experiment that runs: nothing typed is lost, nothing sound is stopped."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from backprop import DATASETS, Experiment, Layer, Trainer, to_query
from backprop.data.datasets import MULTICLASS, REGRESSION
from backprop.data.features import available_features
from ui.workspace.experiment_form import ExperimentForm
from ui.workspace.presets import PRESETS
from ui.workspace.workspace import Workspace

HEAD = Layer(1, "sigmoid")
STACK = Experiment(layers=(Layer(5, "tanh"), Layer(4, "relu", "tanh", "normal"), HEAD), samples=60)


def workspace(experiment: Experiment = STACK) -> Workspace:
    """A workspace opened by a link to this experiment."""
    space = Workspace(to_query(experiment))
    assert (space.experiment, space.notice) == (experiment, None)
    return space


def edit(number: int, op: str, **more: Any) -> dict[str, Any]:
    """An edit as the view sends it."""
    return {"id": number, "type": "edit", "op": op, "run": 1, **more}


def set_field(number: int, layer: int, field: str, value: Any) -> dict[str, Any]:
    """The edit of one field of one layer."""
    return edit(number, "set", layer=layer, field=field, value=value)


def choose(space: Workspace, **settings: Any) -> None:
    """Settings changed in the sidebar."""
    space.command([edit(space.player.message["acknowledged"] + 1, "apply", settings=settings)])


def to_dataset(space: Workspace, name: str) -> None:
    """Another dataset, picked in the sidebar."""
    space.command([edit(space.player.message["acknowledged"] + 1, "dataset", name=name)])


def built(space: Workspace) -> Experiment:
    """The experiment that the settings, as they were typed, describe."""
    settings = space.form
    return Experiment(**{**settings, "layers": tuple(Layer(**layer) for layer in settings["layers"])})


def check_sound(space: Workspace) -> None:
    """Settings, experiment and run say the same, and nobody complains."""
    assert space.notice is None
    assert built(space) == space.experiment == space.player.trainer.experiment


def check_sentence(notice: str | None) -> None:
    """The notice is a sentence that a visitor can understand."""
    assert notice
    assert notice[0] == notice[0].upper()
    assert notice.endswith(".")
    assert "Traceback" not in notice


# --- contradictions --------------------------------------------------------------------------------------------------


def test_a_contradiction_keeps_what_was_typed_and_the_old_run_goes_on() -> None:
    space = workspace()
    space.command([{"id": 1, "type": "play"}])
    trainer = space.player.trainer
    choose(space, loss="cce")
    step = trainer.step_count
    check_sentence(space.notice)
    assert "softmax" in str(space.notice)
    assert (space.form["loss"], space.experiment) == ("cce", STACK)
    assert space.player.trainer is trainer
    space.command([{"id": 3, "type": "more", "frames": 3, "run": 1, "shown": 4}])
    assert (trainer.step_count, space.player.running) == (step + 15, True)
    check_sentence(space.notice)  # it is still true


def test_the_change_that_resolves_a_contradiction_runs() -> None:
    space = workspace()
    choose(space, loss="cce")
    space.command([set_field(2, 2, "activation", "softmax")])
    check_sentence(space.notice)  # a softmax of one unit
    assert space.experiment == STACK
    space.command([set_field(3, 2, "units", 2)])
    check_sound(space)
    assert space.experiment == replace(STACK, layers=(*STACK.hidden, Layer(2, "softmax")), loss="cce")


def test_taking_a_contradiction_back_leaves_the_run_alone() -> None:
    space = workspace()
    trainer = space.player.trainer
    choose(space, loss="cce")
    choose(space, loss="bce")
    check_sound(space)
    assert space.player.trainer is trainer


def test_a_dataset_picked_while_playing_is_that_of_the_page_and_plays_on() -> None:
    space, other = workspace(), workspace()
    space.command([{"id": 1, "type": "play"}, edit(2, "dataset", name="iris")])
    check_sound(space)
    to_dataset(other, "iris")
    assert space.experiment == other.experiment
    assert space.form == other.form
    assert (space.player.running, space.player.message["frames"][0]["step"]) == (True, 0)
    for number, name in enumerate(("nowhere", None, 3, ["iris"]), start=3):
        space.command([edit(number, "dataset", name=name)])
        check_sentence(space.notice)
        assert "here is no dataset" in str(space.notice)
        assert space.experiment == other.experiment


def test_several_edits_in_one_batch_are_all_made() -> None:
    space = workspace()
    space.command([set_field(1, 0, "units", 9), set_field(2, 1, "activation", "elu"), edit(3, "add")])
    check_sound(space)
    added = Layer(4, "elu", "tanh", "normal")  # like the last hidden layer
    assert space.experiment.layers == (Layer(9, "tanh"), added, added, HEAD)
    assert space.player.message["acknowledged"] == 3


def test_repeated_edits_are_made_once() -> None:
    space = workspace()
    for _ in range(3):
        space.command([edit(1, "add"), edit(2, "add")])
    assert len(space.experiment.layers) == 5


def test_a_batch_that_passes_through_a_contradiction_ends_sound() -> None:
    space = workspace()
    space.command([set_field(1, 2, "activation", "softmax"), set_field(2, 2, "units", 2)])
    choose(space, loss="cce")
    check_sound(space)


def test_settings_and_edits_do_not_overwrite_each_other() -> None:
    space = workspace()
    choose(space, loss="cce", noise=0.35)
    space.command([set_field(2, 0, "units", 7)])
    choose(space, seed=3)
    assert space.experiment == STACK
    choose(space, loss="mse")
    check_sound(space)
    layers = (Layer(7, "tanh"), *STACK.layers[1:])
    assert space.experiment == replace(STACK, loss="mse", noise=0.35, seed=3, layers=layers)


# --- links -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        {"data": "nope"},
        {"layers": ""},
        {"layers": "8"},
        {"layers": "8:tanh,1:tanh"},  # each sound, not together
        {"layers": "8:nope,1:sigmoid"},
        {"layers": ",".join(["2:tanh"] * 40)},
        {"lr": "nan"},
        {"lr": "fast"},
        {"samples": "1e9"},
        {"samples": "9" * 5000},
        {"features": ""},
        {"seed": "-1"},
        {"seed": "²"},
        {"dtype": "int8"},
    ],
)
def test_a_bad_link_opens_the_opening_network_and_says_so(query: dict[str, str]) -> None:
    space = Workspace(query)
    check_sentence(space.notice)
    assert str(space.notice).startswith("This link cannot be opened as it is: ")
    assert space.experiment == built(space) == Experiment()
    assert space.player.message["frames"]
    choose(space, seed=1)
    check_sound(space)


@pytest.mark.parametrize("name", PRESETS)
def test_a_link_opens_what_it_names(name: str) -> None:
    check_sound(workspace(PRESETS[name].experiment))


def test_parameters_that_are_no_settings_are_ignored() -> None:
    space = Workspace({"utm_source": "mail", "seed": "9"})
    check_sound(space)
    assert space.experiment == Experiment(seed=9)


# --- edits of the stack ----------------------------------------------------------------------------------------------

FIRST, SECOND = STACK.hidden
EDITS = {
    "units": (set_field(1, 0, "units", 9), (Layer(9, "tanh"), SECOND, HEAD)),
    "activation": (set_field(1, 1, "activation", "elu"), (FIRST, Layer(4, "elu", "tanh", "normal"), HEAD)),
    "backward": (set_field(1, 0, "backward", "step"), (Layer(5, "tanh", "step"), SECOND, HEAD)),
    "own slope": (set_field(1, 1, "backward", None), (FIRST, Layer(4, "relu", None, "normal"), HEAD)),
    "initializer": (set_field(1, 0, "initializer", "zeros"), (Layer(5, "tanh", None, "zeros"), SECOND, HEAD)),
    "gain": (set_field(1, 0, "gain", 2.5), (Layer(5, "tanh", gain=2.5), SECOND, HEAD)),
    "bias": (set_field(1, 1, "bias", -3), (FIRST, Layer(4, "relu", "tanh", "normal", bias=-3), HEAD)),
    "add": (edit(1, "add"), (FIRST, SECOND, SECOND, HEAD)),
    "duplicate": (edit(1, "duplicate", layer=0), (FIRST, FIRST, SECOND, HEAD)),
    "duplicate the output": (edit(1, "duplicate", layer=2), (FIRST, SECOND, HEAD, HEAD)),
    "remove": (edit(1, "remove", layer=0), (SECOND, HEAD)),
    "move on": (edit(1, "move", layer=0, to=1), (SECOND, FIRST, HEAD)),
    "move back": (edit(1, "move", layer=1, to=0), (SECOND, FIRST, HEAD)),
    "move beyond the output": (edit(1, "move", layer=0, to=2), (SECOND, FIRST, HEAD)),
    "move before the first": (edit(1, "move", layer=1, to=-5), (SECOND, FIRST, HEAD)),
}


@pytest.mark.parametrize(("command", "layers"), EDITS.values(), ids=list(EDITS))
def test_edits(command: dict[str, Any], layers: tuple[Layer, ...]) -> None:
    space = workspace()
    space.command([command])
    check_sound(space)
    assert space.experiment == replace(STACK, layers=layers)
    assert space.player.message["run"] == 2


def test_a_copy_is_a_layer_of_its_own() -> None:
    space = workspace()
    space.command([edit(1, "duplicate", layer=0), edit(2, "add"), set_field(3, 0, "units", 2)])
    space.command([set_field(4, 3, "units", 3)])
    assert [layer["units"] for layer in space.form["layers"]] == [2, 5, 4, 3, 1]
    form = ExperimentForm(STACK)
    form.edit(edit(5, "duplicate", layer=0))
    one, two, *_ = form.settings["layers"]
    assert one == two
    assert one is not two


def test_a_network_of_one_layer_can_grow() -> None:
    space = workspace(replace(STACK, layers=(HEAD,)))
    space.command([edit(1, "add")])
    check_sound(space)
    assert space.experiment.layers == (Layer(8, "tanh"), HEAD)
    space.command([edit(2, "remove", layer=0)])
    assert space.experiment.layers == (HEAD,)


REFUSED = {
    "remove the output": (edit(1, "remove", layer=2), "output layer cannot be removed"),
    "move the output": (edit(1, "move", layer=2, to=0), "output layer stays last"),
    "a layer too far": (edit(1, "remove", layer=3), "no layer 4"),
    "a layer before the first": (set_field(1, -1, "units", 3), "no layer 0"),
    "no layer": (edit(1, "duplicate"), "no layer"),
    "text for a layer": (set_field(1, "a", "units", 3), "layer = 'a'"),  # type: ignore[arg-type]
    "text for a place": (edit(1, "move", layer=0, to="a"), "to = 'a'"),
    "unknown op": (edit(1, "explode", layer=0), "unknown edit 'explode'"),
    "a list for op": (edit(1, ["set"], layer=0), "unknown edit"),  # type: ignore[arg-type]
    "unknown field": (set_field(1, 0, "colour", "red"), "no 'colour'"),
    "no field": (edit(1, "set", layer=0, value=3), "no 'None'"),
    "a list for a field": (set_field(1, 0, ["units"], 3), "A layer has no"),  # type: ignore[arg-type]
    "no value": (edit(1, "set", layer=0, field="units"), "'units'"),
}


@pytest.mark.parametrize(("command", "part"), REFUSED.values(), ids=list(REFUSED))
def test_refused_edits_change_nothing(command: dict[str, Any], part: str) -> None:
    space = workspace()
    trainer = space.player.trainer
    space.command([command])
    check_sentence(space.notice)
    assert part in str(space.notice)
    assert built(space) == space.experiment == STACK
    assert space.player.trainer is trainer
    space.command([edit(2, "add")])  # and are no trouble later
    check_sound(space)


@pytest.mark.parametrize("value", [0, -3, 2.5, 5000, "abc", "", None, True, [8], {}, 1e300])
def test_nonsense_for_units_is_kept_and_told(value: Any) -> None:
    space = workspace()
    space.command([set_field(1, 0, "units", value)])
    check_sentence(space.notice)
    assert "layer 1" in str(space.notice).lower()
    assert space.form["layers"][0]["units"] is value
    assert space.experiment == STACK
    space.command([set_field(2, 0, "units", 3)])
    check_sound(space)


@pytest.mark.parametrize("field", ["activation", "backward", "initializer"])
@pytest.mark.parametrize("value", [0, "abc", "", ["tanh"], {}, "leaky_relu(nan)", "leaky_relu(1,2)", "softmax(1)"])
def test_nonsense_for_names_is_told(field: str, value: Any) -> None:
    space = workspace()
    space.command([set_field(1, 0, field, value)])
    check_sentence(space.notice)
    assert space.experiment == STACK
    space.command([set_field(2, 0, field, dataclasses.asdict(FIRST)[field])])
    check_sound(space)


@pytest.mark.parametrize("field", ["gain", "bias"])
@pytest.mark.parametrize("value", [None, "a", "", True, [1], {}, 10**40, float("nan"), float("inf")])
def test_nonsense_for_gain_and_bias_is_told(field: str, value: Any) -> None:
    space = workspace()
    space.command([set_field(1, 0, field, value)])
    check_sentence(space.notice)
    assert space.experiment == STACK
    space.command([set_field(2, 0, field, dataclasses.asdict(FIRST)[field])])
    check_sound(space)


def test_every_field_of_a_layer_can_be_edited() -> None:
    assert {field.name for field in dataclasses.fields(Layer)} <= {
        command.get("field") for command, _ in EDITS.values()
    }


def test_too_many_layers_are_told() -> None:
    space = workspace()
    space.command([edit(number, "add") for number in range(1, 41)])
    check_sentence(space.notice)
    assert str(space.notice).startswith("At most 32 layers")
    assert len(space.form["layers"]) == len(space.experiment.layers) == 32


TOO_LARGE = {
    "weights": ({"layers": "700:tanh,700:tanh,1:sigmoid"}, "493,501 weights and biases, more than the 200,000"),
    "units": ({"layers": ",".join(["1024:tanh,1:tanh"] * 4 + ["1:sigmoid"])}, "4,101 units, more than the 4,000"),
    "outputs": ({"layers": "500:tanh,1:sigmoid", "samples": "5000"}, "2,505,000 outputs for 5,000 samples"),
}


@pytest.mark.parametrize(("query", "words"), TOO_LARGE.values(), ids=list(TOO_LARGE))
def test_what_is_too_large_to_be_shown_live_is_told(query: dict[str, str], words: str) -> None:
    space = Workspace(query)
    assert words in str(space.notice)
    assert "take fewer" in str(space.notice)
    assert len(space.experiment.layers) == 4


def test_an_edit_that_makes_a_run_too_large_is_told_and_the_run_goes_on() -> None:
    space = workspace()
    choose(space, samples=5000)
    space.command([set_field(10, 0, "units", 600)])
    check_sentence(space.notice)
    assert "3,025,000 outputs" in str(space.notice)
    assert space.experiment == replace(STACK, samples=5000)


def test_the_samples_that_there_are_count() -> None:
    space = Workspace({"data": "iris", "samples": "5000", "layers": "500:tanh,3:softmax"})
    assert space.notice is None


# --- edits in mid-run ------------------------------------------------------------------------------------------------


def trained(experiment: Experiment = STACK) -> Workspace:
    """A workspace whose run has made an epoch."""
    space = workspace(experiment)
    space.command([{"id": 1, "type": "step", "unit": "epoch"}])
    return space


ORIGINS = {
    "units": (set_field(2, 0, "units", 9), [0, 1, 2]),
    "activation": (set_field(2, 1, "activation", "elu"), [0, 1, 2]),
    "add": (edit(2, "add"), [0, 1, None, 2]),
    "duplicate": (edit(2, "duplicate", layer=0), [0, None, 1, 2]),
    "duplicate the output": (edit(2, "duplicate", layer=2), [0, 1, None, 2]),
    "remove": (edit(2, "remove", layer=0), [1, 2]),
    "move on": (edit(2, "move", layer=0, to=1), [1, 0, 2]),
    "move back": (edit(2, "move", layer=1, to=0), [1, 0, 2]),
}


@pytest.mark.parametrize(("command", "origins"), ORIGINS.values(), ids=list(ORIGINS))
def test_an_edit_in_mid_run_keeps_the_weights_of_the_layers_that_stay(
    command: dict[str, Any], origins: list[int | None]
) -> None:
    space, alone = trained(), Trainer(STACK)
    alone.run_epoch()
    space.command([command])
    check_sound(space)
    alone.change(space.experiment, origins)
    trainer = space.player.trainer
    assert trainer.layer_ids == alone.layer_ids
    assert trainer.marks == alone.marks
    np.testing.assert_array_equal(trainer.network.parameters, alone.network.parameters)
    message = space.player.message
    assert (message["run"], message["latest"]) == (2, trainer.steps_per_epoch)
    assert [layer["units"] for layer in message["scene"]["layers"]] == [x.units for x in space.experiment.layers]


def test_layers_are_followed_through_a_contradiction() -> None:
    space, alone = trained(), Trainer(STACK)
    alone.run_epoch()
    choose(space, loss="cce")  # no softmax: the run goes on as it was
    space.command([edit(3, "move", layer=0, to=1), edit(4, "add"), edit(5, "remove", layer=0)])
    assert space.experiment == STACK
    choose(space, loss="bce")
    check_sound(space)
    alone.change(space.experiment, [0, None, 2])
    assert space.player.trainer.layer_ids == alone.layer_ids == (1, 4, 3)
    np.testing.assert_array_equal(space.player.trainer.network.parameters, alone.network.parameters)


def test_edits_without_the_frame_shown_are_made_where_the_server_stands() -> None:
    """As a view sends them that was loaded before this server was started."""
    space = workspace()
    space.command([{"id": 1, "type": "play"}])
    step = space.player.trainer.step_count
    space.command([set_field(2, 0, "units", 9)])
    check_sound(space)
    message = space.player.message
    assert (message["run"], message["running"], message["frames"][0]["step"]) == (2, True, step)
    assert len(message["frames"]) > 1


def test_a_refused_edit_while_playing_plays_on_from_the_frame_shown() -> None:
    space = workspace()
    space.command([{"id": 1, "type": "play"}])
    space.command([{**edit(2, "remove", layer=9), "shown": 2}])
    check_sentence(space.notice)
    message = space.player.message
    assert (message["run"], message["frames"][0]["index"], message["frames"][0]["step"]) == (1, 3, 15)


# --- several settings at once ----------------------------------------------------------------------------------------


def apply(number: int, **parts: Any) -> dict[str, Any]:
    """What the controls of view and sidebar change."""
    return edit(number, "apply", **parts)


def test_a_learning_rate_of_the_view_takes_effect_in_the_run() -> None:
    space = trained()
    weights = space.player.trainer.network.parameters.copy()
    space.command([apply(2, settings={"learning_rate": 0.5})])
    check_sound(space)
    trainer, message = space.player.trainer, space.player.message
    assert (trainer.learning_rate, trainer.step_count, message["run"]) == (0.5, trainer.steps_per_epoch, 1)
    np.testing.assert_array_equal(trainer.network.parameters, weights)
    assert message["marks"] == [[trainer.step_count, "learning rate 0.02 → 0.5"]]


SICK = Experiment(
    dataset="circle", layers=(Layer(8), Layer(8), Layer(1, "sigmoid")), optimizer="sgd", learning_rate=20.0
)


@pytest.mark.parametrize("running", [False, True])
def test_a_remedy_from_the_start_begins_a_run(running: bool) -> None:
    space = workspace(SICK)
    space.command([*({"id": n, "type": "step", "unit": "epoch"} for n in range(1, 10)), {"id": 10, "type": "remedy"}])
    [[finding]] = space.player.message["findings"]
    assert finding["remedy"]["rewind"]
    if running:
        space.command([{"id": 20, "type": "play"}])
    space.command([{**edit(21, "treat", label=finding["remedy"]["label"]), "shown": 1}])
    check_sound(space)
    assert (space.player.message["frames"][0]["step"], space.player.message["marks"]) == (0, [])
    assert space.player.message["running"] == running
    assert space.experiment.learning_rate < 1
    assert "earning rate " in str(space.outcome)


def test_a_remedy_that_works_from_here_goes_on() -> None:
    space = workspace(replace(SICK, learning_rate=1e-6))
    space.command([*({"id": n, "type": "step", "unit": "epoch"} for n in range(1, 10)), {"id": 10, "type": "remedy"}])
    step = space.player.trainer.step_count
    [[finding]] = space.player.message["findings"]
    assert not finding["remedy"]["rewind"]
    space.command([edit(21, "treat", label=finding["remedy"]["label"])])
    check_sound(space)
    assert (space.player.trainer.step_count, len(space.player.trainer.marks)) == (step, 1)


@pytest.mark.parametrize("name", PRESETS)
def test_every_remedy_that_is_offered_can_be_tried(name: str) -> None:
    for epochs in (0, 30):
        space = workspace(PRESETS[name].experiment)
        space.command(
            [*({"id": n, "type": "step", "unit": "epoch"} for n in range(1, epochs + 1)), {"id": 90, "type": "remedy"}]
        )
        [[finding]] = space.player.message["findings"]
        [verdict] = space.player.verdicts
        assert (finding["remedy"] is None) == (verdict.remedy is None)
        if verdict.remedy:
            space.command([edit(100, "treat", label=json.loads(json.dumps(finding))["remedy"]["label"])])
            check_sound(space)
            assert space.experiment == verdict.remedy.applied_to(PRESETS[name].experiment)


@pytest.mark.parametrize("label", ["Learning rate 7", None, 3, ["x"], {}])
def test_a_remedy_that_is_not_proposed_changes_nothing_and_is_told(label: Any) -> None:
    space = trained()
    space.command([edit(2, "treat", label=label)])
    check_sentence(space.notice)
    assert "no longer proposed" in str(space.notice)
    assert built(space) == space.experiment == STACK


def test_another_edit_ends_the_outcome_of_a_remedy() -> None:
    space = workspace(SICK)
    space.command([*({"id": n, "type": "step", "unit": "epoch"} for n in range(1, 10)), {"id": 10, "type": "remedy"}])
    space.command([edit(21, "treat", label=space.player.verdicts[0].remedy.label)])  # type: ignore[union-attr]
    space.command([{"id": n, "type": "step", "unit": "epoch"} for n in range(22, 90)])
    assert str(space.outcome).startswith("It helps: ")
    space.command([edit(200, "seed")])
    assert space.outcome is None


APPLIED: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown setting": ({"settings": {"colour": 1}}, "'colour'"),
    "layers": ({"settings": {"layers": []}}, "'layers'"),
    "the dataset": ({"settings": {"dataset": "moons"}}, "'dataset'"),
    "no number": ({"settings": {"learning_rate": "fast"}}, "learning rate must be"),
    "a list": ({"settings": {"noise": [1]}}, "noise must be"),
    "an unknown loss": ({"settings": {"loss": "none"}}, "there is no loss"),
    "a number for features": ({"settings": {"features": 3}}, "features must be a list"),
    "unknown features": ({"settings": {"features": ["x9", []]}}, "features"),
    "numbers in features": ({"settings": {"features": [[]]}}, "features"),
    "text for settings": ({"settings": "noise"}, "no settings"),
    "a list for settings": ({"settings": [1]}, "no settings"),
}


@pytest.mark.parametrize(("parts", "words"), APPLIED.values(), ids=list(APPLIED))
def test_what_cannot_be_applied_changes_nothing_and_is_told(parts: dict[str, Any], words: str) -> None:
    space = trained()
    space.command([apply(2, **parts)])
    check_sentence(space.notice)
    assert words.lower() in str(space.notice).lower()
    assert built(space) == space.experiment == STACK
    space.command([apply(3, settings={"noise": 0.2, "features": ["x1", "x2"]})])
    check_sound(space)
    assert space.experiment.noise == 0.2


def test_a_loss_that_does_not_fit_yet_is_kept_like_everything_typed() -> None:
    space = trained()
    space.command([apply(2, settings={"loss": "cce"})])
    check_sentence(space.notice)
    assert (space.form["loss"], space.experiment) == ("cce", STACK)
    space.command([set_field(3, 2, "units", 2), set_field(4, 2, "activation", "softmax")])
    check_sound(space)
    assert space.experiment.loss == "cce"


def test_another_seed_is_another_run_and_never_the_same() -> None:
    space = trained()
    seeds = [space.experiment.seed]
    for number in range(2, 6):
        space.command([edit(number, "seed")])
        check_sound(space)
        seeds.append(space.experiment.seed)
        assert seeds[-1] != seeds[-2]
        assert (space.player.trainer.step_count, space.player.message["run"]) == (0, number)


# --- looking at past moments -----------------------------------------------------------------------------------------


def test_the_settings_are_those_of_the_moment_that_is_looked_at() -> None:
    space = trained()
    space.command([set_field(2, 0, "units", 9)])
    now = space.experiment
    space.command([{"id": 3, "type": "step"}])
    choose(space, loss="cce")  # typed, and at odds with the output
    space.command([{"id": 5, "type": "look", "step": 0}])
    check_sound(space)
    assert (space.experiment, space.player.message["looking"]) == (STACK, 0)
    space.command([{"id": 6, "type": "look", "step": 10**6}])
    check_sentence(space.notice)
    assert (space.experiment, space.form["loss"], space.form["layers"][0]["units"]) == (now, "cce", 9)
    assert space.player.message["looking"] is None


@pytest.mark.parametrize("how", ["edit", "setting", "play"])
def test_going_on_from_a_past_moment_goes_on_with_its_settings(how: str) -> None:
    space = trained()
    space.command([{"id": 2, "type": "step"}, set_field(3, 0, "units", 9), {"id": 4, "type": "step"}])
    steps = space.player.trainer.steps_per_epoch
    space.command([{"id": 5, "type": "look", "step": steps}])
    if how == "setting":
        choose(space, noise=0.3)
    else:
        space.command([edit(6, "add") if how == "edit" else {"id": 6, "type": "play"}])
    check_sound(space)
    expected = {
        "edit": replace(STACK, layers=(*STACK.hidden, STACK.hidden[1], HEAD)),
        "setting": replace(STACK, noise=0.3),
        "play": STACK,
    }
    assert space.experiment == expected[how]
    message = space.player.message
    assert message["looking"] is None
    assert [step for step, _ in message["marks"]] == ([] if how == "play" else [steps])
    space.command([{"id": 7, "type": "look", "step": None}])
    assert space.experiment == expected[how]  # the moment that was the latest before is forgotten


# --- charts ----------------------------------------------------------------------------------------------------------


def test_a_chart_is_opened_and_closed() -> None:
    space = workspace()
    assert space.opened is None
    space.command([{"id": 1, "type": "open", "chart": "gradient"}])
    assert (space.opened, space.notice) == ("gradient", None)
    space.command([{"id": 2, "type": "open", "chart": None}])
    assert space.opened is None


@pytest.mark.parametrize("name", ["", "nope", 3, ["loss"], {}])
def test_a_chart_that_is_not_there_is_told(name: Any) -> None:
    space = workspace()
    space.command([{"id": 1, "type": "open", "chart": name}])
    check_sentence(space.notice)
    assert space.opened is None


# --- what a browser may send -----------------------------------------------------------------------------------------

NUMBERS: list[Any] = [None, "1", "a", 1.5, True, [], {}, float("nan"), float("inf")]
KINDS: list[Any] = [None, "dance", "__init__", ["play"], {}]
PLACES: list[Any] = [None, "x", [1], 10**40, -7]
MALFORMED: list[Any] = [
    None,
    3,
    "play",
    {"id": 1, "type": "play"},  # not in a list: still a command
    [None],
    [3],
    ["play"],
    [[]],
    [{}],
    [{"type": "play"}],
    *([{"id": number, "type": "play"}] for number in NUMBERS),
    *([{"id": 1, "type": kind}] for kind in KINDS),
    *([{"id": 1, "type": "more", "frames": number}] for number in (*NUMBERS, *PLACES)),
    *([{"id": 1, "type": "speed", "updates": number}] for number in (*NUMBERS, *PLACES)),
    *(
        [{"id": 1, "type": kind, "run": 1, "shown": shown}]
        for kind in ("more", "pause", "step", "rewind", "hello")
        for shown in PLACES
    ),
    [{"id": 1, "type": "more", "run": [], "shown": 0}],
    [{"id": 1, "type": "step", "unit": 7}],
    *([{"id": 1, "type": "inspect", "layer": place, "unit": place}] for place in (*NUMBERS, *PLACES)),
    [{"id": 1, "type": "speed", "top": "yes"}],
    *([{"id": 1, "type": "look", "step": place}] for place in (*NUMBERS, *PLACES)),
    *([{"id": 1, "type": "set", "layer": 0, "unit": 0, "input": 0, "value": place}] for place in (*NUMBERS, *PLACES)),
    *([{"id": 1, "type": "set", "layer": place, "unit": place, "input": place, "value": 1}] for place in NUMBERS),
    *([{"id": 1, "type": "open", "chart": place}] for place in KINDS),
    *([{"id": 1, "type": "edit", "op": op, "settings": op, "label": op}] for op in ("apply", "treat", *KINDS)),
    *(
        [{"id": 1, "type": "edit", "op": op, "name": name}]
        for op in ("dataset", "preset")
        for name in (*NUMBERS, *KINDS)
    ),
]


def test_frames_that_a_pause_in_the_same_batch_drops_are_not_trained(monkeypatch: pytest.MonkeyPatch) -> None:
    space = workspace()
    space.command([{"id": 1, "type": "play"}])
    made: list[int] = []
    monkeypatch.setattr(space.player.trainer, "step", made.append)
    more = {"id": 2, "type": "more", "frames": 9, "run": 1, "shown": 1}
    space.command([more, {"id": 3, "type": "pause", "run": 1, "shown": 2}])
    assert (made, space.player.trainer.step_count) == ([], 10)


@pytest.mark.parametrize("commands", MALFORMED, ids=repr)
@pytest.mark.parametrize("running", [False, True])
def test_whatever_a_browser_sends_the_session_lives_on(commands: Any, running: bool) -> None:
    space = workspace()
    space.player.running = running
    sequence = space.player.message["sequence"]
    space.command(commands)
    if space.notice is not None:
        check_sentence(space.notice)
    message = space.player.message
    assert message["sequence"] == sequence + 1  # the view gets an answer
    assert space.player.packed({"form": space.form, "notice": space.notice})
    space.command([{"id": 60, "type": "pause"}, edit(61, "add")])
    check_sound(space)
    assert len(space.experiment.layers) == 4


@pytest.mark.parametrize(
    "command",
    [
        None,
        {},
        {"id": "1", "type": "play"},
        {"id": 1, "type": "dance"},
        {"id": 1, "type": "speed", "updates": "a"},
        {"id": 1, "type": "pause", "shown": "x"},
    ],
)
def test_a_command_that_makes_no_sense_is_told_and_the_others_are_obeyed(command: Any) -> None:
    space = workspace()
    space.command([command, {"id": 2, "type": "step", "unit": "update"}])
    check_sentence(space.notice)
    assert "live view sent" in str(space.notice)
    assert space.player.trainer.step_count == 1
    assert space.player.message["acknowledged"] == 2


# --- settings --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [0, -1.0, None, "fast", float("nan"), float("inf")])
def test_a_learning_rate_that_is_none_leaves_the_run_alone(value: Any) -> None:
    space = workspace()
    trainer = space.player.trainer
    choose(space, learning_rate=value)
    check_sentence(space.notice)
    assert space.player.trainer is trainer
    assert trainer.optimizer.learning_rate == STACK.learning_rate


SETTINGS = {
    "noise": 0.5,
    "samples": 90,
    "test_share": 0.0,
    "data_seed": 3,
    "features": ("x2", "x1*x2"),
    "loss": "mse",
    "optimizer": "sgd",
    "learning_rate": 0.5,
    "schedule": "cosine(200)",
    "clip_norm": 0.5,
    "l1": 0.001,
    "l2": 0.01,
    "batch_size": 7,
    "seed": 11,
    "dtype": "float64",
}


@pytest.mark.parametrize(("field", "value"), SETTINGS.items(), ids=list(SETTINGS))
def test_a_setting_begins_a_new_run_before_the_first_update(field: str, value: Any) -> None:
    space = workspace()
    choose(space, **{field: value})
    check_sound(space)
    assert space.experiment == replace(STACK, **{field: value})
    assert (space.player.trainer.step_count, space.player.message["run"]) == (0, 2)
    np.testing.assert_array_equal(space.player.trainer.network.parameters, Trainer(space.experiment).network.parameters)
    assert space.player.message["marks"] == []
    choose(space, **{field: value})
    assert space.player.message["run"] == 2  # the same once more is no change


@pytest.mark.parametrize(("field", "value"), SETTINGS.items(), ids=list(SETTINGS))
def test_a_setting_in_mid_run_goes_on_with_the_weights(field: str, value: Any) -> None:
    space = workspace()
    space.command([{"id": 1, "type": "step", "unit": "epoch", "run": 1}])
    steps = space.player.trainer.step_count
    alone = Trainer(STACK)
    alone.step(steps)
    choose(space, **{field: value})
    check_sound(space)
    trainer, message = space.player.trainer, space.player.message
    if field == "seed":  # other initial weights are another run
        assert (trainer.step_count, message["marks"]) == (0, [])
        np.testing.assert_array_equal(trainer.network.parameters, Trainer(space.experiment).network.parameters)
        return
    alone.change(space.experiment)
    assert trainer.step_count == steps == message["latest"]
    np.testing.assert_array_equal(trainer.network.parameters, alone.network.parameters)
    assert [step for step, _ in message["marks"]] == [steps]
    assert {frame["step"] for frame in message["frames"]} == {steps}  # the same moment as it is now
    alone.step(5)
    space.command([{"id": number, "type": "step", "unit": "update"} for number in range(3, 8)])
    np.testing.assert_array_equal(trainer.network.parameters, alone.network.parameters)


def test_every_setting_is_covered_above() -> None:
    fields = {field.name for field in dataclasses.fields(Experiment)}
    assert fields - set(SETTINGS) == {"dataset", "layers"}


@pytest.mark.parametrize("field", ["noise", "samples", "test_share", "batch_size", "seed", "data_seed", "dtype"])
@pytest.mark.parametrize("value", [None, "abc", -1])
def test_nonsense_for_settings_is_refused_and_told(field: str, value: Any) -> None:
    space = workspace()
    choose(space, **{field: value})
    check_sentence(space.notice)
    assert (space.form[field], space.experiment) == (getattr(STACK, field), STACK)
    choose(space, noise=0.4)
    check_sound(space)


def test_loading_replaces_everything_and_clears_the_notice() -> None:
    space = workspace()
    choose(space, loss="cce")
    space.load(Experiment(dataset="circle", seed=3))
    check_sound(space)
    assert space.experiment == Experiment(dataset="circle", seed=3)


def test_no_features_chosen_means_the_raw_coordinates() -> None:
    space = workspace(replace(STACK, features=("x1^2",)))
    choose(space, features=())
    assert (space.notice, space.experiment.features) == (None, ("x1", "x2"))


# --- examples --------------------------------------------------------------------------------------------------------


def test_an_example_is_taken_while_playing_and_plays_on() -> None:
    space, (name, preset) = workspace(), list(PRESETS.items())[2]
    space.command([{"id": 1, "type": "play"}, edit(2, "preset", name=name)])
    check_sound(space)
    assert (space.watched, space.experiment) == (name, preset.experiment)
    assert (space.player.running, space.player.message["frames"][0]["step"]) == (True, 0)
    trained = space.player.trainer
    space.command([edit(3, "preset", name=name)])
    assert space.player.trainer is not trained  # taken again, it begins again
    space.load(STACK)  # from another page
    assert (space.watched, space.experiment) == (None, STACK)


def test_an_example_that_there_is_not_changes_nothing() -> None:
    space = workspace()
    space.command([edit(1, "preset", name="nope")])
    check_sentence(space.notice)
    assert (space.watched, space.experiment) == (None, STACK)


# --- another dataset -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("before", ["spiral", "iris", "sine", "multi_gauss"])
@pytest.mark.parametrize("after", DATASETS)
def test_another_dataset_gets_the_features_the_output_and_the_loss_that_fit(before: str, after: str) -> None:
    space = workspace(STACK.for_dataset(before))
    to_dataset(space, after)
    check_sound(space)
    experiment, kind = space.experiment, DATASETS[after]
    assert (experiment.dataset, experiment.hidden) == (after, STACK.hidden)
    assert experiment.features == kind.coordinates
    assert experiment.output.units == (len(kind.classes) if kind.task == MULTICLASS else 1)
    assert experiment.loss == ("mse" if kind.task == REGRESSION else "cce" if kind.task == MULTICLASS else "bce")


def test_chosen_features_stay_where_the_data_has_them() -> None:
    space = workspace(replace(STACK, features=("x1^2", "x1*x2")))
    to_dataset(space, "moons")
    assert list(space.experiment.features) == ["x1^2", "x1*x2"]
    to_dataset(space, "sine")
    assert list(space.experiment.features) == ["x1^2"]
    assert set(space.experiment.features) <= set(available_features(DATASETS["sine"]))
    to_dataset(space, "iris")
    assert space.experiment.features == DATASETS["iris"].coordinates


def test_another_dataset_loses_nothing_that_was_typed_during_a_contradiction() -> None:
    space = workspace()
    choose(space, loss="cce", noise=0.4)  # no softmax
    space.command([set_field(2, 0, "units", 9)])
    assert space.experiment == STACK
    to_dataset(space, "three_arms")
    check_sound(space)
    layers = (Layer(9, "tanh"), SECOND, Layer(3, "softmax"))
    assert space.experiment == replace(STACK, dataset="three_arms", noise=0.4, layers=layers, loss="cce")


def test_another_dataset_is_always_to_be_had() -> None:
    space = workspace()
    space.command([set_field(1, 0, "units", "abc")])
    to_dataset(space, "iris")  # falls back to what runs
    check_sound(space)
    assert space.experiment == STACK.for_dataset("iris")
