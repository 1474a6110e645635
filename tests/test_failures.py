"""What is told of failures that come wrapped in groups."""

import asyncio

import pytest

from live.failures import first


async def test_of_groups_within_groups_the_failure_itself_is_told() -> None:
    """A taken port, told by a task of a task: its words, not `unhandled errors in a TaskGroup`."""

    async def fails() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(asyncio.start_server(lambda reader, writer: None, "192.0.2.1", 80))

    with pytest.raises(ExceptionGroup) as told:
        async with asyncio.TaskGroup() as outer:
            outer.create_task(fails())
    assert isinstance(first(told.value), OSError)
    assert "192.0.2.1" in str(first(told.value))


def test_a_failure_in_no_group_is_itself() -> None:
    failure = ValueError("as it is")
    assert first(failure) is failure
