"""Places and months: what was counted, against how many people, and what was not reported."""
