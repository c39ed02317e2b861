"""The same client against Patroni, as its manual sets it up: etcd, two members, HAProxy that asks their REST interface.

Part of `run`. Patroni is the peer of what keeps an instance available: it runs all the time and nobody does anything, so
its gaps stand beside those of commands for what a person asks for, and beside those of the loop for what just happens.
"""

import json
import os
import shutil
import signal
import statistics
import subprocess
import time
import urllib.error
import urllib.request

PROGRAMS = ["patroni", "etcd", "haproxy"]
NAMES = ["one", "two"]
SECRET = "Aa1!benchmark-peer"
# How often each way of going away is tried. The one that hangs comes last and once: it costs half a minute, and the member
# that hung does not come back by itself within minutes.
ROUNDS = {"restart": 5, "switchover": 5, "kill": 5, "hang": 1}
PATIENCE = 120

# What Patroni's manual shows, but for ports and names.
GATEWAY = """\
global
  maxconn 100
defaults
  mode tcp
  log global
  retries 2
  timeout client 30m
  timeout connect 4s
  timeout server 30m
  timeout check 5s
listen primary
  bind 127.0.0.1:{port}
  option httpchk
  http-check expect status 200
  default-server inter 3s fall 3 rise 2 on-marked-down shutdown-sessions
{servers}
"""


def is_installed():
    return all(shutil.which(name) for name in PROGRAMS)


def version():
    return subprocess.run(["patroni", "--version"], capture_output=True, text=True).stdout.split()[-1]


