"""The window: the command line and the page. Decides nothing about retrieval or training."""
