import kagglehub
import pytest

from widthwise.data import fetching
from widthwise.plumbing.errors import UserError


def test_a_data_set_is_fetched_into_its_place(tmp_path, monkeypatch):
    asked = []

    def download(handle, output_dir):
        asked.append(handle)
        (tmp_path / "download").mkdir()
        (tmp_path / "download" / "fer2013.csv").write_text("emotion,pixels,Usage\n")
        return output_dir

    monkeypatch.setattr(kagglehub, "dataset_download", download)
    fetching.fetch("someone/faces", tmp_path / "download")
    assert asked == ["someone/faces"]
    assert (tmp_path / "download" / "fer2013.csv").exists()


def test_failure_is_one_line_that_says_what_to_do(tmp_path, monkeypatch):
    def download(handle, output_dir):
        (tmp_path / "download").mkdir()
        (tmp_path / "download" / "half").write_text("")
        raise ConnectionError("no route\nto host")

    monkeypatch.setattr(kagglehub, "dataset_download", download)
    with pytest.raises(UserError) as caught:
        fetching.fetch("someone/faces", tmp_path / "download")
    message = str(caught.value)
    assert "\n" not in message
    for told in ("someone/faces", "no route", "https://www.kaggle.com/datasets/someone/faces", "`path`"):
        assert told in message
    assert not (tmp_path / "download").exists()


def test_without_a_network(tmp_path, monkeypatch):
    """The real kagglehub, with a proxy that nobody answers."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")
    with pytest.raises(UserError, match="by hand"):
        fetching.fetch("msambare/fer2013", tmp_path / "download")
    assert not (tmp_path / "download").exists()


def test_an_empty_download(tmp_path, monkeypatch):
    monkeypatch.setattr(kagglehub, "dataset_download", lambda handle, output_dir: (tmp_path / "d").mkdir())
    with pytest.raises(UserError, match="sent no files"):
        fetching.fetch("someone/faces", tmp_path / "d")
