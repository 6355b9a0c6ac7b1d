"""Who has a run or a shard, and when somebody else may take it."""

import asyncio
import os
import subprocess
import sys
import threading
import time
from dataclasses import replace

import pytest
from provider_sdk.bulk.errors import BulkInputError, LeaseLostError, RunBusyError
from provider_sdk.bulk.store import Journal, Lease, RunLock
from provider_sdk.bulk.store.claims import BEAT_S, LIMIT_S, Claims, Silence
from provider_sdk.bulk.store.processes import Process

from ._bulk_store import answer, new_journal

HERE = Process.current()
FAR = replace(HERE, host="elsewhere")


class Clock:
    """A clock that only the test moves."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        """The seconds since the test began."""
        return self.now

    def sleep(self, seconds):
        """Wait without waiting."""
        self.now += seconds


def ended():
    """A process that was here and has ended."""
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return replace(HERE, pid=child.pid, started="1")


def machine(folder, pid, *, boot="b1", pids="pid:[1]", started="100"):
    """A folder as Linux shows its processes in ``/proc``."""
    (folder / "sys/kernel/random").mkdir(parents=True)
    (folder / "sys/kernel/random/boot_id").write_text(f"{boot}\n")
    (folder / "self/ns").mkdir(parents=True)
    (folder / "self/ns/pid").symlink_to(pids)
    (folder / str(pid)).mkdir()
    fields = ["0"] * 18 + [started, "0"]
    (folder / str(pid) / "stat").write_text(f"{pid} (a) b (c) S {' '.join(fields)}\n")
    return folder


def test_this_process_is_not_dead():
    """By what the system shows."""
    assert not HERE.is_dead()


def test_a_process_that_ended_is_dead():
    """Its number is not in use."""
    assert ended().is_dead()


def test_a_process_of_an_earlier_start_of_the_machine_is_dead(tmp_path):
    """Whatever has its number now."""
    pid = os.getpid()
    then = Process.current(machine(tmp_path / "then", pid))
    now = machine(tmp_path / "now", pid, boot="b2")

    assert then.is_dead(now)


def test_a_process_whose_number_was_given_to_another_is_dead(tmp_path):
    """The other was started at another time."""
    pid = os.getpid()
    then = Process.current(machine(tmp_path / "then", pid))
    now = machine(tmp_path / "now", pid, started="200")

    assert then.is_dead(now)
    assert not then.is_dead(tmp_path / "then")


def test_nothing_is_known_of_another_machine(tmp_path):
    """Its processes have numbers of their own."""
    assert not replace(ended(), host="elsewhere").is_dead()


def test_nothing_is_known_of_another_container(tmp_path):
    """On one machine under one name, numbers may count in another namespace."""
    gone = ended().pid
    then = replace(Process.current(machine(tmp_path / "then", os.getpid())), pid=gone)
    now = machine(tmp_path / "now", os.getpid(), pids="pid:[2]")

    assert not then.is_dead(now)
    assert then.is_dead(tmp_path / "then")


def test_a_system_that_shows_nothing_tells_by_the_number_alone(tmp_path):
    """As other systems than Linux."""
    here = Process.current(tmp_path)

    assert (here.boot, here.pids, here.started) == ("", "", "")
    assert not here.is_dead(tmp_path)
    assert replace(here, pid=ended().pid).is_dead(tmp_path)


def test_a_number_that_no_process_has_decides_nothing():
    """It was not written by this program."""
    assert not replace(HERE, pid=2**70).is_dead()


# Leases


def test_a_shard_is_taken_once(tmp_path):
    """The second worker is told that it is taken."""
    lease = Lease.take(tmp_path, 3)

    assert (lease.shard, lease.fence) == (3, 1)
    assert Lease.take(tmp_path, 3) is None
    assert Lease.take(tmp_path, 4).fence == 1


def test_a_shard_given_back_can_be_taken(tmp_path):
    """With the next number, also after a second release."""
    lease = Lease.take(tmp_path, 0)
    lease.release()
    lease.release()

    assert Lease.take(tmp_path, 0).fence == 2


def test_a_dead_owner_has_no_shard(tmp_path):
    """Nobody waits for its heartbeat."""
    Lease.take(tmp_path, 0, owner=ended())

    assert Lease.take(tmp_path, 0).fence == 2


def test_a_lost_owner_has_no_shard(tmp_path):
    """Whoever started it knows that it is lost."""
    Lease.take(tmp_path, 0, owner=FAR)

    assert Lease.take(tmp_path, 0, force=True).fence == 2


def test_a_silent_owner_loses_its_shard(tmp_path):
    """After a minute in which it was watched, by the clock of who watches."""
    clock = Clock()
    silence = Silence(clock)
    Lease.take(tmp_path, 0, owner=FAR)

    assert Lease.take(tmp_path, 0, silence=silence) is None
    clock.now += LIMIT_S
    assert Lease.take(tmp_path, 0, silence=silence) is None
    clock.now += 1
    assert Lease.take(tmp_path, 0, silence=silence).fence == 2


def test_a_heartbeat_keeps_a_shard(tmp_path):
    """However long it takes."""
    clock = Clock()
    silence = Silence(clock)
    lease = Lease.take(tmp_path, 0, owner=FAR)
    for _ in range(100):
        assert Lease.take(tmp_path, 0, silence=silence) is None
        clock.now += LIMIT_S
        lease.beat()


def test_times_of_other_machines_do_not_count(tmp_path):
    """A file of last century is as new as it is seen."""
    Lease.take(tmp_path, 0, owner=FAR)
    os.utime(tmp_path / "000000.lease.1", (0, 0))

    assert Lease.take(tmp_path, 0, silence=Silence(Clock())) is None


def test_a_lost_shard_has_no_heartbeat(tmp_path):
    """Its worker hears that it lost it, and changes nothing of the new owner's."""
    old = Lease.take(tmp_path, 0)
    Lease.take(tmp_path, 0, force=True)
    files = {each.name: each.read_bytes() for each in tmp_path.iterdir()}

    with pytest.raises(LeaseLostError, match="another process has taken over"):
        old.beat()
    old.release()

    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == files
    assert list(files) == ["000000.lease.2"]


