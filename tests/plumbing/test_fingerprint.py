"""What counts as a change of code."""

import textwrap

import pytest

from widthwise.plumbing import fingerprint as subject
from widthwise.plumbing.errors import UserError

BEFORE = {
    "scripts/work.py": """
        '''Do the work.'''
        from widthwise import engine  # the part that matters

        def main():
            '''Start.'''
            return engine.run(1, 2)
        """,
    "scripts/widthwise/__init__.py": "",
    "scripts/widthwise/engine.py": """
        def run(a, b):
            from widthwise.deep import parts
            return parts.add(a, b)
        """,
    "scripts/widthwise/deep/__init__.py": "LIMIT = 1",
    "scripts/widthwise/deep/parts.py": "def add(a, b): return a + b",
    "scripts/widthwise/other.py": "X = 1",
    "scripts/page.html": "<p>",
}


@pytest.fixture
def code(tmp_path, monkeypatch):
    """A project of a few files; calling it with changes gives the fingerprint of work.py."""

    def write(changes):
        subject._read.cache_clear()
        for name, text in {**BEFORE, **changes}.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text))
        return subject.fingerprint("work.py", files=["page.html"])

    monkeypatch.setattr(subject, "SCRIPTS", tmp_path / "scripts")
    return write


def test_the_script_and_all_it_imports_count_and_nothing_else(code):
    assert list(code({})) == [
        "page.html",
        "widthwise/__init__.py",
        "widthwise/deep/__init__.py",
        "widthwise/deep/parts.py",
        "widthwise/engine.py",
        "work.py",
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"scripts/widthwise/other.py": "X = 2"},
        {"scripts/widthwise/deep/parts.py": "def add(a, b):\n    # the sum\n    return (a +\n        b)\n"},
        {"scripts/widthwise/deep/parts.py": "def add(a, b):\n    '''Add.'''\n    return a + b\n"},
        {"scripts/work.py": BEFORE["scripts/work.py"].replace("Start.", "Begin.").replace("#", "# yes")},
        {"scripts/widthwise/deep/parts.py": "def add(a: int, b: 'x') -> int: return a + b"},
    ],
    ids=[
        "module not imported",
        "comment and layout",
        "docstring",
        "docstring and comment of the script",
        "annotations of a function",
    ],
)
def test_no_change(code, changes):
    assert code(changes) == code({})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("scripts/work.py", BEFORE["scripts/work.py"].replace("(1, 2)", "(2, 1)")),
        ("scripts/widthwise/deep/parts.py", "def add(a, b): return b + a"),
        ("scripts/widthwise/deep/__init__.py", "LIMIT = 2"),
        ("scripts/page.html", "<p >"),
    ],
)
def test_a_change_names_the_file(code, name, text):
    before, after = code({}), code({name: text})
    assert {key for key in before if before[key] != after[key]} == {name.removeprefix("scripts/")}


def test_relative_imports_count(code):
    engine = "from .deep.parts import add as run\n"
    assert "widthwise/deep/parts.py" in code({"scripts/widthwise/engine.py": engine})


def test_a_string_that_is_used_is_code(code):
    assert code({"scripts/widthwise/engine.py": "def run(a, b): return 'x'"}) != code(
        {"scripts/widthwise/engine.py": "def run(a, b): return 'y'"}
    )


def test_plumbing_and_the_messages_of_errors_do_not_count(code, tmp_path, monkeypatch):
    plumbing = "scripts/widthwise/plumbing/log.py"
    monkeypatch.setattr(subject, "PLUMBING", (tmp_path / plumbing).parent)
    text = "from widthwise.plumbing import log\nraise ValueError('{}')\n"
    engine = "scripts/widthwise/engine.py"
    before = code({engine: text.format("bad"), plumbing: "print('now')"})
    assert before == code({engine: text.format("very bad"), plumbing: "print('then')"})
    assert before != code({engine: text.replace("Value", "Type").format("bad"), plumbing: ""})


@pytest.mark.parametrize("content", [b"def (", b"# \xff"])
def test_code_that_is_no_python_is_told_in_one_line(tmp_path, monkeypatch, content):
    """Snakemake would take it for a job without inputs, and say that all is up to date."""
    (tmp_path / "widthwise").mkdir()
    (tmp_path / "train.py").write_bytes(content)
    monkeypatch.setattr(subject, "SCRIPTS", tmp_path)
    with pytest.raises(UserError, match=r"train\.py(, line 1)?: no Python that can be read"):
        subject.fingerprint("train.py")
