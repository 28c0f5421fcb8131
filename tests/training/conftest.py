"""What the tests of training share: small data, and a network that compiles in a second."""

import pytest

import small_study
from widthwise.networks import architectures


@pytest.fixture(scope="package", autouse=True)
def small_network():
    """An architecture "small" beside the real ones."""
    real = architectures.network

    def network(family, width, classes, dropout=0.0, image_shape=None):
        if family == "small":
            return small_study.network(width, classes, dropout)
        return real(family, width, classes, dropout, image_shape)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(architectures, "network", network)
        yield


@pytest.fixture(scope="package")
def data(tmp_path_factory):
    return small_study.write_data(tmp_path_factory.mktemp("data"))
