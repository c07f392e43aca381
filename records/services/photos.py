"""Photos: drawn anew without their EXIF data (place, device), with a thumbnail; what is no photo is refused."""

from __future__ import annotations  # Django's files are generic for the type checker only

import io
import warnings
from uuid import UUID

from django.core.files.base import ContentFile, File
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from accounts.policies import Actor
from dms.clock import branch_day, now
from dms.errors import Invalid, Refused
from records.models import Photo
from records.selectors import rule

MOST_BYTES = 12 * 1024 * 1024
#: A phone's camera has about 50 million pixels; a bomb has more.
MOST_PIXELS = 60_000_000
LONGEST, THUMBNAIL = 1600, 320
FORMATS = ("JPEG", "PNG", "WEBP")
UNREADABLE = (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning)


def _opened(file: File[bytes]) -> Image.Image:
    """The picture, upright and in RGB. Raises `Invalid` for what cannot be read as one, or is too large."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            picture = Image.open(file.open(), formats=FORMATS)
            if picture.width * picture.height > MOST_PIXELS:
                raise Invalid(_("This picture is too large. Take the photo anew with the camera of the phone."))
            picture.draft("RGB", (LONGEST * 2, LONGEST * 2))
            upright = ImageOps.exif_transpose(picture)
            return upright.convert("RGB")
        except UNREADABLE as error:
            raise Invalid(_("This is not a photo (JPEG, PNG or WebP).")) from error


def _jpeg(picture: Image.Image, longest: int) -> tuple[ContentFile[bytes], tuple[int, int]]:
    smaller = picture.copy()
    smaller.thumbnail((longest, longest))
    out = io.BytesIO()
    smaller.save(out, "JPEG", quality=85, optimize=True)
    return ContentFile(out.getvalue()), smaller.size


@transaction.atomic
def keep_photo(*, actor: Actor, file: File[bytes], kind: str, subject_key: str, key: UUID | None = None) -> Photo:
    """Keep an uploaded photo of a subject as "order:12". The caller judges whether the actor may.

    `key` is made by the phone for each photo it takes: what is sent again, because the answer was lost, is kept once.

    Raises `Invalid` for an empty file, one above 12 MB or 60 million pixels, and for what is no JPEG, PNG or WebP;
    `Refused` when the subject has as many as the rule `photos.most` allows.
    """
    known = Photo.objects.filter(key=key, branch=actor.branch, subject_key=subject_key).first() if key else None
    if known is not None:
        return known
    most = int(rule(actor.branch, "photos.most", branch_day(actor.branch)))
    if Photo.objects.filter(branch=actor.branch, subject_key=subject_key).count() >= most:
        raise Refused(_("There are %(most)s photos already; more are not kept.") % {"most": most})
    if not 0 < file.size <= MOST_BYTES:
        raise Invalid(_("A photo has between 1 byte and 12 MB."))
    picture = _opened(file)
    image, (width, height) = _jpeg(picture, LONGEST)
    thumbnail, _size = _jpeg(picture, THUMBNAIL)
    photo = Photo(
        branch=actor.branch, subject_key=subject_key, kind=kind, width=width, height=height, taken_at=now(),
        taken_by=actor.user, **({"key": key} if key else {}),
    )  # fmt: skip
    # Names are ours: an uploaded name may be a path.
    photo.image.save(f"{photo.key}.jpg", image, save=False)
    photo.thumbnail.save(f"{photo.key}-s.jpg", thumbnail, save=False)
    try:
        with transaction.atomic():
            photo.save()
    except IntegrityError:
        if key is None:
            raise
        # The same photo was on its way twice: the first one is kept.
        photo.image.delete(save=False)
        photo.thumbnail.delete(save=False)
        found = Photo.objects.filter(key=key, branch=actor.branch, subject_key=subject_key).first()
        if found is None:
            raise
        return found
    return photo


def lend_photo(*, photo: Photo, subject_key: str) -> Photo:
    """The same picture for another subject as well: a photo of a finding stands beside the price of its repair.

    The files are shared. Twice is once.
    """
    known = Photo.objects.filter(branch=photo.branch_id, subject_key=subject_key, image=photo.image.name).first()
    return known or Photo.objects.create(
        branch_id=photo.branch_id, subject_key=subject_key, kind=photo.kind, image=photo.image.name,
        thumbnail=photo.thumbnail.name, width=photo.width, height=photo.height, taken_at=photo.taken_at,
        taken_by=photo.taken_by,
    )  # fmt: skip
