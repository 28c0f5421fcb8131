"""The message catalogues: every language says all that English says, of the same values."""

import ast
import re

import jinja2
import jinja2.meta
import pytest

from widthwise.evaluation.metrics import METRICS
from widthwise.plumbing.errors import UserError
from widthwise.report.catalogues import FOLDER, LANGUAGES, fill, messages
from widthwise.report.language import Language
from widthwise.study.config import complete, load_schema

CATALOGUES = sorted(path.stem for path in (FOLDER / "en").iterdir())
OTHERS = [language for language in LANGUAGES if language != "en"]
EXPECTED = ", ".join(sorted(LANGUAGES))


def flat(catalogue, path=""):
    """{(section, key): text} of a catalogue with or without sections."""
    for key, value in catalogue.items():
        if isinstance(value, dict):
            yield from flat(value, f"{key}.")
        else:
            assert isinstance(value, str), f"{path}{key}: {value!r} is no text"
            yield path + key, value


def placeholders(text):
    return jinja2.meta.find_undeclared_variables(jinja2.Environment().parse(text))


@pytest.mark.parametrize("name", CATALOGUES)
@pytest.mark.parametrize("language", OTHERS)
def test_a_language_has_the_messages_of_english_with_their_placeholders(language, name):
    english, other = (dict(flat(messages(one, name))) for one in ("en", language))
    assert english.keys() ^ other.keys() == set()
    different = {key for key in english if placeholders(english[key]) != placeholders(other[key])}
    assert different == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_the_catalogues_of_english_and_no_key_twice(language):
    assert sorted(path.stem for path in (FOLDER / language).iterdir()) == CATALOGUES
    for path in (FOLDER / language).iterdir():
        section, seen = "", set()
        for line in path.read_text("utf-8").splitlines():
            if not line or line.startswith("#"):
                continue
            section = section if line.startswith(" ") else line.partition(":")[0]
            key = (section, line.partition(": ")[0])
            assert key not in seen, f"{path}: {key}"
            seen.add(key)


def test_no_message_is_without_use(root):
    """Each key is a string of the code, or is put together of such where messages are said."""
    package, strings, patterns = root / "scripts/widthwise", set(METRICS), []
    for path in package.rglob("*.py"):
        strings.add(path.stem)  # families
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                strings.add(node.value)
            elif isinstance(node, ast.JoinedStr) and {"report", "export"} & set(path.parts):
                parts = [part.value if isinstance(part, ast.Constant) else None for part in node.values]
                if any(part and re.fullmatch(" ?[a-z][a-z ]*", part) for part in parts):
                    patterns.append("".join("(.+)" if part is None else re.escape(part) for part in parts))
    strings |= {key for path in package.rglob("*.j2") for key in re.findall('"([a-z -]+)"', path.read_text())}
    for name in CATALOGUES:
        keys = {key.rpartition(".")[2] for key, _ in flat(messages("en", name))} - strings
        found = {
            key
            for key in keys
            for each in patterns
            if (match := re.fullmatch(each, key)) and strings.issuperset(match.groups())
        }
        assert keys - found == set(), name


def test_every_metric_has_a_name_in_words():
    for language in LANGUAGES:
        assert METRICS.keys() <= messages(language, "labels")["quantities"].keys()


def test_the_configuration_knows_the_languages_that_there_are():
    assert set(load_schema()["$defs"]["language"]["enum"]) == set(LANGUAGES)


def test_chinese_is_chinese():
    same = {key for key, text in flat(messages("zh-TW", "report")) if text == messages("en", "report")[key]}
    names = {"family mobilenet", "split public", "split private"}
    assert {key for key in same if any(character.isalpha() for character in key)} - names <= {"joined"}


def test_a_value_that_a_message_needs_is_not_forgotten():
    with pytest.raises(jinja2.UndefinedError, match="params"):
        fill("en", "report", "caption layers", network="x")


def test_unknown_languages_and_phrases_are_refused():
    with pytest.raises(ValueError, match="zh-TW"):
        Language("xx")
    with pytest.raises(KeyError):
        Language("en")("no such phrase")


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("xx", f"report.language: found 'xx', expected one of {EXPECTED}"),
        (["en", "xx"], f"report.language[1]: found 'xx', expected one of {EXPECTED}"),
        ([], "report.language: found [], expected at least one entry"),
    ],
)
def test_a_language_that_there_is_not_is_one_line(root, language, says):
    config = {
        "dataset": "faces",
        "datasets": {"faces": {"path": "x"}},
        "recipes": {"short": {"epochs": 1}},
        "sweep": [{"recipe": "short", "family": "mobilenet", "widths": [1], "seeds": [1]}],
    }
    with pytest.raises(UserError) as caught:
        complete(config | {"report": {"language": language}})
    assert str(caught.value) == says
    for good in ("zh-TW", ["zh-TW", "en"]):
        assert complete(config | {"report": {"language": good}})["report"]["language"] == good


def test_one_and_many():
    say = Language("en")
    values = {"families": "CNN", "rows": "2", "classes": "2", "seeds": "1"}
    told = say("subtitle without pairs", runs="1", epochs="1", **values)
    assert "; 1 training of 1 epoch, " in told
    told = say("subtitle without pairs", runs="2", epochs="1 to 2", **values)
    assert "; 2 trainings of 1 to 2 epochs, " in told
    assert say("all finished", planned="1") == "The one planned run finished."
