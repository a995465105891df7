"""Numbers such as 26-0142: one sequence per year without gaps."""

from django.db import connection, transaction

_NEXT = """
    INSERT INTO consulting_numbercounter (year, last) VALUES (%s, 1)
    ON CONFLICT (year) DO UPDATE SET last = consulting_numbercounter.last + 1
    RETURNING last
"""


def next_number(year: int) -> str:
    """Take the next number of ``year``.

    The row of the year stays locked until the caller's transaction ends: a second submission
    waits, and a submission that is rolled back gives its number back. Must run in a transaction.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("a number belongs to a submission")
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [year])
        (last,) = cursor.fetchone()
    return f"{year % 100:02d}-{last:04d}"
