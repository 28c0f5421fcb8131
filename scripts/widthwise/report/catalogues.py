"""What is said in each language: a folder of message catalogues, ``languages/<language>/``.

    labels.yaml   what figures and tables call quantities, splits and families
    report.yaml   what the report says
    card.yaml     what a model card says
    try.yaml      what the page says that runs a network

A job reads only what it says, so that an edited sentence of the report redraws no figure. A language
is complete where it has the messages of English with the placeholders of English.
"""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    import jinja2

FOLDER = Path(__file__).parent / "languages"
LANGUAGES = ("en", *sorted({path.parent.name for path in FOLDER.glob("*/report.yaml")} - {"en"}))


@cache
def messages(language: str, catalogue: str) -> dict:
    """The messages of one catalogue: text by key, or by section and key.

    catalogue: a file's name without suffix. Raises ValueError for a language that there is not.
    """
    if language not in LANGUAGES:
        raise ValueError(f"language {language!r}: expected one of {', '.join(LANGUAGES)}")
    text = (FOLDER / language / f"{catalogue}.yaml").read_text("utf-8")
    return yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))


@cache
def _environment() -> "jinja2.Environment":
    import jinja2  # figures do without

    return jinja2.Environment(undefined=jinja2.StrictUndefined)


@cache
def _template(language: str, catalogue: str, key: str) -> "jinja2.Template":
    return _environment().from_string(messages(language, catalogue)[key])


def fill(language: str, catalogue: str, key: str, **values: object) -> str:
    """A message with its placeholders filled in.

    Raises KeyError where there is no such message, and jinja2.UndefinedError where a value is missing.
    """
    return _template(language, catalogue, key).render(values)
