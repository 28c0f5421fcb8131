"""The configuration: checked against its schema, defaults filled in, mistakes said in one line."""

import contextlib
import difflib
import math
import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from widthwise.plumbing.errors import UserError

SCHEMA = Path(__file__).parents[3] / "schemas" / "config.schema.yaml"
LANGUAGES = sorted(
    path.parent.name for path in Path(__file__).parents[1].glob("report/languages/*/report.yaml")
)


@cache
def load_schema() -> dict:
    """The JSON Schema of the configuration, with the languages that there are."""
    schema = yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))
    schema["$defs"]["language"]["enum"] = LANGUAGES
    return schema


def check_duplicate_keys(paths: Iterable[str | Path]) -> None:
    """Raise UserError where a configuration file gives a key twice, of which YAML would keep the last.

    paths: files that Snakemake has read, as YAML or JSON.
    """
    for path in paths:
        text = Path(path).read_text(encoding="utf-8").replace("\t", " ")  # JSON may be indented by tabs
        try:
            _check_node(yaml.compose(text, yaml.SafeLoader), [], path, set())
        except yaml.YAMLError as error:
            raise UserError(f"{path}: {' '.join(str(error).split())}") from None


def _check_node(node: yaml.Node, way: list, path: str | Path, seen: set[int]) -> None:
    if id(node) in seen:  # by an alias
        return
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _check_node(item, [*way, index], path, seen)
    elif isinstance(node, yaml.MappingNode):
        lines = {}
        for key, value in node.value:
            first = lines.setdefault((key.tag, str(key.value)), key)
            if first is not key:
                both = f"{first.start_mark.line + 1} and {key.start_mark.line + 1}"
                raise UserError(f"{path}: {_path([*way, key.value])} is given twice, in lines {both}")
            _check_node(value, [*way, key.value], path, seen)


def with_own_handles(config: dict, given: Iterable[dict]) -> dict:
    """The configuration, where a Kaggle handle stands in for no path but the one that it is given with.

    config: as merged; given: what was laid over the default study, in order. A path that comes later, without
    a handle, must be there: mistyped, it would otherwise be another copy of the data that is fetched.
    """
    datasets = dict(_dict(config.get("datasets")))
    for each in given:
        for name, dataset in _dict(each.get("datasets")).items():
            if name in datasets and {"path", "kaggle"} & _dict(dataset).keys():
                datasets[name] = _dict(datasets[name]) | {"kaggle": dataset.get("kaggle")}
    return {**config, "datasets": datasets} if datasets else config


def _dict(value: Any) -> dict:
    """A value that nobody has checked yet, where it is a dict; else an empty one."""
    return value if isinstance(value, dict) else {}


def complete(config: dict) -> dict:
    """The configuration with every default filled in; the argument is left as it is.

    config: as read from YAML.
    Raises UserError, one line with the key's path, at the first mistake against the schema.
    """
    schema = load_schema()
    filled = _filled(config, schema, schema)
    validator = jsonschema.Draft202012Validator(schema)
    error = jsonschema.exceptions.best_match(validator.iter_errors(filled))
    if error:
        raise UserError(_sentence(error))
    if filled["dataset"] not in filled["datasets"]:
        raise UserError(
            f"dataset: found {filled['dataset']!r}, expected one of {_listed(filled['datasets'])}"
        )
    for name, dataset in filled["datasets"].items():
        if dataset["path"]:
            dataset["path"] = os.path.expanduser(dataset["path"])
            if set("{}") & set(dataset["path"]):
                raise UserError(
                    f"datasets.{name}.path: found braces in {dataset['path']!r}, which Snakemake takes for"
                    " wildcards; expected a path without, such as a link to that folder"
                )
        if (dataset["path"] is None) == (dataset["generator"] is None):
            raise UserError(f"datasets.{name}: expected either `path` or `generator`")
    for name, recipe in filled["recipes"].items():
        if recipe["warmup_epochs"] > recipe["epochs"]:
            raise UserError(
                f"recipes.{name}.warmup_epochs: found {recipe['warmup_epochs']:g}, "
                f"expected at most the {recipe['epochs']} epochs"
            )
    for index, entry in enumerate(filled["sweep"]):
        if entry["recipe"] not in filled["recipes"]:
            raise UserError(
                f"sweep[{index}].recipe: found {entry['recipe']!r}, "
                f"expected one of {_listed(filled['recipes'])}"
            )
        if ("widths" in entry) == ("budgets" in entry):
            raise UserError(f"sweep[{index}]: expected either `widths` or `budgets`")
    return filled


