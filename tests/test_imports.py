"""The order of imports between the package's folders."""

import ast
import re

import pytest

import widthwise

PACKAGE = "widthwise"
ORDER = re.findall(r"^(\w+) {2,}\S", widthwise.__doc__, re.MULTILINE)


def imports(path):
    """The dotted names that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_the_list_names_every_folder(root):
    folders = {path.parent.name for path in (root / "scripts" / PACKAGE).glob("*/*.py")}
    assert sorted(ORDER) == sorted(folders)


@pytest.mark.parametrize("folder", ORDER)
def test_a_folder_imports_only_from_those_above_it(root, folder):
    allowed = ORDER[: ORDER.index(folder) + 1]
    for path in (root / "scripts" / PACKAGE / folder).rglob("*.py"):
        ours = [name.split(".") for name in imports(path) if name.split(".")[0] == PACKAGE]
        assert [".".join(parts) for parts in ours if parts[1] not in allowed] == [], path


def test_plumbing_needs_no_library_that_computes_results(root):
    heavy = {"tensorflow", "keras", "pandas", "matplotlib", "scipy"}
    for path in (root / "scripts" / PACKAGE / "plumbing").rglob("*.py"):
        assert not heavy & {name.split(".")[0] for name in imports(path)}, path
