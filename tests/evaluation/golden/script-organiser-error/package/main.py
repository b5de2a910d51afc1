"""Forgets to say how many were right."""


def evaluate(test_data_file, test_annotation_file, predict_func, **kwargs):
    """Return something that is not the documented result."""
    predict_func(1)
    return {"result": [{"all": {"accuracy": "good"}}]}
