import json
import shutil

import pytest
from kagglehub import registry

from widthwise.data import fetching
from widthwise.plumbing.errors import UserError


@pytest.fixture
def fetch(tmp_path):
    return lambda: fetching.fetch(
        "someone/faces", tmp_path / "download", "data/faces.csv", tmp_path / "fetched.json"
    )


@pytest.fixture
def kaggle(tmp_path, monkeypatch):
    """Call it with (version, text): that is what Kaggle has to give."""

    def gives(version, text):
        def download(handle, output_dir):
            (tmp_path / "download").mkdir()
            (tmp_path / "download" / "fer2013.csv").write_text(text)
            return output_dir, version

        monkeypatch.setattr(registry, "dataset_resolver", download)

    return gives


def test_version_and_digest_are_recorded_and_a_change_is_said(tmp_path, fetch, kaggle):
    said = []
    for version, text in ((3, "a"), (4, "a"), (5, "b")):
        kaggle(version, text)
        shutil.rmtree(tmp_path / "download", ignore_errors=True)
        said.append(fetch())
    assert (tmp_path / "download" / "fer2013.csv").read_text() == "b"
    assert said[0].startswith("data/faces.csv does not exist; fetched someone/faces, version 3, SHA-256 ")
    assert [("DIFFERS" in each) for each in said] == [False, False, True]
    assert "used before, someone/faces, version 4" in said[2]
    recorded = json.loads((tmp_path / "fetched.json").read_text())
    assert [each["version"] for each in recorded] == [3, 4, 5]
    told = " ".join(fetching.notes(tmp_path / "download"))
    assert "someone/faces, version 5" in told and "fetched before: someone/faces, version 4" in told
    assert fetching.notes(tmp_path / "own") == fetching.notes(None) == []


def test_failure_is_one_line_that_says_what_to_do(tmp_path, monkeypatch, fetch):
    def download(handle, output_dir):
        (tmp_path / "download").mkdir()
        (tmp_path / "download" / "half").write_text("")
        raise ConnectionError("no route\nto host")

    monkeypatch.setattr(registry, "dataset_resolver", download)
    with pytest.raises(UserError) as caught:
        fetch()
    message = str(caught.value)
    assert "\n" not in message
    for told in (
        "data/faces.csv: there is no",
        "someone/faces",
        "no route",
        "https://www.kaggle.com/datasets/someone/faces",
        "`path`",
    ):
        assert told in message
    assert not (tmp_path / "download").exists()


def test_without_a_network(tmp_path, monkeypatch, fetch):
    """The real kagglehub, with a proxy that nobody answers."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")
    with pytest.raises(UserError, match="by hand"):
        fetch()
    assert not (tmp_path / "download").exists()


def test_an_empty_download(tmp_path, monkeypatch, fetch):
    monkeypatch.setattr(
        registry, "dataset_resolver", lambda handle, output_dir: ((tmp_path / "download").mkdir(), 1)
    )
    with pytest.raises(UserError, match="sent no files"):
        fetch()
