"""Playing: every command once, a pause that ends on the frame shown, and nothing trained twice or passed over."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from backprop import DATASETS, Experiment, Layer, Snapshot, SpecError, Trainer, Verdict
from tests.unpacking import unpack
from ui.live import playback as playback_module
from ui.live import turns
from ui.live.encode import Encoder
from ui.live.pace import MAX_UPDATES_PER_FRAME, TOP_FRAMES
from ui.live.packing import pack
from ui.live.playback import FIRST_BURST, MAX_BURST
from ui.live.player import Player
from ui.workspace.presets import PRESETS

Message = dict[str, Any]

SMALL = Experiment(samples=50, batch_size=8, layers=(Layer(6, "tanh"), Layer(5, "relu"), Layer(1, "sigmoid")))
KINDS = [SMALL, replace(SMALL, optimizer="momentum").for_dataset("iris"), SMALL.for_dataset("sine")]
WILD = replace(SMALL, layers=(*[Layer(6, "relu", None, "normal")] * 3, Layer(1, "sigmoid")), optimizer="sgd")
# One that leaves float32 within a burst, and one whose history is too large for the float32 in which it is sent.
DIVERGING = [
    replace(WILD, learning_rate=1e20),
    replace(WILD, layers=(*[Layer(6, "identity", None, "normal")] * 3, Layer(1, "sigmoid")), dtype="float64"),
]


class Screen:
    """The browser's side of the conversation, one animation frame after the other, as the view keeps it."""

    def __init__(self, player: Player) -> None:
        self.player = player
        self.queue: list[Message] = list(player.message["frames"])
        self.seen: list[Message] = []
        self.number = 0

    def send(self, **command: Any) -> Message:
        """One command with what the view adds to each; the frames of the answer are queued."""
        self.number += 1
        shown = {"shown": self.seen[-1]["index"]} if self.seen else {}
        message = send(self.player, {"id": self.number, "run": self.player.message["run"], **shown, **command})
        self.queue += message["frames"]
        return message

    def show(self, frames: int) -> None:
        """Show this many queued frames."""
        self.seen += self.queue[:frames]
        del self.queue[:frames]

    def change(self, experiment: Experiment, origins: Sequence[int | None]) -> Message:
        """An edit while playing changes the run at the frame on the screen and drops the queue."""
        self.queue.clear()
        with self.player.at_shown({"shown": self.seen[-1]["index"], "run": self.player.message["run"]}):
            self.player.change(experiment, origins)
        message = send(self.player)
        self.queue += message["frames"]
        return message

    def pause(self, **command: Any) -> Message:
        """The view drops its queue before the server hears of it."""
        self.queue.clear()
        return self.send(**(command or {"type": "pause"}))


def send(player: Player, *commands: Message) -> Message:
    """The answer to a batch of commands, from a view that has all that it was sent, where they say nothing else."""
    for command in commands:
        command = {"run": player.message["run"], **command}
        if player.accept(command):
            player.obey(command)
    player.publish()
    return player.message


def plain_frames(experiment: Experiment, frames: int, updates: int = 5) -> list[Message]:
    """The messages of a run that nobody interrupts."""
    trainer = Trainer(experiment)
    encoder = Encoder(trainer)
    moments = [encoder.frame(0, trainer.frame())]
    moments += [encoder.frame(i, frame) for i, frame in enumerate(trainer.frames(frames - 1, updates), start=1)]
    return moments


def without_index(frames: Iterable[Message]) -> list[Message]:
    """Frames without the number by which the view calls them."""
    return [{key: value for key, value in frame.items() if key != "index"} for frame in frames]


def steps(message: Message) -> list[int]:
    """The steps of the frames of a message."""
    return [frame["step"] for frame in message["frames"]]


# --- commands --------------------------------------------------------------------------------------------------------


def test_a_command_is_obeyed_once_however_often_it_is_repeated() -> None:
    player = Player(SMALL)
    first = {"id": 1, "type": "step", "unit": "update", "run": 1, "shown": 0}
    assert steps(send(player, first)) == [1]
    again = send(player, first)
    assert (steps(again), again["acknowledged"], player.trainer.step_count) == ([1], 1, 1)  # repeated, not made twice
    second = {"id": 2, "type": "step", "unit": "update", "run": 1, "shown": 1}
    assert steps(send(player, first, second, first, second)) == [2]
    assert (player.message["acknowledged"], player.trainer.step_count) == (2, 2)


def test_an_overtaken_message_loses_nothing() -> None:
    """Each message repeats what the view has not confirmed: frames, and the history that begins a generation."""
    player = Player(SMALL)
    first = send(player, {"id": 1, "type": "play", "run": 0, "has": -1})  # not yet begun by the view
    assert first["history"] is not None
    assert [frame["index"] for frame in first["frames"]] == [0, 1, 2, 3, 4]
    both = send(player, {"id": 2, "type": "more", "frames": 3, "run": 1, "shown": 1, "has": 2})
    assert both["history"] is None
    assert [frame["index"] for frame in both["frames"]] == [3, 4, 5, 6, 7]
    assert both["frames"][:2] == first["frames"][3:]
    rest = send(player, {"id": 3, "type": "more", "frames": 1, "run": 1, "shown": 3, "has": 7})
    assert [frame["index"] for frame in rest["frames"]] == [8]
    paused = send(player, {"id": 4, "type": "pause", "run": 1, "shown": 5, "has": 5})
    assert paused["frames"] == []
    stepped = send(player, {"id": 5, "type": "step", "unit": "update", "run": 1, "shown": 5, "has": 5})
    assert [frame["index"] for frame in stepped["frames"]] == [6]
    retold = send(player, {"id": 6, "type": "hello", "run": 1, "shown": 6, "has": 6})
    assert retold["history"] is not None
    assert retold["run"] == 2
    again = send(player, {"id": 7, "type": "speed", "updates": 2, "run": 1, "shown": 6, "has": 6})
    assert (again["history"], again["frames"]) == (retold["history"], retold["frames"])
    assert send(player, {"id": 8, "type": "speed", "updates": 3, "run": 2, "has": 7})["history"] is None


