"""Any number of made-up experts from some hundreds of real-looking ones, for measurements.

Nothing is embedded: a piece of evidence takes its title from one text and its body from another of
the same subject, and its vector is their mixture, turned a little towards a third text and a little
at random. The n-th person is the same whatever the number of people, for one seed and material.
"""

from matching.synthetic.inventory import Inventory, Material
from matching.synthetic.population import SEED, VERSION, Person, Population, synthetic_documents

__all__ = [
    "SEED",
    "VERSION",
    "Inventory",
    "Material",
    "Person",
    "Population",
    "synthetic_documents",
]
