"""Cutting a batch into its events, byte for byte."""

import json

import msgspec

_raws = msgspec.json.Decoder(list[msgspec.Raw])


class Unreadable(ValueError):
    """The body is not a JSON array of events. `code` says what is wrong with it."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def cut(body: bytes) -> list[bytes]:
    """The events of a batch as their own bytes. Raises `Unreadable`."""
    try:
        body.decode()
    except UnicodeDecodeError:
        raise Unreadable("bad_encoding") from None
    try:
        return [bytes(item) for item in _raws.decode(body)]
    except RecursionError:
        raise Unreadable("too_deep") from None
    except msgspec.ValidationError:
        raise Unreadable("not_a_batch") from None
    except msgspec.DecodeError:
        return _cut_leniently(body.decode())


def _cut_leniently(text: str) -> list[bytes]:
    """For a batch that holds one event we refuse (half a surrogate pair, NaN): the others must not suffer."""
    decoder, found, at = json.JSONDecoder(), list[bytes](), _after(text, 0)
    if text[at : at + 1] != "[":
        raise Unreadable("bad_json")
    at = _after(text, at + 1)
    try:
        while found or text[at : at + 1] != "]":
            _, end = decoder.raw_decode(text, at)
            found.append(text[at:end].encode())
            at = _after(text, end)
            if text[at : at + 1] == "]":
                break
            if text[at : at + 1] != ",":
                raise Unreadable("bad_json")
            at = _after(text, at + 1)
    except RecursionError:
        raise Unreadable("too_deep") from None
    except ValueError:
        raise Unreadable("bad_json") from None
    if _after(text, at + 1) != len(text):
        raise Unreadable("bad_json")
    return found


def _after(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at
