"""Numbers as they are written, and the equations with the numbers put in."""

from __future__ import annotations

import math
import re
from typing import Any

import pytest

from backprop import ACTIVATIONS, LOSSES, Experiment, Layer, SpecError
from backprop.explain.factors import factors
from ui.chain_rule import scene
from ui.chain_rule.examples import EXAMPLES
from ui.chain_rule.factor_card import size, weight_name
from ui.chain_rule.formulas import Formulas
from ui.chain_rule.formulas import height as formula_height
from ui.chain_rule.names import colors
from ui.chain_rule.numbers import factor, latex, plain
from ui.chain_rule.study import OWN, Study


@pytest.mark.parametrize(
    ("value", "text", "tex"),
    [
        (0.0, "0", "0"),
        (1.0, "1", "1"),
        (-0.48234, "−0.482", "-0.482"),
        (0.99996, "1.00", "1.00"),
        (12.345, "12.3", "12.3"),
        (123.4, "123", "123"),
        (12345.6, "12346", "12346"),
        (1.2e-5, "1.20·10⁻⁵", r"1.20\cdot 10^{-5}"),
        (-3.456e7, "−3.46·10⁷", r"-3.46\cdot 10^{7}"),
        (0.00123, "0.00123", "0.00123"),
        (math.inf, "∞", "∞"),
        (math.nan, "?", "?"),
    ],
)
def test_numbers(value: float, text: str, tex: str) -> None:
    assert (plain(value), latex(value)) == (text, tex)


def test_a_negative_number_in_a_product_is_in_brackets() -> None:
    assert (factor(-0.5), factor(0.5)) == ("(-0.500)", "0.500")


def bare(tex: str) -> str:
    """LaTeX without its colours and spaces."""
    while r"\textcolor" in tex:
        tex = re.sub(r"\\textcolor\{#[0-9a-f]+\}\{((?:[^{}]|\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\})*)\}", r"\1", tex)
    return tex.replace(" ", "")


def written(**query: str) -> tuple[str, str]:
    """The general equation and the current entry of a link."""
    study = Study(query)
    assert study.notice is None
    formulas = Formulas(study.walkthrough, colors(False))
    return bare(formulas.general(study.step)), bare(formulas.entry(study.step, study.row, study.column))


def test_equations_are_stated_as_they_are_known() -> None:
    study = Study({})
    formulas = Formulas(study.walkthrough, colors(False))
    general = {(step.kind, step.layer): formulas.general(step) for step in study.steps}
    assert general["z", 2] == r"z^{j} = a^{j-1} (W^{j})^{\mathsf T} + b^{j}"
    assert general["phi", 3].startswith(r"\varphi^{J} = \nabla_{a^{J}} L \circ f_J'(z^{J})")
    assert general["phi", 2].startswith(r"\varphi^{j} = (\varphi^{j+1} W^{j+1}) \circ g_j(z^{j})")
    assert general["weights", 2] == r"\frac{\partial L}{\partial W^{j}} = (\varphi^{j})^{\mathsf T} a^{j-1}"
    assert general["biases", 2] == r"\frac{\partial L}{\partial b^{j}} = \sum_{\text{batch}} \varphi^{j}"


def test_the_numbers_of_a_pre_activation() -> None:
    study = Study({})
    (x1, x2), (w1, w2) = study.walkthrough.trace.a[0][0], study.network.weights[0][1]
    _, entry = written(step="1", entry="1.2")
    assert r"z^{1}_{2}&=w^{1}_{2,1}\cdota^{0}_{1}+w^{1}_{2,2}\cdota^{0}_{2}+b^{1}_{2}" in entry
    numbers = rf"{factor(w1)}\cdot{factor(x1)}+{factor(w2)}\cdot{factor(x2)}+0"
    assert numbers.replace(" ", "") in entry
    assert rf"\boldsymbol{{{latex(study.walkthrough.trace.z[0][0, 1])}}}" in entry


def test_the_numbers_of_equation_2_in_a_batch() -> None:
    study = Study({"batch": "2", "step": "11", "entry": "2.1"})
    (phi,), w, g = (
        study.walkthrough.grads.phi[2][1],
        study.network.weights[2][0, 0],
        study.step.operands[2].values[1, 0],
    )
    _, entry = written(batch="2", step="11", entry="2.1")
    assert r"\varphi^{2}_{2,1}&=\varphi^{3}_{2,1}\cdotw^{3}_{1,1}\cdotg_{2}(z^{2}_{2,1})" in entry
    assert rf"{factor(phi)}\cdot{factor(w)}\cdot{factor(g)}".replace(" ", "") in entry


def test_a_slope_shows_how_it_came_about() -> None:
    study = Study({"step": "11"})
    formulas = Formulas(study.walkthrough, colors(False))
    z, slope = study.walkthrough.trace.z[1][0, 0], study.step.operands[2].values[0, 0]
    line = bare(formulas.slope_line(study.step, 0, 0) or "")
    assert line == rf"g_{{2}}({latex(z)})=\sigma({latex(z)})\,(1-\sigma({latex(z)}))={latex(slope)}"
    assert formulas.slope_line(study.steps[0], 0, 0) is None


def test_a_head_that_cancels_shows_both_paths() -> None:
    _, entry = written(network="sigmoid-bce", step="6")
    assert r"f_{2}'(z^{2}_{1})" in entry
    assert r"(a^{2}_{1}-y_{1})" in entry


