"""dbt's graph names every relation that a node reads or writes: compared with what dbt sends."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tests.pipeline import Pipeline, seconds

DAY = seconds("2024-01-01 00:00:00", range(60, 90), step=600)
NEXT_DAY = seconds("2024-01-02 00:00:00", range(60, 90), step=600)


class Query(NamedTuple):
    """A statement that dbt sent for a node."""

    node: str
    sql: str


def test_every_relation_that_is_sent_is_in_the_graph(pipeline: Pipeline, tmp_path: Path) -> None:
    """In a first build, a night and a rebuild of the marts: every model is built twice."""
    seen = set()
    pipeline.write(DAY)
    nightly = ("--selector", "nightly")
    rebuild = ("--full-refresh", "--select", "tag:daily", "--exclude-resource-type", "unit_test")
    for run, selected in enumerate([nightly, nightly, rebuild]):
        staged = pipeline.loader("load")
        assert staged.returncode == 0, staged.stderr
        log = tmp_path / f"log{run}"
        done = pipeline.dbt(
            *("build", *selected, "--log-path", str(log)),
            *("--log-level-file", "debug", "--log-format-file", "json"),
        )
        assert done.returncode == 0, done.stdout
        queries = list(sent(log / "dbt.log"))
        seen |= {query.node for query in queries}
        assert undeclared(manifest(pipeline), queries) == set(), run
        pipeline.append(NEXT_DAY if run == 0 else [])
    built = {
        name for name in manifest(pipeline)["nodes"] if name.split(".")[0] in ("model", "test")
    }
    assert built <= seen


def test_a_relation_by_its_literal_name_is_noticed() -> None:
    model = {"resource_type": "model", "schema": "marts", "alias": "week"}
    day = {"resource_type": "source", "schema": "staging", "identifier": "touched_days"}
    graph: dict[str, Any] = {
        "nodes": {"model.week": {**model, "depends_on": {"nodes": []}}},
        "sources": {"source.days": day},
    }
    literal = Query(
        "model.week", 'insert into "db"."marts"."week" select from staging.touched_days'
    )
    assert undeclared(graph, [literal]) == {("model.week", "staging.touched_days")}
    unknown = Query("model.week", 'select from "db"."staging"."nights"')
    assert undeclared(graph, [unknown]) == {("model.week", "staging.nights")}
    graph["nodes"]["model.week"]["depends_on"]["nodes"] = ["source.days"]
    assert undeclared(graph, [literal]) == set()
    own = Query(
        "model.week",
        "select staging.lost_objects('marts.day') from marts.week__dbt_tmp1 -- docs/marts.md",
    )
    assert undeclared(graph, [own]) == set()


def manifest(pipeline: Pipeline) -> Any:
    path = Path(pipeline.environment["DBT_TARGET_PATH"], "manifest.json")
    return json.loads(path.read_text(encoding="utf-8"))


def sent(log: Path) -> Iterator[Query]:
    """Every statement of a log as JSON: of hooks, macros and strategies, too."""
    for line in log.read_text(encoding="utf-8").splitlines():
        event = json.loads(line)
        if event["info"]["name"] == "SQLQuery":
            about = event["data"].get("node_info", {})
            yield Query(about.get("unique_id", ""), event["data"]["sql"])


def undeclared(graph: Mapping[str, Any], queries: Iterable[Query]) -> set[tuple[str, str]]:
    """Relations of the project that a node's statements name and its `depends_on` does not."""
    nodes = {**graph["nodes"], **graph["sources"]}
    relations = {
        (node["schema"], node.get("alias") or node["identifier"]): name
        for name, node in nodes.items()
        if node["resource_type"] in ("model", "seed", "source")
    }
    schemas = "|".join(sorted({schema for schema, _ in relations}))
    # A name before a parenthesis is a function's.
    pattern = re.compile(rf'(?<!/)\b({schemas})"?\."?(\w+)\b(?!"?\s*\()')
    found = set()
    for query in queries:
        node = nodes.get(query.node, {})
        declared = {query.node, *node.get("depends_on", {}).get("nodes", [])}
        # A text is not read: a full refresh asks by name what depends on the tables.
        for schema, name in pattern.findall(re.sub("'[^']*'", "''", query.sql)):
            # What dbt builds and what it replaces have the node's name and a suffix.
            plain = re.sub(r"__dbt_(tmp|backup)\w*$", "", name)
            if relations.get((schema, plain)) not in declared:
                found.add((query.node, f"{schema}.{name}"))
    return found
