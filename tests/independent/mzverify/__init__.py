"""A second, independent verifier of Mingzheng (明证) case files.

Written from ``docs/formats/`` (README.md, verification.md), ``docs/verify.md`` and ``docs/adr/0003-paper-signature.md`` alone;
it shares no code with the product. Needs Python 3.11 and PyPI's ``cryptography``.
"""
