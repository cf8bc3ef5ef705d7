"""The one error of the stack."""


class StackError(Exception):
    """The stack cannot do what it was asked. The message is one line and names the mend."""
