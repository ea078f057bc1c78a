"""Who publishes colours: a small class each, that asks over HTTP and reads the answer.

`ask(first, last)` returns what the source says of these days, unknown ones included, or raises a
`SourceFailed` whose text is one line for a person. No secret ever stands in such a line.
"""
