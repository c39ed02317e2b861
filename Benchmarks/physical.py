"""A part of the section `migration` of `run`: all of an instance by its files, against pg_dump | psql into the same target.

Both instances are pgsteer's, of one major; every round begins with a fresh target.
"""

import json
import statistics

from migration import SUMS

# Both servers alike, as in `migration`.
PARAMETERS = "parameters: { shared_buffers: 512MB, max_wal_size: 8GB }"


def instance(name, major, more=""):
    return f"""\
---
apiVersion: pgsteer/v1
kind: Instance
metadata: {{ name: {name} }}
spec:
  version: {major}
  {PARAMETERS}
  protection: {{ deletion: false }}
{more}"""


MOVE = """\
---
apiVersion: pgsteer/v1
kind: Migration
metadata: { name: move }
spec: { source: { instance: old }, target: { instance: new }, type: full, method: physical }
"""


class Physical:
    def __init__(self, benchmark, fleet):
        """The document `fleet` says which ports are free for this."""
        self.benchmark = benchmark
        self.document = fleet
        self.home = benchmark.ground.folder("h")

    def measure(self):
        benchmark, options = self.benchmark, self.benchmark.options
        fleet = self.document + instance("old", options.major, "  databases: [{ name: shop }]\n") + instance("new", options.major)
        self.fleet = benchmark.spec("fleet.yaml", fleet)
        self.whole = benchmark.spec("whole.yaml", fleet + MOVE)
        self.call("apply", "--yes", self.fleet)
        try:
            self.client("pgbench", "old", "shop", "-i", "-q", "--foreign-keys", "-s", str(options.scale))
            self.sql("old", "VACUUM ANALYZE")
            size = int(self.sql("old", "SELECT pg_database_size('shop')"))
            self.sums = self.sql("old", SUMS)
            expected = self.sql("old", self.sums)
            pairs = [self.round(expected) for _ in range(options.rounds)]
        finally:
            for name in ["old", "new"]:
                self.call("destroy", name, "--yes", expected=(0, 1))
            benchmark.ground.clear(self.home)
        ratio = statistics.median(ours / bare for bare, ours in pairs)
        benchmark.row(
            f"{size / 1e9:.1f} GB, physical, same major, against pg_dump | psql (aim 0.2)",
            f"{statistics.median(bare for bare, _ in pairs):.1f} s", f"{statistics.median(ours for _, ours in pairs):.1f} s",
            f"{ratio:.2f}x", "0.35x", ratio <= 0.35)

    def round(self, expected):
        """One way and then the other, each into a target that has nothing."""
        self.sql("new", "CREATE DATABASE shop", "postgres")
        for name in ["old", "new"]:
            self.sql(name, "CHECKPOINT", "postgres")
        bare = self.plain()
        self.compare(expected, "pg_dump | psql")
        self.call("destroy", "new", "--yes")
        self.call("apply", "--yes", self.fleet)
        self.sql("old", "CHECKPOINT", "postgres")
        ours = self.call("migration", "start", "move", self.whole).seconds
        self.compare(expected, "the physical migration")
        self.call("migration", "delete", "move", self.whole)
        self.call("destroy", "new", "--yes")
        self.call("apply", "--yes", self.fleet)
        return bare, ours

    def compare(self, expected, what):
        if self.sql("new", self.sums) != expected:
            raise RuntimeError(f"{what}: what arrived is not what was sent")

    def plain(self):
        binaries = self.benchmark.binaries
        dump = f"{binaries}/pg_dump {' '.join(self.place('old'))} shop"
        load = f"{binaries}/psql -X -q -v ON_ERROR_STOP=1 {' '.join(self.place('new'))} shop"
        return self.benchmark.children.run(
            ["/bin/bash", "-c", f"set -o pipefail; {dump} | {load}"], {"PATH": "/usr/bin:/bin", "HOME": "/"},
            self.benchmark.user).seconds

    # Programs

    def call(self, *words, expected=(0,)):
        return self.benchmark.call(*words, home=self.home, expected=expected)

    def place(self, name):
        record = json.loads((self.home / "instances" / name / "instance.json").read_text())
        return ["-h", f"{self.home}/instances/{name}/run", "-p", str(record["nodes"][0]["port"]), "-U", "postgres"]

    def client(self, program, name, database, *words):
        return self.benchmark.children.run(
            [self.benchmark.binaries / program, *self.place(name), *words, database],
            {"PATH": "/usr/bin:/bin", "HOME": "/", "LC_ALL": "C.UTF-8"}, self.benchmark.user)

    def sql(self, name, text, database="shop"):
        words = ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]
        # Each statement by itself: VACUUM and CREATE DATABASE want no transaction around them.
        for statement in text.split(";"):
            words += ["-c", statement]
        return self.client("psql", name, database, *words).output.strip()