def test_a_message_is_the_same_until_the_next_one_and_each_has_its_number() -> None:
    player = Player(SMALL)
    message = player.message
    assert player.message is message
    assert (message["sequence"], message["run"], message["running"], steps(message)) == (1, 1, False, [0])
    assert message["history"] is not None
    later = send(player, {"id": 1, "type": "speed", "updates": 2})
    assert (later["sequence"], later["history"], later["frames"]) == (2, None, [])
    assert steps(message) == [0]  # what was sent is not changed afterwards


def test_hello_and_play_in_one_batch() -> None:
    player = Player(SMALL)
    message = send(player, {"id": 1, "type": "hello"}, {"id": 2, "type": "play"})
    assert message["running"]
    assert steps(message) == [0, *(5 * i for i in range(1, FIRST_BURST + 1))]
    assert message["history"] is not None
    indices = [frame["index"] for frame in message["frames"]]
    assert indices == list(range(indices[0], indices[0] + len(indices)))  # the view takes a gap for a loss


def test_more_and_pause_in_one_batch_end_on_the_frame_shown() -> None:
    player = Player(SMALL)
    send(player, {"id": 1, "type": "play"})
    more = {"id": 2, "type": "more", "frames": 10, "run": 1, "shown": 1}
    message = send(player, more, {"id": 3, "type": "pause", "run": 1, "shown": 2})
    assert (message["frames"], message["running"], message["acknowledged"]) == ([], False, 3)
    assert player.trainer.step_count == 10
    assert steps(send(player, {"id": 4, "type": "play"}))[0] == 15


def test_play_and_more_in_one_batch_lose_no_frame() -> None:
    player = Player(SMALL)
    message = send(
        player,
        {"id": 1, "type": "speed", "updates": 3},
        {"id": 2, "type": "play"},
        {"id": 3, "type": "more", "frames": 6, "run": 1, "shown": 0},
    )
    assert steps(message) == [3 * i for i in range(1, FIRST_BURST + 7)]
    assert message["updates"] == 3


def test_more_without_play_makes_nothing() -> None:
    player = Player(SMALL)
    assert send(player, {"id": 1, "type": "more", "frames": 10, "run": 1, "shown": 0})["frames"] == []
    assert player.trainer.step_count == 0


@pytest.mark.parametrize("kind", [None, "", "dance", "_start", ["play"]])
def test_an_unknown_command_is_refused(kind: Any) -> None:
    with pytest.raises(SpecError, match="unknown command"):
        Player(SMALL).obey({"id": 1, "type": kind})


# --- the frame on the screen -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("experiment", KINDS)
def test_a_pause_goes_back_to_the_frame_shown(experiment: Experiment) -> None:
    player = Player(experiment)
    screen = Screen(player)
    screen.send(type="play")
    screen.show(4)
    screen.send(type="more", frames=20)
    screen.show(3)
    assert player.trainer.step_count > screen.seen[-1]["step"]  # else there is nothing to go back from
    message = screen.pause()
    assert (message["running"], message["frames"]) == (False, [])
    plain = Trainer(experiment)
    plain.step(30)
    assert player.trainer.step_count == screen.seen[-1]["step"] == 30
    np.testing.assert_array_equal(player.trainer.network.parameters, plain.network.parameters)
    np.testing.assert_array_equal(player.trainer.optimizer.state, plain.optimizer.state)
    assert player.trainer.history.column("step")[-1] == 30


@pytest.mark.parametrize("experiment", KINDS)
def test_a_run_with_many_pauses_is_the_run_without(experiment: Experiment) -> None:
    rng = np.random.default_rng(3)
    screen = Screen(Player(experiment))
    screen.show(1)
    while len(screen.seen) < 60:
        screen.send(type="play")
        for _ in range(rng.integers(0, 3)):
            screen.show(int(rng.integers(0, 5)))
            screen.send(type="more", frames=int(rng.integers(1, 9)))
        screen.show(int(rng.integers(0, len(screen.queue) + 1)))
        screen.pause()
    assert without_index(screen.seen) == without_index(plain_frames(experiment, len(screen.seen)))
    # Numbered without a gap, since the view takes a gap for frames that were lost on their way.
    assert [frame["index"] for frame in screen.seen] == list(range(len(screen.seen)))


@pytest.mark.parametrize(("unit", "updates"), [("update", 1), ("epoch", 4), (None, 1)])
def test_a_step_is_made_from_the_frame_shown(unit: str | None, updates: int) -> None:
    player = Player(SMALL)  # 35 training samples in batches of 8: five updates an epoch
    assert player.trainer.steps_per_epoch == 5
    screen = Screen(player)
    screen.send(type="speed", updates=2)
    screen.send(type="play")
    screen.show(4)  # steps 0, 2, 4, 6
    screen.send(type="more", frames=10)
    message = screen.pause(type="step", unit=unit)
    assert (steps(message), message["running"]) == ([6 + updates], False)
    plain = Trainer(SMALL)
    plain.step(6 + updates)
    np.testing.assert_array_equal(player.trainer.network.parameters, plain.network.parameters)


def test_rewinding_gives_the_very_same_first_frame() -> None:
    player = Player(SMALL)
    first = player.message
    send(player, {"id": 1, "type": "play"}, {"id": 2, "type": "more", "frames": 9, "run": 1, "shown": 2})
    message = send(player, {"id": 3, "type": "rewind", "run": 1, "shown": 4})
    assert message["frames"] == first["frames"]
    assert (message["run"], message["running"], message["scene"]) == (2, False, first["scene"])
    assert message["history"] == first["history"]  # nothing of the run before is left
    send(player, {"id": 4, "type": "play"})
    assert without_index(player.message["frames"]) == without_index(plain_frames(SMALL, FIRST_BURST + 1)[1:])


def test_hello_tells_everything_about_where_the_run_is() -> None:
    player = Player(SMALL)
    send(player, {"id": 1, "type": "play"})
    send(player, {"id": 2, "type": "pause", "run": 1, "shown": 4})
    message = send(player, {"id": 3, "type": "hello"})
    assert (steps(message), message["running"]) == ([20], False)
    assert message["scene"]["layers"]
    assert message["history"] == Encoder(player.trainer).history()
    assert player.trainer.history.column("step").tolist() == [0, 5, 10, 15, 20]


