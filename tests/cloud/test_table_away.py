"""A table that cannot be reached, on the small AWS: callers are asked to come again."""

import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from chalicelib.cases.casework import Unavailable
from tests.cloud.scenario import cloud_scenario
from tests.cloud.session import Apply, AWSResponse, Call
from tests.scenario import WANG


@pytest.mark.parametrize("error", [EndpointConnectionError, ReadTimeoutError])
def test_a_table_that_breaks_off_or_does_not_answer_is_unavailable(error: type[Exception]) -> None:
    """A read and a writing move both fail without an answer of the database.

    Nothing is lost once it is back.
    """
    broken = set[str]()

    def road(call: Call, apply: Apply) -> AWSResponse:
        if call.operation in broken:
            raise error(endpoint_url=call.url)
        return apply()

    with cloud_scenario(road) as scenario:
        ref = scenario.submit().ref
        for operations in ({"Query", "GetItem", "BatchGetItem"}, {"TransactWriteItems"}):
            broken.update(operations)
            with pytest.raises(Unavailable):
                scenario.move(WANG, "accept", ref)
            broken.clear()
        assert scenario.move(WANG, "accept", ref).owner is None
