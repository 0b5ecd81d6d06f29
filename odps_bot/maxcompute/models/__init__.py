"""Values that MaxCompute returns, and the documents it takes. Pure."""