def test_a_lease_that_was_removed_is_lost(tmp_path):
    """Its file is not made again."""
    lease = Lease.take(tmp_path, 0)
    (tmp_path / "000000.lease.1").unlink()

    with pytest.raises(LeaseLostError):
        lease.beat()
    assert list(tmp_path.iterdir()) == []


def test_a_lease_with_a_later_one_beside_it_is_lost(tmp_path):
    """As in the moment before the new owner removes it."""
    lease = Lease.take(tmp_path, 0)
    (tmp_path / "000000.lease.2").touch()

    with pytest.raises(LeaseLostError):
        lease.beat()


def test_a_claim_is_made_once(tmp_path):
    """Of two that want the same number, one gets it."""
    claims = Claims(tmp_path, "lock", HERE)

    assert claims.make(1)
    assert not claims.make(1)


def test_a_claim_that_others_have_passed_is_not_made(tmp_path):
    """Who was stopped between looking and claiming has slept through a whole claim of others."""
    late, other = Claims(tmp_path, "x", HERE), Claims(tmp_path, "x", FAR)
    assert late.highest().number == 0
    assert other.make(1)
    other.write(1, 1, is_released=True)
    assert other.make(2)

    assert not late.make(1)
    assert [each.name for each in tmp_path.iterdir()] == ["x.2"]


def test_one_of_many_takes_a_shard(tmp_path):
    """Though all see at the same moment that its owner is dead."""
    Lease.take(tmp_path, 0, owner=ended())
    begin = threading.Barrier(8)
    found = []

    def take():
        begin.wait()
        found.append(Lease.take(tmp_path, 0))

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [lease.fence for lease in found if lease] == [2]


