"""Comparing without a browser: links, edits of one stack, settings of all, playing, and what the Explorer gives."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from backprop import Experiment, Layer, SpecError, Trainer, describe_change
from backprop.studies.comparison import Difference, differences
from backprop.studies.lockstep import Lockstep
from ui.compare.link import read_link, write_link
from ui.compare.opening import OPENING
from ui.compare.state import MAX_STACKS, Comparison
from ui.live.encode import Encoder

Message = dict[str, Any]

EXPLORER = Experiment(samples=60, layers=(Layer(4, "gelu"), Layer(1, "sigmoid")), seed=2)
SMALL = {"data": "moons", "samples": "60", "batch": "8", "a": "5:sigmoid,4:sigmoid,1:sigmoid", "b": "5:tanh,1:sigmoid"}


class Visitor:
    """The browser's side: numbers its commands and keeps what it was told."""

    def __init__(self, query: dict[str, str] | None = None, explorer: Experiment = EXPLORER) -> None:
        self.comparison = Comparison(SMALL if query is None else query, lambda: explorer)
        self.message: Message = self.comparison.playback.message
        self.frames: list[Message] = list(self.message["frames"])
        self.number = 0

    def send(self, type_: str, **command: Any) -> Message:
        self.number += 1
        self.comparison.command([{"id": self.number, "run": self.message["run"], "type": type_, **command}])
        if self.comparison.playback.message["run"] != self.message["run"]:
            self.frames = []
        self.message = self.comparison.playback.message
        self.frames += self.message["frames"]
        return self.message

    def edit(self, op: str, **command: Any) -> Message:
        return self.send("edit", op=op, **command)

    def notice(self) -> str:
        """The sentence; empty where nothing is wrong."""
        return self.comparison.notice or ""

    @property
    def losses(self) -> list[float]:
        """Of every stack in the latest frame."""
        return [stack["train_loss"] for stack in self.frames[-1]["stacks"]]


def losses_after(experiments: tuple[Experiment, ...], steps: int) -> list[float]:
    """What trainers of their own come to."""
    found = []
    for experiment in experiments:
        trainer = Trainer(experiment)
        trainer.step(steps)
        found.append(trainer.frame().train_loss)
    return found


# --- links -----------------------------------------------------------------------------------------------------------


def test_a_bare_address_opens_on_sigmoids_against_a_mix() -> None:
    comparison = Comparison({}, lambda: EXPLORER)
    assert comparison.experiments == OPENING
    assert comparison.notice is None
    assert comparison.playback.lockstep.same_start == ((1, 2, 3, 4, 5, 6),) * 2  # a fair comparison


def test_the_opening_shows_a_plain_difference_within_a_few_seconds() -> None:
    lockstep = Lockstep(OPENING)
    said = {one.kind for one in differences(lockstep.frame(), OPENING)}
    assert {"signal", "flow"} <= said
    lockstep.step(150)
    a, b = (frame.test_accuracy or 0.0 for frame in lockstep.frame())
    assert a < 0.6 < 0.97 < b


@pytest.mark.parametrize("count", [2, 3, 4])
def test_a_link_opens_what_it_was_written_from(count: int) -> None:
    base = replace(EXPLORER, dataset="moons", learning_rate=0.3, optimizer="momentum(0.8)")
    experiments = [
        replace(base, layers=(Layer(k + 2, "leaky_relu(0.2)", "tanh", "normal(0.5)", 2.0, 0.1), Layer(1, "sigmoid")))
        for k in range(count)
    ]
    query = write_link(experiments)
    assert sorted(query)[:count] == sorted("abcd"[:count])
    assert read_link(query) == (experiments, [])


def test_a_link_without_stacks_puts_the_opening_ones_on_its_data() -> None:
    experiments, problems = read_link({"data": "iris", "lr": "0.1"})
    assert problems == []
    assert [e.output.activation for e in experiments] == ["softmax"] * 2
    assert [e.hidden for e in experiments] == [e.hidden for e in OPENING]
    assert {(e.dataset, e.learning_rate, e.loss) for e in experiments} == {("iris", 0.1, "cce")}
    experiments, _ = read_link({"lr": "0.1"})
    assert [replace(e, learning_rate=0.01) for e in experiments] == list(OPENING)


def test_a_link_with_one_stack_compares_it_with_itself() -> None:
    experiments, problems = read_link({"a": "3:tanh,1:sigmoid"})
    assert problems == []
    assert experiments[0] == experiments[1]


