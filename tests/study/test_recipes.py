import pytest

from widthwise.study.recipes import changes, closest_recipe


def taught(*seeds, **settings):
    teachers = {"family": "resnet", "seeds": list(seeds)}
    return {"epochs": 20, "distillation": {"teachers": teachers, "temperature": 3}} | settings


BY_STEPS = {
    "labels": {"epochs": 20, "distillation": None},
    "one": taught(1),
    "one long": taught(1, epochs=60),
    "two": taught(1, 2),
    "two long": taught(1, 2, epochs=60),
}
BY_ITSELF = {"base": {"mixup": 0, "dropout": 0}, "a": {"mixup": 0.1, "dropout": 0}, "b": {"mixup": 0.2}}


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (BY_STEPS, {"one": "labels", "one long": "one", "two": "one", "two long": "one long"}),
        (BY_ITSELF, {"a": "base", "b": "base"}),
    ],
)
def test_a_recipe_is_set_against_the_closest_before_it(settings, expected):
    names = list(settings)
    assert expected == {
        name: closest_recipe(name, names[:place], settings) for place, name in enumerate(names) if place
    }


def test_changes_name_each_setting_and_a_group_that_one_of_them_lacks():
    assert changes(BY_STEPS["one"], BY_STEPS["two long"]) == {
        "epochs": (20, 60),
        "distillation.teachers.seeds": ([1], [1, 2]),
    }
    assert list(changes(BY_STEPS["labels"], BY_STEPS["one"])) == ["distillation"]
    assert changes({}, {"mixup": 0.1}) == {"mixup": (None, 0.1)}
