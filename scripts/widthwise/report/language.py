"""Phrases and numbers as a language writes them."""

import re
from collections.abc import Iterable, Sequence

from widthwise.report import catalogues, units

# Chinese prose has no blanks, but one between Chinese and Latin characters or digits.
_HAN, _LATIN = "[\u4e00-\u9fff]", "[A-Za-z0-9+−±]"
_UNSPACED = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uffef]) +(?=[\u3000-\u9fff\uff00-\uffef])")
_SPACED = re.compile(f"(?<={_HAN})(?={_LATIN})|(?<=[A-Za-z0-9%])(?={_HAN})")


def count(number: float) -> str:
    """A count with commas between thousands."""
    return f"{round(number):,}"


class Language:
    """Says phrases and writes numbers in one language, one of ``catalogues.LANGUAGES``."""

    def __init__(self, name: str):
        """Raises ValueError for a language that there is not."""
        self.name = name
        self._messages = catalogues.messages(name, "report")
        self._gap = self._messages["between sentences"]

    def __contains__(self, key: str) -> bool:
        return key in self._messages

    def __call__(self, key: str, **values) -> str:
        """The phrase of that key with its values filled in.

        Raises KeyError where there is none, jinja2.UndefinedError where a value is missing.
        """
        text = catalogues.fill(self.name, "report", key, **values)
        text = text.replace(" %", "\u00a0%").replace(" ± ", "\u00a0±\u00a0")
        if self._gap:
            return text[:1].upper() + text[1:] if text.endswith(".") else text
        return _SPACED.sub(" ", _UNSPACED.sub("", text))

    def text(self, sentences: Iterable[str]) -> str:
        """Sentences one after the other."""
        return self._gap.join(sentences)

    def label(self, name: str) -> str:
        """A name as it stands by itself, in a heading or a table: "CNN" for "the CNN"."""
        name = name.removeprefix("the ")
        return name[:1].upper() + name[1:]

    def family(self, name: str) -> str:
        """A family as it is called in a sentence."""
        return self(f"family {name}") if f"family {name}" in self else units.family(name, self.name)

    def network(self, member: dict) -> str:
        """A network as it is called in a sentence; member: with family and width."""
        return self("network", family=self.family(member["family"]), width=member["width"])

    def split(self, name: str) -> str:
        """A split as it is called in a sentence."""
        return self(f"split {name}")

    def percent(self, share: float) -> str:
        """A fraction in per cent with one decimal: "64.4 %"."""
        return units.text("accuracy", share)

    def signed(self, difference: float) -> str:
        """A difference of fractions in points with its sign, without the unit: "+1.5"."""
        text = f"{100 * difference:+.1f}"
        return ("±0.0" if float(text) == 0 else text).replace("-", "−")

    def points(self, difference: float) -> str:
        """A difference of fractions in percentage points: "+1.5 points"."""
        return self("points", value=self.signed(difference))

    def least(self, difference: dict) -> str:
        """The smallest difference that could have been told, in points without a sign: "2.1 points"."""
        return self("points", value=f"{100 * difference['detectable']:.1f}")

    def joined(self, parts: Sequence[str]) -> str:
        """A list in words: "a, b and c"."""
        *first, last = parts
        return self("last joined").join([self("joined").join(first), last]) if first else last

    def points_between(self, differences: Sequence[float], signed: bool = True) -> str:
        """The least and the greatest of several differences, or the only one, in points."""
        differences = differences if signed else [abs(difference) for difference in differences]
        ends = [min(differences), max(differences)]
        ends = [self.signed(end) if signed else f"{100 * end:.1f}" for end in ends]
        span = ends[0] if ends[0] == ends[1] else self("range", low=ends[0], high=ends[1])
        return self("points", value=span)
