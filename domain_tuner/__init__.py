"""The model: what it learns from documents and how it answers. Knows nothing about web pages or command lines."""
