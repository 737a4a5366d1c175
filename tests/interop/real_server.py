"""The real `otor` on a temporary folder and a free port, and its command line."""

import csv
import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOKEN = "token-of-the-interop-tests"


def _binary():
    named = os.environ.get("OTOR_BINARY")
    binary = pathlib.Path(named) if named else ROOT / "target/debug/otor"
    if not binary.exists():
        sys.exit(f"{binary} is not there: `cargo build -p otor-server` makes it, or OTOR_BINARY names another")
    return str(binary)


class RealServer:
    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="otor-interop-")
        self.data = pathlib.Path(self.folder.name) / "data"
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("OTOR_")}
        self.environment["OTOR_ADMIN_TOKEN"] = TOKEN
        self.log = open(pathlib.Path(self.folder.name) / "log", "a+")
        self.listen = "127.0.0.1:0"
        self.start()

    def start(self):
        arguments = [_binary(), "serve", "--listen", self.listen, "--data", str(self.data)]
        self.process = subprocess.Popen(
            arguments, env=self.environment, stdout=subprocess.PIPE, stderr=self.log, text=True
        )
        for line in self.process.stdout:
            if line.startswith("listening on "):
                self.url = line.split()[-1]
                self.listen = self.url.removeprefix("http://")
                break
        else:
            raise AssertionError(f"the server did not start:\n{self.said()}")
        host, port = self.listen.split(":")
        self.address = host, int(port)

    def said(self):
        self.log.seek(0)
        return self.log.read()

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def back_up(self):
        """Key and journal, while it does not run."""
        self.backup = pathlib.Path(self.folder.name) / "backup"
        self.backup.mkdir()
        shutil.copy(self.data / "server.key", self.backup)
        shutil.copytree(self.data / "journal", self.backup / "journal")

    def restore(self):
        """Its data are lost: it comes back from the backup, and its operator says so."""
        shutil.rmtree(self.data)
        self.backup.rename(self.data)
        done = subprocess.run([_binary(), "restored", "--data", str(self.data)], env=self.environment, capture_output=True)
        assert done.returncode == 0, done.stderr

    def close(self):
        self.kill()
        self.log.close()
        self.folder.cleanup()

    def otor(self, *arguments, given=None):
        """Runs a command line; what it prints."""
        environment = {**self.environment, "OTOR_SERVER": self.url}
        done = subprocess.run(
            [_binary(), *arguments], env=environment, input=given, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, f"otor {arguments}: {done.stdout}{done.stderr}"
        return done.stdout

    def otor_table(self, header, *rows, command):
        table = io.StringIO()
        csv.writer(table).writerows([header, *rows])
        self.otor(*command, "-", given=table.getvalue())

    def pull(self):
        """All records, by their id as actor-seq."""
        rows = map(json.loads, self.otor("pull").splitlines())
        return {row["id"]: row for row in rows}

    def invite(self, worker):
        return json.loads(self.otor("device", "invite", worker, "--json"))["code"]
