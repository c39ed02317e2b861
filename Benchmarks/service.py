"""What the managed service costs beside the bare programs: the gateway, base backups, restores. Part of `run`."""

import json
import os
import pathlib
import re
import shutil
import statistics
import threading
import time

# Sessions that do nothing, and how long they stay while memory is measured.
IDLE_SESSIONS = 1000
IDLE_SECONDS = 45
PGBENCH_ROUNDS = 5
# Of data that can be compressed about as well as most: half of it is text that repeats itself.
BACKUP_ROWS = 1_000_000
BACKUP_ROUNDS = 3


def instance(plain, lines):
    """A specification of one small instance with an account and a database."""
    return f"""{plain}  accounts: [{{ name: app, passwordFrom: {{ env: BENCH_APP }} }}]
  databases: [{{ name: shop, owner: app }}]
{lines}"""


def ports(home, name):
    """The ports of an instance's endpoint and of its server."""
    folder = home / "instances" / name
    socket = next(path.name for path in (folder / "run").iterdir() if re.fullmatch(r"\.s\.PGSQL\.\d+", path.name))
    return json.loads((folder / "instance.json").read_text())["port"], int(socket.rsplit(".", 1)[1])


# --- The gateway --------------------------------------------------------------------------------------------------


def gateway(bench, plain, secret, environment, say):
    """What the gateway costs a client in time, and the host in memory."""
    spec = bench.spec("gateway.yaml", instance(plain, f"  parameters: {{ max_connections: {IDLE_SESSIONS + 50} }}\n"))
    home = bench.ground.folder("h")
    bench.call("apply", "--yes", spec, home=home)
    endpoint, node = ports(home, "one")
    environment = {**environment, "PGPASSWORD": secret}
    common = [bench.binaries / "pgbench", "-h", "127.0.0.1", "-U", "app"]
    bench.children.run([*common, "-p", node, "-q", "-i", "-s", "10", "shop"], environment)
    rates = {endpoint: [], node: []}
    for number in range(PGBENCH_ROUNDS):
        for port in [node, endpoint] if number % 2 == 0 else [endpoint, node]:
            words = [*common, "-p", port, "-n", "-S", "-c", "8", "-j", "2", "-T", "5", "shop"]
            rates[port].append(float(re.search(r"tps = ([\d.]+)", bench.children.run(words, environment).output)[1]))
        say(f"gateway: round {number + 1} of {PGBENCH_ROUNDS}: direct {rates[node][-1]:.0f} /s, endpoint {rates[endpoint][-1]:.0f} /s")
    direct, through = statistics.median(rates[node]), statistics.median(rates[endpoint])
    bench.row(
        "pgbench -S, 8 sessions (bare: direct TCP)", f"{direct:.0f} /s", f"{through:.0f} /s", f"{through / direct:.2f}x",
        "0.8x or more", through / direct >= 0.8,
    )
    cost = idle_memory(bench, home, endpoint, common, environment)
    bench.row(f"memory of the gateway for {IDLE_SESSIONS} idle sessions", "-", f"{cost:.0f} MiB", "-", "100 MiB", cost <= 100)
    bench.destroy(home, ["one"])


def idle_memory(bench, home, endpoint, common, environment):
    """How many MiB the gateway's processes grow by while many sessions are open and do nothing."""
    script = bench.ground.folder("p") / "idle.sql"
    script.write_text(f"\\sleep {IDLE_SECONDS} s\nSELECT 1;\n")
    before = gateway_memory(home)
    words = [*common, "-p", endpoint, "-n", "-f", script, "-c", IDLE_SESSIONS, "-j", "2", "-t", "1", "shop"]
    pgbench = threading.Thread(target=bench.children.run, args=(words, environment))
    pgbench.start()
    most = before
    while pgbench.is_alive():
        most = max(most, gateway_memory(home))
        time.sleep(1)
    return most - before


def gateway_memory(home):
    """The proportional share of memory of all HAProxy processes of a home, in MiB."""
    total = 0
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            words = pathlib.Path(f"/proc/{name}/cmdline").read_bytes().decode(errors="replace")
            if "haproxy" not in words or str(home) not in words:
                continue
            total += int(re.search(r"^Pss:\s+(\d+)", pathlib.Path(f"/proc/{name}/smaps_rollup").read_text(), re.MULTILINE)[1])
        except (OSError, TypeError):
            continue
    return total / 1024


# --- Backups ------------------------------------------------------------------------------------------------------


