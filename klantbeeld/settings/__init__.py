"""The settings of one installation: environment and `.env`, checked once, each value with its origin.

A leaf: imports nothing of ours. What a setting switches on is decided in `klantbeeld.bootstrap`.
"""

from klantbeeld.settings.key_file import master_key
from klantbeeld.settings.problems import SettingsError
from klantbeeld.settings.readers import READERS
from klantbeeld.settings.shown import shown
from klantbeeld.settings.values import PREFIX, Settings, load

__all__ = ["PREFIX", "READERS", "Settings", "SettingsError", "load", "master_key", "shown"]
