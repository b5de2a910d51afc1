"""Turns an operation's steps into a method: one that waits, or one that is awaited."""

from collections.abc import Awaitable, Callable
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar, overload

from valhub.client.hubs.connections import AsyncConnection, Connection
from valhub.client.hubs.steps import Steps

S = TypeVar("S")
P = ParamSpec("P")
T = TypeVar("T")


class Waiting:
    """Something of a hub whose methods wait."""

    connection: Connection


class Awaited:
    """Something of a hub whose methods are awaited."""

    connection: AsyncConnection


class operation(Generic[S, P, T]):  # noqa: N801 - a decorator
    """A method that takes steps, on a class that is made both `Waiting` and `Awaited`."""

    def __init__(self, steps: Callable[Concatenate[S, P], Steps[T]]) -> None:
        self._steps = steps
        self.__doc__ = steps.__doc__
        self.__name__ = steps.__name__

    @overload
    def __get__(self, thing: Waiting, owner: Any = None) -> Callable[P, T]: ...
    @overload
    def __get__(self, thing: Awaited, owner: Any = None) -> Callable[P, Awaitable[T]]: ...
    @overload
    def __get__(self, thing: None, owner: Any = None) -> "operation[S, P, T]": ...
    def __get__(self, thing: Any, owner: Any = None) -> Any:
        if thing is None:
            return self

        def call(*args: P.args, **kwargs: P.kwargs) -> Any:
            return thing.connection.run(self._steps(thing, *args, **kwargs))

        call.__doc__, call.__name__ = self.__doc__, self.__name__
        return call
