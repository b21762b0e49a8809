"""The html part of a letter. Styles are written into the elements, since many mail programs ignore style
sheets."""

import re

import mistune

ALONE = re.compile(r'<a href="([^"]+)">([^<]+)</a>')
"""A paragraph that consists of one link."""
OTHERS = {"zh": ("English:", "en"), "en": ("中文：", "zh-CN")}
"""A letter has one line in the other language. By the letter's language: how this line begins, and its
language tag."""
BUTTON = (
    '<p style="margin: 20px 0 4px;"><a class="button" href="{0}" style="display: inline-block; '
    "padding: 12px 20px; border-radius: 4px; background: #1d70b8; color: #ffffff; font-weight: bold; "
    'text-decoration: none;">{1}</a></p>\n<p class="muted" style="margin: 0 0 16px; color: #505a5f; '
    'font-size: 14px; word-break: break-all;">{0}</p>\n'
)
"""The html of a link (`{0}` its address, `{1}` its words) as a button, with the address below it for
copying."""


class MailRenderer(mistune.HTMLRenderer):
    """Renders a letter's Markdown as html for mail programs. Html in a person's words is escaped. A link
    alone in its paragraph becomes a button. A line in the other language gets its language tag."""

    def __init__(self, language: str) -> None:
        super().__init__(escape=True)
        self._begins, self._tag = OTHERS[language]

    def paragraph(self, text: str) -> str:
        """Return a paragraph. A link alone becomes a button, and a line in the other language is marked as
        such."""
        if alone := ALONE.fullmatch(text):
            return BUTTON.format(*alone.groups())
        return f'<p lang="{self._tag}">{text}</p>\n' if text.startswith(self._begins) else f"<p>{text}</p>\n"
