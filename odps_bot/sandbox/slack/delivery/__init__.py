"""How what people do reaches the app: Socket Mode or signed HTTP, and its acknowledgement."""
