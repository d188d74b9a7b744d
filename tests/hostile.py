"""What a link or a browser may give: anything. Random cases for the tests of every page's parameters and messages."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from backprop import ACTIVATIONS, DATASETS, INITIALIZERS, LOSSES, OPTIMIZERS, SURROGATES
from backprop.explain.bugs import BUGS
from backprop.functions import AUTO, SCHEDULES
from ui.chain_rule.examples import EXAMPLES

# Texts that a page might take for HTML, script, Markdown, LaTeX, a path, a format or a number.
TEXTS = [
    "",
    " ",
    "<img src=x onerror=alert(1)>",
    '"><script>alert(1)</script>',
    "javascript:alert(1)",
    "[x](http://evil.example) ![x](http://evil.example/x.png) http://evil.example www.evil.example a@evil.example",
    ":material/home: :red[x] :streamlit: :+1: $x^2$ **b** _i_ `c` <- --",
    "# h\n\n| a |\n|---|\n\\end{gathered}",
    "{0} {x!r} %s %(x)s ${x}",
    "__class__ __proto__ constructor",
    "../../etc/passwd\x00",
    "\u202eabc\u0301 \U0001f4a5 ² ٣ ①",
    "'; DROP TABLE--",
    "x" * 100_000,
    "," * 100_000,
    "(" * 100_000,
    "9" * 100_000,
    "-0",
    "1e400",
    "nan",
    "inf",
    "0x10",
    "1_000",
    "٣",
    "²",
    "7" * 4000,
]

NUMBERS: list[Any] = [0, 1, 2, 3, 5, -1, 60, 1024, 5000, 2**31, 2**53, 10**30, 10**400, -(10**400), 0.5, -0.0, 1e308]
NOT_FINITE = [float("nan"), float("inf"), float("-inf")]  # Python reads them from a message; a browser sends none


def _nested(depth: int) -> list[Any]:
    found: list[Any] = []
    for _ in range(depth):
        found = [found]
    return found


HUGE = [_nested(900), list(range(20_000)), {str(key): key for key in range(20_000)}, [["x" * 1000] * 100] * 10]

_SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(TEXTS)
JSON = st.recursive(
    _SCALARS | st.sampled_from([*NUMBERS, *NOT_FINITE]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
_USUAL_SUSPECTS: list[Any] = [None, True, 0.5, -1, "1", "", [], {}, [1], 10**400, "x" * 100_000, float("nan")]
VALUES = st.sampled_from(_USUAL_SUSPECTS) | st.sampled_from([*NUMBERS, *NOT_FINITE, *TEXTS, *HUGE]) | JSON


# --- links -----------------------------------------------------------------------------------------------------------

_SPECS = [*ACTIVATIONS, *SURROGATES, "leaky_relu(0.2)", "swish(1e308)", "elu(-1)", "gelu()", "nope", ""]
_UNITS = ["1", "2", "3", "8", "9", "64", "1024", "1025", "0", "-1", "²", "1e3", ""]
_PIECES = ["8", "tanh", ":", ",", "relu", "1", "sigmoid", "-", "0x1", "e5", "nan", "(", ")", "0.2", "²", " ", "."]


@st.composite
def _layer(draw: st.DrawFn) -> str:
    small = draw(st.sampled_from(["2", "3", "8"]))
    parts = [
        draw(st.just(small) | st.sampled_from(_UNITS)),
        draw(st.sampled_from(sorted(ACTIVATIONS)) | st.sampled_from(_SPECS)),
        draw(st.just("") | st.sampled_from(_SPECS)),
        draw(st.just("") | st.sampled_from([*INITIALIZERS, AUTO, "normal(0.5)", "constant(1e9)", "nope"])),
        draw(st.sampled_from(["", "", "2", "1000", "1001", "nan", "-1"])),
        draw(st.sampled_from(["", "", "-4", "1000", "1e4", "inf"])),
    ]
    return ":".join(parts).rstrip(":")


_LAYERS = st.builds(
    lambda hidden, output: ",".join([*hidden, output]),
    st.lists(_layer(), max_size=4) | st.lists(_layer(), max_size=2).map(lambda layers: layers * 17),
    st.sampled_from(["1:sigmoid", "1:sigmoid", "3:softmax", "1:tanh"]) | _layer(),
)
_NUMERIC = st.integers(-1, 30).map(str) | st.sampled_from(
    ["0.1", "0.9", "1", "5000", "5001", "2147483647", "2147483648"]
)
_PLACES = st.sampled_from(
    ["1.1", "1.2.1", "1.1.b", "9.9.9", "0.0", "start:1", "trained:2", "explorer:1", "explorer:99"]
)

# For each parameter of any page's link what may well make sense.
PLAUSIBLE: dict[str, st.SearchStrategy[str]] = {
    **dict.fromkeys(["noise", "test", "dataseed", "lr", "clip", "l1", "l2", "batch", "seed"], _NUMERIC),
    **dict.fromkeys(["sample", "step", "tau"], _NUMERIC),
    "samples": st.sampled_from(["4", "60", "1000", "5000"]) | _NUMERIC,
    **dict.fromkeys(["layers", "a", "b", "c", "d"], _LAYERS),
    **dict.fromkeys(["entry", "weight", "z"], _PLACES),
    **dict.fromkeys(["forward", "backward"], st.sampled_from(_SPECS)),
    "data": st.sampled_from(sorted(DATASETS)),
    "features": st.lists(st.sampled_from(["x1", "x2", "x1*x2", "nope"]), max_size=3).map(",".join),
    "loss": st.sampled_from([*LOSSES, "huber(0.5)", "huber(x)"]),
    "optimizer": st.sampled_from([*OPTIMIZERS, "adam(1,2)"]),
    "schedule": st.sampled_from([*SCHEDULES, "step(3,0.25)", "step(0,9)"]),
    "dtype": st.sampled_from(["float32", "float64", "float16"]),
    "network": st.sampled_from([*EXAMPLES, "own", "explorer", "three", "classes"]),
    "task": st.sampled_from(["moons", "spiral", "x"]),
    "bug": st.sampled_from([*BUGS, "surprise"]),
}


@st.composite
def links(draw: st.DrawFn, *usual: str) -> dict[str, str]:
    """The parameters of a link: some of those that a page reads (``usual``), and now and then others."""
    known = st.sampled_from(usual) | st.sampled_from(usual) | st.sampled_from(sorted(PLAUSIBLE)) | st.text(max_size=8)
    names = draw(st.lists(known, max_size=6, unique=True))
    hostile = st.sampled_from(TEXTS) | st.text() | st.lists(st.sampled_from(_PIECES), max_size=12).map("".join)
    return {name: draw(PLAUSIBLE.get(name, hostile) | PLAUSIBLE.get(name, hostile) | hostile) for name in names}


def every_text(*names: str) -> list[dict[str, dict[str, str]]]:
    """Links in which every parameter is the same hostile text."""
    return [{"query": dict.fromkeys(names, text)} for text in TEXTS]


def check_link_notice(notice: str | None) -> None:
    """A notice about a link names what was ignored in one sentence, and is short enough to be read."""
    if notice is not None:
        assert notice.startswith("This link cannot be opened as it is: ")
        assert notice.endswith(". Everything else is as the link says.")
        assert len(notice) < 700 * (1 + notice.count(";")), notice


# --- messages --------------------------------------------------------------------------------------------------------

_INDEX = st.integers(0, 2)
_FIELDS = ["units", "activation", "backward", "initializer", "gain", "bias"]
_SETTINGS = ["noise", "samples", "test_share", "data_seed", "features", "loss", "optimizer", "learning_rate"]
_SETTINGS += ["schedule", "clip_norm", "l1", "l2", "batch_size", "seed", "dtype"]
_ENTERED = st.sampled_from([*ACTIVATIONS, *SURROGATES, *LOSSES, *OPTIMIZERS, 1, 5, 40, 1024, 0.5])

# For each command of the live views, the settings panel's edits included, its parts and what they may well be.
_PARTS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    **{kind: {} for kind in ["hello", "play", "pause", "rewind"]},
    "more": {"frames": st.integers(0, 60)},
    "step": {"unit": st.sampled_from(["update", "epoch"])},
    "speed": {"updates": st.sampled_from([1, 5, 1000]), "top": st.booleans()},
    "present": {"on": st.booleans()},
    "inspect": {"layer": _INDEX, "unit": _INDEX},
    "distributions": {"of": st.sampled_from(["z", "a", "phi", "gradients", "weights"])},
    "set": {"layer": _INDEX, "unit": _INDEX, "input": _INDEX, "value": st.floats(-2, 2)},
    "look": {"step": st.integers(0, 30)},
    "open": {"chart": st.sampled_from(["loss", "gradients"])},
    "send": {"stack": _INDEX},
}
_EDITS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    **{op: {} for op in ["add", "seed", "explorer_settings", "add_stack", "remove_stack", "from_explorer"]},
    "set": {"layer": _INDEX, "field": st.sampled_from(_FIELDS), "value": _ENTERED},
    **{op: {"layer": _INDEX} for op in ["duplicate", "remove"]},
    "move": {"layer": _INDEX, "to": _INDEX},
    "apply": {"settings": st.dictionaries(st.sampled_from(_SETTINGS), _ENTERED, min_size=1, max_size=3)},
    "dataset": {"name": st.sampled_from(sorted(DATASETS))},
    "preset": {"name": st.sampled_from(["Vanishing: eight sigmoids", "Iris: three classes, softmax"])},
    "treat": {"label": st.sampled_from(["Learning rate 0.01", "More units"])},
}
# What the view adds: the stack of a comparison, the frame on the screen, what it has, and of which run.
_ADDED = ["stack", "shown", "has", "run", "still", "version"]


@st.composite
def commands(draw: st.DrawFn) -> dict[str, Any]:
    """A command of a live view without its number: as the view may send it, or with some parts that make no sense."""
    edit = draw(st.booleans())
    kind, parts = draw(st.sampled_from(sorted((_EDITS if edit else _PARTS).items(), key=lambda item: item[0])))
    command: dict[str, Any] = {"type": "edit", "op": kind} if edit else {"type": kind}
    command |= {name: draw(part) for name, part in parts.items()}
    command |= {name: draw(_INDEX) for name in draw(st.lists(st.sampled_from(_ADDED), max_size=4, unique=True))}
    command.setdefault("stack", draw(st.integers(0, 1)))
    for _ in range(draw(st.sampled_from([0, 0, 1, 1, 2]))):
        name, hostile = draw(st.sampled_from([*command, "id", "session"])), draw(VALUES)
        if name == "settings" and draw(st.booleans()):
            hostile = {draw(st.sampled_from([*_SETTINGS, "dataset", "layers", "x"])): hostile}
        command[name] = hostile
    return command


@st.composite
def messages(draw: st.DrawFn) -> Any:
    """What a live view may send at a time: commands as a rule, and now and then anything else."""
    kind = draw(st.sampled_from([*["commands"] * 8, "both", "anything"]))
    if kind == "anything":
        return draw(VALUES)
    return draw(st.lists(commands() if kind == "commands" else commands() | VALUES, min_size=1, max_size=4))


# --- how often -------------------------------------------------------------------------------------------------------

Test = Callable[..., None]


def for_any(
    few: int, many: int, always: Iterable[Mapping[str, Any]] = (), **cases: st.SearchStrategy[Any]
) -> Callable[[Test], Test]:
    """Makes a check of one case a test: of some cases ``always``, and of random ones, a few in every run and many with
    ``pytest -m slow``.
    """

    def decorate(check: Test) -> Test:
        def test(examples: int) -> None:
            tested = given(**cases)(check)
            for case in always:
                tested = example(**case)(tested)
            settings(max_examples=examples)(tested)()

        test.__doc__ = inspect.getdoc(check)
        amounts = [few, pytest.param(many, marks=pytest.mark.slow)]
        return pytest.mark.parametrize("examples", amounts)(test)

    return decorate