def test_softmax_shows_its_whole_denominator() -> None:
    _, entry = written(network="softmax-cce", step="4", entry="1.2")
    assert r"\frac{e^{z^{2}_{2}}}{e^{z^{2}_{1}}+e^{z^{2}_{2}}+e^{z^{2}_{3}}}" in entry


def every_network() -> list[Any]:
    """The examples, and every activation and every loss once."""
    found = [
        pytest.param({"network": name, "batch": batch}, id=f"{name}-{batch}") for name in EXAMPLES for batch in "13"
    ]
    hidden = [{"network": OWN, "layers": f"2:{name},1:identity", "loss": "mse"} for name in ACTIVATIONS]
    for loss in LOSSES:
        for output in ("1:sigmoid", "1:tanh", "1:identity"):
            try:
                unit = Layer(1, output[2:])
                Experiment(dataset="xor", layers=(Layer(2), unit), loss=loss)
            except SpecError:
                continue
            hidden.append({"network": OWN, "data": "xor", "layers": f"2:tanh,{output}", "loss": loss})
    return [*found, *(pytest.param(query, id=f"{query['layers']} {query['loss']}") for query in hidden)]


@pytest.mark.parametrize("query", every_network())
def test_every_equation_can_be_written_and_drawn(query: dict[str, str]) -> None:
    study = Study(query)
    assert study.notice is None
    formulas = Formulas(study.walkthrough, colors(True))
    for position, step in enumerate(study.steps):
        study.go(position)
        for tex in (formulas.general(step), formulas.entry(step, 0, 0), formulas.slope_line(step, 0, 0) or ""):
            assert tex.count("{") == tex.count("}"), tex
            assert r"^\textcolor" not in tex  # KaTeX wants braces around an exponent in colour
            assert r"\left" not in tex or len(re.findall(r"\\left\b", tex)) == len(re.findall(r"\\right\b", tex))
        assert scene.diagram(study)["marks"]["units"] or step.kind in ("weights", "biases")
        *operands, result = scene.tables(study)
        assert result["result"]
        assert result["marked"] == [[0, 0]]
        assert all(table["marked"] for table in operands), step.kind


# What Chromium makes of it, in em of the formula.
@pytest.mark.parametrize(
    ("query", "measured"),
    [
        ({"step": "1"}, 5.61),
        ({"step": "4"}, 6.91),  # a fraction in two of its lines
        ({"step": "7"}, 6.55),  # sums
        ({"step": "14"}, 7.14),  # with the line of the slope
        ({"network": "sigmoid-bce", "batch": "3", "step": "6"}, 9.68),  # and the way on which the slope cancels
        ({"network": OWN, "layers": "8:gelu,8:swish,1:sigmoid", "data": "moons", "batch": "4", "step": "3"}, 11.7),
    ],
)
def test_the_height_of_a_formula_is_known_before_it_is_drawn(query: dict[str, str], measured: float) -> None:
    study = Study(query)
    assert study.notice is None
    height = formula_height(Formulas(study.walkthrough, colors(False)).written(study.step, 0, 0))
    assert measured - 0.02 < height < measured + 0.7


def test_every_step_of_a_walk_gets_the_room_of_the_highest() -> None:
    study = Study({})
    formulas = Formulas(study.walkthrough, colors(False))
    heights = [formula_height(formulas.written(step, 0, 0)) for step in study.steps]
    assert formulas.strut(study.steps) == rf"\vcenter{{\rule{{0em}}{{{max(heights):.2f}em}}}}"
    assert formulas.strut(study.steps[:1]) == rf"\vcenter{{\rule{{0em}}{{{heights[0]:.2f}em}}}}"


def test_the_diagram_shows_only_what_has_been_reached() -> None:
    study = Study({"step": "2"})
    columns = scene.diagram(study)["columns"]
    assert [unit["value"] for unit in columns[1]["units"]] == [plain(a) for a in study.walkthrough.trace.a[1][0]]
    assert {unit["value"] for column in columns[2:] for unit in column["units"]} == {None}
    assert scene.diagram(study)["loss"] is None
    study.go(len(study.steps) - 1)
    drawing = scene.diagram(study)
    assert drawing["loss"] == plain(study.walkthrough.grads.loss)
    assert drawing["columns"][1]["units"][0]["phi"] == plain(study.walkthrough.grads.phi[0][0, 0])
    assert drawing["gradients"][0][1][0] == plain(study.walkthrough.grads.weights[0][1, 0])


def test_the_units_show_the_sample_of_the_current_row() -> None:
    study = Study({"batch": "3", "step": "2", "entry": "3.1"})
    shown = scene.diagram(study)
    assert shown["columns"][0]["units"][0]["value"] == plain(study.walkthrough.trace.a[0][2, 0])
    assert "sample 3, row 3 of the batch of 3" in shown["caption"]


def test_a_chosen_weight_marks_its_path() -> None:
    study = Study({"weight": "1.2.1"})
    path = scene.diagram(study)["path"]
    assert path["weight"] == [1, 1, 0]
    assert [[row[0] for row in layer] for layer in path["layers"][:1]] == [[0, 0]]  # nothing by way of the other unit
    assert max(row[1] for row in path["layers"][0]) == 1
    assert scene.diagram(Study({}))["path"] is None


def test_factors_are_classed_by_size_and_named() -> None:
    assert [size(value) for value in (0, -0.01, 0.05, 1, -3)] == ["zero", "small", "medium", "medium", "large"]
    study = Study({"weight": "2.1.2"})
    assert study.weight is not None
    assert weight_name(study.weight) == "w²₁₂"
    assert factors(study.walkthrough, study.weight).value == study.network.weights[1][0, 1]
