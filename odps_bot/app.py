"""The Slack app: everything registered, nothing started."""

from slack_bolt import App
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

from odps_bot import listeners
from odps_bot.services import SLACK_TIMEOUT_S, Services


def create_app(services: Services) -> App:
    """Return the app. Asks Slack once who it is, and raises SlackApiError for a bad token."""
    identity = services.slack_client.auth_test()
    who = AuthorizeResult.from_auth_test_response(
        bot_token=services.settings.slack_bot_token, auth_test_response=identity
    )
    app = App(
        # Its token is that of `who`.
        client=WebClient(base_url=services.settings.slack_api_url, timeout=SLACK_TIMEOUT_S),
        signing_secret=services.settings.slack_signing_secret or "unused in socket mode",
        # Known since the start, so that no command waits for a question to Slack.
        authorize=lambda: who,
        # Our listeners only write to Redis: answering when they are done costs nothing, and an
        # error can still become an answer.
        process_before_response=True,
        token_verification_enabled=False,
    )
    listeners.register(app, services)
    return app
