"""What the project's pages share: how they are filled in, and what the browser lets them do."""

import base64
import hashlib
from pathlib import Path

import jinja2

STYLE = Path(__file__).parent / "report.css"


def template(path: Path) -> jinja2.Template:
    """A page's template, which takes all text for text and not for markup."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(path.parent),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    return environment.get_template(path.name)


def security_policy(script: str) -> str:
    """What the page may do: run this one script, be styled from within (as SVG is), load nothing."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    allowed = f"script-src 'sha256-{digest}'; style-src 'unsafe-inline'; img-src data:"
    return f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"
