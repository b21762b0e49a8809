"""Tests of the language marks on passages that are not in the language of their page."""

from __future__ import annotations

import pytest

from chalicelib.web.pages.language_tags import with_language_tags

STORY = "洗衣机坏了，20天就漏水！商家不退。"


@pytest.mark.parametrize(
    ("language", "page", "wanted"),
    [
        ("en", f"<p>{STORY}</p>", f'<p><span lang="zh-CN">{STORY}</span></p>'),
        (
            "en",
            "<b>from 梧桐家电, by Sunday</b>",
            '<b>from <span lang="zh-CN">梧桐家电</span>, by Sunday</b>',
        ),
        ("en", "<li>Civil Code (民法典)</li>", '<li>Civil Code (<span lang="zh-CN">民法典</span>)</li>'),
        ("en", '<option value="zh">简体中文</option>', '<option lang="zh-CN" value="zh">简体中文</option>'),
        ("en", "<option>Civil Code (民法典)</option>", "<option>Civil Code (民法典)</option>"),
        ("zh", "<p>It leaks, sir.</p>", '<p><span lang="en">It leaks, sir.</span></p>'),
        ("zh", "<label> English </label>", '<label> <span lang="en">English</span> </label>'),
        ("zh", "<p>Dear 王芳, it is late.</p>", '<p><span lang="en">Dear 王芳, it is late.</span></p>'),
    ],
)
def test_a_passage_in_another_language_says_which(language: str, page: str, wanted: str) -> None:
    """Marks go on people's words, names and titles of laws in a sentence, letters, names of languages."""
    assert with_language_tags(page, language) == wanted


@pytest.mark.parametrize(
    ("language", "page"),
    [
        ("en", f'<textarea name="story">{STORY}</textarea><title>{STORY}</title>'),
        ("en", '<a hreflang="zh-CN" lang="zh-CN">中文</a><img alt="洗衣机">'),
        ("en", "<p>All of it is English, 20 days.</p>"),
        ("zh", f"<p>{STORY}</p><p>iPhone 15 Pro</p><p>SHA-256</p><p>wang.fang@mail.example</p>"),
        ("zh", '<a lang="en">English</a><input value="all of it English"><style>p { color: red }</style>'),
    ],
)
def test_language_tags_leave_other_text_unmarked(language: str, page: str) -> None:
    """Unmarked are text in the page's language, names, units, text that is marked already, and elements that
    cannot hold a mark.
    """
    assert with_language_tags(page, language) == page
