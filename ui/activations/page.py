"""The parts of the Activations page, from top to bottom."""

from __future__ import annotations

import dataclasses
from typing import Any

import streamlit as st

from backprop import ACTIVATIONS, SURROGATES
from backprop.explain import curves
from backprop.functions import parameters_of, read_spec
from ui.activations import words
from ui.activations.cards import OWN, backward_cards, curve_cards, forward_cards
from ui.activations.choice import Choice, Pair, backward_label
from ui.activations.figures import agreement_figure, pair_figure
from ui.activations.frameworks import CLAIMS, SNIPPETS
from ui.activations.real_layer import RealLayer, real_layer, source_label, sources
from ui.activations.training import training
from ui.notice import notice
from ui.palette import palette
from ui.workspace.session import workspace

_CHOICE, _SIDE, _TAU, _Z, _LAYER = (
    "activation_choice",
    "activation_side",
    "activation_tau",
    "activation_z",
    "into_layer",
)
_FORWARD, _BACKWARD = "forward f", "backward g"
_EVERY = 0  # in place of the number of a layer
_CONFIG = {"displayModeBar": False}


def activations() -> None:
    """Draw the page."""
    choice = _choice()
    st.title("Activations", anchor=False)
    st.caption(
        "Try this: pick **step** as forward function. Its slope is zero everywhere, so nothing behind it learns. "
        "Then pick **sigmoid′** as backward function, and press **Train** further down."
    )
    if choice.link_notice:
        notice(choice.link_notice)
    left, right = st.columns([5, 8], gap="medium")
    with left:
        _gallery(choice)
    with right:
        layer = _pair(choice)
    left, right = st.columns([5, 8], gap="medium")
    with left:
        _formulas(choice.pair)
        _use(choice.pair)
    with right:
        _facts(choice.pair, choice.tau)
        _agreement(choice.pair, layer)
    st.header("Does it learn?", anchor=False)
    trained = st.container()
    st.header("Can Keras do this? And PyTorch?", anchor=False)
    _frameworks()
    _show_in_address(choice)
    with trained:
        training(choice)


def _choice() -> Choice:
    """This visitor's choice: as it was left, or as the link says."""
    query = st.query_params.to_dict()
    entered = _SIDE not in st.session_state  # Streamlit forgets the keys of widgets when their page is left
    if _CHOICE not in st.session_state or (entered and query):
        st.session_state[_CHOICE] = Choice(query)
    found: Choice = st.session_state[_CHOICE]
    return found


def _show_in_address(choice: Choice) -> None:
    query = choice.query()
    if st.query_params.to_dict() != query:
        st.query_params.from_dict(query)


# --- the gallery -----------------------------------------------------------------------------------------------------


def _gallery(choice: Choice) -> None:
    side = st.segmented_control("Pick the", [_FORWARD, _BACKWARD], default=_FORWARD, required=True, key=_SIDE)
    if side == _BACKWARD:
        chosen = _base(choice.pair.backward) if choice.pair.backward else OWN
        cards = backward_cards(choice.pair.f, choice.tau)
        curve_cards(
            "backward_cards", "Backward function", cards, chosen, lambda name: choice.change(backward=name or None)
        )
    else:
        cards = forward_cards(choice.tau)
        curve_cards(
            "forward_cards",
            "Forward function",
            cards,
            _base(choice.pair.forward),
            lambda name: choice.change(forward=name),
        )
    st.caption(
        ":blue[Above] the function, on a scale of its own; :orange[below] its slope, the dotted line at 1. "
        "Shaded: the slope is flat, or exactly zero."
        if side == _FORWARD
        else "By what the backward pass multiplies. A dash means the slope of that activation; the others are "
        "surrogates, which no activation has."
    )


def _base(spec: str) -> str:
    return spec.partition("(")[0]


# --- the pair --------------------------------------------------------------------------------------------------------


def _pair(choice: Choice) -> RealLayer:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _parameters(choice, "forward", ACTIVATIONS)
        if choice.form["backward"] is not None and choice.pair.f.elementwise:
            _parameters(choice, "backward", {**SURROGATES, **ACTIVATIONS})
        _number("Flat below τ =", _TAU, choice.form["tau"], lambda value: choice.change(tau=value), "of the maximum")
        _pick_layer(choice)
    layer = real_layer(choice)
    entered = choice.notice if choice.notice != choice.link_notice else None
    for text in (entered, layer.note, _softmax_note(choice)):
        if text:
            notice(text)
    pair = choice.pair
    st.header(f"{pair.f.label} forward, {backward_label(pair.backward)} backward", anchor=False)
    st.plotly_chart(
        pair_figure(pair, layer.z, choice.tau, palette()),
        key="pair",
        alt=_alt(pair, choice.tau),
        theme=None,
        config=_CONFIG,
    )
    st.caption(f"z: {layer.title}. Shaded amber: the slope in use is flat; red: it is exactly zero.")
    _numbers(pair, layer)
    return layer


