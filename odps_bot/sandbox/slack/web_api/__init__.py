"""The Web API: methods by name, their arguments, rights and answers."""
