"""A form whose values a service writes."""

from collections.abc import Callable

from django.forms import BaseForm

from dms.errors import Refused


def kept(form: BaseForm, write: Callable[[], object]) -> bool:
    """Whether the form was right and `write` wrote it; a refusal becomes the form's error."""
    if not form.is_valid():
        return False
    try:
        write()
    except Refused as refused:
        form.add_error(None, refused.sentence)
        return False
    return True