def backups(bench, plain, environment, say):
    """A base backup and a restore of a gigabyte, beside the bare commands."""
    text = instance(plain, '  backup: { schedule: "0 3 * * *" }\n')
    spec = bench.spec("backup.yaml", text)
    home = bench.ground.folder("h")
    bench.call("apply", "--yes", spec, home=home)
    sockets, node = home / "instances/one/run", ports(home, "one")[1]
    place = ["-h", sockets, "-p", node, "-U", "postgres"]
    say("backup: making a gigabyte of data")
    fill = f"""CREATE TABLE bulk AS SELECT i, md5(i::text) || md5((i * 7)::text) AS random, repeat('the text of a row ', 50) AS text
        FROM generate_series(1, {BACKUP_ROWS}) i; CHECKPOINT"""
    for statement in fill.split(";"):
        bench.children.run([bench.binaries / "psql", "-q", *place, "-d", "shop", "-c", statement], environment, bench.user)
    bare, pgsteer = [], []
    for number in range(BACKUP_ROUNDS):
        sides = [(bare, lambda: bare_backup(bench, place, environment)), (pgsteer, lambda: own_backup(bench, home))]
        for times, measure in sides if number % 2 == 0 else reversed(sides):
            os.sync()
            times.append(measure())
        say(f"backup: round {number + 1} of {BACKUP_ROUNDS}: bare {bare[-1]:.2f} s, pgsteer {pgsteer[-1]:.2f} s")
    size = sum(path.stat().st_size for path in (home / "instances/one/nodes/1/data/base").rglob("*") if path.is_file()) / 1e9
    bench.ratio_row(f"base backup of {size:.1f} GB (bare: pg_basebackup, the same compression)", bare, pgsteer, 1.15, bench.seconds)
    restores(bench, text, home, environment, say)
    bench.destroy(home, ["one"])


def compression(bench):
    """The same as pgsteer chooses (Sources/Providers/Local/Backups/LocalProvider+Backup.swift)."""
    configured = bench.children.run([bench.binaries / "pg_config", "--configure"]).output
    return "client-zstd" if "--with-zstd" in configured and os.access("/usr/bin/zstd", os.X_OK) else "client-gzip:1"


def bare_backup(bench, place, environment):
    folder = bench.ground.folder("b", bench.user)
    words = [
        bench.binaries / "pg_basebackup", f"--pgdata={folder}/data", "--format=tar", "--wal-method=stream",
        "--checkpoint=fast", f"--compress={compression(bench)}", *place,
    ]
    elapsed = bench.children.run(words, environment, bench.user).seconds
    shutil.rmtree(folder)
    return elapsed


def own_backup(bench, home):
    # Checking it is what the bare command does not do; the last one is checked, for the restore.
    return bench.call("backup", "create", "one", "--no-verify", home=home).seconds


def restores(bench, text, home, environment, say):
    """Each side makes a running server of the newest backup and the whole archived log."""
    archive = next(path for path in (home / "backups/one").iterdir())
    backup = sorted(path for path in (archive / "base").iterdir() if not path.name.startswith("."))[-1]
    copy = text.replace("name: one", "name: copy").split("---", 1)[1].replace('backup: { schedule: "0 3 * * *" }', "restore: { from: one }")
    spec = bench.spec("restore.yaml", text + "---" + copy)
    bare, pgsteer = [], []
    for number in range(BACKUP_ROUNDS):
        sides = [
            (bare, lambda: bare_restore(bench, archive, backup, home, environment)),
            (pgsteer, lambda: bench.call("apply", "--yes", spec, home=home).seconds),
        ]
        for times, measure in sides if number % 2 == 0 else reversed(sides):
            os.sync()
            times.append(measure())
        bench.call("destroy", "copy", "--yes", home=home)
        say(f"restore: round {number + 1} of {BACKUP_ROUNDS}: bare {bare[-1]:.2f} s, pgsteer {pgsteer[-1]:.2f} s")
    bench.ratio_row("restore of it, up to the end of the log (bare: tar, pg_ctl start)", bare, pgsteer, 1.15, bench.seconds)


def bare_restore(bench, archive, backup, home, environment):
    """Unpacks, replays, and returns when the server takes writes."""
    folder = bench.ground.folder("b", bench.user)
    data = folder / "data"
    start = time.perf_counter()
    bench.children.run(["/bin/mkdir", "-m", "700", data], environment, bench.user)
    for name, place in [("base.tar", data), ("pg_wal.tar", data / "pg_wal")]:
        packed = next(path for path in (backup / "data").iterdir() if path.name.startswith(name))
        bench.children.run(["/bin/tar", "--extract", f"--file={packed}", f"--directory={place}"], environment, bench.user)
    own = f"""restore_command = 'gzip -d -c {archive}/wal/%f.gz >%p'
recovery_target_timeline = 'latest'
archive_mode = off
listen_addresses = ''
unix_socket_directories = '{folder}'
"""
    script = f"cat >>{data}/conf.d/pgsteer-node.conf <<'END'\n{own}END\n: >{data}/recovery.signal"
    bench.children.run(["/bin/sh", "-c", script], environment, bench.user)
    bench.children.run(
        [bench.binaries / "pg_ctl", "-D", data, "-s", "start", "-w", "-t", "600", "-l", folder / "log"], environment, bench.user,
    )
    port = next(path.name for path in folder.iterdir() if re.fullmatch(r"\.s\.PGSQL\.\d+", path.name))[9:]
    ask = [bench.binaries / "psql", "-qAt", "-h", folder, "-p", port, "-U", "postgres", "-c", "SELECT pg_is_in_recovery()"]
    while bench.children.run(ask, environment, bench.user).output.strip() != "f":
        time.sleep(0.02)
    elapsed = time.perf_counter() - start
    bench.children.run([bench.binaries / "pg_ctl", "-D", data, "-s", "stop", "-m", "immediate"], environment, bench.user)
    bench.ground.clear(folder)
    return elapsed
