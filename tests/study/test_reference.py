"""The page of the documentation that is made from the schema."""

from widthwise.study.config import load_schema
from widthwise.study.reference import configuration_reference


def test_the_page_in_the_repository_is_that_of_the_schema(root):
    assert (root / "docs/configuration.md").read_text(encoding="utf-8") == configuration_reference(), (
        "python scripts/document.py writes it anew"
    )


def test_every_key_stands_in_the_table_of_its_mapping_with_its_default():
    sections = configuration_reference().split("\n## ")
    recipes = next(section for section in sections if section.startswith("`recipes.NAME`"))
    for name in load_schema()["$defs"]["recipe"]["properties"]:
        assert f"\n| `{name}` |" in recipes
    assert "| `dropout` | `0.1` | number, at least 0, less than 1 |" in recipes
    assert "| `epochs` | required | whole number, at least 1 |" in recipes
    assert "| `optimizer` | `adam` | `adam`, `adamw`, `sgd` |" in recipes
    headings = [section.split("\n")[0] for section in sections[1:]]
    assert {"`sweep[]`", "`recipes.NAME.distillation.teachers`", "`report.references[]`"} <= set(headings)