def complete_recipe(recipe: dict) -> dict:
    """A recipe with every default filled in: one that was recorded before a setting existed."""
    schema = load_schema()
    return _filled(recipe, schema["$defs"]["recipe"], schema)


def complete_settings(recorded: dict, taken: dict) -> dict:
    """What was recorded of a job's settings, with the defaults of those that did not exist then.

    taken: the settings that the job takes now. A job's settings may hold those of the data set and of the
    report by their names, and a ``recipe``, all ``recipes`` or a part of the ``report`` as a whole.
    """
    schema = load_schema()
    parts = schema["$defs"]
    known = {**parts["dataset"]["properties"], **parts["report"]["properties"]}
    known |= {name: parts[name] for name in ("recipe", "report")}
    known["recipes"] = schema["properties"]["recipes"]
    return _of_these(_filled(recorded, {"properties": known}, schema), recorded, taken)


def _of_these(filled: Any, *others: Any) -> Any:
    """A nested dict without what none of the others has."""
    others = [other for other in others if isinstance(other, dict)]
    if not (isinstance(filled, dict) and others):
        return filled
    return {
        name: _of_these(value, *(other[name] for other in others if name in other))
        for name, value in filled.items()
        if any(name in other for other in others)
    }


def _listed(names: Iterable) -> str:
    return ", ".join(sorted(map(str, names)))


def _path(parts: Iterable) -> str:
    """The way to a key as a person writes it: recipes.quick.epochs, sweep[0].seeds[1]."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    return text.lstrip(".") or "config"


def _sentence(error: jsonschema.ValidationError) -> str:
    """One line for a schema error: path, what was found, what was expected."""
    where, found = _path(error.absolute_path), error.instance
    match error.validator:
        case "additionalProperties":
            known = error.schema.get("properties", {})
            unknown = next(key for key in found if key not in known)
            close = difflib.get_close_matches(str(unknown), known, n=1)
            hint = f"did you mean {close[0]}?" if close else f"expected one of {_listed(known)}"
            return f"{_path([*error.absolute_path, unknown])}: unknown key; {hint}"
        case "required":
            missing = next(key for key in error.validator_value if key not in found)
            return f"{_path([*error.absolute_path, missing])}: missing"
        case "enum":
            expected = f"one of {_listed(error.validator_value)}"
        case "type":
            kinds = error.validator_value
            expected = " or ".join(kinds) if isinstance(kinds, list) else kinds
        case "pattern":
            expected = f"text that matches {error.validator_value}"
        case "maxLength":
            expected = f"at most {error.validator_value} characters"
        case "minItems" | "minProperties" | "minLength":
            expected = "at least one entry" if error.validator != "minLength" else "some text"
        case "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum":
            sign = {"minimum": "at least", "maximum": "at most"}.get(error.validator)
            sign = sign or ("more than" if error.validator == "exclusiveMinimum" else "less than")
            expected = f"{sign} {error.validator_value}"
        case _:
            return f"{where}: {error.message}".replace("\n", " ")
    found = f"{found:g}" if isinstance(found, float) else repr(found)
    return f"{where}: found {found}, expected {expected}"


def _from_text(text: str, kinds: str | list[str]) -> Any:
    if "number" in kinds:
        with contextlib.suppress(ValueError):
            return float(text)  # 1e-3, which YAML takes for text
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return text


def _filled(value: Any, schema: dict, root: dict) -> Any:
    """A copy of ``value`` in which every property with a default is present, at any depth.

    Numbers get one form each (1 and 1.0 are the same setting).

    Text is read as YAML where the schema wants no text: Snakemake hands on what is nested in
    ``--config key={...}`` as text alone.
    """
    while "$ref" in schema:
        target = root
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        schema = {**target, **{key: schema[key] for key in schema if key != "$ref"}}
    kinds = schema.get("type", "string")
    if isinstance(value, str) and "string" not in kinds:
        value = _from_text(value, kinds)
    if isinstance(value, int | float) and not isinstance(value, bool):
        if not math.isfinite(value) if isinstance(value, float) else abs(value) >= 2**63:
            return str(value)  # no number to train with: let the schema say so
        if "number" in kinds:
            value = float(value)
        elif "integer" in kinds and value == int(value):
            value = int(value)
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        others = schema.get("additionalProperties")
        defaults = {key: sub["default"] for key, sub in properties.items() if "default" in sub}
        return {
            key: _filled(item, properties.get(key) or others or {}, root)
            for key, item in {**defaults, **value}.items()
        }
    if isinstance(value, list):
        return [_filled(item, schema.get("items", {}), root) for item in value]
    return value
