"""Students in the workflow: they wait for their teachers, and for nothing else of them."""

from workflow.test_reruns import GATHERING, append, evaluations, trainings

TEACHER, STUDENT = "tiny/plain/w0.1/seed1", "taught/mobilenet/w0.1/seed1"
LESSON = {"teach taught/seed1"}
RECIPE = """
  taught:
    epochs: 1
    batch_size: 32
    distillation: {teachers: {recipe: tiny, family: plain, width: 0.1, seeds: [1]}}

sweep:
"""


def test_a_student_is_trained_after_its_teachers_and_again_when_they_change(project):
    project.replace("presets/tiny.yaml", "\nsweep:\n", RECIPE)
    append(
        "presets/tiny.yaml",
        "  - {recipe: taught, family: mobilenet, widths: [0.1], seeds: [1]}\n"
        "  - {recipe: taught, family: plain, widths: [0.2], seeds: [1]}\n",
    )(project)
    students = {STUDENT, "taught/plain/w0.2/seed1"}
    assert project.run() == LESSON | trainings(students)  # one lesson for both
    assert project.would_run() == set()
    append("scripts/widthwise/families/plain.py", "\nX = 1\n")(project)
    assert project.would_run() == LESSON | trainings({TEACHER, *students})
    project.replace("scripts/widthwise/families/plain.py", "\nX = 1\n", "")
    project.replace("presets/tiny.yaml", "seeds: [1]}}", "seeds: [1]}, hard_labels: 0.5}")
    assert project.would_run() == trainings(students)  # weighed otherwise, the answers are the same
    project.replace("presets/tiny.yaml", "hard_labels: 0.5}", "hard_labels: 0.5, temperature: 4}")
    assert project.would_run() == LESSON | trainings(students)
    append("scripts/widthwise/evaluation.py", "\nX = 1\n")(project)
    assert "train " + TEACHER not in project.would_run()
    assert evaluations({TEACHER}) - GATHERING <= project.would_run()
