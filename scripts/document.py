"""Write docs/configuration.md from the schema of the configuration."""

from pathlib import Path

from widthwise.study.reference import configuration_reference

if __name__ == "__main__":
    page = Path(__file__).parents[1] / "docs" / "configuration.md"
    page.write_text(configuration_reference(), encoding="utf-8")
