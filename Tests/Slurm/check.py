"""A report on many machines under a real Slurm: one node, several tasks, some of them killed; the bytes must be those of one process.

    make test-slurm

Slurm and MUNGE are started for this alone, with their own configuration, keys, ports and folders below a temporary folder, and stopped
again: a Slurm that this machine is part of is not touched.
"""
import argparse
import contextlib
import filecmp
import os
import pathlib
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time

SHARDS = 4
IMAGES = 1600
SIDE = 32
PATIENCE = 900


def fail(text):
    raise SystemExit(f"test-slurm: {text}")


def say(text):
    print(text, flush=True)


def run(words, cwd=None, check=True):
    done = subprocess.run([str(word) for word in words], cwd=cwd, capture_output=True, text=True)
    if check and done.returncode:
        fail(f"{' '.join(map(str, words[:4]))} exited {done.returncode}: {done.stderr.strip()}")
    return done


def wait(what, condition, patience=PATIENCE):
    """What `condition` returns, as soon as that is something."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.05)
    fail(f"waited {patience} s in vain for {what}")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def slurm(folder):
    """A Slurm of one node whose files all lie in `folder`."""
    for name in ("state", "spool"):
        (folder / name).mkdir(parents=True)
    key = folder / "munge.key"
    key.write_bytes(os.urandom(1024))
    key.chmod(0o600)
    host = socket.gethostname().split(".")[0]
    conf = folder / "slurm.conf"
    user = subprocess.run(["id", "-un"], capture_output=True, text=True).stdout.strip()
    conf.write_text(f"""
