"""The plain page keeps to what a strict content policy allows, and never turns text into markup."""

import re
from pathlib import Path

import api

PAGES = Path(api.__file__).parent / "pages"
HTML, CSS, SCRIPT = (PAGES / name for name in ("index.html", "page.css", "page.js"))


def test_the_page_loads_nothing_but_its_own_two_files() -> None:
    html = HTML.read_text(encoding="utf-8")
    assert re.findall(r'(?:src|href)="(?!#|data:,")([^"]*)"', html) == ["pages/page.css", "pages/page.js"]
    assert not re.search(r"https?://|@import|url\(", CSS.read_text(encoding="utf-8"))
    assert not re.search(r"https?://|\bimport\b", SCRIPT.read_text(encoding="utf-8"))


def test_the_page_has_no_inline_script_style_or_event_attribute() -> None:
    html = HTML.read_text(encoding="utf-8")
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", html)
    assert re.findall(r"<script([^>]*)>([^<]*)", html) == [(' src="pages/page.js" defer', "")]


def test_the_script_writes_text_and_never_markup() -> None:
    script = SCRIPT.read_text(encoding="utf-8")
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\b|new Function|\.style\b",
        script,
    )


def test_every_word_on_the_page_is_in_the_dictionary_in_both_languages() -> None:
    script = SCRIPT.read_text(encoding="utf-8")
    shown = set(re.findall(r'data-word="(\w+)"', HTML.read_text(encoding="utf-8")))
    used = set(re.findall(r'word\("([\w.]+)"\)', script))
    words = dict(re.findall(r'(?:^|[\s{,])"?([\w.]+)"?: (\["[^"]*",\s*"[^"]*"\])', script))
    assert shown | used <= set(words)


def test_every_field_has_a_label() -> None:
    html = HTML.read_text(encoding="utf-8")
    fields = set(re.findall(r'<(?:input|select) id="(\w+)"', html))
    assert fields == set(re.findall(r'<label for="(\w+)"', html))


def test_no_field_has_a_name_so_no_form_can_put_a_value_into_an_address() -> None:
    assert not re.search(r"<(?:input|select|textarea|button)[^>]*\sname=", HTML.read_text(encoding="utf-8"))
