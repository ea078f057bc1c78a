"""Everything that runs on this machine, started and stopped together: `manage.py up`.

Plain Python without Django, so that the process that only watches stays small.
"""
