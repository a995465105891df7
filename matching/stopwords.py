"""Words that say nothing about what a text is about."""

from __future__ import annotations

_ENGLISH = """
a about above after again all also although am among an and any are as at be because been before
being below between both but by can could did do does doing down during each either etc few for
from further had has have having he her here hers him his how however i if in into is it its
itself just may me might more most much must my no nor not of off on once only or other our ours
out over own per rather same shall she should since so some such than that the their theirs them
then there these they this those through thus to too toward towards under until up upon us use
used using very via was we were what when where whether which while who whom why will with
within without would yet you your
"""
_KOREAN = "하 되 있 없 않 같 보 주 받 수 것 등 및 위하 대하 통하 따르 관하 이 그 저 때 년 월 일"

ENGLISH = frozenset(_ENGLISH.split())
#: morphemes
KOREAN = frozenset(_KOREAN.split())
