"""Objects of others on the tables: a full refresh carries them over, or is refused.

The rules are in ``database/dependents.sql``; dbt asks the same functions.
"""

from psycopg2.extensions import connection as Connection

from loader.database import query
from loader.errors import ObjectsRefusedError
from loader.sql import statement


def refuse_to_lose_objects(session: Connection) -> None:
    """Check, before a full refresh reads a file, that it can keep every object on its tables.

    Raises:
        ObjectsRefusedError: names each object that it would drop, or whose data it would lose.
    """
    lost = [problem for (problem,) in query.rows(session, statement("transform/lost_objects"))]
    if lost:
        raise ObjectsRefusedError(
            f"a full refresh would lose {'; '.join(lost)}",
            "save the definition and the data, drop it, run again, then create it again",
        )
