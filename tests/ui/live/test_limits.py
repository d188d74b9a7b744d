"""What a browser can make large has its limits, and a view that behaves does not notice them."""

from __future__ import annotations

from typing import Any

import pytest

from backprop import Experiment, Layer, SpecError, Trainer
from ui.live import outbox, playback
from ui.live.commands import MAX_COMMANDS, MAX_DEPTH, MAX_SIZE, check_size
from ui.live.encode import FINE_RESOLUTION, MAX_FINE_OUTPUTS, Encoder
from ui.live.playback import MAX_BURST, MAX_SKIPPED, UPDATES_AT_A_TIME, obey_all
from ui.live.player import Player

SMALL = Experiment(samples=50, batch_size=8, layers=(Layer(6, "tanh"), Layer(1, "sigmoid")))


class Browser:
    """Sends commands to a player, and keeps what it was told is wrong."""

    def __init__(self, player: Player) -> None:
        self.player = player
        self.errors: list[SpecError] = []

    def send(self, *commands: Any) -> dict[str, Any]:
        obey_all(list(commands), self.player, self.player.obey, self.errors.append)
        return self.player.message

    def next(self, kind: str, **more: Any) -> dict[str, Any]:
        """A command with the number that is due."""
        return self.send({"id": self.player.message["acknowledged"] + 1, "type": kind, **more})


def test_a_browser_that_never_acknowledges_gets_no_frames_without_end() -> None:
    browser = Browser(Player(SMALL))
    run = browser.next("play")["run"]
    for _ in range(10):
        message = browser.next("more", frames=MAX_BURST, run=run, has=-1)
    assert len(message["frames"]) == outbox.MAX_UNSEEN == len(browser.player._outbox._states)
    step = browser.player.trainer.step_count
    assert browser.next("more", frames=MAX_BURST, run=run, has=-1)["frames"] == message["frames"]
    assert browser.player.trainer.step_count == step  # nothing is trained for nobody
    last = message["frames"][-1]["index"]
    assert browser.next("more", frames=9, run=run, has=last, shown=last)["frames"][0]["index"] == last + 1


def test_the_more_memory_a_frame_takes_the_fewer_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    size = Trainer(SMALL).snapshot().size
    monkeypatch.setattr(outbox, "MAX_UNSEEN_BYTES", 40 * size)
    browser = Browser(Player(SMALL))
    run = browser.next("play")["run"]
    message = browser.next("more", frames=MAX_BURST, run=run, has=-1)
    assert 3 <= len(message["frames"]) < 40


def test_stepping_while_paused_keeps_the_latest_states_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each step adds a frame, and the view, which goes on from where the server is, never says what it shows."""
    monkeypatch.setattr(outbox, "MAX_UNSEEN", 5)
    browser = Browser(Player(SMALL))
    for _ in range(20):
        message = browser.next("step", run=1)
    assert [frame["step"] for frame in message["frames"]] == [20]
    assert list(browser.player._outbox._states) == [16, 17, 18, 19, 20]


def test_stepping_without_an_acknowledgement_keeps_the_latest_frames_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the view has missed then makes it ask for everything."""
    monkeypatch.setattr(outbox, "MAX_UNSEEN", 5)
    browser = Browser(Player(SMALL))
    for _ in range(20):
        message = browser.next("step", run=1, has=-1)
    assert [frame["step"] for frame in message["frames"]] == [16, 17, 18, 19, 20]


def test_a_frame_comes_after_some_time_however_many_updates_were_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playback, "FRAME_SECONDS", 0.0)
    browser = Browser(Player(SMALL))
    browser.next("speed", updates=1000)
    browser.next("play")
    steps = [frame["step"] for frame in browser.player.message["frames"]]
    assert steps == list(range(0, 5 * UPDATES_AT_A_TIME, UPDATES_AT_A_TIME))


def test_updates_are_counted_out_whatever_their_number() -> None:
    for updates in (1, 9, 10, 11, 25, 1000):
        browser = Browser(Player(SMALL))
        browser.next("speed", updates=updates)
        browser.next("play")
        assert browser.player.message["frames"][1]["step"] == updates


def test_a_message_of_very_many_commands_is_carried_out_in_parts() -> None:
    browser = Browser(Player(SMALL))
    commands = [{"id": number, "type": "step"} for number in range(1, 2 * MAX_COMMANDS + 1)]
    assert browser.send(*commands)["acknowledged"] == MAX_COMMANDS
    assert browser.send(*commands[MAX_COMMANDS:])["acknowledged"] == 2 * MAX_COMMANDS  # the view repeats the others
    assert browser.player.trainer.step_count == 2 * MAX_COMMANDS


def test_no_number_of_a_command_leaves_none_for_those_to_come() -> None:
    browser = Browser(Player(SMALL))
    browser.send({"id": 2**53, "type": "pause"}, {"id": MAX_SKIPPED + 1, "type": "pause"})
    assert [error.field for error in browser.errors] == ["command", "command"]
    assert browser.next("step")["acknowledged"] == 1
    assert browser.player.trainer.step_count == 1


def nested(depth: int) -> Any:
    """A value within so many lists."""
    return [nested(depth - 1)] if depth else 1


TOO_MUCH: dict[str, Any] = {
    "text": "x" * (MAX_SIZE + 1),
    "number": 10**4000,
    "list": [1] * (MAX_SIZE + 1),
    "dict": dict.fromkeys(map(str, range(MAX_SIZE)), 1),
    "texts": ["x" * 100] * 20,
    "key": {"x" * (MAX_SIZE + 1): 1},
    "depth": nested(MAX_DEPTH),
    "great depth": nested(900),
    "not a number": float("nan"),
    "infinite": {"a": [float("inf")]},
}


@pytest.mark.parametrize("value", TOO_MUCH.values(), ids=list(TOO_MUCH))
def test_a_command_that_is_too_long_is_refused_in_a_sentence_and_not_repeated(value: Any) -> None:
    with pytest.raises(SpecError) as caught:
        check_size({"value": value})
    assert len(str(caught.value)) < 100
    browser = Browser(Player(SMALL))
    assert browser.next("pause", value=value)["acknowledged"] == 1
    assert len(browser.errors) == 1


@pytest.mark.parametrize("value", [None, 7, -0.5, "leaky_relu(0.2)", {"features": ["x1", "x2"]}, "x" * 900])
def test_what_a_view_sends_is_short_enough(value: Any) -> None:
    check_size({"id": 1, "type": "edit", "op": "apply", "session": "a1b2c3d4", "settings": value})


def test_a_very_large_network_is_shown_at_fewer_points() -> None:
    def fine(units: int) -> int:
        trainer = Trainer(Experiment(samples=20, layers=(Layer(units, "tanh"), Layer(1, "sigmoid"))))
        encoder = Encoder(trainer)
        encoder.still()
        return len(encoder._fine)

    assert fine(100) == FINE_RESOLUTION**2
    assert fine(1000) * 1001 <= MAX_FINE_OUTPUTS
    assert fine(1000) > Encoder(Trainer(Experiment(layers=(Layer(1000, "tanh"), Layer(1, "sigmoid"))))).resolution ** 2
