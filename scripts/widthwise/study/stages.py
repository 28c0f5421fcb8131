"""A stage is a rule as the plan sees it: what each of its jobs is made of, and whether it must run."""

from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

from widthwise.plumbing import provenance
from widthwise.plumbing.fingerprint import fingerprint
from widthwise.plumbing.provenance import Ingredients
from widthwise.study.config import complete_settings

Unit = Any  # what a job works on: anything with a name; None where it is the whole data set


def completed(recorded: Ingredients, now: Ingredients) -> Ingredients:
    """Recorded ingredients with the defaults of settings that did not exist then; now: what they would be."""
    settings = complete_settings(recorded.get("settings", {}), now.get("settings", {}))
    return recorded | {"settings": settings} if settings else recorded


class Stage:
    """What the jobs of one rule are made of."""

    def __init__(
        self,
        folder: str | Path,
        name: str,
        script: str,
        *,
        modules: Callable[[Unit], Iterable[str]] = lambda unit: (),
        files: Iterable[str] = (),
        settings: Callable[[Unit], dict[str, Any]] = lambda unit: {},
        data: Callable[[Unit], dict[str, Any]] = lambda unit: {},
        unit: Callable[[Any], Unit] = lambda wildcards: None,
        units: Callable[[], Iterable[Unit]] = lambda: [None],
    ) -> None:
        """folder: of the results; name: the rule's; script: its script.

        modules: code that the script loads by name, as dotted names; files: others that it reads as code
        (templates), relative to ``scripts``; settings: all that it takes from the configuration; data: the
        content of the data that it takes; unit: what a job's wildcards name; units: all that the study plans.
        """
        self.name, self.unit, self.units = name, unit, units
        self._dataset = Path(folder).name
        self._records = Path(folder, ".provenance", name)
        self._code = cache(lambda modules: fingerprint(script, modules, files))
        self._modules, self._settings, self._data = modules, settings, data

    def job(self, unit: Unit) -> str:
        """What a job is called: "train quick/plain/w1/seed1", "export expressions"."""
        return f"{self.name} {unit.name if unit else self._dataset}"

    def record(self, unit: Unit) -> str:
        """The path of a job's record."""
        return str(self._records / f"{unit.name if unit else self.name}.recorded.json")

    @cache
    def ingredients(self, unit: Unit) -> Ingredients:
        """What a job would be made of now; what it takes from jobs upstream is in its record alone."""
        made_of = {"code": self._code(tuple(self._modules(unit)))}
        if settings := self._settings(unit):
            made_of["settings"] = settings
        if data := self._data(unit):
            made_of["data"] = data
        return made_of

    @cache
    def reason(self, unit: Unit) -> str | None:
        """Why a job must run, or None where it is up to date, as this process found it first."""
        return provenance.reason(self.record(unit), self.ingredients(unit), completed)
