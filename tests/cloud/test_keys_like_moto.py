"""The keys and secrets of the small AWS answer as moto does, where moto does as AWS.

Where moto is known to differ, the small one follows AWS:

- AWS signs at most 4,096 bytes, and returns no public half of a disabled key.
- Moto hashes a digest a second time (message type DIGEST). The product sends none, and the small one knows
  none.
- Moto returns the id of a key where AWS returns its ARN with the public half.
"""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key
from hypothesis import HealthCheck, example, given, settings, strategies as st

from tests.cloud.both import WORDS, Both, Do, answered
from tests.cloud.expressions import NotBuilt
from tests.cloud.kms import ALGORITHM, LARGEST
from tests.cloud.session import plugged, straight

STAGES = st.sampled_from(["AWSCURRENT", "AWSPREVIOUS", "AWSPENDING"])
NAMES = st.sampled_from([WORDS, WORDS, WORDS, "none"])
TOKENS = st.none() | st.sampled_from(["a" * 32, "b" * 32])
SECRETS = st.lists(
    st.one_of(
        st.tuples(st.just("get"), NAMES, st.none() | STAGES),
        st.tuples(st.just("put"), NAMES, st.tuples(st.sampled_from(["one", "two", "三"]), TOKENS)),
    ),
    min_size=1,
    max_size=10,
)


def secret(both: Both, kind: str, name: str, said: Any) -> Do:
    """Read a secret by its stage, or write it; versions are compared by stage since their ids are random."""
    vault = both.clients["secretsmanager"]

    def do() -> Any:
        if kind == "get":
            found = vault.get_secret_value(SecretId=name, **({"VersionStage": said} if said else {}))
            return found["Name"], found["SecretString"], sorted(found["VersionStages"])
        words, token = said
        more = {"ClientRequestToken": token} if token else {}
        made = vault.put_secret_value(SecretId=name, SecretString=words, **more)
        return made["Name"], sorted(made["VersionStages"]), token and made["VersionId"]

    return do


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(some=SECRETS)
@example(
    some=[
        ("put", WORDS, ("one", "a" * 32)),
        *[("put", WORDS, ("two", None))] * 2,
        ("put", WORDS, ("one", "a" * 32)),
    ]
)
def test_a_secret_is_answered_alike(both: Both, some: list[tuple[str, str, Any]]) -> None:
    """Both answer any sequence of reads and writes alike, also with a repeated token.

    Content, stages and errors are the same.
    """
    both.alike(*(secret(both, *one) for one in some))


def signed(both: Both, data: bytes, key: str = "", algorithm: str = ALGORITHM) -> Do:
    """Sign with a new key; return whether its public half verifies the signature, and further facts."""
    kms = both.clients["kms"]

    def do() -> Any:
        made = kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]
        about = {"KeyId": key or made["KeyId"]}
        found = kms.sign(**about, Message=data, MessageType="RAW", SigningAlgorithm=algorithm)
        told = kms.get_public_key(**about)
        public = load_der_public_key(told["PublicKey"])
        assert isinstance(public, RSAPublicKey)
        public.verify(found["Signature"], data, PKCS1v15(), SHA256())
        described = kms.describe_key(**about)["KeyMetadata"]
        return (
            found["SigningAlgorithm"],
            found["KeyId"] == made["Arn"] == described["Arn"],
            told["KeyUsage"],
            sorted(told["SigningAlgorithms"]),
            public.key_size,
            described["KeySpec"],
            described["Enabled"],
        )

    return do


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.binary(min_size=1, max_size=64) | st.just(b"a" * LARGEST))
def test_a_signature_is_good_on_both(both: Both, data: bytes) -> None:
    """Both sign any permitted message and describe the key alike."""
    both.alike(signed(both, data))


@pytest.mark.parametrize("key", ["none", "arn:aws:kms:us-east-1:123456789012:key/none"])
def test_an_unknown_key_is_refused_alike(both: Both, key: str) -> None:
    """Both refuse an unknown id and an unknown ARN alike."""
    both.alike(signed(both, b"a", key))


def refused(both: Both, operation: str, **request: Any) -> str:
    """Return the code with which a call of the key service is refused."""
    with pytest.raises(ClientError) as error:
        getattr(both.clients["kms"], operation)(**request)
    return str(error.value.response["Error"]["Code"])


def test_key_service_refuses_what_aws_refuses(both: Both) -> None:
    """A long message, a disabled key and a key that does not sign are refused; moto accepts more."""
    sign = {"MessageType": "RAW", "SigningAlgorithm": ALGORITHM}
    with both.ours():
        kms = both.clients["kms"]
        made = kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
        other = kms.create_key()["KeyMetadata"]["KeyId"]
        long = b"a" * (LARGEST + 1)
        assert refused(both, "sign", KeyId=made, Message=long, **sign) == "ValidationException"
        assert refused(both, "sign", KeyId=other, Message=b"a", **sign) == "InvalidKeyUsageException"
        kms.disable_key(KeyId=made)
        assert refused(both, "sign", KeyId=made, Message=b"a", **sign) == "DisabledException"
        assert refused(both, "get_public_key", KeyId=made) == "DisabledException"
        kms.enable_key(KeyId=made)
        assert kms.sign(KeyId=made, Message=b"a", **sign)["Signature"]


def test_a_digest_is_not_signed_here(both: Both) -> None:
    """The product sends neither digests nor PSS, so both raise `NotBuilt`."""
    with both.ours():
        kms = both.clients["kms"]
        made = kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
        for more in (
            {"MessageType": "DIGEST", "SigningAlgorithm": ALGORITHM},
            {"MessageType": "RAW", "SigningAlgorithm": "RSASSA_PSS_SHA_256"},
        ):
            with pytest.raises(NotBuilt):
                kms.sign(KeyId=made, Message=b"a" * 32, **more)


def test_emptied_cloud_restores_first_secrets(both: Both) -> None:
    """An emptied cloud has each secret with its first content."""
    do = secret(both, "get", WORDS, None)
    with plugged(both.cloud, straight):
        both.clients["secretsmanager"].put_secret_value(SecretId=WORDS, SecretString="two")
        assert answered(do)[1] == "two"
        both.cloud.empty()
        assert answered(do)[1] == "one"
