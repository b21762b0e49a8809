"""Fakes of AWS services that take and give only what AWS describes."""

from __future__ import annotations

from functools import cache
from typing import Any

from botocore import xform_name
from botocore.model import ServiceModel
from botocore.session import get_session
from botocore.validate import ParamValidator, validate_parameters


@cache
def model(service: str) -> ServiceModel:
    """Return botocore's description of a service."""
    return get_session().get_service_model(service)


@cache
def operations(service: str) -> dict[str, str]:
    """Return the operations of a service by the names of boto3's methods."""
    return {xform_name(name): name for name in model(service).operation_names}


class Modelled:
    """A client of a service that passes each call to a fake. Raises ParamValidationError for a call that
    botocore's description of the service does not have, and AssertionError for such an answer. An answer
    may be shorter than that of AWS."""

    def __init__(self, service: str, fake: Any) -> None:
        self._service, self._fake = service, fake

    def __getattr__(self, name: str) -> Any:
        """Return a method of the client. What is no operation, such as `meta`, is the fake's own."""
        found = getattr(self._fake, name)
        if name not in operations(self._service):
            return found
        operation = model(self._service).operation_model(operations(self._service)[name])

        def call(**asked: Any) -> Any:
            validate_parameters(asked, operation.input_shape)
            answer = found(**asked)
            if operation.output_shape:
                report = ParamValidator().validate(answer or {}, operation.output_shape).generate_report()
                wrong = [line for line in report.splitlines() if not line.startswith("Missing required")]
                assert not wrong, (name, wrong)
            return answer

        return call
