"""MaxCompute's OpenAPI of 2022-01-04, as far as a diagnosis asks it: beside the REST API."""
