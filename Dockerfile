FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1
WORKDIR /srv/odps-bot

COPY requirements/bot.txt requirements/bot.txt
RUN pip install --require-hashes --requirement requirements/bot.txt

# Only what runs: no sandbox extra, no tests. Run from here, so nothing needs to be built.
COPY odps_bot odps_bot
COPY workers workers

RUN useradd --system --no-create-home --shell /usr/sbin/nologin odps-bot
USER odps-bot

ENTRYPOINT ["python", "-m", "odps_bot"]
CMD ["bot"]
