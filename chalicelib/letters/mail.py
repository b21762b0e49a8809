"""The html of a letter's text, for mail programs: many know only what stands in an element's own style."""

import re

import mistune

ALONE = re.compile(r'<a href="([^"]+)">([^<]+)</a>')
"""A link that is all there is in its paragraph."""
OTHERS = {"zh": ("English:", "en"), "en": ("中文：", "zh-CN")}
"""How the line of a letter begins that is in the other language, and which language that is."""
BUTTON = (
    '<p style="margin: 20px 0 4px;"><a class="button" href="{0}" style="display: inline-block; '
    "padding: 12px 20px; border-radius: 4px; background: #1d70b8; color: #ffffff; font-weight: bold; "
    'text-decoration: none;">{1}</a></p>\n<p class="muted" style="margin: 0 0 16px; color: #505a5f; '
    'font-size: 14px; word-break: break-all;">{0}</p>\n'
)
"""A link that looks like a button, and its address under it, for whoever must copy it."""


class Mail(mistune.HTMLRenderer):
    """Writes what somebody said as plain words, what leads somewhere as a button, and what is in another
    language as such."""

    def __init__(self, language: str) -> None:
        super().__init__(escape=True)
        self._begins, self._tag = OTHERS[language]

    def paragraph(self, text: str) -> str:
        """A paragraph; one that is a link alone is a button."""
        if alone := ALONE.fullmatch(text):
            return BUTTON.format(*alone.groups())
        return f'<p lang="{self._tag}">{text}</p>\n' if text.startswith(self._begins) else f"<p>{text}</p>\n"
