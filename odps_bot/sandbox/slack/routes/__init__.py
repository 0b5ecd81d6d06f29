"""The server's routes: the Web API, response addresses, files, the page and its control API."""
