"""Evidence files on pages and in the interface: declared with a description, uploaded to the store, shown in
plain words, downloaded by few roles."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest

from chalicelib.access.rate_limits import CEILINGS
from chalicelib.aws.sessions import Sessions
from chalicelib.domain.calendar import stamp
from chalicelib.domain.model.case import Case
from chalicelib.evidence.uploads import CEILING, LARGEST, PART, TEST_SIGNATURE, Upload
from chalicelib.locale import formats
from chalicelib.web import signin
from tests.scenario import DAY, HOUR, SUN, WANG, Scenario
from tests.store import PDF, Store, photograph
from tests.web.limits import HERE

JSON, FORM = {"Content-Type": "application/json"}, {"Content-Type": "application/x-www-form-urlencoded"}
STORE = re.compile(r"https://[^/]*bucket-\w+\.s3\.us-east-1\.amazonaws\.com/")


class Person:
    """A browser without script: the consumer by their link, or a signed-in staff member."""

    def __init__(
        self,
        client: Any,
        scenario: Scenario,
        case: Case,
        who: str = "",
        language: str = "zh",
        role: str = "",
        party: str = "p1",
    ) -> None:
        self.client, self.scenario, self.case = client, scenario, case
        self.home = f"/desk/cases/{case.ref}" if who else "/case"
        cookie = f"__Host-case={case.ref}.{scenario.product.links.token(case.ref, party, 1)}"
        if who:
            kept = {"sub": who, "groups": [f"role:{role}", "team:general"], "since": stamp(scenario.time)}
            Sessions().keep(signin.SESSION, who, kept, scenario.time + timedelta(days=9))
            cookie = f"__Host-desk={who}"
        self.headers = {"Cookie": f"{cookie}; __Host-lang={language}", "Sec-Fetch-Site": "same-origin"}

    def get(self, path: str, status: int = 200) -> str:
        """Return a page, or the place it redirects to."""
        return self._page(self.client.http.get(self.home + path, headers=self.headers), status)

    def post(self, path: str, status: int = 303, **fields: str) -> str:
        """Post a form."""
        answer = self.client.http.post(
            self.home + path, headers={**self.headers, **FORM}, body=urlencode(fields).encode()
        )
        return self._page(answer, status)

    def _page(self, answer: Any, status: int) -> str:
        assert answer.status_code == status, answer.body.decode()
        return str(answer.headers["Location"]) if status == 303 else unescape(answer.body.decode())

    def declare(self, shows: str = "裂开的内胆") -> Upload:
        """Declare a file on the page."""
        key = re.findall(r'name="key" value="([^"]+)"', self.get("/files/add"))[0]
        next_page = self.post("/files/add", key=key, shows=shows)
        found = self.scenario.product.uploads.rows.find(self.case.ref, next_page.split("/")[-2])
        assert found
        return found


@pytest.fixture
def store(scenario: Scenario) -> Store:
    """Return a store that knows the test signature."""
    return Store(scenario, "signature")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("who", ["", "wang"], ids=["consumer", "desk"])
def test_a_file_goes_from_the_form_to_the_list_without_script(
    client: Any, scenario: Scenario, store: Store, who: str, language: str
) -> None:
    """The form asks for a description, then uploads to the store. The list gives the state in plain words,
    the picture and the download."""
    person = Person(client, scenario, scenario.submit(), who, language, "intake")
    words = formats.texts(language)["page"]["files"]
    assert words["none"] in person.get("/files")
    upload = person.declare()
    page = person.get(f"/files/{upload.id}/upload")
    assert STORE.search(
        re.findall(r'<form method="post" action="([^"]+)" enctype="multipart/form-data"', page)[0]
    )
    assert re.findall(r'name="success_action_redirect" value="([^"]+)"', page) == [
        f"https://complaints.example{person.home}/files?sent={upload.id}"
    ]
    assert page.index('name="policy"') < page.index('type="file"')
    assert 'accept="image/*,video/*,audio/*,application/pdf"' in page
    assert who or "<script" not in page  # the desk has its keys
    assert words["choose"] in person.get("/files")
    created = store.put(upload, photograph())
    assert words["state"]["scanning"] in person.get(f"/files?sent={upload.id}&bucket=b&key=k&etag=e")
    store.tell(created)
    page = person.get("/files")
    assert words["state"]["kept"].format(verdict=words["verdict"]["clean"]) in page
    assert f'href="{person.home}/files/{upload.id}"' in page
    for path, folder, how in (
        (f"/files/{upload.id}", "evidence", "attachment"),
        (f"/files/{upload.id}/picture", "thumbs", "inline"),
    ):
        link = person.get(path, 303)
        assert STORE.match(link)
        assert f"/{folder}/{upload.ref}/{upload.id}?" in link
        assert f"response-content-disposition={how}" in link
    assert person.get(f"/files/{upload.id}/upload", 303) == f"{person.home}/files"


def test_pages_may_post_to_the_store_and_show_its_pictures(
    client: Any, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The policy allows posts to the store and the sign-in, and pictures from the store."""
    monkeypatch.setenv("STORE_ORIGIN", "https://store.example")
    monkeypatch.setenv("AUTH_ORIGIN", "https://sign-in.example")
    policy = client.http.get("/").headers["Content-Security-Policy"]
    assert "form-action 'self' https://sign-in.example https://store.example;" in policy
    assert "img-src 'self' data: https://store.example;" in policy


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_photograph_that_cannot_be_drawn_is_there_and_its_sender_is_told(
    client: Any, scenario: Scenario, store: Store, language: str
) -> None:
    """The file can be downloaded and has no picture; consumer and desk read why. The case page does not count
    it as refused."""
    case = scenario.submit()
    people = [
        Person(client, scenario, case, "", language),
        Person(client, scenario, case, "wang", language, "intake"),
    ]
    upload = store.declare(case)
    store.tell(store.put(upload, photograph()[:700]))
    words = formats.texts(language)["page"]["files"]
    for page in (person.get("/files") for person in people):
        assert words["why"]["file_undrawn"] in page
        assert words["state"]["kept"].format(verdict=words["verdict"]["clean"]) in page
        assert f'/files/{upload.id}"' in page
        assert "<img" not in page[page.index("site-file") :]
    assert words["not_taken"] not in people[0].get("")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    ("declared", "content", "why"),
    [
        ("image/*", b"", "file_empty"),
        ("image/*", b"\xff\xd8\xff" + bytes(LARGEST), "file_too_large"),
        ("image/*", PDF, "file_of_another_type"),
        ("audio/*", b"MZ" + bytes(99), "file_type_unknown"),
        ("application/pdf", PDF + TEST_SIGNATURE, "file_infected"),
    ],
)
def test_a_file_that_was_not_taken_says_why(
    client: Any, scenario: Scenario, store: Store, declared: str, content: bytes, why: str, language: str
) -> None:
    """Consumer and desk read the reason in their language and get no download. The sender's case page says so
    until another file has arrived."""
    case = scenario.submit()
    consumer, desk = (
        Person(client, scenario, case, "", language),
        Person(client, scenario, case, "sun", language, "lead"),
    )
    upload = store.declare(case, type=declared)
    store.tell(store.put(upload, content))
    words = formats.texts(language)["page"]["files"]
    for person in (consumer, desk):
        page = person.get("/files")
        assert words["state"]["refused"] in page
        assert words["why"][why].format(most=LARGEST // 2**20, found=words["type"]["application/pdf"]) in page
        assert f'href="{person.home}/files/{upload.id}"' not in page
        person.get(f"/files/{upload.id}", 404)
        person.get(f"/files/{upload.id}/picture", 404)
    assert words["not_taken"] in consumer.get("")
    assert words["not_taken"] not in desk.get("")
    scenario.later(HOUR)
    store.tell(store.put(store.declare(case), photograph()))
    assert words["not_taken"] not in consumer.get("")


@pytest.mark.parametrize(
    ("language", "name", "shows"),
    [
        ("zh", "", "未加说明的文件"),
        ("en", "", "A file without a description"),
        ("zh", "IMG_1.jpg", "IMG_1.jpg"),
    ],
)
def test_a_file_without_description_is_taken(
    client: Any, scenario: Scenario, store: Store, language: str, name: str, shows: str
) -> None:
    """Its name describes it, or the words that nobody described it; the page marks the field as optional."""
    person = Person(client, scenario, scenario.submit(), language=language)
    assert {"zh": "（选填）", "en": "(optional)"}[language] in person.get("/files/add")
    person.post("/files/add", key="k", shows=" ", name=name)
    [upload] = scenario.product.file.whole(person.case.ref).files.values()
    assert upload["shows"] == shows


def test_upload_form_with_a_long_description_returns_with_its_text(
    client: Any, scenario: Scenario, store: Store
) -> None:
    """The form comes back with the typed text."""
    person = Person(client, scenario, scenario.submit())
    page = person.post("/files/add", 422, key="k", shows="长" * 2001)
    assert "长" * 2001 in page
    assert 'name="key" value="k"' in page
    assert not scenario.product.file.whole(person.case.ref).files


def declare_by_script(person: Person, status: int = 200, **said: Any) -> Any:
    """Declare a file as the page's script does; return the answer."""
    person.headers["Accept"] = "application/json"
    return json.loads(person.post("/files/add", status, **said))


def test_the_script_gets_the_form_of_each_file_and_what_is_wrong_with_it(
    client: Any, scenario: Scenario, store: Store
) -> None:
    """A retry returns a form for the same file, or none once it has arrived. Errors are in the language of
    the page, not of the browser."""
    person = Person(client, scenario, scenario.submit(), language="en")
    said = {"key": "k-1", "shows": "crack", "name": "n" * 120 + ".jpg", "size": "2048"}
    first, again = (declare_by_script(person, **said) for _ in range(2))
    key = f"incoming/{person.case.ref}/{first['id']}"
    assert first["form"]["fields"]["key"] == again["form"]["fields"]["key"] == key
    assert "success_action_redirect" not in first["form"]["fields"]
    upload = scenario.product.uploads.rows.find(person.case.ref, first["id"])
    assert upload
    assert upload.name == "n" * 96 + ".jpg"
    store.tell(store.put(upload, PDF))
    assert declare_by_script(person, **said) == {"id": upload.id, "anew": False}
    for wrong, why in (({"size": str(LARGEST + 1)}, "200 MB"), ({"shows": "长" * 2001}, "2000")):
        assert why in declare_by_script(person, 422, **{**said, "key": "k-2", **wrong})["wrong"]


def parts_by_script(person: Person, id: str, size: int, status: int = 200) -> Any:
    """Ask for the next parts of a file as the page's script does; return the answer."""
    return json.loads(person.post(f"/files/{id}/parts", status, size=str(size)))


def test_the_script_gets_the_parts_of_a_large_file(client: Any, scenario: Scenario, store: Store) -> None:
    """A file larger than a part has no form. Chosen again, it has the same number, so it goes on."""
    person = Person(client, scenario, scenario.submit())
    said = {"key": "film.mp4|9000000|1", "shows": "", "name": "film.mp4", "size": str(PART + 1)}
    first, again = (declare_by_script(person, **said) for _ in range(2))
    assert first == again == {"id": first["id"], "parts": True}
    told = parts_by_script(person, first["id"], PART + 1)
    assert (told["size"], [one["n"] for one in told["parts"]]) == (PART, [1, 2])
    assert "200MB" in parts_by_script(person, first["id"], LARGEST + 1, 422)["wrong"]


def test_a_file_that_was_refused_is_declared_anew(client: Any, scenario: Scenario, store: Store) -> None:
    """The same file chosen again after a refusal, or after a check that never ended, is not taken for one
    that has arrived."""
    person = Person(client, scenario, scenario.submit())
    said = {"key": "k", "shows": "", "name": "a.jpg", "size": "5"}
    upload = scenario.product.uploads.rows.find(person.case.ref, declare_by_script(person, **said)["id"])
    assert upload
    store.tell(store.put(upload, b"MZ" + bytes(99)))
    assert declare_by_script(person, **said)["anew"]


@pytest.mark.parametrize(("asked", "megabytes"), [("form", 1), ("parts", 9), ("page", 200)])
def test_what_a_network_may_send_in_a_day_is_counted(
    client: Any, scenario: Scenario, store: Store, asked: str, megabytes: int
) -> None:
    """Each form and link counts the bytes that it lets through. Beyond the limit the answer says when to go
    on. Staff, who are known by name, are not counted."""
    case = scenario.submit()

    def ask(person: Person, key: str, status: int) -> str:
        size = {"form": 1, "parts": PART + 1}.get(asked, 0)
        person.headers["Accept"] = "application/json"
        said = {"key": key, "shows": "x", "size": str(size or 5)}
        told = declare_by_script(person, status if asked == "form" else 200, **said)
        if asked == "parts":
            told = parts_by_script(person, told["id"], size, status)
        return person.get(f"/files/{told['id']}/upload", status) if asked == "page" else json.dumps(told)

    person = Person(client, scenario, case, language="en")
    most = CEILINGS["megabytes"]["network",].most
    scenario.product.ceilings.take(
        "megabytes", most - megabytes - (2 if asked == "page" else 0), network=HERE
    )
    ask(person, "1", 200)
    assert "Please try again after" in ask(person, "2", 429)
    ask(Person(client, scenario, case, "wang", "en", "intake"), "4", 200)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_upload_page_names_the_requested_items(
    client: Any, scenario: Scenario, store: Store, language: str
) -> None:
    """The form of the answer and the upload page name the requested items to the consumer, not to the
    desk."""
    case = scenario.submit()
    consumer, desk = (
        Person(client, scenario, case, "", language),
        Person(client, scenario, case, "wang", language, "intake"),
    )
    said = formats.texts(language)["page"]["files"]["answer"]
    assert said not in consumer.get("/files/add")
    scenario.move(WANG, "ask_information", case.ref, items=["photos"], why="请补充照片。")
    page = consumer.get("/files/add")
    assert said in page
    assert formats.label(language, "photos", "missing_item") in page
    assert said in consumer.get("/moves/give_information")
    assert said not in desk.get("/files/add")


def test_several_files_that_were_just_sent_are_being_checked(
    client: Any, scenario: Scenario, store: Store
) -> None:
    """A sent file is shown as being checked before the worker sees it. A file not yet sent can be removed."""
    person = Person(client, scenario, scenario.submit(), language="en")
    one, two, never = (person.declare(shows) for shows in ("甲", "乙", "丙"))
    page = person.get(f"/files?sent={one.id}.{two.id}")
    assert page.count(formats.texts("en")["page"]["files"]["state"]["scanning"]) == 2
    assert "data-checking" in page
    assert page.count("/remove") == 1
    assert person.post(f"/files/{never.id}/remove") == person.post(f"/files/{never.id}/remove")
    assert "丙" not in person.get("/files")


def test_a_second_click_leads_to_the_same_file(client: Any, scenario: Scenario, store: Store) -> None:
    """A form changed and sent again with the same key is refused and gets a new key."""
    person = Person(client, scenario, scenario.submit())
    first = person.post("/files/add", key="k", shows="a")
    assert person.post("/files/add", key="k", shows="a") == first
    page = person.post("/files/add", 422, key="k", shows="b")
    assert 'name="key" value="k"' not in page


@pytest.mark.parametrize(
    ("who", "role", "status"),
    [
        ("wang", "intake", 303),
        ("sun", "lead", 303),
        ("wu", "executive", 303),
        ("qian", "department", 404),
        ("shen", "auditor", 403),
        ("zheng", "administrator", 404),
    ],
)
def test_file_download_is_limited_to_handling_staff(
    client: Any, scenario: Scenario, store: Store, who: str, role: str, status: int
) -> None:
    """Only staff who handle the case can download a file. An auditor cannot read even its name; department
    and administrator find no case."""
    case = scenario.submit()
    upload = Person(client, scenario, case).declare("工资条")
    store.tell(store.put(upload, PDF))
    person = Person(client, scenario, case, who, "en", role)
    person.get(f"/files/{upload.id}", status)
    if role == "auditor":
        assert "工资条" not in person.get("")


def test_a_party_sees_only_what_they_sent(client: Any, scenario: Scenario, store: Store) -> None:
    """Files recorded by staff and files of other cases return 404."""
    case, other = scenario.submit(), scenario.submit()
    consumer, desk = Person(client, scenario, case), Person(client, scenario, case, "wang", "zh", "intake")
    upload = desk.declare("柜台收到的发票")
    store.tell(store.put(upload, PDF))
    assert "柜台收到的发票" not in consumer.get("/files")
    consumer.get(f"/files/{upload.id}", 404)
    strange = Person(client, scenario, other).declare()
    consumer.get(f"/files/{strange.id}", 404)
    consumer.get(f"/files/{strange.id}/upload", 404)


@pytest.mark.parametrize(
    ("language", "words"), [("zh", "代理权限还没有核验"), ("en", "Your authority has not been checked yet")]
)
@pytest.mark.parametrize("checked", [True, False])
def test_agent_reads_files_only_with_checked_authority(
    client: Any, scenario: Scenario, store: Store, checked: bool, language: str, words: str
) -> None:
    """An agent with unchecked or expired authority reads only files they sent, so that a claim alone opens no
    evidence. The rule covers list, download, picture and paper, on pages and in the interface."""
    case = scenario.submit()
    image = store.declare(case)
    store.tell(store.put(image, photograph()))
    scenario.move(
        WANG,
        "add_representative",
        case.ref,
        person={"name": "王小芳", "email": "xiao.fang@mail.example", "capacity": "agent"},
        powers=["answer"],
        until="2026-02-13",
        checked=checked,
        document="委托书",
    )
    agent = Person(client, scenario, case, language=language, party="p2")
    bearer = {"Authorization": f"Bearer {scenario.product.links.token(case.ref, 'p2', 1)}"}

    def reads() -> set[int]:
        items = json.loads(client.http.get(f"/v1/cases/{case.ref}/files", headers=bearer).body)["items"]
        one = client.http.get(f"/v1/cases/{case.ref}/files/{image.id}", headers=bearer).status_code
        assert bool(items) == ("裂开的内胆" in agent.get("/files")) == (one == 200)
        return {
            client.http.get(f"/case/files/{image.id}{of}", headers=agent.headers).status_code
            for of in ("", "/picture")
        }

    assert reads() == ({303} if checked else {404})
    scenario.later(3 * DAY)
    assert reads() == {404}
    assert words in agent.get("/agreement", 403)


def test_file_pages_need_a_link_or_a_session(client: Any, scenario: Scenario, store: Store) -> None:
    """The consumer is redirected to the request for a link, staff to the sign-in."""
    case = scenario.submit()
    for path, leads in (("/case/files", "/case"), (f"/desk/cases/{case.ref}/files", "/desk/sign-in")):
        answer = client.http.get(path)
        assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (303, leads)


def test_a_closed_case_offers_no_upload(client: Any, scenario: Scenario, store: Store) -> None:
    """A closed case still gives its stored files."""
    case = scenario.submit()
    person = Person(client, scenario, case)
    upload = person.declare()
    store.tell(store.put(upload, PDF))
    scenario.move(scenario.party(case), "withdraw", case.ref)
    assert "/files/add" not in person.get("")
    person.get("/files/add", 409)
    person.post("/files/add", 409, key="x", shows="a")
    person.get(f"/files/{upload.id}", 303)


def ask(client: Any, scenario: Scenario, case: Case, path: str = "", body: Any = None, **headers: str) -> Any:
    """Call the interface as the consumer's own program."""
    token = scenario.product.links.token(case.ref, "p1", 1)
    headers = {**JSON, "Authorization": f"Bearer {token}", "Accept-Language": "en", **headers}
    if body is None:
        return client.http.get(f"/v1/cases/{case.ref}/files{path}", headers=headers)
    return client.http.post(
        f"/v1/cases/{case.ref}/files{path}", headers=headers, body=json.dumps(body).encode()
    )


def test_a_program_declares_uploads_and_downloads(client: Any, scenario: Scenario, store: Store) -> None:
    """A declaration returns 201 with the upload form. Then the file has a state, a link, a hash and a small
    picture."""
    case, photo = scenario.submit(), photograph()
    made = ask(
        client,
        scenario,
        case,
        body={"type": "image/jpeg", "shows": "crack", "name": "裂缝.jpg", "size": len(photo)},
    )
    assert made.status_code == 201
    form = made.json_body["upload"]
    assert (form["largest"], form["fields"]["Content-Type"]) == (CEILING, "image/jpeg")
    assert form["fields"]["key"] == f"incoming/{case.ref}/{made.json_body['id']}"
    assert made.headers["Location"] == f"/v1/cases/{case.ref}/files/{made.json_body['id']}"
    upload = scenario.product.uploads.rows.find(case.ref, made.json_body["id"])
    assert upload
    store.tell(store.put(upload, photo))
    file = ask(client, scenario, case, f"/{upload.id}").json_body
    assert (file["state"], file["verdict"], file["size"], file["why"]) == ("kept", "clean", len(photo), None)
    assert "%E8%A3%82%E7%BC%9D.jpg" in file["download"].replace("%25", "%")
    assert "/thumbs/" in file["small"]
    assert "upload" not in file
    [listed] = ask(client, scenario, case).json_body["items"]
    assert (listed["id"], listed["sha256"]) == (upload.id, file["sha256"])


@pytest.mark.parametrize(
    ("body", "status", "code", "pointers"),
    [
        ({}, 422, "fields", {"/type", "/shows"}),
        ({"type": "text/html", "shows": "x"}, 422, "fields", {"/type"}),
        ({"type": "image/*", "shows": "x", "key": "evidence/1"}, 422, "fields", {"/key"}),
        ({"type": "image/*", "shows": "x", "file": {"id": "1"}}, 422, "fields", {"/file"}),
        ({"type": "image/*", "shows": "x", "size": 0}, 422, "file_empty", {"/size"}),
        ({"type": "image/*", "shows": "x", "size": LARGEST + 1}, 422, "file_too_large", {"/size"}),
        ({"type": "image/*", "shows": "x", "name": "n" * 101}, 422, "fields", {"/name"}),
    ],
)
def test_a_bad_declaration_is_refused_by_field(
    client: Any, scenario: Scenario, store: Store, body: Any, status: int, code: str, pointers: set[str]
) -> None:
    """The answer names every bad field, and nothing is written."""
    case = scenario.submit()
    answer = ask(client, scenario, case, body=body)
    assert (answer.status_code, answer.json_body["type"]) == (status, f"/problems/{code}")
    assert {error["pointer"] for error in answer.json_body["errors"]} == pointers
    assert not scenario.product.file.whole(case.ref).files


def test_no_request_can_name_a_file_as_evidence_by_itself(
    client: Any, scenario: Scenario, store: Store
) -> None:
    """The move takes text only; a file reaches it only from the worker."""
    case = scenario.submit()
    token = scenario.product.links.token(case.ref, "p1", 1)
    body = {"shows": "x", "file": {"id": "1", "sha256": "0", "size": 1, "type": "image/png"}}
    answer = client.http.post(
        f"/v1/cases/{case.ref}/moves/add_evidence",
        headers={**JSON, "Authorization": f"Bearer {token}"},
        body=json.dumps(body).encode(),
    )
    assert (answer.status_code, answer.json_body["errors"][0]["pointer"]) == (422, "/file")


def test_an_unknown_file_and_a_strangers_look_alike(client: Any, scenario: Scenario, store: Store) -> None:
    """An unknown file and another person's file both return 404."""
    case = scenario.submit()
    upload = store.declare(case, WANG)
    unknown, strange = (
        ask(client, scenario, case, f"/{id}") for id in ("01ARZ3NDEKTSV4RRFFQ69G5FAV", upload.id)
    )
    # the answers differ only in the id of the request
    same = [{**answer.json_body, "instance": ""} for answer in (unknown, strange)]
    assert (unknown.status_code, strange.status_code, same[0]) == (404, 404, same[1])


def test_a_retry_with_the_same_key_is_the_same_file(client: Any, scenario: Scenario, store: Store) -> None:
    """A retry with the same key returns the same file. The same key with another body is refused."""
    case, body = scenario.submit(), {"type": "image/*", "shows": "x"}
    first, again = (ask(client, scenario, case, body=body, **{"Idempotency-Key": "a1"}) for _ in range(2))
    assert first.json_body["id"] == again.json_body["id"]
    other = ask(client, scenario, case, body={**body, "shows": "y"}, **{"Idempotency-Key": "a1"})
    assert (other.status_code, other.json_body["type"]) == (422, "/problems/wrong_key_reuse")


def test_the_desk_reads_on_the_timeline_what_was_kept(client: Any, scenario: Scenario, store: Store) -> None:
    """The timeline shows type, size and hash of a file, with the sender's description."""
    case = scenario.submit()
    upload = store.declare(case, type="application/pdf")
    store.tell(store.put(upload, PDF))
    page = Person(client, scenario, case, SUN.who, "en", "lead").get("/timeline")
    assert f"PDF document · 1 KB · SHA-256 {store.now(upload).sha256}" in page


def test_the_openapi_document_says_what_a_declaration_holds(client: Any, scenario: Scenario) -> None:
    """The document lists the fields of a declaration for programs."""
    document = client.http.get("/openapi.json").json_body
    operation = document["paths"]["/v1/cases/{ref}/files"]["post"]
    name = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]
    assert set(document["components"]["schemas"][name]["properties"]) == {"shows", "type", "size", "name"}
