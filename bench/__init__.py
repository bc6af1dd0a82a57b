"""What a request costs: autoapi beside a bare handler and services written by hand.

``python -m bench`` runs it; ``README.md`` says how to read what it prints.
"""
