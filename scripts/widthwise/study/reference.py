"""docs/configuration.md, made from the schema of the configuration."""

import json
from typing import Any

from widthwise.study.config import load_schema

INTRODUCTION = """\
# Configuration

`config.yaml` is the default study; presets (`--configfile A.yaml B.yaml`) or `--config key=value` are laid
over it. A list replaces the list below it, a mapping is merged into it. Results go to `results/<dataset>`:
a study of its own needs a name of its own under `datasets`. A mistake is one line with the path of the key.

`python scripts/document.py` writes this page from `schemas/config.schema.yaml`.
"""
KINDS = {
    "integer": "whole number",
    "boolean": "true or false",
    "string": "text",
    "array": "list",
    "object": "mapping",
}


def configuration_reference() -> str:
    """The page (Markdown): one table of keys for each mapping of the configuration."""
    schema = load_schema()
    sections = _sections(schema, "", "", schema["$defs"])
    return "\n".join([INTRODUCTION, *sections])


def _sections(schema: dict, path: str, description: str, definitions: dict) -> list[str]:
    """The section of a mapping's keys, then those of the mappings in it."""
    schema = _resolved(schema, definitions)
    required = schema.get("required", ())
    rows, inner = [], []
    for name, part in schema["properties"].items():
        part = _resolved(part, definitions)
        default = "required" if name in required else _code(part["default"]) if "default" in part else ""
        rows.append(f"| `{name}` | {default} | {_expected(part, definitions)} | {part['description']} |")
        for mapping, suffix in (
            (part if "properties" in part else {}, ""),
            (part.get("additionalProperties") or {}, ".NAME"),
            (part.get("items", {}), "[]"),
        ):
            if "properties" in _resolved(mapping, definitions):
                where = f"{path}.{name}{suffix}".lstrip(".")
                inner += _sections(mapping, where, part["description"], definitions)
    heading = f"## `{path}`\n\n{description}\n" if path else "## The study\n"
    return [
        "\n".join([heading, "| key | default | value | what it is |", "|---|---|---|---|", *rows, ""]),
        *inner,
    ]


def _resolved(schema: dict, definitions: dict) -> dict:
    if "$ref" not in schema:
        return schema
    return {**_resolved(definitions[schema["$ref"].removeprefix("#/$defs/")], definitions), **schema}


def _expected(part: dict, definitions: dict) -> str:
    """What a key's value may be, in words."""
    part = _resolved(part, definitions)
    if "enum" in part:
        return ", ".join(map(_code, part["enum"]))
    if "else" in part:
        return f"{_expected(part['else'], definitions)}, or a list of these"
    kinds = part["type"] if isinstance(part["type"], list) else [part["type"]]
    text = " or ".join(KINDS.get(kind, kind) for kind in kinds)
    if kinds == ["array"]:
        mappings = part["items"].get("type", "object") == "object"
        return "list of mappings" if mappings else f"list; each a {_expected(part['items'], definitions)}"
    limits = [
        f"{words} {part[key]:,}"
        for key, words in (
            ("minimum", "at least"),
            ("exclusiveMinimum", "more than"),
            ("maximum", "at most"),
            ("exclusiveMaximum", "less than"),
        )
        if key in part
    ]
    return ", ".join([text, *limits])


def _code(value: Any) -> str:
    return f"`{value if isinstance(value, str) and value else json.dumps(value)}`"
