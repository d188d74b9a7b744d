"""The view's scripts as the browser gets them: ES modules joined into one, where nothing may be lost or named twice."""

from __future__ import annotations

import posixpath
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from ui.live_view.library import FOLDER, MAIN, PAINTER, library_script, modules_of

MODULES = modules_of(MAIN)

SOURCES = {name: (FOLDER / "js" / f"{name}.js").read_text(encoding="utf-8") for name in MODULES}
IMPORT = re.compile(r'^import \{(.*?)\} from "(\S+)\.js";$', re.MULTILINE | re.DOTALL)
EXPORT = re.compile(r"^export (?:const|class|(?:async )?function) (\w+)", re.MULTILINE)
TOP_LEVEL = re.compile(r"^(?:export )?(?:async )?(?:const|let|var|class|function\*?) (\w+)", re.MULTILINE)
NODE = shutil.which("node")


def test_every_script_is_in_the_bundle() -> None:
    folder = FOLDER / "js"
    assert sorted(MODULES) == sorted(
        path.relative_to(folder).with_suffix("").as_posix() for path in folder.rglob("*.js")
    )
    assert len(set(MODULES)) == len(MODULES)


def test_the_worker_gets_what_draws_and_nothing_else() -> None:
    folders = {name.split("/")[0] for name in modules_of(PAINTER)}
    assert folders == {"network", "shared"}


def test_no_import_or_export_is_left_inside() -> None:
    script = library_script()
    assert re.findall(r"^\s*export\b.*$", script, re.MULTILINE) == ["export default function () {}"]
    assert script.endswith("export default function () {}\n")
    assert not re.findall(r"^\s*import\b", script, re.MULTILINE)
    assert "import(" not in script


@pytest.mark.parametrize("name", MODULES)
def test_nothing_but_imports_and_exports_is_cut_from_a_module(name: str) -> None:
    lines = SOURCES[name].splitlines()
    script = library_script()
    imported = "\n".join(match.group(0) for match in IMPORT.finditer(SOURCES[name])).splitlines()
    for line in lines:
        assert line.removeprefix("export ") in script or line in imported


@pytest.mark.parametrize("name", MODULES)
def test_imports_name_what_an_earlier_module_exports(name: str) -> None:
    """In one script there are no modules: a name from a later one would not be there yet, another name never."""
    source = SOURCES[name]
    found = IMPORT.findall(source)
    assert len(found) == len(re.findall(r"^import\b", source, re.MULTILINE))  # no other form of import
    for names, module in found:
        module = posixpath.normpath(posixpath.join(posixpath.dirname(name), module))
        assert MODULES.index(module) < MODULES.index(name)
        wanted = {part.strip() for part in names.split(",") if part.strip()}
        assert wanted <= set(EXPORT.findall(SOURCES[module]))  # which an "a as b" is not in


@pytest.mark.parametrize("name", MODULES)
def test_exports_are_of_the_one_form_that_the_bundle_knows(name: str) -> None:
    source = SOURCES[name]
    assert len(EXPORT.findall(source)) == len(re.findall(r"^\s*export\b", source, re.MULTILINE))


def test_no_name_is_defined_twice() -> None:
    names = Counter(name for source in SOURCES.values() for name in TOP_LEVEL.findall(source))
    names.update(["EXPLORER_HTML", "COMPARE_HTML", "CSS", "PAINTER"])
    assert [name for name, count in names.items() if count > 1] == []
    assert {"Player", "ExplorerView", "render", "unpack"} <= set(names)  # else the pattern finds nothing


def test_the_bundle_brings_its_page_its_style_and_the_chart_library() -> None:
    script = library_script()
    assert script.count("const EXPLORER_HTML = ") == script.count("const CSS = ") == 1
    for needed in ("uPlot=function", "network", "surface-picture", "globalThis.backpropLiveView = { render };"):
        assert needed in script
    assert script is library_script()  # put together once


def test_the_vendored_library_comes_with_its_licence() -> None:
    assert "MIT" in (FOLDER / "vendor" / "LICENSE").read_text(encoding="utf-8")


@pytest.mark.skipif(NODE is None, reason="needs node to parse the script")
def test_the_bundle_is_valid_as_a_module(tmp_path: Path) -> None:
    path = tmp_path / "bundle.mjs"
    path.write_text(library_script(), encoding="utf-8")
    assert NODE is not None
    result = subprocess.run([NODE, "--check", str(path)], capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
