"""The environment of the templates of pages. It is imported with Jinja, when the first page is rendered.

Templates take most of the CPU of a page. So the environment looks up the texts of a page while it compiles a
template, and puts escaped text into the page without making Markup of it first."""

from typing import Any

from jinja2 import Environment, Undefined, UndefinedError, nodes
from jinja2.compiler import CodeGenerator
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, _escape_inner, escape  # type: ignore[attr-defined]


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


class EscapingGenerator(CodeGenerator):
    """The generator of the code of a template, of which all output goes through `escaped`."""

    def _output_child_pre(self, node: nodes.Expr, frame: Any, finalize: Any) -> None:
        if frame.eval_ctx.autoescape and not frame.eval_ctx.volatile:
            self.write("environment.escaped(")
        else:
            super()._output_child_pre(node, frame, finalize)


class TemplateEnvironment(Environment):
    """The environment of our templates. The filter `say` returns a text of a page. No value is changed before
    it is escaped, so there is no `finalize`."""

    code_generator_class = EscapingGenerator

    @staticmethod
    def escaped(value: Any) -> str:
        """Return a value as HTML, as `escape` does, for output that is joined into a page."""
        if type(value) is str:
            return str(_escape_inner(value))
        return value if type(value) is Markup else escape(value)

    def _generate(self, source: nodes.Template, *named: Any, **more: Any) -> str:
        return super()._generate(TextsAsFilters().visit(source), *named, **more)
