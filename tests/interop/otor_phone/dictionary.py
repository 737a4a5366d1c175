"""The dictionary that is shipped: what both streams of a direction may begin with."""

import functools
import pathlib

import zstandard

from .text_model import Model

FOLDER = pathlib.Path(__file__).resolve().parents[3] / "protocol/src/wire"


class Dictionary:
    def __init__(self, data):
        length = int.from_bytes(data[:2], "big")
        self.columns = zstandard.ZstdCompressionDict(data[2 : 2 + length])
        self.primed = Model(data[2 + length :].decode("utf-16-be")).keep()

    def model(self):
        return self.primed.copy()


@functools.cache
def dictionary(number):
    """The dictionary of this number; None for 0."""
    if number == 0:
        return None
    return Dictionary((FOLDER / f"dictionary-{number}.bin").read_bytes())


def known(number):
    """The number, if that dictionary is here; else 0."""
    return number if (FOLDER / f"dictionary-{number}.bin").exists() else 0
