"""A package, so that the tests of its files share one hub, which stops with the last of them."""
