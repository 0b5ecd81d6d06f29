"""All rows of a result, over the instance tunnel."""
