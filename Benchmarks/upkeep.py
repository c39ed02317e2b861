"""What a loop costs while nothing is to be done: one round over many objects, and staying idle. Part of `run`."""

import json
import os
import pathlib
import statistics
import subprocess
import time

INSTANCES = 20
# Of each instance; with the instance itself that makes a thousand objects.
ACCOUNTS, GRANTS, PARAMETERS = 20, 17, 12
INTERVAL = 30
# Whole intervals, so that each instance is looked at equally often.
IDLE_INTERVALS = 8
WAIT_SECONDS = 120


def objects():
    return INSTANCES * (1 + ACCOUNTS + GRANTS + PARAMETERS)


def specification(fleet, major):
    """Instances with accounts, of which most may do something in a database, and parameters."""
    parameters = [
        "max_connections: 12", "shared_buffers: 16MB", "work_mem: 2MB", "maintenance_work_mem: 32MB", "temp_buffers: 2MB",
        "random_page_cost: 1.5", "effective_cache_size: 256MB", "statement_timeout: 10min", "lock_timeout: 1min",
        "deadlock_timeout: 2s", "default_statistics_target: 50", "log_min_duration_statement: 5s",
    ]
    assert len(parameters) == PARAMETERS
    text = fleet
    for number in range(1, INSTANCES + 1):
        text += f"""\
---
apiVersion: pgsteer/v1
kind: Instance
metadata: {{ name: kept-{number:02} }}
spec:
  version: {major}
  parameters: {{ {", ".join(parameters)} }}
  databases: [{{ name: shop }}]
  protection: {{ deletion: false }}
  accounts:
"""
        for account in range(1, ACCOUNTS + 1):
            grants = "" if account > GRANTS else ", grants: [{ database: shop, privileges: [CONNECT, TEMPORARY] }]"
            text += f"    - {{ name: role_{account:02}, login: false, remark: a role{grants} }}\n"
    return text


def measure(bench, fleet, say):
    spec, home = bench.spec("kept.yaml", specification(fleet, bench.options.major)), bench.ground.folder("h")
    say(f"upkeep: making {INSTANCES} instances with {objects()} objects")
    bench.call("apply", "--yes", spec, home=home)
    bench.call("plan", "--detailed-exitcode", spec, home=home)
    rounds = [bench.call("run", "--once", spec, home=home) for _ in range(max(3, bench.options.rounds))]
    title = f"a round of the loop over {objects()} objects, {INSTANCES} instances, nothing to do"
    seconds, memory = statistics.median(each.seconds for each in rounds), max(each.memory for each in rounds)
    bench.row(title, "-", f"{seconds:.2f} s", "-", "2 s", seconds <= 2)
    bench.row("the same: peak memory", "-", f"{memory:.0f} MiB", "-", "100 MiB", memory <= 100)
    share, peak = idle(bench, spec, home, say)
    bench.row(f"a loop that stays idle, a look every {INTERVAL} s: of one core", "-", f"{share:.2f} %", "-", "2 %", share < 2)
    bench.row("the same: peak memory", "-", f"{peak:.0f} MiB", "-", "100 MiB", peak <= 100)
    bench.destroy(home, [f"kept-{number:02}" for number in range(1, INSTANCES + 1)])


def idle(bench, spec, home, say):
    """Processor time of the loop's process and of the children that it has waited for, as a share of one core; and its
    peak memory in MiB."""
    words = [bench.pgsteer, "run", str(spec), "--home", str(home), "--interval", f"{INTERVAL}s"]
    loop = subprocess.Popen(words, env=bench.environment, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        await_settled(home, loop)
        # The first looks are not those of a loop that has been running for long.
        time.sleep(INTERVAL)
        begin, before = time.monotonic(), processor_seconds(loop.pid)
        time.sleep(INTERVAL * IDLE_INTERVALS)
        share = 100 * (processor_seconds(loop.pid) - before) / (time.monotonic() - begin)
        say(f"upkeep: {share:.2f} % of one core over {INTERVAL * IDLE_INTERVALS} s")
        status = pathlib.Path(f"/proc/{loop.pid}/status").read_text()
        peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
        return share, peak / 1024
    finally:
        loop.terminate()
        loop.wait()


def await_settled(home, loop):
    """Waits until the loop has found every instance as it should be."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline and loop.poll() is None:
        try:
            instances = json.loads((home / "loop/status.json").read_text())["instances"]
            ready = [each for each in instances if any(c["type"] == "Ready" and c["isTrue"] for c in each["conditions"])]
            if len(ready) == INSTANCES:
                return
        except (OSError, ValueError, KeyError):
            pass
        time.sleep(0.5)
    raise TimeoutError("the loop did not find its instances ready")


def processor_seconds(process):
    """User and system time, with that of children that have ended (proc(5), fields 14 to 17)."""
    text = pathlib.Path(f"/proc/{process}/stat").read_text()
    return sum(map(int, text[text.rindex(")") + 2:].split()[11:15])) / os.sysconf("SC_CLK_TCK")
