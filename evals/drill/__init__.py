"""The fault drill: the real product is killed, starved and lied to, and nobody may fall between machine and person.

``make drill`` runs it. People write, counsellors work, a seed decides; meanwhile processes die by SIGKILL at random and
at every named failpoint, notices are dropped, delayed and doubled, the database dies, hangs and fills up, clocks jump.
What happened is judged from outside, by a journal that the driver keeps and by the order in which the database
committed. The product knows nothing of it: everything is put in from here.
"""