@pytest.mark.parametrize("late", ["pause", "step", "more"])
def test_frames_of_an_older_run_are_ignored(late: str) -> None:
    player = Player(SMALL)
    send(player, {"id": 1, "type": "play"})
    player.load(replace(SMALL, seed=1))  # plays on, and frame 1 of this run is kept as well
    send(player)
    assert (player.message["run"], player.trainer.step_count) == (2, 20)
    send(player, {"id": 2, "type": late, "run": 1, "shown": 1, "frames": 0})
    assert player.trainer.step_count == (21 if late == "step" else 20)


def test_leaving_the_screen_counts_only_in_the_run_that_is_shown() -> None:
    player = Player(SMALL)
    send(player, {"id": 1, "type": "play"})
    player.load(replace(SMALL, seed=1))
    send(player, {"id": 2, "type": "more", "run": 1, "shown": 4, "frames": 1})
    send(player, {"id": 3, "type": "pause", "run": 2, "shown": 1})
    assert player.trainer.step_count == 5


def test_a_new_experiment_plays_on_where_the_old_one_was_playing() -> None:
    player = Player(SMALL)
    player.load(replace(SMALL, seed=1))
    assert steps(send(player)) == [0]
    send(player, {"id": 1, "type": "play"})
    player.load(replace(SMALL, seed=2))
    message = send(player)
    assert message["running"]
    assert message["history"] is not None
    assert without_index(message["frames"]) == without_index(plain_frames(replace(SMALL, seed=2), FIRST_BURST + 1))


# --- changes in mid-run ----------------------------------------------------------------------------------------------

HOT = {
    "learning rate": replace(SMALL, learning_rate=0.3),
    "optimiser": replace(SMALL, optimizer="sgd"),
    "activation": replace(SMALL, layers=(Layer(6, "sigmoid"), *SMALL.layers[1:])),
    "units": replace(SMALL, layers=(SMALL.layers[0], Layer(7, "relu"), SMALL.layers[2])),
    "data": replace(SMALL, noise=0.3),
    "batches": replace(SMALL, batch_size=16),
}
SAME = range(3)


