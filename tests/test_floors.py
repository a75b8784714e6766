"""The house's floors: imports only go down, heavy libraries stay where they belong, modules stay small."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "camb_tui"
LONGEST = 400
FLOORS = {"domain": 1, "services": 2, "ui": 3}
ENTRY = 4


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def modules(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (PACKAGE / folder).rglob("*.py"))


def imports(path: Path) -> set[str]:
    """Every module the file imports, wherever in it and for whatever use; names from a package count as its modules."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} imports relatively"
            found.add(node.module or "")
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def is_of(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def loaded_after(names: list[str]) -> dict[str, list[str]]:
    """Which heavy libraries each module brings into a fresh interpreter; a fork of it for each module."""
    code = """
import importlib, os, sys
for name in sys.argv[1:]:
    child = os.fork()
    if child == 0:
        importlib.import_module(name)
        heavy = [one for one in ("textual", "httpx", "starlette", "uvicorn") if one in sys.modules]
        print(name, *heavy, flush=True)
        os._exit(0)
    if os.waitpid(child, 0)[1] != 0:
        sys.exit(f"{name} cannot be imported")
"""
    done = subprocess.run([sys.executable, "-c", code, *names], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {words[0]: words[1:] for words in map(str.split, done.stdout.splitlines())}


def test_lower_floors_load_no_screen_and_the_domain_no_network() -> None:
    """What polls and saves must run where there is no screen; what things are must run anywhere."""
    names = [module_name(path) for path in modules("domain", "services")]
    found = loaded_after(names)
    assert set(found) == set(names)
    assert [name for name, heavy in found.items() if "textual" in heavy] == []
    assert [name for name in names if is_of(name, "camb_tui.domain") and found[name]] == []


def test_a_start_loads_neither_network_nor_simulator() -> None:
    """The command line and the engine are imported before the first paint; a tenth of a second each is too much."""
    found = loaded_after(["camb_tui.cli", "camb_tui.monitoring", "camb_tui.services.engine"])
    assert {heavy for loaded in found.values() for heavy in loaded} == set()


@pytest.mark.parametrize("path", modules("ui"), ids=module_name)
def test_the_screen_does_not_name_the_network(path: Path) -> None:
    assert not any(is_of(name, "httpx") for name in imports(path))
    assert "httpx" not in {
        node.id for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Name)
    }


@pytest.mark.parametrize("path", modules("domain", "services", "ui"), ids=module_name)
def test_imports_only_go_down(path: Path) -> None:
    """Also those for types alone, and those hidden in a function."""
    floor = FLOORS[path.relative_to(PACKAGE).parts[0]]
    for name in imports(path):
        if is_of(name, "camb_tui"):
            parts = name.split(".")
            above = len(parts) > 1 and parts[1] != "__version__" and FLOORS.get(parts[1], ENTRY) > floor
            assert not above, f"{module_name(path)} imports {name}"


@pytest.mark.parametrize("path", modules("domain"), ids=module_name)
def test_the_domain_needs_the_standard_library_and_msgspec_alone(path: Path) -> None:
    allowed = {*sys.stdlib_module_names, "msgspec", "camb_tui"}
    assert {name.partition(".")[0] for name in imports(path)} <= allowed


@pytest.mark.parametrize("path", modules("services"), ids=module_name)
def test_only_the_client_and_what_it_is_made_of_know_httpx(path: Path) -> None:
    if path.name != "client.py" and path.parent.name != "wire":
        assert not any(is_of(name, "httpx") for name in imports(path))


@pytest.mark.parametrize("path", modules("simulator"), ids=module_name)
def test_the_simulator_knows_the_catalogue_and_nothing_else_of_ours(path: Path) -> None:
    """It is the client's opposite: what they share, neither can check."""
    ours = {name for name in imports(path) if is_of(name, "camb_tui")}
    assert [
        name for name in ours if not is_of(name, "camb_tui.domain.kinds") and not is_of(name, "camb_tui.simulator")
    ] == []


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=module_name)
def test_a_module_says_what_it_owns_and_is_short_or_says_why_not(path: Path) -> None:
    text = path.read_text("utf-8")
    said = ast.get_docstring(ast.parse(text))
    assert said, f"{module_name(path)} has no docstring"
    lines = len(text.splitlines())
    assert lines <= LONGEST or "long because" in said.lower(), (
        f"{module_name(path)}: {lines} lines, and does not say why"
    )
