"""The pages about the API: Swagger UI, ReDoc, and the document both of them show."""

from autoapi.pages.routes import add_pages

__all__ = ["add_pages"]
