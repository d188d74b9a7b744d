"""The sidebar: which network, which samples, and the settings of the visitor's own network."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from backprop import ACTIVATIONS, DATASETS, LOSSES
from backprop.experiment import MAX_SEED
from ui.chain_rule.examples import EXAMPLES
from ui.chain_rule.state import study
from ui.chain_rule.study import EXPLORER, MAX_BATCH, MAX_LAYERS, MAX_UNITS, OWN, Study, layers_with
from ui.workspace.session import explorer_experiment

_SPECIAL = {EXPLORER: "The Explorer's network", OWN: "Build your own"}


def sidebar() -> None:
    """Draw all controls of the sidebar."""
    shown = study()
    with st.sidebar:
        _network(shown)
        if shown.choice == OWN:
            _own(shown)
        _samples(shown)


def _network(shown: Study) -> None:
    st.session_state["chain_network"] = shown.choice
    st.selectbox(
        "Network",
        [*EXAMPLES, *_SPECIAL],
        key="chain_network",
        format_func=lambda name: EXAMPLES[name].name if name in EXAMPLES else _SPECIAL[name],
        on_change=lambda: shown.choose(st.session_state["chain_network"], explorer_experiment()),
    )
    if shown.choice in EXAMPLES:
        st.caption(EXAMPLES[shown.choice].watch)
    elif shown.choice == EXPLORER:
        st.caption("The network of the Explorer page with its initial weights.")


def _samples(shown: Study) -> None:
    st.header("Samples")

    def changed() -> None:
        shown.take_samples(st.session_state["chain_sample"], st.session_state["chain_batch"])

    st.session_state["chain_sample"], st.session_state["chain_batch"] = shown.sample, shown.batch
    st.number_input(
        f"First sample, of {shown.n_samples}", 1, shown.n_samples, step=1, key="chain_sample", on_change=changed
    )
    st.slider(
        "Samples in the batch",
        1,
        min(MAX_BATCH, shown.n_samples),
        key="chain_batch",
        on_change=changed,
        help="With more than one, equations 3 and 4 are sums over the batch.",
    )


def _own(shown: Study) -> None:
    experiment = shown.experiment
    st.session_state["chain_data"] = experiment.dataset
    st.selectbox(
        "Data",
        list(DATASETS),
        key="chain_data",
        format_func=lambda name: DATASETS[name].label,
        on_change=lambda: shown.change(dataset=st.session_state["chain_data"]),
    )
    st.session_state["chain_hidden"] = len(experiment.hidden)
    st.slider(
        "Hidden layers",
        0,
        MAX_LAYERS - 1,
        key="chain_hidden",
        on_change=lambda: shown.change(layers=layers_with(experiment, st.session_state["chain_hidden"])),
    )
    for index in range(len(experiment.layers)):
        _layer(shown, index)
    _loss(shown)
    st.session_state["chain_seed"] = experiment.seed
    st.number_input(
        "Seed of the weights",
        0,
        MAX_SEED,
        step=1,
        key="chain_seed",
        on_change=lambda: shown.change(seed=st.session_state["chain_seed"]),
    )


def _layer(shown: Study, index: int) -> None:
    """The units and the activation of a hidden layer. The data decide the units of the output."""
    layers = shown.experiment.layers
    layer, is_output = layers[index], index == len(layers) - 1
    units, activation = f"chain_units_{index}", f"chain_activation_{index}"

    def changed() -> None:
        count = layer.units if is_output else st.session_state[units]
        chosen = replace(layer, units=count, activation=st.session_state[activation], backward=None)
        shown.change(layers=(*layers[:index], chosen, *layers[index + 1 :]))

    left, right = st.columns([2, 3])
    st.session_state[activation] = layer.activation
    name = "Output" if is_output else f"Layer {index + 1}"
    if is_output:
        left.markdown(f"**Output**  \n{layer.units} unit{'s' if layer.units > 1 else ''}")
    else:
        st.session_state[units] = layer.units
        left.number_input(f"{name}, units", 1, MAX_UNITS, step=1, key=units, on_change=changed)
    options = list(dict.fromkeys([*ACTIVATIONS, layer.activation]))
    right.selectbox(
        f"{name}, activation",
        options,
        key=activation,
        on_change=changed,
        format_func=lambda name: ACTIVATIONS[name].label if name in ACTIVATIONS else name,
    )


def _loss(shown: Study) -> None:
    st.session_state["chain_loss"] = shown.experiment.loss
    st.selectbox(
        "Loss",
        list(dict.fromkeys([*LOSSES, shown.experiment.loss])),
        key="chain_loss",
        on_change=lambda: shown.change(loss=st.session_state["chain_loss"]),
        format_func=lambda name: LOSSES[name].label if name in LOSSES else name,
    )
