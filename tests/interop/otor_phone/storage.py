"""The phone's storage: everything in one file, replaced as a whole, durable before anything goes on."""

import os


class File:
    """One file. After a crash it holds what was last saved, or what was saved before; never a mixture."""

    def __init__(self, path):
        self.path = path

    def load(self):
        try:
            with open(self.path, "rb") as file:
                return file.read()
        except FileNotFoundError:
            return None

    def save(self, data):
        new = f"{self.path}.new"
        with open(new, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, self.path)
        folder = os.open(os.path.dirname(self.path), os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
