"""Writes the rows of a release, once, on the day it is made:

    DMS_RELEASE=0.2.0 python3 run.py test tests/upgrade/write_release.py -n 0

Pytest runs this file only when it is named. The zip file it makes is committed with the release.
"""

import os
from pathlib import Path
from typing import Any

import pytest

#: Few cars keep the file small; today's orders stand in every stage all the same.
CARS = 120


def test_write_the_release(db: Any, release_data: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from portal.demo import fill

    monkeypatch.setattr(fill, "CARS", CARS)
    fill.fill(20261122)
    file = Path(__file__).parent / f"{os.environ['DMS_RELEASE']}.zip"
    assert not file.exists(), "a release is written once"
    assert release_data.save(file) > 50
