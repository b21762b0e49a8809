"""The store of files in the test's hands: uploads of browsers, and the reports of the store and a scanner."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from typing import Any

import boto3
from PIL import Image

from chalicelib.access.authorization import Caller
from chalicelib.domain.model.case import Case
from chalicelib.evidence.uploads import SCANNERS, Upload
from tests.scenario import Scenario

MINUTE_MS = 60_000
PDF = b"%PDF-1.7\n" + "发票".encode() * 100


def photograph(kind: str = "JPEG", size: tuple[int, int] = (1200, 900)) -> bytes:
    """Return a photograph whose metadata tell its place and camera."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "PhoneMaker", 6  # maker; rotated by 90°
    exif.get_ifd(0x8825).update({1: "N", 2: (31.0, 13.0, 49.0), 3: "E", 4: (121.0, 28.0, 25.0)})
    file = BytesIO()
    Image.new("RGB", size, "teal").save(file, kind, exif=exif)
    return file.getvalue()


class Store:
    """The store of a scenario: browsers upload to it, and its events reach the worker."""

    def __init__(self, scenario: Scenario, scanner: str = "none") -> None:
        self.scenario, self.s3, self.bucket = (
            scenario,
            boto3.client("s3", "us-east-1"),
            scenario.product.setting("EVIDENCE"),
        )
        scenario.product.__dict__["uploads"] = replace(scenario.product.uploads, scanner=SCANNERS[scanner])

    def declare(self, case: Case, caller: Caller | None = None, type: str = "image/*", **said: Any) -> Upload:
        """Declare a file that will be uploaded."""
        return self.scenario.product.uploads.declare(
            case.ref, caller or self.scenario.party(case), {"type": type, "shows": "裂开的内胆", **said}
        )

    def put(self, upload: Upload, content: bytes) -> dict[str, Any]:
        """Upload a file as a browser does; return the event of S3."""
        key = f"incoming/{upload.ref}/{upload.id}"
        made = self.s3.put_object(Bucket=self.bucket, Key=key, Body=content, ContentType=upload.type)
        found = {
            "key": key,
            "size": len(content),
            "etag": made["ETag"].strip('"'),
            "version-id": made["VersionId"],
        }
        return {
            "source": "aws.s3",
            "detail-type": "Object Created",
            "detail": {"bucket": {"name": self.bucket}, "object": found},
        }

    def enclose(self, draft: str, id: str, content: bytes) -> None:
        """Upload a file of a draft as a browser does."""
        self.s3.put_object(Bucket=self.bucket, Key=f"drafts/{draft}/{id}", Body=content)

    def tell_all(self, case: Case) -> None:
        """Send the worker an event for each file in the arrival folder of a case."""
        found = self.s3.list_object_versions(Bucket=self.bucket, Prefix=f"incoming/{case.ref}/")
        for one in reversed(found.get("Versions", [])):
            said = {"key": one["Key"], "etag": one["ETag"].strip('"'), "version-id": one["VersionId"]}
            self.tell({"source": "aws.s3", "detail": {"object": said}})

    def scanned(self, created: dict[str, Any], result: str) -> dict[str, Any]:
        """Return GuardDuty's event for the same version."""
        found = created["detail"]["object"]
        said = {
            "bucketName": self.bucket,
            "objectKey": found["key"],
            "eTag": found["etag"],
            "versionId": found["version-id"],
        }
        return {
            "source": "aws.guardduty",
            "detail-type": "GuardDuty Malware Protection Object Scan Result",
            "detail": {
                "scanStatus": "COMPLETED",
                "s3ObjectDetails": said,
                "scanResultDetails": {"scanResultStatus": result},
            },
        }

    def tell(self, *events: dict[str, Any]) -> None:
        """Send the worker these events."""
        for event in events:
            self.scenario.product.store_says(event, lambda: MINUTE_MS)

    def now(self, upload: Upload) -> Upload:
        """Return the file's current row."""
        found = self.scenario.product.uploads.rows.find(upload.ref, upload.id)
        assert found
        return found

    def objects(self, folder: str) -> list[bytes]:
        """Return the content of a folder, every version of it."""
        versions = self.s3.list_object_versions(Bucket=self.bucket, Prefix=f"{folder}/")
        assert "DeleteMarkers" not in versions
        return [
            self.s3.get_object(Bucket=self.bucket, Key=one["Key"], VersionId=one["VersionId"])["Body"].read()
            for one in versions.get("Versions", [])
        ]
