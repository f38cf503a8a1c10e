# One image for web, worker, beat and migrations; compose.yaml says which runs what.
FROM python:3.11-slim AS packages
COPY requirements.txt /tmp/requirements.txt
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir -r /tmp/requirements.txt

FROM python:3.11-slim
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DATA_DIR=/data
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin rekindle \
    && install -d -o rekindle -g rekindle /data
WORKDIR /app
COPY --from=packages /venv /venv
COPY --chown=rekindle:rekindle . .
# With the production storage, so that file names carry their content's digest. The values only satisfy the settings' own check here.
RUN ENV=production SECRET_KEY=only-while-collecting-static-files-0123456789-abcdefghijkl \
    ALLOWED_HOSTS=build.invalid PUBLIC_URL=https://build.invalid EMAIL_URL=smtp://build.invalid:25 \
    FROM_EMAIL=build@build.invalid POSTAL_ADDRESS=build \
    DATABASE_URL=postgres://nobody@build.invalid/none REDIS_URL=redis://build.invalid/0 \
    python manage.py collectstatic --noinput --verbosity 0
USER rekindle
ENV ENV=production
VOLUME /data
EXPOSE 8000
CMD ["python", "-m", "granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "4", "--workers-kill-timeout", "10", "--respawn-failed-workers", "--log-level", "warning", "config.wsgi:application"]