@pytest.mark.parametrize(
    ("bad", "named", "left"),
    [
        ({"lr": "fast"}, "learning_rate: 'fast'", 2),
        ({"b": "8:tahn,1:sigmoid"}, "stack B: activation", 2),
        ({"b": "zz"}, "stack B: layers: 'zz'", 2),
        ({"a": "x", "b": "y"}, "stack A: layers: 'x'", 2),
        ({"c": "5:tanh,2:tanh"}, "stack C: ", 2),
        ({"loss": "cce"}, "categorical cross-entropy", 2),
        ({"c": "1024:tanh,1024:tanh,1:sigmoid"}, "stack C: this stack has", 2),
    ],
)
def test_what_makes_no_sense_in_a_link_is_named_and_the_rest_opens(bad: dict[str, str], named: str, left: int) -> None:
    comparison = Comparison({**SMALL, **bad}, lambda: EXPLORER)
    assert comparison.notice is not None
    assert named in comparison.notice
    assert comparison.notice.endswith(". Everything else is as the link says.")
    assert len(comparison.experiments) == left
    assert {e.dataset for e in comparison.experiments} == {"moons"}


# --- playing ---------------------------------------------------------------------------------------------------------


def test_the_first_message_tells_everything() -> None:
    visitor = Visitor()
    message = visitor.message
    assert visitor.comparison.playback.packed({})
    assert [len(stack["layers"]) for stack in message["scene"]["stacks"]] == [3, 2]
    a, b = visitor.comparison.experiments
    assert message["scene"]["setups"] == [
        {"stacks": [1], "text": f"B differs from A: {describe_change(a, b)}."},
        {"stacks": [1], "text": "In B layer 1 starts from A's weights."},
    ]
    assert [frame["index"] for frame in message["frames"]] == [0]
    assert visitor.losses == pytest.approx(losses_after((a, b), 0))
    assert len(message["history"]["stacks"]) == 2


def test_frames_are_those_of_encoders_of_their_own() -> None:
    visitor = Visitor()
    visitor.send("step", unit="update")
    units = 5 + 4 + 1 + 5 + 1
    for experiment, stack in zip(visitor.comparison.experiments, visitor.frames[-1]["stacks"], strict=True):
        trainer = Trainer(experiment)
        encoder = Encoder(trainer, units)
        trainer.frame()
        trainer.step()
        assert encoder.frame(1, trainer.frame()) == stack


def test_step_epoch_play_and_pause_go_on_from_the_frame_shown() -> None:
    visitor = Visitor()
    experiments = visitor.comparison.experiments
    visitor.send("step", unit="update")
    assert visitor.losses == losses_after(experiments, 1)
    visitor.send("step", unit="epoch")
    assert visitor.frames[-1]["step"] == visitor.comparison.playback.lockstep.steps_per_epoch
    visitor.send("play")
    visitor.send("more", frames=6, shown=visitor.frames[-1]["index"])
    shown = visitor.frames[-4]
    visitor.send("pause", shown=shown["index"])
    assert visitor.comparison.playback.running is False
    assert visitor.comparison.playback.lockstep.step_count == shown["step"]
    visitor.send("step", unit="update")
    assert visitor.frames[-1]["step"] == shown["step"] + 1
    assert visitor.losses == losses_after(experiments, shown["step"] + 1)


def test_rewind_starts_the_same_run_again() -> None:
    visitor = Visitor()
    before = visitor.frames[0]
    visitor.send("step", unit="epoch")
    visitor.send("rewind")
    assert visitor.frames[-1] == before


def test_what_differs_is_said_in_every_frame() -> None:
    visitor = Visitor({})
    lockstep = Lockstep(OPENING)
    expected = differences(lockstep.frame(), OPENING)
    assert [one["text"] for one in visitor.frames[-1]["differences"]] == [one.text for one in expected]
    assert expected


def test_what_was_said_of_the_frame_before_stands_a_little_longer() -> None:
    visitor = Visitor()
    visitor.send("play")
    visitor.send("more", frames=40, shown=0)
    lockstep = Lockstep(visitor.comparison.experiments)
    said: list[Difference] = []
    for frame in visitor.frames:
        lockstep.step(frame["step"] - lockstep.step_count)
        at_once = differences(lockstep.frame(), lockstep.experiments)
        said = differences(lockstep.frame(), lockstep.experiments, said)
        assert [one["text"] for one in frame["differences"]] == [one.text for one in said]
    assert len(said) > len(at_once)  # by then one has fallen below its threshold


