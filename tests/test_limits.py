"""The table of limits in the README gives the numbers that the code uses."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import streamlit as st

from backprop.experiment import MAX_LAYERS, MAX_SAMPLES
from backprop.layer import MAX_UNITS
from backprop.links import MAX_TEXT
from backprop.training import History, Timeline
from backprop.training.trainer import MAX_MARKS
from ui.chain_rule import study
from ui.compare.state import MAX_STACKS
from ui.live import commands, outbox, pace, playback, turns
from ui.spot_the_bug import bug_hunt
from ui.workspace import experiment_form

ROOT = Path(__file__).resolve().parents[1]
SERVER = tomllib.loads((ROOT / ".streamlit/config.toml").read_text(encoding="utf-8"))["server"]

LIMITS = {
    "layers of a network": [MAX_LAYERS],
    "units of a layer": [MAX_UNITS],
    "units of a network that is shown live": [experiment_form.MAX_ALL_UNITS],
    "its weights and biases": [experiment_form.MAX_PARAMETERS],
    "its units times its samples": [experiment_form.MAX_OUTPUTS],
    "samples, and samples of a batch": [MAX_SAMPLES],
    "stacks that are compared": [MAX_STACKS],
    "Chain rule: layers, units of a layer, samples": [study.MAX_LAYERS, study.MAX_UNITS, study.MAX_BATCH],
    "Spot the bug: weights and biases": [bug_hunt.MAX_PARAMETERS],
    "updates of a frame, chosen; at top speed": [pace.MAX_UPDATES_PER_FRAME, pace.MAX_TOP_UPDATES],
    "seconds of updates for a frame": [playback.FRAME_SECONDS],
    "seconds, and frames, of a burst": [turns.TURN_SECONDS, playback.MAX_BURST],
    "frames that a view has not acknowledged; MB of them": [outbox.MAX_UNSEEN, outbox.MAX_UNSEEN_BYTES / 1e6],
    "moments to go back to; MB of them": [Timeline().max_moments, Timeline().max_bytes / 1e6],
    "rows of the charts": [History(("step",)).capacity],
    "changes that are marked in a run": [MAX_MARKS],
    "characters of a parameter of a link": [MAX_TEXT],
    "commands of a message": [commands.MAX_COMMANDS],
    "characters of a command": [commands.MAX_SIZE],
    "MB of a message, and of an upload": [SERVER["maxWidgetStateSize"], SERVER["maxUploadSize"]],
    "seconds that a visitor may be out of reach": [st.get_option("server.disconnectedSessionTTL")],
}


def table() -> dict[str, list[float]]:
    """What the README says: for each row its numbers."""
    section = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Limits")[2]
    rows = re.findall(r"^\| ([^|]+) \| ([\d.,; ]+) \| [^|]+ \|$", section, re.MULTILINE)
    return {what: [float(number.replace(",", "")) for number in re.split(r"[;,] ", most)] for what, most in rows}


def test_every_number_is_that_of_the_code() -> None:
    assert table() == LIMITS
