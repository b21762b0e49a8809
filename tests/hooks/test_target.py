"""Which addresses may get webhooks."""

import pytest

from chalicelib.domain.model.case import Refusal
from chalicelib.hooks.target import LONGEST, Target, public, target


@pytest.mark.parametrize(
    ("url", "host", "path"),
    [
        ("https://crm.example.com/hooks/redress?tenant=7", "crm.example.com", "/hooks/redress?tenant=7"),
        ("https://crm.example.com", "crm.example.com", "/"),
        ("https://crm.example.com?tenant=7", "crm.example.com", "/?tenant=7"),
        ("HTTPS://CRM.Example.COM:443/A", "crm.example.com", "/A"),
        ("https://xn--fiq228c.xn--fiqs8s/hook", "xn--fiq228c.xn--fiqs8s", "/hook"),
        ("https://crm.example.com/%E4%BD%A0?a=[1]&b=~!$'()*+,;:@", "crm.example.com", None),
    ],
)
def test_target_has_host_and_path(url: str, host: str, path: str | None) -> None:
    """A good address is split into its parts."""
    found = target(url)
    assert found[:3] == ("https", host, 443)
    assert path is None or found.path == path


@pytest.mark.parametrize(
    "url",
    [
        "http://crm.example.com/",
        "ftp://crm.example.com/",
        "//crm.example.com/",
        "crm.example.com",
        "",
        "https://",
        "https:///hook",
        "https://user:password@crm.example.com/",
        "https://user@crm.example.com/",
        "https://crm.example.com@10.0.0.1/",
        "https://crm.example.com\\@10.0.0.1/",
        "https://crm.example.com:8443/",
        "https://crm.example.com:0443/",
        "https://crm.example.com:/",
        "https://crm.example.com:443:443/",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.0.0.1/",
        "https://0177.0.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/",
        "https://[fe80::1%25eth0]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[2001:4860:4860::8888]/",
        "https://localhost/",
        "https://crm/",
        "https://crm.example.com./",
        "https://.example.com/",
        "https://-crm.example.com/",
        "https://crm_1.example.com/",
        "https://客服.example.com/",
        "https://crm。example。com/",
        "https://crm.example.com/客服",
        "https://①②⑦.⓪.⓪.①/",
        "https://\u212a.example.com/",
        "https://crm.example.com/#fragment",
        "https://crm.example.com/a b",
        "https://crm.example.com/\r\nHost: other",
        "https://crm.example.com/\x00",
        "https://crm.example.com/\n",
        " https://crm.example.com/",
        "https://crm.example.com/" + "a" * LONGEST,
        f"https://{'a' * 64}.example.com/",
    ],
)
@pytest.mark.parametrize("loopback", [False, True])
def test_target_refuses_other_addresses(url: str, loopback: bool) -> None:
    """User and password, ports, IP addresses in any notation, and texts that parsers read differently."""
    if loopback and url in ("https://127.0.0.1/", "https://localhost/"):
        return
    with pytest.raises(Refusal) as refused:
        target(url, loopback)
    assert refused.value.code == "hook_url"
    assert refused.value.field == "url"


def test_loopback_needs_its_setting() -> None:
    """The local run may send to the local machine, also by HTTP and to any port."""
    assert target("http://127.0.0.1:8123/in", True) == Target("http", "127.0.0.1", 8123, "/in")
    with pytest.raises(Refusal):
        target("http://127.0.0.1:8123/in")


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "169.254.100.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "64:ff9b::7f00:1",
        "64:ff9b::808:808",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:0:53aa:64c::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:808:808::1",
        "3fff::1",
        "4000::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
    ],
)
def test_special_addresses_are_not_public(address: str) -> None:
    """A private, special or translated address is not public, either alone or together with a public one."""
    assert not public([address])
    assert not public(["93.184.216.34", address])


@pytest.mark.parametrize(
    "address",
    ["93.184.216.34", "8.8.8.8", "100.63.255.255", "100.128.0.1", "172.32.0.1", "2606:4700::1111", "240e::1"],
)
def test_other_addresses_are_public(address: str) -> None:
    """Addresses next to the denied networks are public."""
    assert public([address])


def test_a_host_without_addresses_is_not_public() -> None:
    """A name that resolves to nothing gets no webhook."""
    assert not public([])