def changed_at(experiment: Experiment, step: int) -> Trainer:
    """The core alone: a run of SMALL that goes on with another experiment after so many updates."""
    trainer = Trainer(SMALL)
    trainer.frame()
    for _ in trainer.frames(step // 5, 5):  # a frame also notes which units were ever dead
        pass
    trainer.change(experiment)
    return trainer


def expected_frames(trainer: Trainer, frames: int, first: bool) -> list[Message]:
    """The frames of this run that the view should show from now on: from this one, or from the next."""
    encoder = Encoder(trainer)
    moments = [encoder.frame(0, trainer.frame())] if first else []
    return moments + [encoder.frame(0, frame) for frame in trainer.frames(frames - first, 5)]


@pytest.mark.parametrize("experiment", HOT.values(), ids=list(HOT))
def test_a_change_while_playing_is_made_at_the_frame_shown_and_plays_on(experiment: Experiment) -> None:
    player = Player(SMALL)
    screen = Screen(player)
    screen.send(type="play")
    screen.show(5)
    screen.send(type="more", frames=9)
    screen.show(2)  # six frames of five updates each after the first
    assert player.trainer.step_count > screen.seen[-1]["step"] == 30
    message = screen.change(experiment, SAME)
    assert player.experiment == experiment
    plain = changed_at(experiment, 30)
    hot = message["run"] == 2
    assert hot == (experiment not in (HOT["learning rate"], HOT["optimiser"]))
    assert without_index(message["frames"]) == without_index(expected_frames(plain, FIRST_BURST + hot, first=hot))
    assert message["frames"][0]["index"] == (0 if hot else screen.seen[-1]["index"] + 1)
    assert message["running"]
    assert (message["history"] is None) == (not hot)
    assert [text for _, text in message["marks"]] == [plain.marks[0].text]
    assert message["marks"][0][0] == 30
    np.testing.assert_array_equal(player.trainer.network.parameters, plain.network.parameters)


def test_changes_one_after_the_other_add_up_layer_by_layer() -> None:
    player = Player(SMALL)
    screen = Screen(player)
    screen.send(type="play")
    screen.show(3)
    first, second, output = SMALL.layers
    screen.change(replace(SMALL, layers=(second, first, output)), [1, 0, 2])
    screen.show(2)
    screen.change(replace(SMALL, layers=(second, Layer(3), first, output)), [0, None, 1, 2])
    assert player.trainer.layer_ids == (2, 4, 1, 3)


def test_a_change_to_what_already_runs_is_none() -> None:
    player = Player(SMALL)
    screen = Screen(player)
    screen.send(type="play")
    screen.show(3)
    screen.change(SMALL, SAME)
    screen.show(3)
    assert without_index(screen.seen) == without_index(plain_frames(SMALL, 6))


def test_a_change_from_another_page_while_it_plays_is_found_by_the_view_that_comes_next() -> None:
    player = Player(SMALL)
    send(player, {"id": 1, "type": "play"})
    stands = player.trainer.step_count
    player.change(HOT["activation"], SAME)
    message = send(player, {"id": 2, "type": "hello", "run": -1})
    assert (player.trainer.experiment, steps(message)[-1:]) == (HOT["activation"], [stands])
    assert (message["running"], player.trainer.marks[-1].step) == (True, stands)


@pytest.mark.parametrize("running", [False, True])
@pytest.mark.parametrize("experiment", [replace(SMALL, seed=1), replace(SMALL, dataset="circle")])
def test_another_seed_or_dataset_begins_a_run_at_once(experiment: Experiment, running: bool) -> None:
    player = Player(SMALL)
    screen = Screen(player)
    screen.send(type="play")
    screen.show(2)
    player.running = running
    message = screen.change(experiment, SAME)
    assert (message["run"], message["running"], message["latest"]) == (2, running, player.trainer.step_count)
    frames = 1 + running * FIRST_BURST
    assert without_index(message["frames"]) == without_index(plain_frames(experiment, frames))
    assert message["marks"] == []
    assert player.timeline.steps == tuple(steps(message))


def test_at_step_0_a_change_begins_a_run_with_fitting_weights_unless_a_weight_was_typed_in() -> None:
    player = Player(SMALL)
    wide = replace(SMALL, layers=(Layer(6, "tanh", gain=3.0), *SMALL.layers[1:]))
    player.change(wide, SAME)
    np.testing.assert_array_equal(player.trainer.network.parameters, Trainer(wide).network.parameters)
    assert send(player)["marks"] == []
    send(player, {"id": 1, "type": "set", "layer": 1, "unit": 2, "input": 3, "value": 0.5})
    player.change(HOT["activation"], SAME)
    assert player.trainer.network.weights[1][2, 3] == 0.5
    assert len(send(player)["marks"]) == 2


# --- weights typed in ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("source", "name"), [(3, "weight 4 → unit 3 of layer 2"), (None, "bias of unit 3 of layer 2")])
def test_a_weight_is_set_where_the_view_stands(source: int | None, name: str) -> None:
    player = Player(SMALL)
    screen = Screen(player)
    screen.send(type="play")
    screen.show(4)
    message = screen.pause(type="set", layer=1, unit=2, input=source, value=1.5)
    assert (message["running"], message["run"]) == (True, 1)
    assert message["marks"] == [[15, f"{name} set to 1.5"]]
    plain = Trainer(SMALL)
    plain.step(15)
    plain.set_parameter(1, 2, source, 1.5)
    expected = expected_frames(plain, FIRST_BURST, first=False)
    assert without_index(message["frames"]) == without_index(expected)
    # Paused before any of the new frames was painted: what was typed stays.
    screen.pause()
    found = player.trainer.network.blocks[1][2, -1 if source is None else source]
    assert (found, player.trainer.step_count) == (1.5, 15)


def test_a_weight_set_while_paused_shows_at_once() -> None:
    player = Player(SMALL)
    before = player.message["frames"][0]
    message = send(player, {"id": 1, "type": "set", "layer": 0, "unit": 0, "input": 0, "value": -4, "run": 1})
    assert [frame["step"] for frame in message["frames"]] == [0]
    assert message["frames"][0]["train_loss"] != before["train_loss"]
    send(player, {"id": 2, "type": "rewind"})
    assert without_index(player.message["frames"]) == without_index([before])  # the very same initial weights


@pytest.mark.parametrize(
    "command",
    [
        {"layer": 9, "unit": 0, "input": 0, "value": 1},
        {"layer": 0, "unit": 6, "input": 0, "value": 1},
        {"layer": 0, "unit": 0, "input": 2, "value": 1},
        {"layer": 0, "unit": 0, "input": 0, "value": "1"},
        {"layer": 0, "unit": 0, "input": 0, "value": float("nan")},
        {"layer": 0, "unit": 0, "input": 0, "value": 1e9},
        {"layer": 0, "unit": 0, "input": 0},
        {"layer": 0, "unit": 0, "input": "x", "value": 1},
        {"unit": 0, "value": 1},
    ],
)
def test_a_weight_that_is_not_there_or_no_number_is_refused_and_the_run_plays_on(command: Message) -> None:
    player = Player(SMALL)
    send(player, {"id": 1, "type": "play"})
    with pytest.raises(SpecError):
        player.obey({"id": 2, "type": "set", "run": 1, "shown": 2, **command})
    player.publish()
    assert player.message["marks"] == []
    # The view has dropped its queue: it gets the same frames again.
    expected = plain_frames(SMALL, 3 + FIRST_BURST)[3:]
    assert without_index(player.message["frames"]) == without_index(expected)


# --- looking at past moments -----------------------------------------------------------------------------------------


def far(experiment: Experiment = SMALL) -> Player:
    """Paused after 12 frames of five updates; nothing of it is thinned out."""
    player = Player(experiment)
    send(player, {"id": 1, "type": "play"})
    send(player, {"id": 2, "type": "more", "frames": 8, "run": 1, "shown": 0})
    send(player, {"id": 3, "type": "pause", "run": 1, "shown": 12})
    return player


def everything(player: Player) -> list[Any]:
    """All that a run goes on from, and all that a message says of it."""
    state, history = player.trainer.snapshot(), player.trainer.history
    arrays = [state.parameters, state.previous, state.optimizer_state, *state.ever_dead, history.rows]
    plain = [state.experiment, state.step, state.optimizer_steps, state.layer_ids, state.marks, history.columns]
    return [*(array.tobytes() for array in arrays), *plain]


@pytest.mark.parametrize("change", [None, "learning rate", "units"])
def test_looking_back_and_returning_is_bit_for_bit(change: str | None) -> None:
    player, other = far(), far()
    for one in (player, other):
        if change:
            one.change(HOT[change], SAME)
        run = send(one)["run"]
        send(one, {"id": 4, "type": "step", "run": run}, {"id": 5, "type": "step", "run": run})
    before = everything(player)
    for number, step in enumerate([23, 0, 60, 10**9, 5, -3], start=6):
        message = send(player, {"id": number, "type": "look", "step": step})
        assert message["latest"] == 62
        assert len(message["frames"]) == 1
    assert message["looking"] == 0
    message = send(player, {"id": 20, "type": "look", "step": None})
    assert (message["looking"], message["latest"], steps(message)) == (None, 62, [62])
    assert message["history"] == Encoder(player.trainer).history()
    assert everything(player) == before == everything(other)
    for one in (player, other):
        send(one, {"id": 21, "type": "play"})
    assert without_index(player.message["frames"]) == without_index(other.message["frames"])


def test_the_moment_looked_at_is_the_one_that_was() -> None:
    player = far()
    scene = Player(SMALL).message["scene"]
    plain = plain_frames(SMALL, 13)
    for number, step in enumerate([0, 14, 60, 33], start=4):
        message = send(player, {"id": number, "type": "look", "step": step})
        nearest = round(step / 5 - 0.01)
        (frame,) = message["frames"]
        assert {**frame, "index": 0} == {**plain[nearest], "index": 0}
        assert (message["looking"], message["running"]) == (None if step == 60 else 5 * nearest, False)
        assert message["scene"] in (None, scene)
    assert player.trainer.history.column("step")[-1] == 60  # the charts stay whole


def test_looking_while_playing_stops_at_the_frame_shown_which_stays_the_latest() -> None:
    screen = Screen(Player(SMALL))
    screen.send(type="play")
    screen.show(4)
    screen.send(type="more", frames=9)
    message = screen.pause(type="look", step=5)
    assert (message["running"], message["looking"], message["latest"]) == (False, 5, 15)
    assert screen.pause(type="look", step=None)["latest"] == 15


@pytest.mark.parametrize("command", [{"type": "play"}, {"type": "step"}, {"type": "set"}, {"type": "change"}])
def test_whoever_goes_on_from_a_past_moment_forgets_what_came_after(command: Message) -> None:
    player = far()
    send(player, {"id": 4, "type": "look", "step": 20})
    if command["type"] == "change":
        player.change(HOT["activation"], SAME)
        message = send(player)
    else:
        numbers = {"layer": 0, "unit": 0, "input": 0, "value": 0.5} if command["type"] == "set" else {}
        message = send(player, {"id": 5, **command, **numbers})
    assert (message["looking"], message["latest"]) == (None, player.trainer.step_count)
    assert message["history"] is not None  # the charts end at the moment
    plain = Trainer(SMALL)
    plain.step(20)
    if command["type"] == "set":
        plain.set_parameter(0, 0, 0, 0.5)
    if command["type"] == "change":
        plain.change(HOT["activation"])
    plain.step(player.trainer.step_count - 20)
    np.testing.assert_array_equal(player.trainer.network.parameters, plain.network.parameters)
    assert max(player.timeline.steps) == player.trainer.step_count < 60
    assert player.trainer.history.column("step").max() < 60
    assert player.trainer.marks == plain.marks
    again = send(player, {"id": 9, "type": "look", "step": 60})
    assert again["looking"] is None


def test_moments_between_are_forgotten_even_if_the_new_run_passes_over_them() -> None:
    player = far()
    send(player, {"id": 4, "type": "look", "step": 20}, {"id": 5, "type": "speed", "updates": 10})
    send(player, {"id": 6, "type": "play"})
    assert player.timeline.steps == (0, 5, 10, 15, 20, 30, 40, 50, 60)


def test_marks_of_later_moments_are_told_while_looking_and_forgotten_by_going_on() -> None:
    player = far()
    player.change(HOT["units"], SAME)
    assert send(player)["run"] == 2
    message = send(player, {"id": 4, "type": "look", "step": 10})
    assert (message["run"], len(message["marks"]), message["looking"]) == (3, 1, 10)
    assert [layer["units"] for layer in message["scene"]["layers"]] == [6, 5, 1]  # the scene of that moment
    assert player.experiment == SMALL
    assert send(player, {"id": 5, "type": "play"})["marks"] == []


def test_a_unit_can_be_inspected_in_the_past() -> None:
    player = far()
    send(player, {"id": 4, "type": "look", "step": 20})
    message = send(player, {"id": 5, "type": "inspect", "layer": 0, "unit": 1})
    assert (steps(message), message["looking"], message["frames"][0]["unit"]["unit"]) == ([20], 20, 1)
    assert max(player.timeline.steps) == 60


def test_rewinding_from_the_past_begins_a_run() -> None:
    player = far()
    send(player, {"id": 4, "type": "look", "step": 20})
    message = send(player, {"id": 5, "type": "rewind"})
    assert (message["looking"], message["latest"], steps(message)) == (None, 0, [0])
    assert player.timeline.steps == (0,)


def test_a_message_tells_where_the_run_stands() -> None:
    player = far()
    assert {key: player.message[key] for key in ("looking", "latest", "marks", "updates", "per_frame")} == {
        "looking": None,
        "latest": 60,
        "marks": [],
        "updates": 5,
        "per_frame": 5,
    }


# --- a unit looked at ------------------------------------------------------------------------------------------------


def test_a_unit_is_told_of_in_every_frame_from_now_on() -> None:
    player = Player(SMALL)
    assert player.message["frames"][0]["unit"] is None
    message = send(player, {"id": 1, "type": "inspect", "layer": 1, "unit": 4, "run": 1})
    assert [frame["step"] for frame in message["frames"]] == [0]  # while paused the moment as it is, once more
    assert message["frames"][0]["index"] == 1
    send(player, {"id": 2, "type": "play"}, {"id": 3, "type": "step"})
    for frame in [*message["frames"], *player.message["frames"]]:
        assert (frame["unit"]["layer"], frame["unit"]["unit"]) == (1, 4)
    nothing = send(player, {"id": 4, "type": "inspect", "layer": None})
    assert [frame["unit"] for frame in nothing["frames"]] == [None]


def test_looking_at_a_unit_while_playing_goes_on_from_the_frame_shown() -> None:
    screen = Screen(Player(SMALL))
    screen.send(type="play")
    screen.show(3)
    screen.send(type="more", frames=9)
    message = screen.pause(type="inspect", layer=0, unit=5)
    assert message["running"]
    assert len(message["frames"]) == FIRST_BURST
    screen.show(FIRST_BURST)
    assert screen.seen[-1]["unit"]["unit"] == 5
    plain = plain_frames(SMALL, len(screen.seen))
    assert [{**frame, "unit": None} for frame in without_index(screen.seen)] == without_index(plain)
    assert [frame["index"] for frame in screen.seen] == list(range(len(screen.seen)))


@pytest.mark.parametrize("place", [(3, 0), (0, 6), (-1, 0), (0, -1), (0, None), ("a", 0)])
def test_a_unit_that_is_not_there_is_refused(place: tuple[Any, Any]) -> None:
    player = Player(SMALL)
    with pytest.raises(SpecError, match=r"no unit|whole number"):
        player.obey({"id": 1, "type": "inspect", "layer": place[0], "unit": place[1]})
    player.publish()
    assert [(frame["index"], frame["unit"]) for frame in player.message["frames"]] == [(0, None)]  # as before


def test_a_unit_that_a_new_stack_has_no_more_is_not_told_of() -> None:
    player = Player(SMALL)
    send(player, {"id": 1, "type": "inspect", "layer": 0, "unit": 5})
    player.load(replace(SMALL, layers=(Layer(2, "tanh"), Layer(1, "sigmoid"))))
    assert send(player)["frames"][0]["unit"] is None


# --- distributions ---------------------------------------------------------------------------------------------------


def test_distributions_are_told_in_every_frame_from_now_on() -> None:
    player = Player(SMALL)
    assert "distributed" not in player.message
    assert "distributions" not in player.message["frames"][0]
    message = send(player, {"id": 1, "type": "distributions", "of": "phi"})
    assert steps(message) == [0]  # while paused the moment as it is, once more
    assert message["distributed"] == "phi"
    send(player, {"id": 2, "type": "play"}, {"id": 3, "type": "step"})
    for frame in [*message["frames"], *player.message["frames"]]:
        assert frame["distributions"]["of"] == "phi"
    other = send(player, {"id": 4, "type": "distributions", "of": "a"})
    assert (steps(other), other["frames"][0]["distributions"]["of"]) == (steps(player.message), "a")
    nothing = send(player, {"id": 5, "type": "distributions", "of": None})
    assert "distributed" not in nothing
    assert "distributions" not in send(player, {"id": 6, "type": "step"})["frames"][-1]


def test_choosing_distributions_while_playing_goes_on_from_the_frame_shown() -> None:
    screen = Screen(Player(SMALL))
    screen.send(type="play")
    screen.show(3)
    screen.send(type="more", frames=9)
    message = screen.pause(type="distributions", of="weights")
    assert message["running"]
    assert len(message["frames"]) == FIRST_BURST
    screen.show(FIRST_BURST)
    found = [frame.pop("distributions", None) for frame in screen.seen]
    assert [one and one["of"] for one in found] == [None] * 3 + ["weights"] * FIRST_BURST
    assert without_index(screen.seen) == without_index(plain_frames(SMALL, len(screen.seen)))


def test_the_distributions_of_a_past_moment_are_those_of_that_moment() -> None:
    player = far()
    send(player, {"id": 4, "type": "distributions", "of": "z"})
    latest = player.message["frames"][-1]["distributions"]
    past = send(player, {"id": 5, "type": "look", "step": 20})["frames"][-1]
    trainer = Trainer(player.experiment)
    trainer.step(20)
    assert past == Encoder(trainer).frame(past["index"], trainer.frame(), distributed="z")
    assert past["distributions"] != latest
    changed = send(player, {"id": 6, "type": "distributions", "of": "a"})
    assert (steps(changed), changed["looking"]) == ([20], 20)
    back = send(player, {"id": 7, "type": "look"}, {"id": 8, "type": "distributions", "of": "z"})
    assert back["frames"][-1]["distributions"] == latest


@pytest.mark.parametrize("of", ["loss", "", 3, True, ["z"], {"z": 1}])
def test_distributions_that_there_are_not_are_refused(of: Any) -> None:
    player = Player(SMALL)
    send(player, {"id": 1, "type": "distributions", "of": "z"})
    with pytest.raises(SpecError, match="there is no distribution of") as refused:
        player.obey({"id": 2, "type": "distributions", "of": of})
    assert "z, a, phi, gradients, weights" in str(refused.value)
    assert player.distributed == "z"  # as before


def test_the_chosen_distributions_outlive_a_new_view_a_new_stack_and_a_new_run() -> None:
    player = Player(SMALL)
    send(player, {"id": 1, "type": "distributions", "of": "a"})
    for number, command in enumerate([{"type": "hello"}, {"type": "rewind"}, {"type": "step"}], start=2):
        message = send(player, {"id": number, **command})
        assert message["distributed"] == message["frames"][-1]["distributions"]["of"] == "a"
    player.change(replace(SMALL, layers=(Layer(4, "relu"), Layer(1, "sigmoid"))), [0, None])
    assert len(send(player)["frames"][-1]["distributions"]["layers"]) == 2
    player.load(SMALL)
    assert len(send(player)["frames"][-1]["distributions"]["layers"]) == 3


# --- bursts ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "speed"),
    [(1, 1), (25, 25), (MAX_UPDATES_PER_FRAME, MAX_UPDATES_PER_FRAME), (10**9, MAX_UPDATES_PER_FRAME), (0, 1), (-4, 1)],
)
def test_the_speed_stays_within_its_bounds(asked: int, speed: int) -> None:
    player = Player(SMALL)
    message = send(player, {"id": 1, "type": "speed", "updates": asked}, {"id": 2, "type": "step", "unit": "update"})
    assert message["updates"] == speed
    assert player.trainer.step_count == 1  # a single step is a single step at any speed
    assert steps(send(player, {"id": 3, "type": "play"}))[0] == 1 + speed


