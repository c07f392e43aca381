import os
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import environ

from onebox.home import SOCKET_PATH_LIMIT, Home, Lock, postgres_url, private_folder, socket_folder, traversable
from onebox.valkey import Valkey


def test_django_environ_reads_the_socket_folder_from_the_url():
    folder = Path("/srv/a folder/店/run")
    read = environ.Env.db_url_config(postgres_url("dms_app", folder, "dms"))
    assert (read["USER"], read["NAME"], read["HOST"], read["OPTIONS"]) == ("dms_app", "dms", "", {"host": str(folder)})


def test_redis_and_celery_name_the_same_socket(tmp_path):
    valkey = Valkey(Home(tmp_path))
    urls = [urlsplit(valkey.url), urlsplit(valkey.broker_url)]
    assert [url.path for url in urls] == [str(valkey.socket)] * 2
    assert [parse_qs(url.query) for url in urls] == [{"db": ["0"]}, {"virtual_host": ["0"]}]


def test_a_short_socket_path_stays_and_a_long_one_moves():
    short, long = Path("/srv/run"), Path("/srv") / ("x" * 100)
    assert socket_folder(short, "a.sock") == short
    moved = socket_folder(long, "a.sock")
    assert len(os.fsencode(moved / "a.sock")) <= SOCKET_PATH_LIMIT
    assert moved == socket_folder(long, "a.sock")
    assert moved != socket_folder(Path("/srv") / ("y" * 100), "a.sock")


def test_a_private_folder_is_closed_to_others(tmp_path):
    folder = private_folder(tmp_path / "run", os.geteuid())
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_closed_folder_is_not_traversable(tmp_path):
    inner = tmp_path / "closed" / "inner"
    inner.mkdir(parents=True)
    inner.parent.chmod(0o700)
    assert not traversable(inner)


def test_the_second_supervisor_is_told_who_the_first_is(tmp_path):
    home = Home(tmp_path)
    first, second = Lock(home), Lock(home)
    assert (first.take(), second.take()) == (True, False)
    assert second.holder() == str(os.getpid())
    first.release()
    assert second.take()
    second.release()
