"""What went wrong, out of the groups in which concurrent tasks wrap it."""


def first(failure: BaseException) -> BaseException:
    """Return the failure that ended the others: when one task of a group fails, the rest are only cancelled."""
    while isinstance(failure, BaseExceptionGroup):
        failure = failure.exceptions[0]
    return failure
