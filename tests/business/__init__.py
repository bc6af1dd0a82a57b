"""The rules of the business, each by its own route and by the tables themselves."""
