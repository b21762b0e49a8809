"""What a file is by its content, whatever it is called; a small picture of it without what the camera wrote
into it."""

from __future__ import annotations

from io import BytesIO

TYPES = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/heic": "heic",
    "application/pdf": "pdf",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/3gpp": "3gp",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/aac": "aac",
    "audio/amr": "amr",
    "audio/x-wav": "wav",
}
"""What we take, with the ending of its name: photographs, documents, recordings. Nothing that a program runs
or that holds other files."""
IMAGES, VIDEOS, AUDIOS = (
    frozenset(type for type in TYPES if type.startswith(kind)) for kind in ("image", "video", "audio")
)
KINDS = {
    "image/*": IMAGES,
    "application/pdf": frozenset({"application/pdf"}),
    "video/*": VIDEOS,
    "audio/*": AUDIOS | {"video/mp4", "video/3gpp"},
}
"""Kinds that a person can choose from. Recorders often write sound alone into a container for films."""
PICTURED = frozenset({"image/jpeg", "image/png", "image/webp"})
"""What a small picture is made of."""
HEAD = 8192
"""So many bytes at the start tell what a file is."""
SMALL = 320
"""Pixels of the longer side of a small picture."""
MOST_PIXELS = 60_000_000
"""A picture with more is kept without a small one: opening it would take more memory than the worker has."""
SOUND_ALONE = b"ftypM4A"
"""What begins, after four bytes, a recording that is otherwise taken for a film."""


def type_of(content: bytes) -> str | None:
    """The media type of a file by its first bytes; None for what we do not take or do not know."""
    import filetype

    if content[4:11] == SOUND_ALONE:
        return "audio/mp4"
    found = filetype.guess(content[:HEAD])
    return found.mime if found and found.mime in TYPES else None


def fits(declared: str, found: str) -> bool:
    """Whether what was found is what was declared: a media type, or a kind."""
    return found in KINDS.get(declared, {declared})


def small(content: bytes, type: str) -> bytes | None:
    """A small JPEG of a photograph, upright, drawn anew and so without place, time and camera; None when none
    can be made."""
    if type not in PICTURED:
        return None
    from PIL import Image, ImageOps

    try:
        with Image.open(BytesIO(content), formats=("JPEG", "PNG", "WEBP")) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                return None
            picture.draft("RGB", (SMALL * 2, SMALL * 2))  # a JPEG is read at a fraction of its size
            upright = ImageOps.exif_transpose(picture)
            upright.thumbnail((SMALL, SMALL))
            clean = Image.new("RGB", upright.size, "white")
            layer = upright.convert("RGBA")
            clean.paste(layer, mask=layer)
            drawn = BytesIO()
            clean.save(drawn, "JPEG", quality=75)
            return drawn.getvalue()
    except (
        OSError,
        ValueError,
        SyntaxError,
        Image.DecompressionBombError,
    ):  # half a photograph is evidence too
        return None