def _parameters(choice: Choice, side: str, registry: Any) -> None:
    """A number field for each parameter of the forward or the backward function."""
    try:
        entry, values = read_spec(side, choice.form[side], registry)
    except ValueError:  # a value that is out of bounds stays in the field
        entry, values = registry[_base(choice.form[side])], _typed(choice.form[side], registry)
    values = {**parameters_of(entry), **values}
    for name in values:

        def change(value: float, name: str = name) -> None:
            numbers = {**values, name: value}
            choice.change(**{side: f"{entry.name}({','.join(f'{number:.12g}' for number in numbers.values())})"})

        _number(f"{name} of {entry.label}", f"{side}_{entry.name}_{name}", values[name], change)


def _typed(spec: str, registry: Any) -> dict[str, float]:
    numbers = map(float, spec.partition("(")[2].rstrip(")").split(","))
    return dict(zip(registry[_base(spec)].parameters, numbers, strict=True))


def _number(label: str, key: str, value: float, change: Any, explanation: str | None = None) -> None:
    """A number field. Bounds are checked where the value is used, with a sentence on what is wrong."""
    st.session_state[key] = float(value)
    st.number_input(
        label, key=key, on_change=lambda: change(st.session_state[key]), format="%g", help=explanation, width=150
    )


def _pick_layer(choice: Choice) -> None:
    st.session_state[_Z] = choice.form["z"]
    options = list(dict.fromkeys([*sources(), choice.form["z"]]))
    st.selectbox(
        "Histogram of z from",
        options,
        key=_Z,
        format_func=source_label,
        on_change=lambda: choice.change(z=st.session_state[_Z]),
        width=300,
    )


def _softmax_note(choice: Choice) -> str | None:
    if choice.pair.f.elementwise:
        return None
    return (
        "Softmax mixes the units of its layer, so its slope is a matrix and its backward function is always its own. "
        "Shown is one of two units, the other one at z = 0."
    )


def _alt(pair: Pair, tau: float) -> str:
    return f"{pair.label} over z; the slope in use is flat {words.zones(curves.flat_zones(pair.g, tau))}."


def _numbers(pair: Pair, layer: RealLayer) -> None:
    with st.container(horizontal=True):
        st.metric("Largest slope in use", words.number(pair.g.max_slope), border=True)
        st.metric("Ten such layers, at best", words.factor(curves.best_gain(pair.g)), border=True)
        st.metric("z in the flat zones", words.share(layer.flat_share), border=True)
        st.metric("Range of f", words.span(*pair.f.range), border=True)


def _facts(pair: Pair, tau: float) -> None:
    st.markdown(
        f"**Ten layers:** {words.ten_layers(curves.best_gain(pair.g))} (Weights aside.)  \n"
        f"**Flat** (slope below {tau:g} · max): {words.zones(curves.flat_zones(pair.g, tau))}.  "
        f"**Exactly zero:** {words.zones(curves.zero_zones(pair.g))}.  **Kinks of f:** {words.places(pair.f.kinks)}."
    )


def _formulas(pair: Pair) -> None:
    f, g = pair.f, pair.g
    st.markdown(f"$f(z) = {f.formula}$  \n:small[{f.source}]")
    st.markdown(f"$g(z) = {g.slope_formula}$" + ("" if f is g or pair.backward is None else f"  \n:small[{g.source}]"))


def _agreement(pair: Pair, layer: RealLayer) -> None:
    if pair.backward is None:
        return
    st.markdown("**Does it point downhill?** Cosine of the gradient with this backward function and the true one")
    st.plotly_chart(
        agreement_figure(layer.agreement, palette()),
        key="agreement",
        alt="Cosine per layer",
        theme=None,
        config=_CONFIG,
    )


# --- into the Explorer -----------------------------------------------------------------------------------------------


def _use(pair: Pair) -> None:
    hidden = workspace().experiment.hidden
    with st.container(horizontal=True, vertical_alignment="bottom"):
        into = st.selectbox(
            "Layer of the Explorer's network",
            [_EVERY, *range(1, len(hidden) + 1)],
            key=_LAYER,
            format_func=lambda number: f"layer {number}: {hidden[number - 1].activation}" if number else "all hidden",
            width=220,
        )
        if st.button("Use in the Explorer", icon=":material/arrow_forward:", disabled=not hidden):
            put(pair, into)
            st.switch_page("pages/explorer.py")


def put(pair: Pair, number: int) -> None:
    """Give the pair to one hidden layer of the Explorer's network, counted from 1, or to all of them for 0."""
    space = workspace()
    layers = [dataclasses.asdict(layer) for layer in space.experiment.layers]
    for layer in layers[:-1] if number == _EVERY else [layers[number - 1]]:
        layer.update(activation=pair.forward, backward=pair.backward)
    space.change_layers(layers)


# --- other libraries -------------------------------------------------------------------------------------------------


def _frameworks() -> None:
    rows = "\n".join(f"| {claim} | **{verdict}** | {fact} |" for claim, verdict, fact in CLAIMS)
    st.markdown(f"| claim | true? | the facts |\n|---|---|---|\n{rows}")
    for tab, (code, tried) in zip(st.tabs(list(SNIPPETS)), SNIPPETS.values(), strict=True):
        with tab:
            st.code(code.strip(), language="python", wrap_lines=True)
            st.caption(tried)
