"""The client that openapi-python-client generates, against the stack of `make run`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from infra import clients
from tests.infra.running import free_port, running

PROGRAM = """
import sys
from complaints_client import AuthenticatedClient, Client
from complaints_client.api.cases import get_case, get_timeline
from complaints_client.api.intake import submit
from complaints_client.models import FiledComplaint, PartyCase, Problem, SubmitBody, Timeline

site = sys.argv[1]
body = SubmitBody.from_dict({
    "person": {"name": "王芳", "phone": "13800138000", "email": "wang.fang@mail.example"},
    "account": {"story": "洗衣机坏了，商家不退。"},
    "matters": [{"type": "quality", "sub_type": "defect", "amount": {"amount": "1655.00"}}],
    "wishes": ["refund"],
    "hurt": "no",
    "consents": {"truthful": True, "data_use": True},
})
filed = submit.sync(client=Client(base_url=site), body=body, idempotency_key="7b1f")
assert isinstance(filed, FiledComplaint), filed
consumer = AuthenticatedClient(base_url=site, token=filed.token)
case = get_case.sync(filed.number, client=consumer)
assert isinstance(case, PartyCase), case
assert case.matters[0].amount.amount == "1655.00"
known = get_case.sync_detailed(filed.number, client=consumer)
again = get_case.sync_detailed(filed.number, client=consumer, if_none_match=known.headers["ETag"])
assert again.status_code == 304, again
assert isinstance(get_timeline.sync(filed.number, client=consumer), Timeline)
refused = get_case.sync_detailed(filed.number, client=AuthenticatedClient(base_url=site, token="x"))
assert isinstance(refused.parsed, Problem), refused
stranger = get_case.sync_detailed(filed.number, client=Client(base_url=site))
assert (stranger.status_code, stranger.headers["WWW-Authenticate"]) == (401, 'Bearer realm="complaints"')
print(case.number, case.stage.value)
"""


@pytest.mark.browser
def test_generated_client_files_and_reads_a_complaint(out: Path, tmp_path: Path) -> None:
    """The generated client files a complaint, reads it as its consumer, and understands a refusal."""
    folder, port = clients.python(clients.write_document()), free_port()
    with running(port, free_port(), tmp_path):
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, f"http://127.0.0.1:{port}"],
            env=clients.importing(folder),
            text=True,
            capture_output=True,
        )
    assert (done.returncode, done.stdout.split()[1:]) == (0, ["received"]), done.stderr
