import os
import subprocess
import sys
import time

from onebox.postgres import alive_postgres, clear_stale_pid


def write_pid(folder, pid):
    (folder / "postmaster.pid").write_text(f"{pid}\n{folder}\n")


def test_a_pid_file_of_a_stranger_is_stale(tmp_path):
    write_pid(tmp_path, os.getpid())
    assert clear_stale_pid(tmp_path) is None
    assert not (tmp_path / "postmaster.pid").exists()


def test_a_pid_file_of_a_zombie_is_stale(tmp_path):
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        time.sleep(0.3)  # ended, and nobody has asked how
        write_pid(tmp_path, ended.pid)
        assert clear_stale_pid(tmp_path) is None
    assert not (tmp_path / "postmaster.pid").exists()


def test_an_empty_pid_file_is_stale_and_a_missing_one_is_fine(tmp_path):
    (tmp_path / "postmaster.pid").write_text("")
    assert clear_stale_pid(tmp_path) is None
    assert clear_stale_pid(tmp_path) is None


def test_a_running_postgres_is_found_by_its_name(tmp_path):
    program = tmp_path / "postgres"
    program.symlink_to("/bin/sleep")
    with subprocess.Popen([program, "30"]) as running:
        time.sleep(0.2)
        write_pid(tmp_path, running.pid)
        assert clear_stale_pid(tmp_path) == running.pid
        running.kill()
    assert not alive_postgres(running.pid)
