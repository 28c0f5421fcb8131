"""The networks against the published numbers of the experiment."""

import pytest

from widthwise.networks import architectures, counts, layers

GREY = (48, 48, 1)


def totals(family, width, classes=7):
    return counts.totals(architectures.network(family, width, classes, image_shape=GREY), GREY)


@pytest.mark.parametrize(
    ("width", "params"),
    [(0.25, 6_671), (0.5, 21_143), (0.75, 43_423), (1, 73_511), (1.5, 157_111), (2, 271_943), (3, 595_303)],
)
def test_mobilenet_has_the_published_counts(width, params):
    assert totals("mobilenet", width)["params"] == params


@pytest.mark.parametrize(
    ("width", "params"),
    [(1 / 32, 22_739), (1 / 16, 89_599), (1 / 8, 355_703), (1 / 4, 1_417_447), (1 / 2, 5_659_079)],
)
def test_cnn_has_the_published_counts(width, params):
    assert totals("cnn", width)["params"] == params


def test_width_one_splits_into_trainable_and_not():
    small, large = totals("mobilenet", 1), totals("cnn", 1)
    assert (small["trainable_params"], small["non_trainable_params"]) == (71_079, 2_432)
    assert large["params"] == 22_614_919
    assert (large["trainable_params"], large["non_trainable_params"]) == (22_611_591, 3_328)


def test_mobilenet_is_the_published_table_layer_by_layer():
    rows = counts.layer_table(architectures.network("mobilenet", 1, 7), GREY)
    blocks = [(48, 64), (24, 64), (24, 64), (12, 64), (12, 128), (6, 128), (6, 128)]
    expected = [((48, 48, 32), 288 + 128)]
    channels = 32
    for side, out in blocks:
        expected.append(((side, side, channels), 9 * channels + channels + 4 * channels))
        expected.append(((side, side, out), channels * out + 4 * out))
        channels = out
    expected += [((56,), 7_224), ((7,), 399)]
    weighted = [row for row in rows if row.layer.startswith(("Conv", "Depthwise", "Dense"))]
    norms = [row for row in rows if row.layer == "BatchNorm"]
    found = [
        (row.output, row.params + (norms[at].params if at < len(norms) else 0))
        for at, row in enumerate(weighted)
    ]
    assert found == expected
    order = [row.layer.split(",")[0] for row in rows]
    assert order[:4] == ["Conv 3x3", "Dropout", "BatchNorm", "ReLU"]
    block = ["DepthwiseConv 3x3", "Dropout", "BatchNorm", "ReLU", "Conv 1x1", "BatchNorm", "ReLU"]
    assert order[4:-3] == 7 * block
    assert order[-3:] == ["GlobalMaxPool", "Dense", "Dense"]


def test_plain_has_the_skeleton_of_the_mobilenet():
    shapes = {}
    for family, last_of_pair in (("mobilenet", "Conv 1x1"), ("plain", "Conv 3x3")):
        rows = counts.layer_table(architectures.network(family, 1, 7), GREY)
        shapes[family] = [row.output for row in rows if row.layer.startswith((last_of_pair, "Dense"))]
    assert shapes["plain"][0] == (48, 48, 32)  # the stem, which is a 3x3 convolution in both
    assert shapes["plain"][1:] == shapes["mobilenet"]


def test_multiply_adds_of_a_known_layer():
    stem = counts.layer_table(architectures.network("mobilenet", 1, 7), GREY)[0]
    assert stem.macs == 48 * 48 * 3 * 3 * 1 * 32


def test_a_stride_rounds_odd_sides_up_and_pooling_rounds_them_down():
    network = (layers.Conv(4, 3, stride=2), layers.DepthwiseConv(3, stride=2), layers.MaxPool(2))
    sides = [row.output[0] for row in counts.layer_table(network, (45, 45, 1))]
    assert sides == [23, 12, 6]
    assert counts.layer_table((layers.MaxPool(2),), (45, 45, 1))[0].output == (22, 22, 1)


@pytest.mark.parametrize("family", architectures.names())
def test_classes_set_the_output(family):
    shape = (64, 64, 3)
    rows = counts.layer_table(architectures.network(family, 0.25, 3, image_shape=shape), shape)
    assert rows[-1].output == (3,)


def test_a_new_file_is_a_new_family(tmp_path, monkeypatch):
    (tmp_path / "linear.py").write_text(
        "from widthwise.networks.layers import Dense, Flatten\n"
        "def network(width, classes, dropout):\n    return (Flatten(), Dense(classes))\n"
    )
    monkeypatch.setattr(architectures, "__path__", [*architectures.__path__, str(tmp_path)])
    assert "linear" in architectures.names()
    assert totals("linear", 1)["params"] == 48 * 48 * 7 + 7


def test_a_branch_is_counted_and_joined_with_its_input():
    squeeze = layers.Scale((layers.GlobalAveragePool(), layers.Dense(2), layers.Dense(4), layers.Sigmoid()))
    network = (layers.Conv(4, 1, bias=False), layers.Residual((layers.Conv(4, 3, bias=False), squeeze)))
    rows = counts.layer_table(network, (6, 6, 1))
    assert [row.layer for row in rows][-2:] == ["Multiply", "Add"]
    assert rows[-1].output == (6, 6, 4)
    assert sum(row.params for row in rows) == 4 + 4 * 4 * 9 + (4 * 2 + 2) + (2 * 4 + 4)
    with pytest.raises(ValueError, match=r"the branch gives \(3, 3, 4\), expected \(6, 6, 1\)"):
        counts.layer_table((layers.Residual((layers.Conv(4, 3, stride=2),)),), (6, 6, 1))


def test_parallel_branches_are_counted_and_their_channels_add_up():
    slices = ((layers.ChannelSlice(1),), (layers.ChannelSlice(2), layers.Conv(6, 3, groups=2, bias=False)))
    network = (layers.Concat(slices), layers.ChannelShuffle(2), layers.AveragePool(3, 2))
    rows = counts.layer_table(network, (5, 5, 4))
    assert [row.layer for row in rows] == [
        "ChannelSlice 1 of 2",
        "ChannelSlice 2 of 2",
        "Conv 3x3, groups 2",
        "Concat",
        "ChannelShuffle",
        "AveragePool 3x3, stride 2",
    ]
    assert [row.output for row in rows] == [(5, 5, 2), (5, 5, 2), (5, 5, 6), (5, 5, 8), (5, 5, 8), (3, 3, 8)]
    assert (rows[2].params, rows[2].macs) == (9 * 1 * 6, 25 * 9 * 1 * 6)


def test_shufflenet_halves_large_pictures_alone_in_its_stem():
    for side, expected in ((32, 32), (48, 24), (64, 32)):
        shape = (side, side, 1)
        rows = counts.layer_table(architectures.network("shufflenet", 1, 7, image_shape=shape), shape)
        assert rows[0].output == (expected, expected, 24)
