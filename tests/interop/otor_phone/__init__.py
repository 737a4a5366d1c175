"""A small phone of Otor in Python, written from PROTOCOL.md alone."""
