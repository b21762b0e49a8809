"""The html of a letter's text for mail programs. Many programs apply only the style attribute of an
element."""

import re

import mistune

ALONE = re.compile(r'<a href="([^"]+)">([^<]+)</a>')
"""A link that is alone in its paragraph."""
OTHERS = {"zh": ("English:", "en"), "en": ("中文：", "zh-CN")}
"""The beginning of the line of a letter in the other language, and the tag of that language."""
BUTTON = (
    '<p style="margin: 20px 0 4px;"><a class="button" href="{0}" style="display: inline-block; '
    "padding: 12px 20px; border-radius: 4px; background: #1d70b8; color: #ffffff; font-weight: bold; "
    'text-decoration: none;">{1}</a></p>\n<p class="muted" style="margin: 0 0 16px; color: #505a5f; '
    'font-size: 14px; word-break: break-all;">{0}</p>\n'
)
"""A link that looks like a button, with its address below for copying."""


class Mail(mistune.HTMLRenderer):
    """Renderer of a letter's Markdown. It writes a person's words as plain text, a link alone as a button,
    and marks the line in the other language."""

    def __init__(self, language: str) -> None:
        super().__init__(escape=True)
        self._begins, self._tag = OTHERS[language]

    def paragraph(self, text: str) -> str:
        """Return a paragraph; a link alone becomes a button."""
        if alone := ALONE.fullmatch(text):
            return BUTTON.format(*alone.groups())
        return f'<p lang="{self._tag}">{text}</p>\n' if text.startswith(self._begins) else f"<p>{text}</p>\n"