@pytest.mark.parametrize(("asked", "made"), [(3, 3), (MAX_BURST, MAX_BURST), (10**9, MAX_BURST), (0, 0), (-1, 0)])
def test_a_burst_has_a_bounded_number_of_frames(asked: int, made: int) -> None:
    player = Player(SMALL)
    send(player, {"id": 1, "type": "play"})
    assert len(send(player, {"id": 2, "type": "more", "frames": asked, "run": 1, "shown": 0})["frames"]) == made


def test_another_speed_while_playing_goes_on_from_the_frame_shown() -> None:
    screen = Screen(Player(SMALL))
    screen.send(type="play")
    screen.show(3)
    message = screen.pause(type="speed", updates=2)
    assert steps(message) == [12, 14, 16, 18]


def test_top_speed_makes_as_many_updates_as_the_time_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    """A player with a clock of its own: an update takes one millisecond, a picture two."""
    player, clock = Player(SMALL), Clock(playback_module, monkeypatch)
    clock.slow(player, update=0.001, picture=0.002)
    message = send(player, {"id": 1, "type": "speed", "top": True}, {"id": 2, "type": "play"})
    assert message["updates"] == "top"
    for number in range(3, 12):
        before, now = player.trainer.step_count, clock.now
        message = send(player, {"id": number, "type": "more", "frames": 30, "run": 1, "shown": 0})
        assert clock.now - now < 0.1
    assert message["per_frame"] == round((0.08 / TOP_FRAMES - 0.002) / 0.001)
    assert len(message["frames"]) == TOP_FRAMES
    assert player.trainer.step_count - before > 0.9 * (clock.now - now) / 0.001
    assert send(player, {"id": 20, "type": "speed", "updates": 3})["updates"] == 3


