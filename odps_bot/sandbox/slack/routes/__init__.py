"""The server's routes: the Web API, response URLs, files, the page and its control API."""
