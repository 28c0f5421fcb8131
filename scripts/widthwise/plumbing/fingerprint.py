"""A fingerprint of code: what it does, not how it is laid out.

A job depends on its script and on every module of this package that the script imports,
transitively, but for the folder ``plumbing``: nothing in it decides a number. Comments, docstrings,
formatting, annotations of functions and the messages of errors do not count; a file's time does not count.
"""

import ast
import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from widthwise.plumbing.errors import UserError

SCRIPTS = Path(__file__).parents[2]
PACKAGE = Path(__file__).parents[1].name
PLUMBING = Path(__file__).parent


def fingerprint(script: str, modules: Iterable[str] = (), files: Iterable[str] = ()) -> dict[str, str]:
    """The digest of each piece of code that a job runs.

    script: the job's script; modules: dotted names of modules it loads by name;
    files: other files it reads as code (templates), counted byte by byte.
    Scripts and files are named relative to the folder ``scripts``.
    Returns a dict from such a name to 16 hex digits, sorted by name.
    """
    pieces, waiting = {}, [SCRIPTS / script, *map(_module_path, modules)]
    while waiting:
        path = waiting.pop()
        name = path.relative_to(SCRIPTS).as_posix()
        if name not in pieces and PLUMBING not in path.parents:
            pieces[name], imported = _read(path)
            waiting += imported
    pieces |= {name: _digest(SCRIPTS / name) for name in files}
    return dict(sorted(pieces.items()))


def refresh(pieces: Iterable[str]) -> dict[str, str | None]:
    """The same pieces of code as ``fingerprint`` found, digested anew (dict); gone ones are None."""
    paths = {name: SCRIPTS / name for name in pieces}
    return {name: _digest(path) if path.is_file() else None for name, path in paths.items()}


def _digest(path: Path) -> str:
    if path.suffix == ".py":
        return _read(path)[0]
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


@cache
def _read(path: Path) -> tuple[str, list[Path]]:
    """(digest of a Python file's normalised code, paths of the modules of ours it imports)."""
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    except (SyntaxError, ValueError) as error:  # Snakemake takes some errors for "no input", without a word
        line = f", line {error.lineno}" if isinstance(error, SyntaxError) else ""
        raise UserError(f"{path}{line}: no Python that can be read ({error})") from None
    imported = {found for name in _imported_names(tree, path) for found in _files_of(name)}
    return hashlib.sha256(_normalised(tree).encode()).hexdigest()[:16], sorted(imported)


def _normalised(tree: ast.AST) -> str:
    """The code without what cannot change a result; without comments by way of the syntax tree."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):  # docstrings
            body[:] = [child for child in body if not _is_bare_string(child)] or [ast.Pass()]
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                node.returns = None
            case ast.arg():
                node.annotation = None
            case ast.Raise(exc=ast.Call() as error):
                error.args, error.keywords = [], []
    return ast.unparse(ast.fix_missing_locations(tree))


def _is_bare_string(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _imported_names(tree: ast.AST, path: Path) -> Iterator[str]:
    """Dotted names that may be modules of ours, wherever in the file they are imported."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                package = path.relative_to(SCRIPTS).with_suffix("").parts[: -node.level]
                base = ".".join([*package, *([base] if base else [])])
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def _files_of(name: str) -> Iterator[Path]:
    """The files that importing a dotted name runs: its packages' ``__init__`` and itself."""
    parts = name.split(".")
    if parts[0] != PACKAGE:
        return
    for length in range(1, len(parts) + 1):
        stem = SCRIPTS.joinpath(*parts[:length])
        for path in (stem.with_suffix(".py"), stem / "__init__.py"):
            if path.is_file():
                yield path


def _module_path(name: str) -> Path:
    *_, path = _files_of(name)
    return path