@pytest.mark.parametrize(("picture", "frames"), [(0.001, 30), (0.045, 2), (0.055, 1), (1.0, 1)])
def test_a_burst_lasts_about_80_ms(picture: float, frames: int, monkeypatch: pytest.MonkeyPatch) -> None:
    player, clock = Player(SMALL), Clock(playback_module, monkeypatch)
    clock.slow(player, update=0.0, picture=picture)
    send(player, {"id": 1, "type": "play"})
    message = send(player, {"id": 2, "type": "more", "frames": 30, "run": 1, "shown": 0})
    assert len(message["frames"]) == frames


def test_two_requests_at_top_speed_are_two_bursts(monkeypatch: pytest.MonkeyPatch) -> None:
    player, clock = Player(SMALL), Clock(playback_module, monkeypatch)
    clock.slow(player, update=0.001, picture=0.002)
    send(player, {"id": 1, "type": "speed", "top": True}, {"id": 2, "type": "play"})
    more = {"type": "more", "frames": 30, "run": 1, "shown": 0}
    one = len(send(player, {"id": 3, **more})["frames"])
    indices = [frame["index"] for frame in send(player, {"id": 4, **more}, {"id": 5, **more})["frames"]]
    assert len(indices) == 2 * one
    assert indices == list(range(indices[0], indices[0] + len(indices)))


