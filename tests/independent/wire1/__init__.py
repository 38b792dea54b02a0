"""A phone of wire version 1, written from docs/sync.md and docs/formats alone (F37).

FROZEN. It stands for a phone that nobody updates: it is never changed, so that every later office must still answer it. A later version of the
conversation gets a client of its own beside it (``wire2``); the two stay as they are from then on. What it needs of :mod:`mzverify` are the formats
(CBOR, COSE, age, tree, receipts), which have vectors and do not change either.
"""
