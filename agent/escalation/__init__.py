"""From the machine to a person: the case of somebody in danger, and everything that gets a human being to them.

Here: the case itself (``cases``), what is kept when the database is away (``spool``), in whose hands a person is
(``hands``), and what works by itself (``jobs``, ``sweep``, ``reaper``, ``trouble``). The rooms: ``alerts`` finds
somebody, ``desk`` is where counsellors work, ``summary`` is what they read first, ``trusted`` is the person's own
contact. The words and the policies are in ``data``.
"""
