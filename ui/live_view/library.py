"""The view's ES modules in ``js/``, joined into the one script that a Streamlit component may have."""

from __future__ import annotations

import json
import posixpath
import re
from dataclasses import asdict
from functools import cache
from pathlib import Path

from ui.charts import CHARTS

FOLDER = Path(__file__).parent
_IMPORT = re.compile(r'^import \{[^}]*\} from "(\S+)\.js";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export ", re.MULTILINE)
MAIN = "main"
PAINTER = "network/painter"  # also runs in a worker, which draws the networks


def _read(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def modules_of(entry: str) -> list[str]:
    """The modules that ``entry`` needs, itself the last; each after all that it imports."""
    found: list[str] = []

    def visit(name: str) -> None:
        if name not in found:
            for target in _IMPORT.findall(_read(f"js/{name}.js")):
                visit(posixpath.normpath(posixpath.join(posixpath.dirname(name), target)))
            found.append(name)

    visit(entry)
    return found


def _joined(entry: str) -> list[str]:
    return [_EXPORT.sub("", _IMPORT.sub("", _read(f"js/{name}.js"))) for name in modules_of(entry)]


def _worker_script() -> str:
    serve = "const painters = new Painters(() => postMessage(0));\nonmessage = ({ data }) => painters.receive(data);\n"
    return "\n".join([*_joined(PAINTER), serve])


@cache
def library_script() -> str:
    """The modules as one script that leaves ``globalThis.backpropLiveView`` behind, uPlot included."""
    constants = []
    css = "".join(map(_read, ("vendor/uPlot.min.css", "live_view.css", "compare.css")))
    htmls = ("EXPLORER_HTML", _read("explorer.html")), ("COMPARE_HTML", _read("compare.html"))
    charts = [{"name": name, **asdict(chart)} for name, chart in CHARTS.items()]
    for name, value in (*htmls, ("CSS", css), ("PAINTER", _worker_script()), ("CHARTS", charts)):
        constants.append(f"const {name} = {json.dumps(value)};")
    body = "\n".join([*constants, _read("vendor/uPlot.iife.min.js"), *_joined(MAIN)])
    return (
        f"if (!globalThis.backpropLiveView) {{\n{body}\n"
        "globalThis.backpropLiveView = { render };\n"
        'globalThis.dispatchEvent(new Event("backprop-live-view"));\n}\n'
        "export default function () {}\n"
    )