ClusterName=vitrine
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
SlurmctldPort={free_port()}
SlurmdPort={free_port()}
AuthType=auth/munge
CredType=cred/munge
# A task that is put back begins again once credentials have run out.
AuthInfo=socket={folder}/munge.sock,cred_expire=3
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=2,bf_interval=2
SlurmdParameters=config_overrides
ReturnToService=2
KillWait=2
NodeName={host} NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
""")
    os.environ["SLURM_CONF"] = str(conf)
    daemons = []
    environment = {**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"}

    def start(*words):
        log = open(folder / f"{words[0]}.out", "w")
        daemons.append(subprocess.Popen(words, stdout=log, stderr=log, env=environment))

    try:
        start("munged", "--foreground", "--force", f"--key-file={key}", f"--socket={folder}/munge.sock", f"--pid-file={folder}/munged.pid",
              f"--log-file={folder}/munged.log", f"--seed-file={folder}/munge.seed")
        wait("munged", (folder / "munge.sock").exists, 20)
        start("slurmctld", "-D", "-f", str(conf))
        start("slurmd", "-D", "-f", str(conf), "-N", host)
        wait("the node", lambda: run(["sinfo", "-h", "-o", "%T"], check=False).stdout.strip() == "idle", 60)
        yield
    finally:
        run(["scancel", f"--user={user}"], check=False)
        for daemon in reversed(daemons):
            daemon.terminate()
        for daemon in daemons:
            with contextlib.suppress(subprocess.TimeoutExpired):
                daemon.wait(15)
            daemon.kill()


def make_world(vitrine, folder):
    """A small network, trained for an epoch on a few images of noise, and many such images."""
    chance = random.Random(0)
    for number in range(IMAGES):
        place = folder / "images" / f"class{number % 4}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{number:04}.ppm").write_bytes(b"P6 %d %d 255\n" % (SIDE, SIDE) + chance.randbytes(3 * SIDE * SIDE))
    run([vitrine, "train", "--architecture", "cifar_resnet14", "--input-size", SIDE, "--images", folder / "images", "--epochs", 1,
         "--batch", 64, "--out", folder / "network", "--quiet"])


def report(folder):
    return ["report", folder / "network" / "model.safetensors", "--images", folder / "images", "--layers", "layer3", "--units", "0-15",
            "--classes", "0-1", "--window", 16, "--steps", 200, "--no-early-stop", "--run", "run", "--out", "site", "--quiet"]


def process(part, shard):
    """The process that works on a shard, once it has begun."""
    if not pathlib.Path(f"run-shards/{part}/{shard}-of-{SHARDS}/state/shard").exists():
        return None
    wanted = ["--part", part, "--shard", f"{shard}/{SHARDS}"]
    for entry in pathlib.Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and (entry / "cmdline").read_text().split("\0")[-5:-1] == wanted:
                return int(entry.name)
    return None


def submitted(text, name):
    return next(line.split()[-1] for line in text.splitlines() if line.startswith(name))


def finished():
    wait("the end of the jobs", lambda: run(["squeue", "-h"], check=False).stdout.strip() == "")


def expect_log(name, job, text):
    log = pathlib.Path(f"jobs/log/vitrine-{name}-{job}.txt")
    found = log.read_text() if log.exists() else "nothing"
    if text not in found:
        fail(f"{log} says {found!r}, not {text!r}")


def expect_same(one, other):
    names = [sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and path.name != ".lock")
             for folder in (one, other)]
    if names[0] != names[1]:
        fail(f"{other} has other files than {one}: {sorted(set(names[0]) ^ set(names[1]))[:9]}")
    _, different, unread = filecmp.cmpfiles(one, other, names[0], shallow=False)
    if different or unread:
        fail(f"{other} has other bytes than {one}: {(different + unread)[:9]}")
    say(f"{len(names[0])} files of {other} are those of one process, byte for byte")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--vitrine", required=True)
    vitrine = pathlib.Path(parser.parse_args().vitrine).resolve()
    with tempfile.TemporaryDirectory(prefix="vitrine-slurm-") as name:
        folder = pathlib.Path(name).resolve()
        # MUNGE wants to know who can look at its socket.
        folder.chmod(0o755)
        os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
        make_world(vitrine, folder)
        for place in ("whole", "shared"):
            (folder / place).mkdir()
        run([vitrine, *report(folder)], cwd=folder / "whole")
        with slurm(folder / "slurm"):
            os.chdir(folder / "shared")
            jobs = run([vitrine, "submit", "--shards", SHARDS, "--to", "jobs", "--cpus", 1, "--now", "--", *report(folder)]).stdout
            # A task dies: what joins the shards names it, and what would come after that does not begin.
            os.kill(wait("shard 2 of the images", lambda: process("images", 2)), signal.SIGKILL)
            finished()
            expect_log("3-seen", submitted(jobs, "3-seen.sh"),
                       f"2/{SHARDS} in run-shards/images/2-of-{SHARDS} was stopped before it was finished")
            if pathlib.Path("run/state/sweep").exists() or list(pathlib.Path("jobs/log").glob("vitrine-[4567]*")):
                fail("something went on without a shard")
            say("a killed task was named")
            # That one again. Of the prototypes, one task is put back into the queue and another is cancelled.
            jobs = run(["sh", "jobs/submit.sh", 2, 2]).stdout
            prototypes = submitted(jobs, "6-prototypes.sh")
            wait("shard 1 of the prototypes", lambda: process("prototypes", 1))
            run(["scancel", f"{prototypes}_1"])
            wait("shard 3 of the prototypes", lambda: process("prototypes", 3))
            run(["scontrol", "requeue", f"{prototypes}_3"])
            finished()
            expect_log("7-end", submitted(jobs, "7-end.sh"),
                       f"1/{SHARDS} in run-shards/prototypes/1-of-{SHARDS} was stopped before it was finished")
            say("a cancelled task was named, one that was put back went on")
            run(["sh", "jobs/submit.sh", 6, 1])
            finished()
            expect_same(folder / "whole" / "run", folder / "shared" / "run")
            expect_same(folder / "whole" / "site", folder / "shared" / "site")
            os.chdir("/")


if __name__ == "__main__":
    sys.exit(main())
