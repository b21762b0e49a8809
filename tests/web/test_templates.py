"""The code that our environment makes of templates, against that of Jinja."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from jinja2 import Environment
from markupsafe import Markup, escape

from chalicelib.domain.model.codes import Stage
from chalicelib.web.pages.template_environment import TemplateEnvironment, escaped

TEMPLATE = """
{% macro card(title, tone="grey") %}<p class="{{ tone }}">{{ title }}{{ caller() if caller }}</p>
{% endmacro %}{% for one in found if one.text %}{{ loop.index }} {{ card(one.text, tone=one.tone) }}
{% call card(one.text ~ " & " ~ one.n) %}<b>{{ one.text.upper() }}</b>{{ one.n }}{% endcall %}
{% set kept %}{{ one.text }}<br>{% endset %}{{ kept }}{{ said(one.text, mark=one.tone) }}{{ one.missing }}
{% else %}{{ none }}{% endfor %}{{ card(*[found | length], **{"tone": "'"}) }}"""


def said(text: str, mark: str) -> Markup:
    """Return a text with a mark, as HTML."""
    return Markup("<i>{}</i>{}").format(text, mark)


@settings(max_examples=50)
@given(
    st.text()
    | st.text().map(Markup)
    | st.none()
    | st.integers()
    | st.booleans()
    | st.floats()
    | st.sampled_from([*Stage])
)
def test_values_are_escaped_as_jinja_does(value: Any) -> None:
    """A value stands on a page as Jinja's own function writes it."""
    assert escaped(value) == escape(value)


@pytest.mark.parametrize("texts", [(), ("a<b>", "", "“引号” & 'x' \"y\"")])
def test_templates_render_as_with_jinja(texts: tuple[str, ...]) -> None:
    """Macros, calls with a body, loops and captured blocks render as in an ordinary environment of Jinja."""
    found = [{"text": text, "tone": "<red>", "n": n} for n, text in enumerate(texts)]
    ours, theirs = TemplateEnvironment(autoescape=True), Environment(autoescape=True)
    ours.globals["language"] = "zh"
    pages = [one.from_string(TEMPLATE).render(found=found, said=said) for one in (ours, theirs)]
    assert pages[0] == pages[1]


def test_an_error_names_the_line_of_the_template() -> None:
    """The traceback of an error in a template leads to its line."""
    ours = TemplateEnvironment(autoescape=True)
    ours.globals["language"] = "zh"
    with pytest.raises(ZeroDivisionError) as failed:
        ours.from_string("\n\n{{ 1 // nothing }}").render(nothing=0)
    assert failed.traceback[-1].lineno == 2
