#!/bin/sh
# Loads these tables into a new Neo4j database; run it where neo4j-admin is, in this folder.
exec neo4j-admin database import full "${1:-neo4j}" --array-delimiter="|" \
  --nodes=nodes.csv --nodes=results.csv --relationships=relationships.csv
