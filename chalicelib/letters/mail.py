"""The html part of a letter. Styles are written into each element, because many mail programs ignore style
sheets."""

import re

import mistune

ALONE = re.compile(r'<a href="([^"]+)">([^<]+)</a>')
"""The pattern of the html of a paragraph that consists of one link: its address and its words."""
OTHERS = {"zh": ("English:", "en"), "en": ("中文：", "zh-CN")}
"""The first words, and the language tag for html, of the one line that each letter has in the other language.
The key is the letter's language."""
BUTTON = (
    '<p style="margin: 20px 0 4px;"><a class="button" href="{0}" style="display: inline-block; '
    "padding: 12px 20px; border-radius: 4px; background: #1d70b8; color: #ffffff; font-weight: bold; "
    'text-decoration: none;">{1}</a></p>\n<p class="muted" style="margin: 0 0 16px; color: #505a5f; '
    'font-size: 14px; word-break: break-all;">{0}</p>\n'
)
"""The html of a button, with the address of its link below it for copying. `{0}` is the address, and `{1}`
the words on the button."""


class MailRenderer(mistune.HTMLRenderer):
    """Renders a letter's Markdown as html for mail programs. Html in a person's words is escaped. A paragraph
    that is only a link becomes a button. The line in the other language gets its language tag."""

    def __init__(self, language: str) -> None:
        super().__init__(escape=True)
        self._begins, self._tag = OTHERS[language]

    def paragraph(self, text: str) -> str:
        """Return a paragraph as html. `text` is the html of its content. A paragraph that is only a link
        becomes a button. The line in the other language gets its language tag."""
        if alone := ALONE.fullmatch(text):
            return BUTTON.format(*alone.groups())
        return f'<p lang="{self._tag}">{text}</p>\n' if text.startswith(self._begins) else f"<p>{text}</p>\n"
