"""How any CSV file comes in, and how any list goes out: one mechanism, described per kind of file by an `Importer`.

Reading is strict and streaming, parsed rows go by COPY into a temporary table, and a few set-based statements merge
them. One file is one transaction, so a file is imported or it is not.
"""
