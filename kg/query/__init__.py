"""Asking a graph: SPARQL, named questions, plain words, search, leaderboards, and a SPARQL endpoint."""
