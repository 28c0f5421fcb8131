"""A mistake in an architecture's file is one line that names file and layer."""

import pytest

from widthwise.networks import architectures, check, layers
from widthwise.plumbing.errors import UserError

GREY = (48, 48, 1)
FILE = "scripts/widthwise/networks/architectures/wrong.py"
HEAD = "GlobalMaxPool(), Dense(classes)"


@pytest.fixture
def checked(tmp_path, monkeypatch):
    """Function of the text of a family's file that checks its network at width 0.5."""

    def call(text, width=0.5):
        (tmp_path / "wrong.py").write_text(text)
        monkeypatch.setattr(architectures, "__path__", [str(tmp_path)])
        monkeypatch.delitem(__import__("sys").modules, f"{architectures.__name__}.wrong", raising=False)
        monkeypatch.setattr("sys.dont_write_bytecode", True)
        return check.network("wrong", width, 7, GREY, 0.1)

    return call


def family(body, parameters="width, classes, dropout"):
    return f"from widthwise.networks.layers import *\ndef network({parameters}):\n    return {body}\n"


@pytest.mark.parametrize("name", architectures.names())
@pytest.mark.parametrize("width", [0.0001, 0.1, 1, 64])
def test_what_is_there_is_right(name, width):
    network = check.network(name, width, 7, GREY, 0.1)
    assert network == architectures.network(name, width, 7, 0.1, GREY)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("()", "network: is empty"),
        ("None", "network: found None, expected a tuple of layers"),
        ("[Dense(classes)]", "network: found [Dense(units=7)], expected a tuple of layers"),
        ("(layer for layer in ())", "network: found <generator object"),
        ("(ReLU,)", "network[0]: found <class 'widthwise.networks.layers.ReLU'>, expected a layer"),
        ("('relu',)", "network[0]: found 'relu', expected a layer"),
        (f"(Conv(5 * width, 3), {HEAD})", "network[0] = Conv(channels=2.5, kernel=3"),
        (f"(Conv(5 * width, 3), {HEAD})", "channels: found 2.5, expected a whole number (int), at least 1"),
        (f"(Conv(0, 3), {HEAD})", "channels: found 0, expected"),
        (f"(Conv(-1, 3), {HEAD})", "channels: found -1, expected"),
        (f"(Conv(True, 3), {HEAD})", "channels: found True, expected"),
        (f"(Conv(4, -3), {HEAD})", "kernel: found -3, expected"),
        (f"(Conv(4, 0), {HEAD})", "kernel: found 0, expected"),
        (f"(Conv(4, 3, 1.5), {HEAD})", "stride: found 1.5, expected"),
        (f"(Conv(4, 3, bias=0), {HEAD})", "bias: found 0, expected True or False"),
        (f"(Conv(4, 3, groups=2), {HEAD})", "groups: 2 does not divide 1 channels into 4"),
        (f"(ReLU(), ChannelShuffle(2), {HEAD})", "network[1] = ChannelShuffle(groups=2): groups: 2 does not"),
        (f"(ChannelSlice(1, 2), {HEAD})", "there is no part 1 of 2 equal parts of 1 channels"),
        (f"(Dropout(1.5), {HEAD})", "rate: found 1.5, expected a number from 0 to below 1"),
        (f"(Dropout(float('nan')), {HEAD})", "rate: found nan, expected"),
        (
            "(Flatten(), Dense(5))",
            "network[-1] = Dense(units=5): gives (5,), expected (7,), a logit per",
        ),
        ("(Flatten(), Dense(9))", "gives (9,), expected (7,)"),
        ("(Conv(7, 3),)", "gives (48, 48, 7), expected (7,)"),
        (
            "(Conv(4, 3), Dense(classes))",
            "network[1] = Dense(units=7): its input is (48, 48, 4), expected",
        ),
        ("(Flatten(), Conv(4, 3))", "its input is (2304,), expected a map"),
        (f"(*10 * (MaxPool(),), {HEAD})", "network[5] = MaxPool(size=2): gives (0, 0, 1) from (1, 1, 1)"),
        (f"(Residual((Conv(4, 3),)), {HEAD})", "the branch gives (48, 48, 4), expected (48, 48, 1)"),
        (f"(Residual(()), {HEAD})", "network[0].layers: is empty"),
        (f"(Residual([ReLU()]), {HEAD})", "network[0].layers: found [ReLU()], expected a tuple of layers"),
        (
            f"(Concat(((), (MaxPool(),))), {HEAD})",
            "the branches give (48, 48, 1), (24, 24, 1); expected equal",
        ),
        (f"(Concat(()), {HEAD})", "network[0].branches: found (), expected a tuple of branches"),
        (f"(Concat(((), (ReLU(), Conv(0, 3)))), {HEAD})", "network[0].branches[1][1] = Conv(channels=0"),
    ],
)
def test_a_wrong_layer_is_one_line_with_its_file(checked, body, says):
    with pytest.raises(UserError) as caught:
        checked(family(body))
    assert str(caught.value).startswith(f"{FILE}, width 0.5: network")
    assert says in str(caught.value) and len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "has no attribute 'network'; expected a function network(width, classes, dropout) or"),
        ("network = 3\n", "3 is not a callable object; expected a function network("),
        (
            family("()", "width, classes"),
            "takes 2 positional arguments but 3 were given; expected a function",
        ),
        (family("()", "width, classes, dropout, depth"), "'depth'; expected a function"),
        ("def network(width, classes, dropout)\n    return ()\n", ":1: SyntaxError: expected ':'"),
        ("import no_such_module\n", ":1: ModuleNotFoundError: No module named 'no_such_module'"),
        (family("(Conv(3),)"), ":3: TypeError: Conv.__init__() missing 1 required positional argument"),
        (family("1 / (width - 0.5)"), ":3: ZeroDivisionError"),
        ("raise SystemExit(3)\n", ":1: SystemExit: 3"),
    ],
)
def test_code_that_fails_is_one_line_with_its_file(checked, text, says):
    with pytest.raises(UserError) as caught:
        checked(text)
    assert str(caught.value).startswith(FILE) and says in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_family_may_ask_for_the_shape_of_the_picture(checked):
    body = "(Conv(image_shape[0], 3), GlobalMaxPool(), Dense(classes))"
    assert checked(family(body, "width, classes, dropout, image_shape"))[0] == layers.Conv(48, 3)


def test_a_width_at_which_a_network_breaks_is_named(checked):
    text = family(f"(Conv(int(8 * width), 3), {HEAD})")
    assert checked(text, 0.5)
    with pytest.raises(UserError, match=r"wrong.py, width 0.1: network\[0\] = .* channels: found 0"):
        checked(text, 0.1)


def test_an_unknown_family_names_those_there_are():
    with pytest.raises(UserError, match=r"family 'vgg': expected one of .*mobilenet"):
        check.network("vgg", 1, 7, GREY)
