"""What the files in deploy/ say about each other, about the app and about Streamlit is true."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from streamlit import config
from streamlit.web.server.starlette.starlette_routes import ROUTE_HEALTH

ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "deploy"
HAPROXY = shutil.which("haproxy")
TEXTS = {path.name: path.read_text(encoding="utf-8") for path in sorted(DEPLOY.iterdir())}
DOCKERFILE, COMPOSE, PROXY = TEXTS["Dockerfile"], TEXTS["compose.yaml"], TEXTS["haproxy.cfg"]
UNIT, NOTES = TEXTS["backprop-explorer@.service"], TEXTS["README.md"]
HEALTH = "/" + ROUTE_HEALTH
(PORT,) = re.findall(r"^EXPOSE (\d+)$", DOCKERFILE, re.MULTILINE)
COPIED = re.findall(r"^COPY (\S+) (?:\S+)$", DOCKERFILE, re.MULTILINE)
SECTIONS = "|".join({name.split(".")[0] for name in config.get_config_options()})


def _options(text: str) -> set[str]:
    """The options of Streamlit that a text names: as --server.port, `server.port` or STREAMLIT_SERVER_PORT."""
    by_variable = {option.env_var: name for name, option in config.get_config_options().items()}
    variables = re.findall(r"\bSTREAMLIT_\w+", text)
    names = re.findall(rf"(?:--|`)((?:{SECTIONS})\.\w+)", text)
    return {*names, *(by_variable.get(variable, variable) for variable in variables)}


@pytest.mark.parametrize("name", [*TEXTS, "CONTRIBUTING.md"])
def test_streamlit_knows_every_option_that_is_named(name: str) -> None:
    text = TEXTS.get(name) or (ROOT / name).read_text(encoding="utf-8")
    named = _options(text)
    assert named or name in ("Dockerfile.dockerignore", "compose.yaml", "haproxy.cfg")
    assert named <= set(config.get_config_options())


def test_streamlit_knows_every_option_of_the_configuration() -> None:
    settings = tomllib.loads((ROOT / ".streamlit/config.toml").read_text(encoding="utf-8"))
    flat = {
        f"{section}.{name}"
        for section, values in settings.items()
        for name, value in values.items()
        if not isinstance(value, dict)
    }
    assert flat - set(config.get_config_options()) == set()


def test_the_image_has_all_that_the_app_needs(tmp_path: Path) -> None:
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tmp_path / name)
    start = "from ui.server_start import import_pages; import_pages(); import app; app.app"
    subprocess.run([sys.executable, "-W", "ignore", "-c", start], cwd=tmp_path, check=True)
    pages = re.findall(r"\bpages/\w+\.py", (ROOT / "app.py").read_text(encoding="utf-8"))
    for name in [*pages, ".streamlit/config.toml"]:
        assert (tmp_path / name).exists(), name


def test_docker_is_given_what_the_image_copies_and_nothing_else() -> None:
    ignore = TEXTS["Dockerfile.dockerignore"].splitlines()
    assert "*" in ignore
    assert sorted(line[1:] for line in ignore if line.startswith("!")) == sorted(COPIED)


def test_the_image_has_the_python_that_the_tests_run_on() -> None:
    (image,) = re.findall(r"^FROM python:(\S+)-slim$", DOCKERFILE, re.MULTILINE)
    workflow = (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8")
    assert f"image: python:{image}-bookworm" in workflow
    assert "run: .ci/run" in workflow


def test_the_proxy_finds_every_process() -> None:
    defaults = dict(re.findall(r'server app\d "\$\{(APP\d)-127\.0\.0\.1:(\d+)\}"', PROXY))
    assert defaults
    assert set(re.findall(r"backprop-explorer@(\d+)", NOTES)) == set(defaults.values())

    assert f"STREAMLIT_SERVER_PORT={PORT}" in DOCKERFILE
    services = re.findall(r"^  (app\d): \*app$", COMPOSE, re.MULTILINE)
    assert re.findall(r"^      (APP\d): (\S+)$", COMPOSE, re.MULTILINE) == [
        (variable, f"{service}:{PORT}") for variable, service in zip(defaults, services, strict=True)
    ]
    assert f"depends_on: [{', '.join(services)}]" in COMPOSE


def test_every_variable_of_the_proxy_is_explained_in_it() -> None:
    head, body = PROXY.split("\ndefaults\n")
    used = set(re.findall(r"\$\{([A-Z_]+)", body)) | set(re.findall(r"defined\(([A-Z_]+)\)", body))
    assert {name for name in used if name not in head} == set()
    assert set(re.findall(r"^      (?:# )?([A-Z_]+): ", COMPOSE, re.MULTILINE)) <= used


def test_the_image_and_the_proxy_ask_for_health_where_the_app_answers() -> None:
    assert f"'http://127.0.0.1:{PORT}{HEALTH}'" in DOCKERFILE
    assert f"option httpchk GET {HEALTH}\n" in PROXY


def test_the_notes_name_files_that_exist() -> None:
    for name in re.findall(r"\]\(([^):#]+)\)", NOTES):
        assert (DEPLOY / name).exists(), name
    for name in re.findall(r"`((?:deploy|ui|\.github|\.streamlit)/[\w./@-]+)`", NOTES):
        assert (ROOT / name).exists(), name
    assert "/opt/backprop-explorer/.venv/bin/streamlit run app.py" in UNIT
    assert "git clone ADDRESS-OF-THIS-REPOSITORY /opt/backprop-explorer" in NOTES


@pytest.mark.skipif(not HAPROXY, reason="HAProxy is not installed")
@pytest.mark.parametrize("settings", [{}, {"APP1": "localhost:8501", "FRAME_ANCESTORS": "https://moodle.example"}])
def test_haproxy_accepts_its_configuration(settings: dict[str, str]) -> None:
    command = [str(HAPROXY), "-c", "-f", str(DEPLOY / "haproxy.cfg")]
    done = subprocess.run(command, env=settings, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
