"""Whether this task has been asked to end, for loops that go on after every failure."""

import asyncio


def asked_to_end() -> bool:
    """True once the running task was cancelled.

    What a library does on its way out may fail too, with the database away: its error then takes the place of the
    cancellation, and a loop that survives errors would survive its own end.
    """
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
