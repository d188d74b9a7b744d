"""A finding as the view receives it."""

from __future__ import annotations

import json

from backprop import Experiment, Layer, Trainer
from ui.live.encode_verdict import verdict_message


def test_everything_that_a_finding_says_arrives() -> None:
    trainer = Trainer(
        Experiment(
            dataset="circle",
            layers=(Layer(8, "relu"),) * 2 + (Layer(1, "sigmoid"),),
            optimizer="sgd",
            learning_rate=5.0,
        )
    )
    trainer.step(600)
    [found] = trainer.verdicts()
    message = json.loads(json.dumps(verdict_message(found)))
    for name in ("severity", "kind", "heading", "text", "value", "threshold", "since"):
        assert message[name] == getattr(found, name)
    assert message["layers"] == list(found.layers)
    assert found.remedy
    for name in ("text", "label", "expect", "rewind"):
        assert message["remedy"][name] == getattr(found.remedy, name)
    assert [one["text"] for one in message["symptoms"]] == [one.text for one in found.symptoms]
    dead = next(one for one in message["symptoms"] if one["kind"] == "dead")
    units = [(layer, unit) for layer, unit in dead["units"]]
    frame = trainer.frame()
    assert units == [(j + 1, int(u) + 1) for j, layer in enumerate(frame.layers) for u in layer.dead.nonzero()[0]]


def test_what_is_infinite_becomes_null() -> None:
    trainer = Trainer(
        Experiment(dataset="plane", loss="mse", layers=(Layer(2), Layer(1, "identity")), learning_rate=1e30)
    )
    trainer.step(300)
    assert trainer.diverged
    message = json.dumps(verdict_message(trainer.verdicts()[0]), allow_nan=False)
    assert "became infinite" in message
