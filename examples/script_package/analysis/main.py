"""Score algorithms that give the sun's declination, in whole degrees, for a day of the year.

A script package in miniature: `test_data` has one day of the year on each line,
`test_annotation.txt` the declination of that day by Spencer's Fourier series (1971).
"""

import time
from pathlib import Path


def evaluate(test_data_file, test_annotation_file, predict_func, **kwargs):  # noqa: ARG001
    """Call `predict_func` once with all days and compare its answers with the annotation."""
    days = read_integers(test_data_file)
    truth = read_integers(test_annotation_file)
    started = time.perf_counter()
    answers = list(predict_func(days))
    execution_time = time.perf_counter() - started
    if len(answers) != len(truth):
        raise ValueError(f"predict returned {len(answers)} values for {len(truth)} days.")
    errors = [abs(answer - right) for answer, right in zip(answers, truth, strict=True)]
    return {
        "result": [
            {
                "test_split": {
                    "accuracy": sum(error == 0 for error in errors) / len(errors),
                    "mean_absolute_error": sum(errors) / len(errors),
                }
            }
        ],
        "submission_metadata": {"largest_error_day": days[errors.index(max(errors))]},
        "submission_result": {"days": len(days), "largest_error": max(errors)},
        "execution_time": execution_time,
    }


def read_integers(path):
    """Read a file with one integer on each line."""
    return [int(line) for line in Path(path).read_text().split()]
