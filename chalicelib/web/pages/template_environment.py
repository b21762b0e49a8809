"""The environment of the templates of pages. It is imported with Jinja, when the first page is rendered.

Templates take most of the CPU of a page. So the environment looks up the texts of a page while it compiles a
template."""

from typing import Any

from jinja2 import Environment, Undefined, UndefinedError, nodes
from jinja2.visitor import NodeTransformer


class Absent(Undefined):
    """A value that a template asks for and that does not exist. A missing variable renders as empty text,
    because a page need not pass every variable. A missing attribute of one of our own objects raises
    UndefinedError, because such a mistake would silently drop a part of the page."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        if type(self._undefined_obj).__module__.startswith("chalicelib."):
            raise UndefinedError(self._undefined_message)


class TextsAsFilters(NodeTransformer):
    """A rewriting of `say("path", …)` to the filter `"path" | say(…)`. Jinja calls a filter with constants
    when it compiles a template, and a function whenever it renders it."""

    def visit_Call(self, node: nodes.Call) -> nodes.Node:
        """Return the filter for a call of `say`, and any other call unchanged."""
        self.generic_visit(node)
        if not (isinstance(node.node, nodes.Name) and node.node.name == "say"):
            return node
        path, *rest = node.args
        return nodes.Filter(
            path, "say", rest, node.kwargs, node.dyn_args, node.dyn_kwargs, lineno=node.lineno
        )


class TemplateEnvironment(Environment):
    """The environment of our templates. The filter `say` returns a text of a page."""

    def _generate(self, source: nodes.Template, *named: Any, **more: Any) -> str:
        return super()._generate(TextsAsFilters().visit(source), *named, **more)
