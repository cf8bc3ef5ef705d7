"""The embedded PostgreSQL: one server a data folder, shared by all our processes that work on it.

Here live its start, its sharing and its end. What is stored in it, and how one talks to it, lives elsewhere:
this package imports nothing of ours and no database driver.
"""

from klantbeeld.postgres_server.accounts import let_server_pass
from klantbeeld.postgres_server.errors import ServerError
from klantbeeld.postgres_server.launcher import Server, running
from klantbeeld.postgres_server.watching import is_gone, is_kept

__all__ = ["Server", "ServerError", "is_gone", "is_kept", "let_server_pass", "running"]
