"""Photos: what is kept of them, and what is no photo."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from dms.clock import branch_day
from dms.errors import Invalid, Refused
from records.models import DatedRule, Photo
from records.services.photos import keep_photo

pytestmark = pytest.mark.django_db


def jpeg(width: int = 2000, height: int = 1000, **more: Any) -> bytes:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "PhoneMaker"
    exif[0x8825] = {1: "N", 2: (22.0, 32.0, 0.0)}
    Image.new("RGB", (width, height), "teal").save(out, "JPEG", exif=exif, **more)
    return out.getvalue()


def keep(actor: Any, content: bytes) -> Photo:
    file = SimpleUploadedFile("photo.jpg", content, "image/jpeg")
    return keep_photo(actor=actor, file=file, kind="arrival", subject_key="order:1")


def test_a_photo_is_drawn_anew_without_its_place(actor: Any) -> None:
    original = jpeg()
    assert b"PhoneMaker" in original
    photo = keep(actor("service_advisor"), original)
    with photo.image.open("rb") as file:
        kept = file.read()
    assert b"PhoneMaker" not in kept
    assert dict(Image.open(io.BytesIO(kept)).getexif()) == {}
    assert (photo.width, photo.height) == (1600, 800)
    with photo.thumbnail.open("rb") as file:
        assert Image.open(file).size == (320, 160)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "between 1 byte and 12 MB"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "not a photo"),
        (b"GIF89a<script>alert(1)</script>", "not a photo"),
        (jpeg()[:300], "not a photo"),
        (b"x" * (12 * 1024 * 1024 + 1), "between 1 byte and 12 MB"),
    ],
    ids=["empty", "svg", "polyglot", "cut off", "too many bytes"],
)
def test_what_is_no_photo_is_refused(actor: Any, content: bytes, sentence: str) -> None:
    with pytest.raises(Invalid, match=sentence):
        keep(actor("service_advisor"), content)
    assert not Photo.objects.exists()


def test_a_picture_with_too_many_pixels_is_refused_before_it_is_read(actor: Any) -> None:
    out = io.BytesIO()
    Image.new("1", (50_000, 50_000)).save(out, "PNG")
    with pytest.raises(Invalid):
        keep(actor("service_advisor"), out.getvalue())


def test_only_this_branch_looks_at_it(actor: Any, login: Any, other_branch: Any) -> None:
    photo = keep(actor("service_advisor"), jpeg())
    url = reverse("records:photo", args=[photo.key, "small"])
    answer = login("technician").get(url)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
    assert answer["Cache-Control"] == "private, max-age=86400"
    assert login("manager", at=other_branch).get(url).status_code == 404
    assert login("gate").get(url).status_code == 403
    assert login("technician").get(url.replace("small", "huge")).status_code == 404


def test_an_uploaded_name_is_no_path(actor: Any, tmp_path: Any) -> None:
    file = SimpleUploadedFile("../../etc/cron.d/x.jpg", jpeg(40, 40), "image/jpeg")
    photo = keep_photo(actor=actor("service_advisor"), file=file, kind="arrival", subject_key="order:1")
    assert photo.image.name.endswith(f"/{photo.key}.jpg")
    assert ".." not in photo.image.name


def test_a_visit_has_as_many_photos_as_the_rule_says(actor: Any, branch: Any) -> None:
    DatedRule.objects.create(branch=branch, key="photos.most", value=2, valid_from=branch_day(branch))
    advisor = actor("service_advisor")
    for _photo in range(2):
        keep(advisor, jpeg(40, 30))
    with pytest.raises(Refused, match="There are 2 photos already"):
        keep(advisor, jpeg(40, 30))
    other = SimpleUploadedFile("photo.jpg", jpeg(40, 30), "image/jpeg")
    assert keep_photo(actor=advisor, file=other, kind="arrival", subject_key="order:2").subject_key == "order:2"
