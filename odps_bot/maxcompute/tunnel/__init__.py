"""All rows of a result, through the instance tunnel."""
