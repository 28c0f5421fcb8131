"""A one-node Slurm of our own, for as long as the tests run.

Needs what Debian's ``slurm-wlm`` and ``munge`` install, root, and a machine on which no Slurm is set
up. Slurm reads its settings from /etc/slurm/slurm.conf alone (a path in the environment is lost on
the way to ``srun``), so that one file is written, and removed again; all else, munge's key and
socket included, lies in a temporary folder.
"""

import contextlib
import ctypes
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import psutil

CONF = Path("/etc/slurm/slurm.conf")
MARK = "# Written by Widthwise's tests, process {pid}; removed when they end.\n"
DAEMONS = ("munged", "slurmctld", "slurmd")

SETTINGS = """\
ClusterName={cluster}
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
ReturnToService=2
KillWait=10
MinJobAge=3600
SchedulerParameters=batch_sched_delay=0,sched_interval=2
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
SlurmdParameters=config_overrides # CPUs as told here, whatever the machine has
NodeName={host} NodeAddr=127.0.0.1 CPUs=4 RealMemory={memory}
PartitionName=tests Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


def missing():
    """Why no cluster can be started here (str), or None."""
    absent = [name for name in DAEMONS if not shutil.which(name)]
    if absent:
        return f"{', '.join(absent)} not installed (Debian: slurm-wlm, munge)"
    if os.geteuid() != 0:
        return "starting Slurm's daemons takes root"
    if CONF.exists():
        ours = re.match(MARK.replace("{pid}", r"(\d+)"), CONF.read_text())
        if not ours or psutil.pid_exists(int(ours[1])):
            return f"a Slurm is set up here already ({CONF}); it is left alone"
    return None


def end_with_parent():
    """In the child: receive SIGTERM when the tests end, so that not even kill -9 of them leaves it behind."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG, linux/prctl.h


def _kill_jobs_of(cluster):
    """End processes that left the process tree by which Slurm, without control groups, finds its own."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get("SLURM_CLUSTER_NAME") == cluster:
                process.kill()


def wait_for(condition, seconds, message):
    """Poll ``condition`` until it returns something true, and return that; fail after ``seconds``."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.2)
    raise AssertionError(message() if callable(message) else message)


class Slurm:
    """A running cluster, asked through Slurm's own commands."""

    def ask(self, *command):
        """The standard output (str) of one of Slurm's commands."""
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=30).stdout

    def jobs(self):
        """What Slurm knows of each job, ended ones too: list of {field: text} as ``scontrol`` names them."""
        lines = self.ask("scontrol", "show", "job", "--oneliner").splitlines()
        return [dict(re.findall(r"(\S+?)=(\S*)", line)) for line in lines if line.startswith("JobId=")]


@contextlib.contextmanager
def started():
    """Start the daemons; yields a ``Slurm``, and leaves nothing of it behind.

    Raises RuntimeError where ``missing`` says why it cannot.
    """
    if reason := missing():
        raise RuntimeError(reason)
    folder = Path(tempfile.mkdtemp(prefix="widthwise-slurm-"))
    folder.chmod(0o755)  # munge wants its socket reachable and its folder writable by the owner alone
    cluster_name = folder.name
    host = socket.gethostname().partition(".")[0]
    memory = psutil.virtual_memory().total // 2**20
    CONF.parent.mkdir(exist_ok=True)
    CONF.write_text(
        MARK.format(pid=os.getpid())
        + SETTINGS.format(cluster=cluster_name, host=host, folder=folder, memory=memory)
    )
    key = folder / "munge.key"
    key.touch(0o600)
    key.write_bytes(os.urandom(1024))
    munged = ["munged", "--foreground", f"--key-file={key}", f"--socket={folder}/munge.socket"]
    munged += [f"--{name}-file={folder}/munged.{name}" for name in ("pid", "log", "seed")]
    daemons = []

    def start(command):
        with (folder / f"{command[0]}.out").open("w") as output:
            daemons.append(
                subprocess.Popen(command, stdout=output, stderr=output, preexec_fn=end_with_parent)
            )

    def logs():
        return "\n".join(f"{path}:\n{path.read_text()[-2000:]}" for path in folder.glob("*.[lo][ou][gt]"))

    cluster = Slurm()
    try:
        start(munged)
        wait_for((folder / "munge.socket").exists, 20, logs)
        start(["slurmctld", "-D"])
        start(["slurmd", "-D"])
        wait_for(lambda: "idle" in subprocess.getoutput("sinfo --noheader --format=%T"), 60, logs)
        yield cluster
        subprocess.run(["scancel", "--user=root"], check=False, timeout=30)
        wait_for(lambda: not cluster.ask("squeue", "--noheader"), 60, "jobs outlived the tests")
    finally:
        for daemon in reversed(daemons):
            daemon.terminate()
            try:
                daemon.wait(20)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()
        _kill_jobs_of(cluster_name)
        CONF.unlink(missing_ok=True)
        shutil.rmtree(folder, ignore_errors=True)