async def test_a_worker_that_wakes_late_cannot_write(tmp_path):
    """The journal knows the number of the new lease."""
    path = new_journal(tmp_path)
    old = Lease.take(path.parent, 0)
    sleeping = Journal.open(path, fence=old.fence)
    new = Lease.take(path.parent, 0, force=True)
    async with Journal.open(path, fence=new.fence) as journal:
        await journal.record(answer(0))
        with pytest.raises(LeaseLostError):
            await sleeping.record(answer(1))

        assert journal.ended() == {0}
    await sleeping.aclose()


async def test_a_heart_beats_until_the_lease_is_lost(tmp_path):
    """In a task of its own."""
    lease = Lease.take(tmp_path, 0)
    before = (tmp_path / "000000.lease.1").read_bytes()
    beating = asyncio.create_task(lease.keep_beating(0.001))
    for _ in range(1000):
        await asyncio.sleep(0.001)
        if (after := (tmp_path / "000000.lease.1").read_bytes()) != before:
            break
    Lease.take(tmp_path, 0, force=True)

    with pytest.raises(LeaseLostError):
        await asyncio.wait_for(beating, 30)
    assert after != before


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"owner": null}', b'{"owner": {"pid": "x", "host": 1}, "released": true}'],
)
def test_a_claim_that_cannot_be_read_is_somebodys(tmp_path, content):
    """Its maker may have been killed before it wrote; it counts as silent after a minute."""
    (tmp_path / "000000.lease.5").write_bytes(content)
    clock = Clock()
    silence = Silence(clock)

    assert Lease.take(tmp_path, 0, silence=silence) is None
    clock.now += LIMIT_S + 1
    assert Lease.take(tmp_path, 0, silence=silence).fence == 6


def test_other_files_are_no_claims(tmp_path):
    """Only numbers count."""
    for name in ("000000.lease.x", "000000.lease.", "000000.lease.-7", "000000.lease.٣", "x.9"):
        (tmp_path / name).touch()

    assert Lease.take(tmp_path, 0).fence == 1


def test_a_pipe_is_no_claim(tmp_path):
    """Nobody waits for what it might say."""
    os.mkfifo(tmp_path / "000000.lease.1")

    with pytest.raises(BulkInputError, match="not a file"):
        Lease.take(tmp_path, 0)


def test_a_folder_that_is_missing_is_told(tmp_path):
    """Such as one that was unmounted."""
    with pytest.raises(BulkInputError, match="cannot be read: No such file"):
        Lease.take(tmp_path / "missing", 0)


# The lock of a run


def test_a_second_process_is_refused(tmp_path):
    """It is told who is there, and what to do."""
    lock = RunLock.take(tmp_path)

    with pytest.raises(RunBusyError) as raised:
        RunLock.take(tmp_path)

    assert str(raised.value) == (
        f"process {os.getpid()} on {HERE.host} is at this run. Wait for its end, or end it. "
        f"If it is gone for sure, delete {tmp_path / 'lock.1'}."
    )
    assert RunLock.holder(tmp_path) == HERE
    lock.release()
    lock.release()


def test_a_run_given_back_can_be_taken(tmp_path):
    """By the next process, or the same."""
    with RunLock.take(tmp_path):
        pass
    assert RunLock.holder(tmp_path) is None
    with RunLock.take(tmp_path):
        assert [each.name for each in tmp_path.iterdir()] == ["lock.2"]


def test_a_run_that_nobody_took_has_no_holder(tmp_path):
    """Its folder is empty."""
    assert RunLock.holder(tmp_path) is None


def test_a_dead_holder_has_no_run(tmp_path):
    """As after a kill: nobody has to delete anything."""
    Claims(tmp_path, "lock", ended()).make(1)

    assert RunLock.holder(tmp_path) is None
    with RunLock.take(tmp_path):
        assert RunLock.holder(tmp_path) == HERE