class Clock:
    """Time that passes only where a test says so."""

    def __init__(self, module: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        monkeypatch.setattr(turns, "TURN_SECONDS", 0.08)
        monkeypatch.setattr(module.time, "perf_counter", lambda: self.now)

    def slow(self, player: Player, update: float, picture: float) -> None:
        """Let updates and pictures of this player's run take so many seconds."""
        step, frame = player.trainer.step, player.trainer.frame

        def slow_step(n: int = 1) -> int:
            self.now += n * update
            return step(n)

        def slow_frame() -> Any:
            self.now += picture
            return frame()

        player.trainer.step, player.trainer.frame = slow_step, slow_frame  # type: ignore[method-assign]


def test_a_burst_ends_by_the_clock_but_not_without_a_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "TURN_SECONDS", 0.0)
    monkeypatch.setattr(turns, "SHORTEST_SECONDS", 0.0)
    player = Player(SMALL)
    assert steps(send(player, {"id": 1, "type": "play"})) == [5]
    assert steps(send(player, {"id": 2, "type": "more", "frames": 20, "run": 1, "shown": 0})) == [10]


def test_a_burst_ends_where_the_run_diverges() -> None:
    player = Player(DIVERGING[0])
    message = send(player, {"id": 1, "type": "play"})
    assert not message["running"]
    assert [frame["diverged"] for frame in message["frames"]] == [False] * (len(message["frames"]) - 1) + [True]
    assert "became infinite or undefined" in message["findings"][0][0]["text"]
    stands = player.trainer.step_count
    assert send(player, {"id": 2, "type": "more", "frames": 5, "run": 1, "shown": 1})["frames"] == []
    again = send(player, {"id": 3, "type": "play"})
    assert (again["running"], len(again["frames"]), player.trainer.step_count) == (False, 1, stands)


def test_after_a_divergence_a_lower_learning_rate_plays_on() -> None:
    player = Player(DIVERGING[0])
    send(player, {"id": 1, "type": "play"})
    player.change(replace(DIVERGING[0], learning_rate=1e-6), range(4))
    message = send(player, {"id": 2, "type": "play"})
    assert message["running"]
    assert not any(frame["diverged"] for frame in message["frames"])
    assert len(message["frames"][-FIRST_BURST:]) == FIRST_BURST


@pytest.mark.parametrize("experiment", KINDS)
def test_a_learning_rate_in_mid_run_takes_effect_on_the_frame_shown(experiment: Experiment) -> None:
    player = Player(experiment)
    screen = Screen(player)
    screen.send(type="play")
    screen.send(type="more", frames=10)
    screen.show(8)
    screen.change(replace(experiment, learning_rate=0.3), range(len(experiment.layers)))
    screen.send(type="more", frames=2)
    screen.show(6)
    plain = Trainer(experiment)
    encoder = Encoder(plain)
    expected = [encoder.frame(0, plain.frame()), *(encoder.frame(0, frame) for frame in plain.frames(7, 5))]
    plain.change(replace(plain.experiment, learning_rate=0.3))
    expected += [encoder.frame(0, frame) for frame in plain.frames(6, 5)]
    assert without_index(screen.seen) == without_index(expected)
    np.testing.assert_array_equal(player.trainer.network.parameters, plain.network.parameters)
    np.testing.assert_array_equal(player.trainer.history.column("step"), plain.history.column("step"))
    # Without a change the same frames would have come out otherwise.
    assert without_index(screen.seen) != without_index(plain_frames(experiment, 14))


def test_states_are_forgotten_as_their_frames_leave_the_screen() -> None:
    before = _snapshots_alive()
    player = Player(SMALL.for_dataset("sine"))  # a curve is soon drawn
    screen = Screen(player)
    screen.send(type="play")
    for _ in range(300):
        screen.show(len(screen.queue) - 2)
        assert len(screen.send(type="more", frames=4)["frames"]) <= 4
    assert len(screen.seen) > 900
    # Two on their way, four just made, the one on the screen; and the kept moments of the timeline.
    assert _snapshots_alive() - before <= player.timeline.max_moments + 7


def _snapshots_alive() -> int:
    gc.collect()
    return sum(type(thing) is Snapshot for thing in gc.get_objects())  # isinstance would ask foreign objects too


# --- messages --------------------------------------------------------------------------------------------------------


def _check_packed(message: Message) -> None:
    """No NaN, no infinity (a browser reads neither), and nothing that comes back as something else."""
    rest = {name: value for name, value in message.items() if name != "frames"}
    assert unpack(pack(message["frames"], rest)) == message


