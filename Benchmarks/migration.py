"""The section `migration` of `run`: pgsteer's migrations against the programs that people move databases with.

A database goes from one major to another, in rounds that run every way once, so that a ratio compares what ran in the same
minutes. It is a shop's (`shop.sql`), or pgbench's with foreign keys, where one table has nearly all rows.
"""

import json
import os
import pathlib
import shutil
import statistics
import subprocess
import threading
import time

# Both servers alike: durable, with room enough that checkpoints do not decide.
SETTINGS = {
    "listen_addresses": "", "shared_buffers": "512MB", "max_wal_size": "8GB", "wal_level": "logical",
    "max_worker_processes": "16", "log_line_prefix": "%d ",
}
# Transactions a second while changes are followed.
RATE = 200
# How long lag is looked at, in samples of 20 ms.
SAMPLES = 500

LAG = f"""
DO $$
DECLARE seen float8[] := '{{}}'; age float8;
BEGIN
  FOR i IN 1..{SAMPLES} LOOP
    SELECT extract(epoch FROM clock_timestamp() - at) * 1000 INTO age FROM beat;
    seen := seen || age;
    PERFORM pg_sleep(0.02);
  END LOOP;
  RAISE NOTICE 'lag % %', (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY s) FROM unnest(seen) s),
    (SELECT percentile_cont(0.99) WITHIN GROUP (ORDER BY s) FROM unnest(seen) s);
END $$
"""
BEAT = """
DO $$ BEGIN LOOP UPDATE beat SET at = clock_timestamp(); COMMIT; PERFORM pg_sleep(0.02); END LOOP; END $$
"""
# Writes the question for the number of rows and a sum over all of them, for each table.
SUMS = """
SELECT string_agg(format('SELECT %L, count(*), sum(hashtextextended(whole::text, 0)) FROM %s whole', name, name), ' UNION ALL ')
  || ' ORDER BY 1'
FROM (SELECT oid::regclass::text AS name FROM pg_class WHERE relkind IN ('r', 'm') AND relnamespace = 'public'::regnamespace) tables
"""
HERE = pathlib.Path(__file__).resolve().parent


class Server:
    """A PostgreSQL server of one major in a folder of its own, reached by its socket."""

    def __init__(self, benchmark, binaries):
        self.benchmark = benchmark
        self.binaries = pathlib.Path(binaries)
        self.folder = benchmark.ground.folder("m", benchmark.user)
        self.run("initdb", f"--pgdata={self.folder}/data", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8",
                 "--auth=trust")
        with open(self.folder / "data/postgresql.conf", "a") as file:
            for name, value in {**SETTINGS, "unix_socket_directories": self.folder}.items():
                file.write(f"{name} = '{value}'\n")
        self.run("pg_ctl", "-D", self.folder / "data", "-s", "start", "-w", "-l", self.folder / "log")

    def run(self, program, *words, expected=(0,)):
        environment = {"PATH": "/usr/bin:/bin", "HOME": "/", "LC_ALL": "C.UTF-8"}
        return self.benchmark.children.run(
            [self.binaries / program, *words], environment, self.benchmark.user, expected)

    def sql(self, text, database="postgres"):
        return self.run("psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", self.folder, "-U", "postgres",
                        "-d", database, "-c", text).output.strip()

    def uri(self, database):
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def fresh(self, database):
        """An empty database, and nothing left to be written of the one before."""
        self.sql(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
        self.sql(f"CREATE DATABASE {database}")
        self.sql("CHECKPOINT")

    def stop(self):
        self.run("pg_ctl", "-D", self.folder / "data", "-s", "stop", "-w", "-m", "immediate")
        self.benchmark.ground.clear(self.folder)


class Watch:
    """Notes when a migration is first seen in each state and at each activity; the program tells twice a second."""

    def __init__(self, path):
        self.path = path
        self.seen = {}
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self.look)
        self.begin = time.perf_counter()
        self.thread.start()

    def look(self):
        while not self.is_over.wait(0.02):
            try:
                progress = json.loads(self.path.read_text())
            except (OSError, ValueError):
                continue
            for key in [progress["state"], progress["activity"]]:
                self.seen.setdefault(key, time.perf_counter() - self.begin)

    def end(self):
        self.is_over.set()
        self.thread.join()


