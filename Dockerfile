# Production image: web, worker and beat are the same image with different commands (docker-compose.yml).
FROM python:3.13-slim

# Pango and HarfBuzz draw the papers (no wheel carries them); fonts-noto-cjk has the bold weight that the wheel lacks.
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fontconfig fonts-noto-cjk \
    && rm -rf /var/lib/apt/lists/*

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DJANGO_SETTINGS_MODULE=dms.settings DMS_STATE_DIR=/var/lib/dms
WORKDIR /app
COPY requirements/uv.txt requirements/base.txt requirements/
RUN pip install --no-cache-dir --require-hashes -r requirements/uv.txt \
    && uv pip install --system --no-cache --require-hashes -r requirements/base.txt
COPY . .
RUN useradd --system --uid 10001 dms \
    && install -d -o dms -g dms /var/lib/dms \
    && SECRET_KEY=only-for-the-build python manage.py messages --compile
USER dms
EXPOSE 8000
CMD ["python", "-m", "granian", "--interface", "wsgi", "--host", "0.0.0.0", "--workers", "1", "--blocking-threads", "8", "dms.wsgi:application"]