class Patroni:
    """A cluster of two members in a folder, with its store and its gateway."""

    def __init__(self, bench, ports, environment):
        self.bench, self.environment = bench, environment
        self.folder = bench.ground.folder("p", bench.user)
        numbers = iter(ports)
        self.store, self.peer, self.endpoint = next(numbers), next(numbers), next(numbers)
        self.ports = {name: (next(numbers), next(numbers)) for name in NAMES}
        self.programs = []

    # What runs

    def start(self):
        store, peer = f"http://127.0.0.1:{self.store}", f"http://127.0.0.1:{self.peer}"
        self.launch("etcd", "--data-dir", self.folder / "etcd", "--listen-client-urls", store, "--advertise-client-urls", store,
                    "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", f"default={peer}")
        self.until("the store answers", lambda: self.get(f"{store}/health") == 200)
        for name in NAMES:
            path = self.folder / f"{name}.yaml"
            path.write_text(json.dumps(self.member(name)))
            self.launch("patroni", path)
            self.until(f"{name} runs", lambda: self.role(name))
        path = self.folder / "haproxy.cfg"
        servers = "\n".join(
            f"  server {name} 127.0.0.1:{server} check port {rest}" for name, (server, rest) in self.ports.items())
        path.write_text(GATEWAY.format(port=self.endpoint, servers=servers))
        self.launch("haproxy", "-db", "-f", path)
        # HAProxy takes every server for one that is up until it was asked three times.
        time.sleep(10)
        self.settle()
        self.make_database()

    def member(self, name):
        server, rest = self.ports[name]
        roles = {kind: {"username": kind, "password": SECRET} for kind in ["superuser", "replication"]}
        return {
            "scope": "bench", "name": name,
            "restapi": {"listen": f"127.0.0.1:{rest}", "connect_address": f"127.0.0.1:{rest}"},
            "etcd3": {"hosts": f"127.0.0.1:{self.store}"},
            "bootstrap": {
                "dcs": {"ttl": 30, "loop_wait": 10, "retry_timeout": 10, "maximum_lag_on_failover": 1048576,
                        "postgresql": {"use_pg_rewind": True}},
                "initdb": [{"encoding": "UTF8"}, "data-checksums"],
            },
            "postgresql": {
                "listen": f"127.0.0.1:{server}", "connect_address": f"127.0.0.1:{server}", "data_dir": str(self.folder / name),
                "bin_dir": str(self.bench.binaries), "authentication": roles,
                "pgpass": str(self.folder / f"{name}.pgpass"),
                "pg_hba": ["host all all 127.0.0.1/32 scram-sha-256", "host replication all 127.0.0.1/32 scram-sha-256"],
                "parameters": {"unix_socket_directories": str(self.folder), "password_encryption": "scram-sha-256"},
            },
        }

    def launch(self, *words):
        user = self.bench.user
        identity = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": [user.pw_gid]} if user else {}
        log = open(self.folder / f"{words[0]}-{len(self.programs)}.log", "w")
        self.programs.append(subprocess.Popen(
            [str(word) for word in words], env=self.environment, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log,
            stderr=log, start_new_session=True, **identity))

    def stop(self):
        for program in self.programs:
            program.kill()
            program.wait()
        self.bench.ground.clear(self.folder)

    # What is asked of it

    @staticmethod
    def get(url, body=None):
        """The status of an answer; 0 when there is none."""
        request = urllib.request.Request(url, data=body and json.dumps(body).encode(), headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=30 if body else 2) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def role(self, name):
        base = f"http://127.0.0.1:{self.ports[name][1]}"
        return next((role for role in ["primary", "replica"] if self.get(f"{base}/{role}") == 200), None)

    def primary(self):
        return next((name for name in NAMES if self.role(name) == "primary"), None)

    def followers(self):
        """The states of those who replicate from the primary."""
        name = self.primary()
        if not name:
            return []
        with urllib.request.urlopen(f"http://127.0.0.1:{self.ports[name][1]}/patroni", timeout=2) as answer:
            return [follower["state"] for follower in json.load(answer).get("replication", [])]

    def ask(self, name, what, body):
        return self.get(f"http://127.0.0.1:{self.ports[name][1]}/{what}", body)

    def until(self, what, condition):
        deadline = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError(f"Patroni: not within {PATIENCE} s: {what}")
            time.sleep(0.2)

    def settle(self):
        """Waits until a replica follows the primary, and the gateway leads to the latter."""
        self.until("both members are up", lambda: sorted(map(str, map(self.role, NAMES))) == ["primary", "replica"])
        self.until("the replica follows", lambda: "streaming" in self.followers())
        # It takes its servers in turn, and one that no longer is the primary is left in for some seconds.
        self.until("the gateway leads to the primary alone", lambda: all(self.accepts_writes() for _ in range(2 * len(NAMES))))

    def accepts_writes(self):
        words = ["psql", "-qtA", f"host=127.0.0.1 port={self.endpoint} dbname=postgres user=superuser connect_timeout=2",
                 "-c", "SELECT pg_is_in_recovery()"]
        environment = {**self.environment, "PGPASSWORD": SECRET}
        return subprocess.run(words, env=environment, capture_output=True, text=True).stdout.strip() == "f"

    def make_database(self):
        script = self.folder / "database.sql"
        script.write_text(f"CREATE ROLE app LOGIN PASSWORD '{SECRET}';\nCREATE DATABASE shop OWNER app;\n")
        words = ["psql", "-q", f"host=127.0.0.1 port={self.endpoint} dbname=postgres user=superuser", "-f", script]
        self.bench.children.run(words, {**self.environment, "PGPASSWORD": SECRET})
        words = ["psql", self.client(), "-qc", "CREATE TABLE written (id int)"]
        self.bench.children.run(words, {**self.environment, "PGPASSWORD": SECRET})

    def client(self):
        return f"host=127.0.0.1 port={self.endpoint} dbname=shop user=app connect_timeout=2"

    # What is measured

    def gap(self, client, what):
        """The longest pause between two acknowledged commits while something happens to the primary, in milliseconds."""
        primary = self.primary()
        environment = {**self.environment, "PGPASSWORD": SECRET}
        writer = subprocess.Popen([client, self.client()], env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            time.sleep(0.3)
            self.happen(what, primary)
            if what == "hang":
                self.until("the gateway lets writers in", self.accepts_writes)
            else:
                self.settle()
            time.sleep(1)
        finally:
            writer.terminate()
            output = writer.communicate()[0]
        return float(output.split(" ms")[0])

    def happen(self, what, primary):
        other = next(name for name in NAMES if name != primary)
        if what == "restart":
            self.ask(primary, "restart", {"timeout": 60})
        elif what == "switchover":
            self.ask(primary, "switchover", {"leader": primary, "candidate": other})
        else:
            self.strike(what, primary, other)

    def strike(self, what, primary, other):
        master = int((self.folder / primary / "postmaster.pid").read_text().split()[0])
        if what == "kill":
            os.kill(master, signal.SIGKILL)
            # Patroni starts it again in place, or promotes the other; either is seen by its answers.
            return time.sleep(1)
        children = subprocess.run(["pgrep", "-P", str(master)], capture_output=True, text=True).stdout.split()
        for number in [master, *map(int, children)]:
            os.kill(number, signal.SIGSTOP)
        self.until("the other is promoted", lambda: self.role(other) == "primary")

    def gaps(self, client, say):
        """The median gap of each way, in milliseconds."""
        found = {}
        for what, rounds in ROUNDS.items():
            try:
                values = [self.gap(client, what) for _ in range(rounds)]
            except (TimeoutError, OSError) as failure:
                say(f"Patroni, {what}: {failure}; no figure")
                break
            say(f"Patroni, {what}: {min(values):.0f} to {max(values):.0f} ms in {rounds} rounds")
            found[what] = statistics.median(values)
        return found


def gaps(bench, client, ports, environment, say):
    """What Patroni's clients see, by way; empty where it is not installed or does not come up."""
    if not is_installed():
        say("takeover: Patroni, etcd or HAProxy is not installed; no peer")
        return {}
    cluster = Patroni(bench, ports, environment)
    try:
        cluster.start()
        return cluster.gaps(client, say)
    except (TimeoutError, OSError) as failure:
        say(f"takeover: {failure}; no peer")
        return {}
    finally:
        cluster.stop()
