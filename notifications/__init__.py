"""The lowest room: what people must know, and how work is started once a row is committed."""