def test_a_holder_elsewhere_that_shows_no_life_loses_the_run(tmp_path):
    """It was watched for a minute."""
    clock = Clock()
    Claims(tmp_path, "lock", FAR).make(1)

    with RunLock.take(tmp_path, sleep=clock.sleep, silence=Silence(clock)):
        assert clock.now > LIMIT_S


def test_a_holder_elsewhere_that_lives_keeps_the_run(tmp_path):
    """The other process is refused at its first sign of life."""
    clock = Clock()
    claims = Claims(tmp_path, "lock", FAR)
    claims.make(1)

    def sleep(seconds):
        clock.sleep(seconds)
        if clock.now > BEAT_S:
            claims.write(1, 1)

    with pytest.raises(RunBusyError, match=f"process {FAR.pid} on elsewhere is at this run"):
        RunLock.take(tmp_path, sleep=sleep, silence=Silence(clock))
    assert clock.now < 2 * BEAT_S


def test_a_holder_that_is_not_known_is_told_so(tmp_path):
    """Its file changed, but says nothing."""
    (tmp_path / "lock.1").write_bytes(b"")

    with pytest.raises(RunBusyError, match=r"^another process is at this run"):
        RunLock.take(tmp_path, sleep=lambda _: (tmp_path / "lock.1").write_bytes(b"x") and None)


def test_one_of_two_that_see_a_dead_holder_takes_the_run(tmp_path):
    """The other one is refused, and nothing that the first one made is removed."""
    Claims(tmp_path, "lock", ended()).make(1)
    begin = threading.Barrier(4)
    taken, refused = [], []

    def take():
        begin.wait()
        try:
            taken.append(RunLock.take(tmp_path))
        except RunBusyError:
            refused.append(1)

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(taken), len(refused)) == (1, 3)
    taken[0].release()


def beat_on(lock):
    """Wait for two more heartbeats."""
    enough = lock.beats + 2
    for _ in range(30_000):
        if lock.beats >= enough:
            return
        time.sleep(0.001)
    raise AssertionError("it does not beat")


def test_a_holder_shows_that_it_lives(tmp_path):
    """In a thread, so that a busy event loop does not matter."""
    with RunLock.take(tmp_path, every_s=0.001) as lock:
        before = (tmp_path / "lock.1").read_bytes()
        beat_on(lock)

        assert (tmp_path / "lock.1").read_bytes() != before
        lock.check()


def test_a_holder_whose_run_was_taken_over_hears_it(tmp_path):
    """As after its machine slept; what it then gives back is nothing of the other's."""
    with RunLock.take(tmp_path, every_s=0.001) as lock:
        Claims(tmp_path, "lock", FAR).make(2)
        beat_on(lock)

        with pytest.raises(RunBusyError, match="another process has taken this run over"):
            lock.check()
    assert RunLock.holder(tmp_path) == FAR


def test_a_heartbeat_that_cannot_be_written_ends_nothing(tmp_path):
    """It is one that is missing."""
    with RunLock.take(tmp_path, every_s=0.001) as lock:
        file = tmp_path / "lock.1"
        (tmp_path / "link").symlink_to(tmp_path / "aside")
        (tmp_path / "link").rename(file)
        beat_on(lock)

        lock.check()
        file.unlink()


def test_a_claim_that_cannot_be_written_holds_up_nobody(tmp_path):
    """An empty file would keep others waiting for a minute."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        with pytest.raises(BulkInputError, match="cannot be written: File too large"):
            Lease.take(tmp_path, 0)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    assert list(tmp_path.iterdir()) == []


def test_a_claim_that_cannot_be_made_is_told(tmp_path):
    """A link in its place is not followed."""
    claims = Claims(tmp_path / "missing", "lock", HERE)

    with pytest.raises(BulkInputError, match="cannot be made: No such file"):
        claims.make(1)
