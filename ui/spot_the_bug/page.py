"""The page *Spot the bug*: twins that train, clues, a guess, and the corrected line."""

from __future__ import annotations

import math

import streamlit as st

from backprop.experiment import MAX_SEED, Experiment
from backprop.explain.agreement import Agreement
from backprop.explain.bugs import BUGS, Bug
from backprop.functions import OPTIMIZERS, get_activation, get_loss, spec_label
from backprop.studies.twins import Twins, exact
from ui.notice import notice
from ui.palette import palette
from ui.spot_the_bug.bug_hunt import BUG_NAMES, EXPLORER, PLACE_NAMES, PLACES, RUN_STEPS, SURPRISE, BugHunt
from ui.spot_the_bug.charts import twins_figure
from ui.workspace.session import workspace

_KEY = "bug_hunt"
_WRONG_CHECK = 0.01  # rounding stays far below this, every bug is far above it


@st.fragment
def spot_the_bug() -> None:
    """Draw the hunt."""
    hunt = _hunt()
    st.title("Spot the bug")
    st.markdown(
        "Two networks start from the same weights and see the same batches; one of them has a mistake in its backward "
        "pass. **Press Run, read the clues, and say which mistake it is.**"
    )
    _choices(hunt)
    if hunt.notice:
        notice(hunt.notice)
    if hunt.problem:
        st.info(f"{hunt.problem}", icon=":material/block:")
    twins = hunt.twins
    if twins is None:
        return
    left, right = st.columns([3, 2], gap="medium")
    with right:
        _clues(twins)
        if hunt.open:
            _guess(hunt)
        elif hunt.answer:
            _explanation(hunt, hunt.answer)
    with left:
        _training(hunt, twins)  # after the right one, since Plotly takes a moment the first time


def _hunt() -> BugHunt:
    """This visitor's hunt. The first call makes it from the page's address, which is kept up to date."""
    if _KEY not in st.session_state:
        st.session_state[_KEY] = BugHunt(st.query_params.to_dict())
    hunt: BugHunt = st.session_state[_KEY]
    if hunt.place == EXPLORER:
        hunt.follow(workspace().experiment)
        hunt.notice = hunt.notice or workspace().notice
    if st.query_params.to_dict() != hunt.query:
        st.query_params.from_dict(hunt.query)
    return hunt


# --- what to hunt ----------------------------------------------------------------------------------------------------


def _choices(hunt: BugHunt) -> None:
    bug, network, seed, new = st.columns([4, 4, 2, 2], vertical_alignment="bottom")
    state = st.session_state
    state["hunt_bug"], state["hunt_network"], state["hunt_seed"] = hunt.choice, hunt.place, hunt.seed
    bug.selectbox(
        "The mistake",
        BUG_NAMES,
        key="hunt_bug",
        format_func=_bug_label,
        on_change=lambda: hunt.choose(choice=state["hunt_bug"]),
    )
    network.selectbox(
        "The network",
        PLACE_NAMES,
        key="hunt_network",
        format_func=lambda name: "The Explorer's network" if name == EXPLORER else PLACES[name].label,
        on_change=lambda: _choose_network(hunt),
    )
    seed.number_input(
        "Seed",
        min_value=0,
        max_value=MAX_SEED,
        step=1,
        key="hunt_seed",
        on_change=lambda: hunt.choose(seed=int(state["hunt_seed"])),
        help="Determines weights, batches, and with a surprise the mistake. The same seed gives the same hunt.",
    )
    new.button("New surprise", key="hunt_next", on_click=hunt.next, icon=":material/casino:", width="stretch")


def _bug_label(name: str) -> str:
    return "Surprise me" if name == SURPRISE else _capital(BUGS[name].title)


def _choose_network(hunt: BugHunt) -> None:
    hunt.choose(place=st.session_state["hunt_network"])
    st.query_params.clear()  # or the Explorer, if it is made now, would read this page's seed; _hunt writes it again


# --- training --------------------------------------------------------------------------------------------------------


def _training(hunt: BugHunt, twins: Twins) -> None:
    st.caption(_network_line(twins.experiment))
    with st.container(horizontal=True):
        label = f"Continue: {RUN_STEPS} more" if twins.step_count else f"Run {RUN_STEPS} steps"
        st.button(label, key="hunt_run", type="primary", on_click=hunt.run, icon=":material/play_arrow:")
        st.button(
            "Start over",
            key="hunt_restart",
            on_click=hunt.restart,
            disabled=not twins.step_count,
            icon=":material/replay:",
        )
    st.markdown(_outcome(twins))
    layers = enumerate(twins.experiment.layers, start=1)
    labels = [f"layer {number}, {get_activation(layer.activation).label}" for number, layer in layers]
    st.plotly_chart(
        twins_figure(twins.history, labels, palette()),
        key="hunt_chart",
        config={"displayModeBar": False},
        alt="Loss of both networks, and per layer cosine and length of the mistaken gradient, over the steps",
    )
    st.caption(
        f"Cosine and length compare the mistaken gradient with the true one at the same weights, on a batch of "
        f"{twins.measured} samples; the losses are those of all {len(twins.X)} training samples. Where a curve ends, "
        "one of the gradients is zero."
    )


