"""The current equation as LaTeX: in general, for the current entry in symbols, and with its numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from backprop import Network
from backprop.explain.walkthrough import LOSS, A, Cell, Entry, Step, Walkthrough
from backprop.functions import Slope
from ui.chain_rule.names import element, role
from ui.chain_rule.numbers import factor, latex

# What KaTeX makes of a line, in em: so much above and below its base line at least, and so much between two lines.
_TEXT, _FRACTION, _SUM = (0.9, 0.36), (1.45, 0.95), (1.83, 1.28)
_GAPS = {"[9pt]": 0.9, "[4pt]": 0.4}
_DEPTH, _JOT = 0.36, 0.3
_PER_LINE = 4  # terms of a sum in a line; more do not fit on a small screen
_Colors = Mapping[str, str]


class Formulas:
    """Writes the steps of one walk as formulas.

    Args:
        walk: The walk.
        colors: Role → colour.
    """

    def __init__(self, walk: Walkthrough, colors: _Colors) -> None:
        self.walk = walk
        self.colors = colors
        self.batch = len(walk.trace)

    def written(self, step: Step, row: int, column: int) -> str:
        """All that is written of an entry: the equation in general, the entry, and how its slope came about."""
        slope = self.slope_line(step, row, column)
        lines = [self.general(step), self.entry(step, row, column), *([slope] if slope else [])]
        return r"\begin{gathered}" + r" \\[9pt] ".join(lines) + r"\end{gathered}"

    def strut(self, steps: Iterable[Step]) -> str:
        """Nothing to be seen, as high as the highest of these steps: what stands beneath them stays where it is."""
        room = max(height(self.written(step, 0, 0)) for step in steps)
        return rf"\vcenter{{\rule{{0em}}{{{room:.2f}em}}}}"

    def general(self, step: Step) -> str:
        """The equation for every layer, and the function that occurs in it, if any."""
        network, index = self.walk.network, step.layer - 1
        if step.kind == A:
            activation = network.activations[index]
            return rf"{step.formula}, \qquad {_is(f'f_{{{step.layer}}}(z)', activation.formula)}"
        if step.kind == LOSS:
            return rf"{step.formula}, \qquad \ell = {network.loss.formula}"
        if step.equation in (1, 2) and not step.mixes:
            name = f"f_{{{step.layer}}}'(z)" if step.equation == 1 else f"g_{{{step.layer}}}(z)"
            return rf"{step.formula}, \qquad {_is(name, network.backwards[index].slope_formula)}"
        return step.formula

    def entry(self, step: Step, row: int, column: int) -> str:
        """The current entry: its name, its terms in symbols, the terms with numbers, and the value."""
        value = float(step.result.values[row, column])
        name = self._color(step.result.kind, element(step.result, row, column, self.batch))
        lines = self._lines(step, row, column)
        result = self._color(step.result.kind, rf"\boldsymbol{{{latex(value)}}}")
        body = r" \\[4pt] ".join(rf"&= {line}" for line in lines)
        return rf"\begin{{aligned}} {name} {body} \;=\; {result} \end{{aligned}}"

    def _lines(self, step: Step, row: int, column: int) -> list[str]:
        entry = step.entry(row, column)
        if step.kind == A:
            return self._through_activation(step, entry)
        if step.kind == LOSS:
            return self._loss(step, entry)
        symbols, numbers = self._sum(step, entry, self._symbol), self._sum(step, entry, self._number)
        lines = [*symbols, *numbers]
        if step.cancels:
            lines += self._cancelled(step, row, column)
        return lines

    def _sum(self, step: Step, entry: Entry, write: Callable[[Step, Cell], str]) -> list[str]:
        """A sum of products, a few terms to a line, times the slope if there is one."""
        products = [r" \cdot ".join(write(step, cell) for cell in term) for term in entry.terms]
        lines = [" + ".join(products[i : i + _PER_LINE]) for i in range(0, len(products), _PER_LINE)]
        lines = [lines[0], *(rf"\quad + {line}" for line in lines[1:])]
        if entry.factor is None:
            return _joined(lines)
        times = rf" \cdot {write(step, entry.factor)}"
        if len(products) == 1:
            return [lines[0] + times]
        return _joined([rf"\bigl( {lines[0]}", *lines[1:]], end=rf" \bigr){times}")

    def _through_activation(self, step: Step, entry: Entry) -> list[str]:
        index = step.layer - 1
        activation = self.walk.network.activations[index]
        if not step.mixes:
            ((cell,),) = entry.terms
            with_number = _with_number(activation, activation.formula, self._number(step, cell))
            return [rf"f_{{{step.layer}}}({self._symbol(step, cell)})", with_number]
        cells = [cell for (cell,) in entry.terms]
        ordered = sorted(cells, key=lambda cell: cell.column)

        def fraction(write: Callable[[Step, Cell], str]) -> str:
            below = " + ".join(f"e^{{{write(step, cell)}}}" for cell in ordered)
            return rf"\frac{{e^{{{write(step, cells[0])}}}}}{{{below}}}"

        return [fraction(self._symbol), fraction(self._number)]

    def _loss(self, step: Step, entry: Entry) -> list[str]:
        if self.batch > 1:
            sums = [" + ".join(write(step, cell) for (cell,) in entry.terms) for write in (self._symbol, self._number)]
            return [rf"\tfrac{{1}}{{{self.batch}}} \left( {line} \right)" for line in sums]
        pairs = [(Cell(0, 0, i), Cell(1, 0, i)) for i in range(step.operands[0].values.shape[1])]
        spec = self.walk.network.loss
        terms = [_loss_term(spec.name, self._number(step, p), self._number(step, t)) for p, t in pairs]
        symbols = [_loss_term(spec.name, self._symbol(step, p), self._symbol(step, t)) for p, t in pairs]
        mean = rf"\tfrac{{1}}{{{len(pairs)}}}" if _is_mean(spec.name) and len(pairs) > 1 else ""
        return [_bracketed(mean, symbols), _bracketed(mean, terms)]

    def _cancelled(self, step: Step, row: int, column: int) -> list[str]:
        """(a − y)/N: the same number by the cancelled path."""
        a, y = Cell(2, row, column), Cell(3, row, column)
        over = rf"\tfrac{{1}}{{{self.batch}}} " if self.batch > 1 else ""
        return [
            rf"{over}({self._symbol(step, a)} - {self._symbol(step, y)})"
            rf" = {over}({self._number(step, a, bracket=False)} - {self._number(step, y)})"
        ]

    def slope_line(self, step: Step, row: int, column: int) -> str | None:
        """How the slope in equations 1 and 2 is computed; None if there is none, or if it is a Jacobian."""
        if step.equation not in (1, 2) or step.mixes:
            return None
        network, index = self.walk.network, step.layer - 1
        g = network.backwards[index]
        z, value = network_z(self.walk, index, row, column)
        number = self._paint("z", factor(z))
        name = "f" if step.equation == 1 else "g"
        inside = _with_number(g, g.slope_formula, number)
        result = self._paint("slope", latex(value))
        return rf"{name}_{{{step.layer}}}{_prime(step)}({self._paint('z', latex(z))}) = {inside} = {result}"

    def _symbol(self, step: Step, cell: Cell) -> str:
        quantity = step.operands[cell.operand]
        text = element(quantity, cell.row, cell.column, self.batch)
        if quantity.kind == "slope" and step.equation == 1:
            text = text.replace("g_", "f_", 1).replace("(", "'(", 1)
        return self._color(quantity.kind, text)

    def _number(self, step: Step, cell: Cell, bracket: bool = True) -> str:
        value = step.value(cell)
        return self._color(step.operands[cell.operand].kind, factor(value) if bracket else latex(value))

    def _color(self, kind: str, text: str) -> str:
        return self._paint(role(kind), text)

    def _paint(self, name: str, text: str) -> str:
        return rf"\textcolor{{{self.colors[name]}}}{{{text}}}"


def height(written: str) -> float:
    """How high a formula of ``Formulas.written`` is, in em: by KaTeX's own rules, and seldom half a line too much."""
    lines = written.split(r"\\")
    total = 0.0
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        above, below = _SUM if r"\sum" in line else _FRACTION if r"\frac" in line else _TEXT
        ends = line.rstrip().endswith(r"\end{aligned}")  # its own lines leave the space that is asked for after it
        gap = 0.0 if ends else _GAPS.get(following[:5], 0.0)
        total += above + max(below, _DEPTH + gap) + _JOT
    return total - _JOT


