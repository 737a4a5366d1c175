"""HTTP/1.1 over a socket that can be cut at any byte, either way."""

import socket


class Cut(Exception):
    """The connection broke."""


class Declined(Exception):
    """Any status but 200."""

    def __init__(self, status, retry_after, body):
        super().__init__(f"status {status}: {body!r}")
        self.status, self.retry_after = status, retry_after


class Link:
    """Counts the bytes of bodies. `up` and `down`: after how many of them the next request is cut; once."""

    def __init__(self, address):
        self.address = address
        self.up = self.down = None
        self.sent = self.received = 0

    def post(self, path, body):
        """The reply's body, as it comes."""
        up, down, self.up, self.down = self.up, self.down, None, None
        with socket.create_connection(self.address, timeout=30) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            head = f"POST {path} HTTP/1.1\r\nHost: otor\r\nContent-Length: {len(body)}\r\n\r\n"
            cut = up is not None and up < len(body)
            connection.sendall(head.encode() + (body[:up] if cut else body))
            self.sent += up if cut else len(body)
            if cut:
                # The end of sending, and not a reset: what was sent before arrives.
                connection.shutdown(socket.SHUT_WR)
                raise Cut(f"after {up} bytes up")
            file = connection.makefile("rb")
            for piece in _body(file):
                if down is not None and len(piece) >= down:
                    self.received += down
                    yield piece[:down]
                    raise Cut("on the way down")
                if down is not None:
                    down -= len(piece)
                self.received += len(piece)
                yield piece


def _line(file):
    line = file.readline(4096)
    if not line.endswith(b"\n"):
        raise Cut("in a head")
    return line.strip().decode("ascii")


def _read(file, count):
    data = file.read(count)
    if len(data) < count:
        raise Cut("in a body")
    return data


def _body(file):
    status = int(_line(file).split()[1])
    headers = {}
    while line := _line(file):
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    pieces = _chunks(file) if headers.get("transfer-encoding") == "chunked" else _whole(file, headers)
    if status != 200:
        raise Declined(status, headers.get("retry-after"), b"".join(pieces))
    yield from pieces


def _whole(file, headers):
    yield _read(file, int(headers["content-length"]))


def _chunks(file):
    while size := int(_line(file).split(";")[0], 16):
        yield _read(file, size)
        _line(file)
