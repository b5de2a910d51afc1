"""Forgets to ask the algorithm, so that every one would get the same score."""


def evaluate(test_data_file, test_annotation_file, predict_func, **kwargs):
    """Return the documented result of nothing."""
    return {"result": [{"all": {"accuracy": 1.0}}]}
