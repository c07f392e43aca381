# Production image: web, worker, beat and the one-shot migration are this image with different commands.
# Debian and Python as tested: Debian 12, Python 3.11.
FROM python:3.11-slim-bookworm

# Pango and HarfBuzz draw the papers (no wheel carries them); fonts-noto-cjk has the bold weight that the wheel lacks.
# The versions are those of the Debian release that the image pins.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fontconfig fonts-noto-cjk \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --system --gid 10001 dms \
    && useradd --system --uid 10001 --gid 10001 --home-dir /nonexistent dms \
    && install -d -o dms -g dms /var/lib/dms

# Python keeps no bytecode at run time: the root file system is read-only. The font cache goes to the tmpfs.
ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=dms.settings \
    DMS_STATE_DIR=/var/lib/dms \
    STATIC_ROOT=/app/collected \
    XDG_CACHE_HOME=/tmp/cache
WORKDIR /app
COPY requirements/uv.txt requirements/base.txt requirements/plan.txt requirements/
RUN pip install --no-cache-dir --require-hashes -r requirements/uv.txt \
    && uv pip install --system --no-cache --compile-bytecode --require-hashes \
        -r requirements/base.txt -r requirements/plan.txt
COPY . .
# Translations and static files belong to the release, so they are part of the image; the key is of no later use.
RUN SECRET_KEY=only-for-the-build python manage.py messages --compile \
    && SECRET_KEY=only-for-the-build python manage.py collectstatic --no-input \
    && python -m compileall -q .
USER 10001:10001
EXPOSE 8000
CMD ["python", "-m", "granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "1", "--blocking-threads", "8", "--no-ws", "dms.wsgi:application"]
