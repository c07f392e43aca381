#!/usr/bin/env python3
"""Django's command line. A newcomer starts with `python3 run.py` instead."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dms.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