def network_z(walk: Walkthrough, index: int, row: int, column: int) -> tuple[float, float]:
    """The z of a unit, and the slope that the backward pass uses there."""
    return float(walk.trace.z[index][row, column]), float(walk.network.slope(index, walk.trace)[row, column])


def slope_words(network: Network, layer: int) -> str:
    """In words, whose slope a layer uses in the backward pass."""
    g, own = network.backwards[layer - 1], network.layers[layer - 1].backward is None
    return f"the slope of {g.label}" if own else f"g from {g.label}, not the slope of its own activation"


def _prime(step: Step) -> str:
    return "'" if step.equation == 1 else ""


def _is(name: str, formula: str) -> str:
    """``f(z) = formula``. Softmax's formula has its own left-hand side."""
    return formula if formula.startswith((r"p_i", r"\frac{\partial p")) else f"{name} = {formula}"


def _joined(lines: Sequence[str], end: str = "") -> list[str]:
    """The lines of one sum as a single LaTeX expression with line breaks."""
    text = r" \\ &\phantom{=}".join(lines) + end
    return [text]


def _with_number(function: Slope, formula: str, number: str) -> str:
    """A formula in z with a number for z, and with the values of its parameters."""
    written = formula.split(r"\text{, with }")[0]
    for parameter, value in function.parameters.items():
        written = re.sub(rf"\\{parameter}(?![a-z])", lambda _, v=value: latex(v), written)  # type: ignore[misc]
    written = written.replace("^z", "^{z}")  # an exponent may be a colour and a number then
    written = written.split("=", 1)[1] if re.match(r"\\sigma'?\(z\) =", written) else written
    bare = re.sub(r"\((-[^()]*)\)", r"\1", number)
    written = re.sub(r"(?<![a-zA-Z\\])\(z\)", lambda _: f"({bare})", written)
    written = re.sub(r"(?<=[a-zA-Z}])\(z\)", lambda _: f"({bare})", written)
    return re.sub(r"(?<![a-zA-Z\\])z(?![a-zA-Z_])", lambda _: number, written)


_MEANS = ("mse", "mae", "huber", "hinge")


def _is_mean(loss: str) -> bool:
    return loss.partition("(")[0] in _MEANS


def _loss_term(loss: str, a: str, y: str) -> str:
    """What one output adds to the loss of a sample."""
    return {
        "mse": f"({a} - {y})^2",
        "half_sse": rf"\tfrac{{1}}{{2}} ({a} - {y})^2",
        "mae": f"|{a} - {y}|",
        "huber": rf"h({a} - {y})",
        "hinge": rf"\max(0,\ 1 - {y} \cdot {a})",
        "bce": rf"-\left[{y} \ln {a} + (1 - {y}) \ln(1 - {a})\right]",
        "cce": rf"-{y} \ln {a}",
    }[loss.partition("(")[0]]


def _bracketed(mean: str, terms: Sequence[str]) -> str:
    total = terms[0]
    for term in terms[1:]:
        total += f" {term}" if term.startswith("-") else f" + {term}"
    return rf"{mean} \left[ {total} \right]" if mean else total
