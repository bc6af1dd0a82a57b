"""An invoice as a document: read from the database once, written as HTML or PDF.

``contents`` reads it, ``html`` and ``pdf`` lay it out, ``words`` says amounts in words. The
routes are in ``overrides/invoice_prints.py``.
"""
