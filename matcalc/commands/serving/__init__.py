"""What serves others: the page, and the tools for language models."""