def _network_line(e: Experiment) -> str:
    layers = " → ".join(f"{layer.units} {get_activation(layer.activation).label}" for layer in e.layers)
    loss, rule = get_loss(e.loss).label, spec_label(e.optimizer, OPTIMIZERS)
    return f"{e.kind.label}: {len(e.features)} in → {layers}, {loss}, {rule}, learning rate {e.learning_rate:g}"


def _outcome(twins: Twins) -> str:
    moment = twins.moment()
    text = (
        f"After step {moment.step}: loss **{_number(moment.wrong_loss)}** with the mistake, "
        f"**{_number(moment.right_loss)}** without."
    )
    if twins.stopped_at is not None:
        text += f" After step {twins.stopped_at} the numbers of the mistaken one became infinite or undefined."
    return text


# --- clues and guess -------------------------------------------------------------------------------------------------


def _clues(twins: Twins) -> None:
    st.header("Clues, before the first step", anchor=False)
    rows = ["| layer | cosine | length | gradient check |", "|---|---|---|---|"]
    for number, (layer, agreement, error) in enumerate(
        zip(twins.experiment.layers, _first_agreement(twins), twins.check_errors, strict=True), start=1
    ):
        name = f"{number}, {get_activation(layer.activation).label}"
        check = f":green[✓] {error:.0e}" if error < _WRONG_CHECK else f":red[✗] **{_number(error)}**"
        cosine, ratio = _cell(agreement.cosine, agreement), _cell(agreement.norm_ratio, agreement)
        rows.append(f"| {name} | {cosine} | {ratio} | {check} |".replace("-", "−"))
    st.markdown("\n".join(rows))
    st.caption(
        "With cosine 1 and length 1 the gradient is exactly the true one. The gradient check compares with central "
        "differences: ‖difference‖ ÷ (sum of both norms). Values of 1e−8 or less are rounding."
    )


def _first_agreement(twins: Twins) -> tuple[Agreement, ...]:
    row = twins.history.rows[0]
    return tuple(Agreement(float(cosine), float(ratio)) for cosine, ratio in zip(row[3::2], row[4::2], strict=True))


def _cell(value: float, agreement: Agreement) -> str:
    if math.isnan(value):
        return "none"
    return "1" if exact(agreement) else f"**{value:.2f}**"


def _guess(hunt: BugHunt) -> None:
    state = st.session_state
    state["hunt_guess"] = hunt.picked

    def picked() -> None:
        hunt.picked = state["hunt_guess"]

    st.header("Which mistake is it?", anchor=False)
    st.radio(
        "Which mistake is it?",
        list(BUGS),
        index=None,
        key="hunt_guess",
        format_func=_bug_label,
        on_change=picked,
        label_visibility="collapsed",
    )
    with st.container(horizontal=True):
        st.button("Guess", key="hunt_answer", type="primary", on_click=hunt.guess, disabled=hunt.picked is None)
        st.button("Reveal", key="hunt_reveal", on_click=hunt.reveal)
    if hunt.wrong_guess:
        st.warning(f"Not “{BUGS[hunt.wrong_guess].title}”. {hunt.contradiction}", icon=":material/close:")
    _score(hunt)


def _score(hunt: BugHunt) -> None:
    if hunt.guesses:
        st.caption(f"Right guesses: **{hunt.right_guesses} of {hunt.guesses}**")


# --- the answer ------------------------------------------------------------------------------------------------------


def _explanation(hunt: BugHunt, bug: Bug) -> None:
    if hunt.choice == SURPRISE:
        if hunt.picked == bug.name and hunt.wrong_guess is None:
            st.success(f"Right: {bug.title}.", icon=":material/check:")
        else:
            st.info(f"It is: {bug.title}.", icon=":material/lightbulb:")
        _score(hunt)
    else:
        st.header(_capital(bug.title), anchor=False)
    st.markdown(bug.wrong)
    st.code(f"- {bug.wrong_code}\n+ {bug.right_code}", language="diff", wrap_lines=True)
    colours = palette()
    st.markdown(
        f"| wrong | right |\n|---|---|\n"
        rf"| $\textcolor{{{colours.dead}}}{{\cancel{{{bug.wrong_formula}}}}}$ | ${bug.right_formula}$ |"
    )
    st.markdown(f"**How to notice it.** {bug.notice}")
    st.markdown(f"**In print.** {bug.printed}." if bug.printed else "**In print.** Not in the texts listed below.")
    if hunt.choice == SURPRISE:
        st.button("Next surprise", key="hunt_next_below", type="primary", on_click=hunt.next)


def _capital(text: str) -> str:
    """The text with a capital letter, unless it begins with a formula."""
    return text if text[1:2] == "(" else text[:1].upper() + text[1:]


def _number(value: float) -> str:
    if not math.isfinite(value):
        return "not finite"
    return f"{value:.3g}" if 1e-4 <= abs(value) < 1e6 else f"{value:.1e}".replace("-", "−")