def _talk(player: Player) -> None:
    _check_packed(player.message)
    _check_packed(send(player, {"id": 1, "type": "play"}))
    _check_packed(send(player, {"id": 2, "type": "more", "frames": 3, "run": 1, "shown": 2}))
    _check_packed(send(player, {"id": 3, "type": "step", "unit": "epoch", "run": 1, "shown": 3}))
    _check_packed(send(player, {"id": 4, "type": "hello"}))


@pytest.mark.parametrize("name", DATASETS)
@pytest.mark.parametrize("test_share", [0.0, 0.3])
def test_messages_can_be_sent_for_every_dataset(name: str, test_share: float) -> None:
    _talk(Player(replace(SMALL, test_share=test_share).for_dataset(name)))


@pytest.mark.parametrize("name", PRESETS)
def test_messages_can_be_sent_for_every_preset(name: str) -> None:
    _talk(Player(PRESETS[name].experiment))


@pytest.mark.parametrize("experiment", DIVERGING)
@pytest.mark.parametrize("learning_rate", [None, 1e38, 1e300])
def test_messages_can_be_sent_while_a_run_diverges(experiment: Experiment, learning_rate: float | None) -> None:
    player = Player(replace(experiment, learning_rate=learning_rate or experiment.learning_rate))
    _talk(player)
    for number in range(5, 25):
        _check_packed(send(player, {"id": number, "type": "play"}))
        if player.trainer.diverged:
            break
    if learning_rate:
        assert player.trainer.diverged


def test_a_command_that_was_meant_for_another_server_is_not_obeyed() -> None:
    player, other = Player(Experiment()), Player(Experiment())
    assert player.message["session"] != other.message["session"]
    send(player, {"id": 7, "type": "step", "unit": "update", "session": other.message["session"]})
    assert (player.trainer.step_count, player.message["acknowledged"]) == (0, 0)
    send(player, {"id": 1, "type": "step", "unit": "update", "session": player.message["session"]})
    assert (player.trainer.step_count, player.message["acknowledged"]) == (1, 1)


# --- pictures that stand still ---------------------------------------------------------------------------------------


def test_the_frame_that_stays_on_the_screen_gets_a_finer_picture_once() -> None:
    player = Player(SMALL)
    screen = Screen(player)
    assert player.message["still"]["index"] == 0
    assert screen.send(type="play")["still"] is None
    screen.show(3)
    paused = screen.pause()
    still = paused["still"]
    assert still["index"] == screen.seen[-1]["index"]
    assert still["surface"] == Encoder(player.trainer).still()["surface"]
    assert len(still["surface"]) > 5 * len(screen.seen[-1]["surface"])
    again = screen.send(type="speed", updates=3)
    assert again["still"] == still  # until the view says that it has it
    assert screen.send(type="speed", updates=4, still=still["index"])["still"] is None
    stepped = screen.send(type="step", unit="update", still=still["index"])
    assert stepped["still"]["index"] == stepped["frames"][-1]["index"]
    assert stepped["still"]["surface"] != still["surface"]


def test_a_unit_that_is_looked_at_while_paused_comes_from_many_points() -> None:
    player = Player(SMALL)
    message = send(player, {"id": 1, "type": "inspect", "layer": 0, "unit": 2})
    assert len(message["still"]["unit_picture"]) > 5 * len(message["frames"][-1]["unit"]["picture"])


def test_while_presented_every_frame_is_fine() -> None:
    player = Player(SMALL)
    usual = send(player, {"id": 1, "type": "play"})["frames"][-1]["surface"]
    send(player, {"id": 2, "type": "present", "on": True})
    fine = send(player, {"id": 3, "type": "more", "frames": 1})["frames"][-1]["surface"]
    send(player, {"id": 4, "type": "present", "on": False})
    back = send(player, {"id": 5, "type": "more", "frames": 1})["frames"][-1]["surface"]
    assert len(fine) > 5 * len(usual)
    assert len(back) == len(usual)


# --- findings --------------------------------------------------------------------------------------------------------


def test_findings_come_at_most_every_half_second_while_playing(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("ui.live.outbox.time.monotonic", lambda: now)
    player = Player(Experiment())
    asked: list[int] = []
    examine = Trainer.verdicts

    def verdicts(trainer: Trainer, cure: bool = True) -> list[Verdict]:
        asked.append(trainer.step_count)
        return examine(trainer, cure)

    monkeypatch.setattr(Trainer, "verdicts", verdicts)
    first = send(player, {"id": 1, "type": "play"})["judged"]
    for number in range(2, 6):
        now += 0.2
        message = send(player, {"id": number, "type": "more", "frames": 3, "run": 1, "has": 0, "shown": 0})
    assert len(asked) == 1  # at 0.6 s; the first of all came with the page
    assert first < message["judged"] < message["frames"][-1]["index"]
    paused = send(player, {"id": 9, "type": "pause", "run": 1, "shown": message["frames"][-1]["index"]})
    assert len(asked) == 2  # what stands still is judged as it is
    assert paused["judged"] == message["frames"][-1]["index"]


def test_an_earlier_moment_has_the_findings_of_that_moment() -> None:
    player = Player(replace(Experiment(), optimizer="sgd", learning_rate=20.0))
    start = player.message["findings"]
    for number in range(3, 30):
        send(player, {"id": number, "type": "step", "unit": "epoch"})
    end = player.message["findings"]
    assert end != start
    assert send(player, {"id": 40, "type": "look", "step": 0})["findings"] == start
    assert send(player, {"id": 41, "type": "look", "step": None})["findings"] == end


def test_nothing_waits_for_a_remedy_until_the_view_asks_for_it() -> None:
    player = Player(Experiment())
    send(player, {"id": 1, "type": "play"})
    player.load(replace(Experiment(), layers=(*[Layer(8, "sigmoid")] * 9, Layer(1, "sigmoid"))))
    player.publish()
    [[at_once]] = player.message["findings"]
    assert (at_once["kind"], at_once["remedy"]) == ("vanishing", None)
    [[standing]] = send(player, {"id": 2, "type": "pause"})["findings"]
    assert (standing["kind"], standing["remedy"]) == ("vanishing", None)
    [[asked]] = send(player, {"id": 3, "type": "remedy"})["findings"]
    assert asked["remedy"]
    assert send(player, {"id": 4, "type": "play"})["findings"] == [[asked]]  # from now on it is known
