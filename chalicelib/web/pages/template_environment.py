"""The environment of the templates of pages. It is imported with Jinja, when the first page is rendered.

Templates take most of the CPU of a page. So the environment works out what is the same on every page of its
language while it compiles a template."""

import re
from typing import Any

from jinja2 import Environment, Undefined, UndefinedError, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape


class Absent(Undefined):
    """A value that a template asks for and that does not exist. A missing variable renders as empty text,
    because a page need not pass every variable. A missing attribute of one of our own objects raises
    UndefinedError, because such a mistake would silently drop a part of the page."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        if type(self._undefined_obj).__module__.startswith("chalicelib."):
            raise UndefinedError(self._undefined_message)


class OfOneLanguage(NodeTransformer):
    """A rewriting of a template for the pages of one language. The name `language` becomes its value, and
    `say("path", …)` the filter `"path" | say(…)`. Jinja works out constants, and filters of constants, when
    it compiles a template. It looks up a name and calls a function whenever it renders the template."""

    def __init__(self, language: str) -> None:
        self._language = language

    def visit_Name(self, node: nodes.Name) -> nodes.Node:
        """Return the language for the name `language`, and any other name unchanged."""
        return nodes.Const(self._language, lineno=node.lineno) if node.name == "language" else node

    def visit_Call(self, node: nodes.Call) -> nodes.Node:
        """Return the filter for a call of `say`, and any other call unchanged."""
        self.generic_visit(node)
        if not (isinstance(node.node, nodes.Name) and node.node.name == "say"):
            return node
        path, *rest = node.args
        return nodes.Filter(
            path, "say", rest, node.kwargs, node.dyn_args, node.dyn_kwargs, lineno=node.lineno
        )


SPECIAL = re.compile("[&<>'\"]")
"""The signs that HTML writes in another way."""


def escaped(value: Any) -> str:
    """Return a value as HTML. `escape` makes an object of class Markup of each text, which most texts do not
    need."""
    kind = type(value)
    plain = kind is Markup or (kind is str and not SPECIAL.search(value))
    return value if plain else escape(value)


class PlainCode(CodeGenerator):
    """A generator of the code of templates. It writes values by `escaped`, and calls functions directly.
    Jinja looks before each call whether the function wants the context of the template, which none of ours
    does."""

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        self.write("escaped(")

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:
        """Write a call of a function or macro. `forward_caller`: see Jinja."""
        self.write("call(")
        self.visit(node.node, frame)
        self.signature(node, frame, {"caller": "caller"} if forward_caller else None)
        self.write(")")


IMPORTS = f"\nfrom operator import call\nfrom {__name__} import escaped\n"
"""What the code of `PlainCode` needs. It stands at the end, because errors are told by the numbers of
lines."""


class TemplateEnvironment(Environment):
    """The environment of our templates of one language. Its global `language` is this language. The filter
    `say` returns a text of a page."""

    code_generator_class = PlainCode

    def _generate(self, source: nodes.Template, *named: Any, **more: Any) -> str:
        of_language = OfOneLanguage(str(self.globals["language"])).visit(source)
        return super()._generate(of_language, *named, **more) + IMPORTS
