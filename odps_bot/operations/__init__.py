"""Running the bot: health, metrics, logs, the doctor, the audit export."""
