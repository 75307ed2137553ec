"""The names of the databases on the tests' server, of which every worker has one of its own.

They are few, because dbt parses the whole project for every new name.
"""

DATABASE = "test"
"""Made for one test."""

SHARED_DATABASE = "shared"
"""Made for the tests of one module; one at a time."""

TEMPLATE = "template_test"
"""Has TimescaleDB and nothing else: a copy of it is made quicker than the extension."""