class Migrations:
    def __init__(self, benchmark):
        self.benchmark = benchmark
        self.options = benchmark.options
        self.times = {}

    def note(self, what, seconds):
        self.times.setdefault(what, []).append(seconds)

    def measure(self):
        benchmark = self.benchmark
        self.source = Server(benchmark, benchmark.binaries)
        try:
            self.target = Server(benchmark, self.options.target_binaries)
            try:
                self.prepare()
                ways = [self.plain, self.directory, self.full]
                if shutil.which("pgcopydb"):
                    ways.append(self.pgcopydb)
                for number in range(self.options.rounds):
                    for way in ways[number % len(ways):] + ways[:number % len(ways)]:
                        self.target.fresh("shop")
                        way()
                        if self.target.sql(self.sums, "shop") != self.expected:
                            raise RuntimeError(f"{way.__name__}: what arrived is not what was sent")
                self.full_rows()
                for number in range(self.options.rounds):
                    self.incremental(number)
                self.incremental_rows()
            finally:
                self.target.stop()
        finally:
            self.source.stop()

    def prepare(self):
        self.source.fresh("shop")
        scale = self.options.scale
        if self.options.database == "shop":
            self.source.sql((HERE / "shop.sql").read_text(), "shop")
            # A small one beside it, for the load while changes are followed.
            scale = 4
        self.source.run("pgbench", "-i", "-q", "--foreign-keys", "-s", scale, "-h", self.source.folder, "-U", "postgres", "shop")
        self.source.sql("CREATE TABLE beat (id int PRIMARY KEY, at timestamptz); INSERT INTO beat VALUES (1, now())", "shop")
        self.source.sql("VACUUM ANALYZE", "shop")
        self.sums = self.source.sql(SUMS, "shop")
        self.expected = self.source.sql(self.sums, "shop")
        self.bytes = int(self.source.sql("SELECT pg_database_size('shop')"))

    # One way each

    def plain(self):
        """pg_dump of the source's major into the target's psql, as one pipe."""
        dump = f"{self.source.binaries}/pg_dump -h {self.source.folder} -U postgres shop"
        load = f"{self.target.binaries}/psql -X -q -v ON_ERROR_STOP=1 -h {self.target.folder} -U postgres shop"
        result = self.benchmark.children.run(
            ["/bin/bash", "-c", f"set -o pipefail; {dump} | {load}"],
            {"PATH": "/usr/bin:/bin", "HOME": "/", "PGOPTIONS": ""}, self.benchmark.user)
        self.note("plain", result.seconds)

    def directory(self):
        """pg_dump into a folder without compression and pg_restore, two jobs each."""
        folder = self.benchmark.ground.folder("d", self.benchmark.user)
        begin = time.perf_counter()
        self.source.run("pg_dump", "-h", self.source.folder, "-U", "postgres", "-Fd", "-Z0", "-j2", "-f", folder / "dump", "shop")
        self.source.run("pg_restore", "-h", self.target.folder, "-U", "postgres", "-j2", "-d", "shop", folder / "dump")
        self.note("directory", time.perf_counter() - begin)
        shutil.rmtree(folder)

    def pgcopydb(self):
        folder = self.benchmark.ground.folder("p")
        environment = {**os.environ, "PATH": f"{self.source.binaries}:{os.environ['PATH']}", "TMPDIR": str(folder)}
        result = self.benchmark.children.run(
            ["pgcopydb", "clone", "--table-jobs", "2", "--index-jobs", "2", "--dir", folder / "work", "--source",
             self.source.uri("shop"), "--target", self.target.uri("shop")], environment)
        self.note("pgcopydb", result.seconds)

    def spec(self, name, kind, more=""):
        return self.benchmark.spec(f"{name}.yaml", f"""\
apiVersion: pgsteer/v1
kind: Migration
metadata: {{ name: {name} }}
spec:
  source: {{ uri: "{self.source.uri('shop')}" }}
  target: {{ uri: "{self.target.uri('shop')}" }}
  type: {kind}
{more}""")

    def full(self):
        home = self.benchmark.ground.folder("h")
        spec = self.spec("full", "full")
        watch = Watch(home / "migrations/full/progress.json")
        try:
            result = self.benchmark.call("migration", "start", "full", spec, home=home)
        finally:
            watch.end()
        copied = min((at for key, at in watch.seen.items() if key.startswith("verifying")), default=result.seconds)
        self.note("full", result.seconds)
        self.note("copy", copied)
        self.note("verification", result.seconds - copied)
        self.note("memory", result.memory)

    def incremental(self, number):
        """Follows a source that is written to all the time, and cuts over."""
        # An earlier cut-over has left the source read-only.
        self.source.sql("ALTER DATABASE shop RESET default_transaction_read_only")
        self.target.fresh("shop")
        home = self.benchmark.ground.folder("h")
        name = f"follow{number}"
        spec = self.spec(name, "full+incremental", "  cutover: { maxWritePause: 60s }\n")
        load = self.background("pgbench", "-n", "-R", RATE, "-c", "4", "-T", "3600", "-h", self.source.folder, "-U", "postgres", "shop")
        beat = self.background("psql", "-X", "-h", self.source.folder, "-U", "postgres", "-d", "shop", "-c", BEAT)
        try:
            states = self.states("migration", "start", name, spec, "--home", home)
            self.note("catching up", states["ready to complete"] - states["incremental sync"])
            lag = self.target.run("psql", "-X", "-h", self.target.folder, "-U", "postgres", "-d", "shop", "-c", LAG).output
            _, middle, most = lag[lag.index("lag "):].split()[:3]
            self.note("lag p50", float(middle))
            self.note("lag p99", float(most))
            done = self.benchmark.call("migration", "complete", name, spec, home=home)
            self.note("pause", int(done.output.split("writes waited ")[1].split()[0]))
        finally:
            for child in [load, beat]:
                child.terminate()
                child.wait()
        if self.target.sql(self.sums, "shop") != self.source.sql(self.sums, "shop"):
            raise RuntimeError("after the cut-over both ends differ")

    def states(self, *words):
        """Runs pgsteer and returns when it told each state for the first time, in seconds."""
        child = subprocess.Popen([self.benchmark.pgsteer, *map(str, words)], env=self.benchmark.environment, cwd="/",
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        begin, seen, lines = time.perf_counter(), {}, []
        for line in child.stdout:
            lines.append(line)
            seen.setdefault(line.split(":")[1].strip() if ":" in line else line, time.perf_counter() - begin)
        if child.wait() != 0:
            raise RuntimeError("".join(lines))
        return seen

    def background(self, program, *words):
        user = self.benchmark.user
        identity = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": [user.pw_gid]} if user else {}
        return subprocess.Popen([str(word) for word in [self.source.binaries / program, *words]], cwd="/",
                                env={"PATH": "/usr/bin:/bin", "HOME": "/"}, stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **identity)

    # What is told

    def full_rows(self):
        size = f"{self.bytes / 1e9:.1f} GB"
        for peer, title, limit in [
            ("plain", "pg_dump | psql", 0.70), ("directory", "pg_dump -Fd -Z0 -j2, pg_restore -j2", 0.85),
            ("pgcopydb", "pgcopydb clone, 2 + 2 jobs", 0.65),
        ]:
            if peer in self.times:
                self.compare(f"full migration of {size} (bare: {title})", peer, "copy", limit)
                self.compare("the same with its verification", peer, "full", None)
        self.compare("verification of everything (bare: its copy)", "copy", "verification", 0.35)
        memory = max(self.times["memory"])
        self.benchmark.row("full migration: peak memory", "-", f"{memory:.0f} MiB", "-", "150 MiB", memory <= 150)

    def compare(self, what, bare, ours, limit):
        """The ratio is the median of the rounds' own ratios: what ran in the same minutes."""
        pairs = list(zip(self.times[bare], self.times[ours]))
        ratio = statistics.median(our / their for their, our in pairs)
        self.benchmark.row(
            what, f"{statistics.median(their for their, _ in pairs):.1f} s", f"{statistics.median(our for _, our in pairs):.1f} s",
            f"{ratio:.2f}x", f"{limit:g}x" if limit else "-", ratio <= limit if limit else None)

    def incremental_rows(self):
        for what, title, show, limit, shown in [
            ("catching up", f"following {RATE} transactions/s: catching up after the copy", "{:.1f} s", 10, "10 s"),
            ("lag p50", "the same: lag, half of all", "{:.0f} ms", 50, "50 ms"),
            ("lag p99", "the same: lag, 99 of 100", "{:.0f} ms", 500, "500 ms"),
            ("pause", "the same: write pause of the cut-over", "{:.0f} ms", 1000, "1 s"),
        ]:
            value = statistics.median(self.times[what])
            self.benchmark.row(title, "-", show.format(value), "-", shown, value <= limit)
