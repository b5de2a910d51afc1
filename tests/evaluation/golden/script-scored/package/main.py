"""Counts right answers."""

from pathlib import Path


def evaluate(test_data_file, test_annotation_file, predict_func, **kwargs):
    """Ask for each number in turn."""
    data = [int(line) for line in Path(test_data_file).read_text().split()]
    truth = [int(line) for line in Path(test_annotation_file).read_text().split()]
    right = sum(predict_func(number) == square for number, square in zip(data, truth, strict=True))
    return {
        "result": [{"all": {"accuracy": right / len(data)}}, {"small": {"right": right}}],
        "submission_metadata": {"asked": len(data)},
        "submission_result": "well done",
        "execution_time": 0.5,
    }