def test_one_stack_that_diverges_does_not_stop_the_others() -> None:
    wild = ",".join(["6:relu::normal"] * 3) + ",1:sigmoid::normal(1000)"
    visitor = Visitor({**SMALL, "optimizer": "sgd", "lr": "1e19", "b": wild, "a": "2:step,1:sigmoid"})
    visitor.send("play")
    visitor.send("more", frames=8, shown=0)
    stacks = visitor.frames[-1]["stacks"]
    assert [stack["diverged"] for stack in stacks] == [False, True]
    assert stacks[1]["step"] < stacks[0]["step"] == visitor.frames[-1]["step"]
    assert visitor.message["running"] is True
    assert visitor.comparison.playback.packed({})
    assert "B diverged" in visitor.frames[-1]["differences"][0]["text"]


def test_when_all_diverge_playing_stops() -> None:
    wild = ",".join(["6:relu::normal"] * 3) + ",1:sigmoid::normal(1000)"
    visitor = Visitor({**SMALL, "optimizer": "sgd", "lr": "1e19", "b": wild, "a": wild})
    visitor.send("play")
    visitor.send("more", frames=8, shown=0)
    assert visitor.message["running"] is False


# --- edits -----------------------------------------------------------------------------------------------------------


def test_an_edit_changes_one_stack_and_starts_all_anew() -> None:
    visitor = Visitor()
    a, b = visitor.comparison.experiments
    visitor.send("step", unit="epoch")
    message = visitor.edit("set", stack=1, layer=0, field="activation", value="relu")
    assert visitor.comparison.experiments == (a, replace(b, layers=(Layer(5, "relu"), Layer(1, "sigmoid"))))
    assert visitor.frames[-1]["step"] == 0
    assert message["running"] is False
    assert "sigmoid → ReLU" in message["scene"]["setups"][0]["text"]


def test_it_plays_on_through_a_change() -> None:
    visitor = Visitor()
    visitor.send("play")
    message = visitor.edit("add", stack=0)
    assert len(visitor.comparison.stacks[0]) == 4
    assert message["running"] is True
    assert [frame["step"] for frame in message["frames"]] == [0, 5, 10, 15, 20]


def test_stacks_are_added_and_removed() -> None:
    visitor = Visitor()
    a, b = visitor.comparison.experiments
    visitor.edit("add_stack")
    assert list(visitor.comparison.experiments) == [a, b, b]
    assert visitor.message["scene"]["setups"][0]["text"].startswith("B and C differ from A")
    visitor.edit("add_stack")
    visitor.edit("add_stack")
    assert len(visitor.comparison.stacks) == MAX_STACKS
    assert visitor.notice() == "At most 4 stacks can be compared: remove one first."
    for _ in range(2):
        visitor.edit("remove_stack", stack=0)
    assert list(visitor.comparison.experiments) == [b, b]
    assert [one["text"] for one in visitor.message["scene"]["setups"]] == [
        "B is the same as A: change something in it."
    ]
    visitor.edit("remove_stack", stack=0)
    assert visitor.notice() == "A comparison needs 2 stacks: add one before you remove this."


def test_bad_input_is_one_sentence_and_nothing_is_lost() -> None:
    visitor = Visitor()
    before = visitor.comparison.experiments
    visitor.edit("set", stack=1, layer=0, field="units", value=0)
    assert visitor.notice() == "Stack B: layer 1: units must be a whole number from 1 to 1024, not 0."
    assert visitor.comparison.experiments == before  # runs on
    visitor.edit("set", stack=0, layer=0, field="activation", value="relu")
    assert visitor.comparison.stacks[1][0]["units"] == 0  # as typed
    assert visitor.comparison.stacks[0][0]["activation"] == "relu"
    assert visitor.comparison.experiments == before
    visitor.edit("set", stack=1, layer=0, field="units", value=3)
    assert visitor.notice() == ""
    a, b = visitor.comparison.experiments
    assert a.layers[0].activation == "relu"
    assert b.layers[0].units == 3


def test_a_loss_that_one_output_does_not_fit_names_the_stack() -> None:
    visitor = Visitor()
    visitor.edit("set", stack=1, layer=1, field="activation", value="tanh")
    assert visitor.notice().startswith("Stack B: binary cross-entropy needs an output between 0 and 1")
    visitor.edit("apply", settings={"loss": "mse"})
    assert visitor.notice() == ""
    assert {e.loss for e in visitor.comparison.experiments} == {"mse"}


def test_settings_are_those_of_all() -> None:
    visitor = Visitor()
    visitor.edit("apply", settings={"learning_rate": 0.3})
    visitor.edit("apply", settings={"noise": 0.5, "batch_size": 16})
    for experiment in visitor.comparison.experiments:
        assert (experiment.learning_rate, experiment.noise, experiment.batch_size) == (0.3, 0.5, 16)
    visitor.edit("apply", settings={"learning_rate": -1.0})
    assert visitor.notice().startswith("Learning rate must be a number above 0")
    assert {e.learning_rate for e in visitor.comparison.experiments} == {0.3}


def test_a_new_seed_is_one_for_all() -> None:
    visitor = Visitor()
    seeds = {e.seed for e in visitor.comparison.experiments}
    visitor.edit("seed")
    after = {e.seed for e in visitor.comparison.experiments}
    assert len(after) == 1
    assert after != seeds


def test_another_dataset_brings_outputs_that_fit_for_all() -> None:
    visitor = Visitor()
    hidden = [e.hidden for e in visitor.comparison.experiments]
    visitor.edit("set", stack=1, layer=0, field="units", value=0)  # typed, and kept
    visitor.edit("dataset", name="iris")
    assert visitor.notice()
    assert visitor.comparison.stacks[1][0]["units"] == 0
    visitor.edit("set", stack=1, layer=0, field="units", value=5)
    assert visitor.notice() == ""
    assert [e.hidden for e in visitor.comparison.experiments] == hidden
    assert {(e.dataset, e.output.activation, e.loss) for e in visitor.comparison.experiments} == {
        ("iris", "softmax", "cce")
    }


@pytest.mark.parametrize(
    "command",
    [
        "no command",
        {"type": "edit"},
        {"id": 1, "type": "edit", "op": "set", "stack": 7, "layer": 0, "field": "units", "value": 3},
        {"id": 1, "type": "edit", "op": "remove_stack", "stack": True},
        {"id": 1, "type": "edit", "op": "nonsense", "stack": 0},
        {"id": 1, "type": "edit", "op": "from_explorer"},
        {"id": 1, "type": "send", "stack": -1},
        {"id": 1, "type": "jump"},
    ],
)
def test_what_cannot_be_obeyed_becomes_the_notice(command: Any) -> None:
    comparison = Comparison({}, lambda: EXPLORER)
    comparison.command([command, {"id": 2, "type": "play"}])
    assert comparison.notice is not None
    assert comparison.notice.endswith(".")
    assert comparison.experiments == OPENING
    assert comparison.playback.running  # the rest is obeyed


# --- the Explorer ----------------------------------------------------------------------------------------------------


def test_a_stack_goes_to_the_explorer_as_it_runs() -> None:
    visitor = Visitor()
    visitor.send("send", stack=1)
    assert visitor.comparison.sent == visitor.comparison.experiments[1]


def test_the_explorers_stack_takes_a_place_on_the_data_of_all() -> None:
    visitor = Visitor()
    a, b = visitor.comparison.experiments
    visitor.edit("from_explorer", stack=0)
    assert visitor.comparison.experiments == (replace(a, layers=EXPLORER.layers), b)
    assert visitor.notice() == ""


def test_an_output_that_does_not_fit_is_replaced_and_told() -> None:
    visitor = Visitor(explorer=EXPLORER.for_dataset("iris"))
    visitor.edit("from_explorer", stack=1)
    assert visitor.comparison.experiments[1].layers == (Layer(4, "gelu"), Layer(1, "sigmoid"))
    assert "does not fit Moons" in visitor.notice()
    assert "stack B got that of stack A" in visitor.notice()


def test_the_explorers_data_and_training_for_all() -> None:
    explorer = replace(EXPLORER, learning_rate=0.7).for_dataset("iris")
    visitor = Visitor(explorer=explorer)
    hidden = [e.hidden for e in visitor.comparison.experiments]
    visitor.edit("explorer_settings")
    assert visitor.notice() == ""
    assert [e.hidden for e in visitor.comparison.experiments] == hidden
    assert [replace(e, layers=explorer.layers) for e in visitor.comparison.experiments] == [explorer] * 2


def test_lockstep_refuses_what_the_state_never_builds() -> None:
    with pytest.raises(SpecError):
        Lockstep([OPENING[0], replace(OPENING[1], seed=99)])
