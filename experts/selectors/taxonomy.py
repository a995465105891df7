"""Reading the vocabulary."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.utils import timezone

from experts.grams import fold
from experts.models import Axis, TaxonomyNode


@dataclass(frozen=True)
class Branch:
    """An upper node with its leaves, in the order of their codes."""

    node: TaxonomyNode
    leaves: list[TaxonomyNode]


def in_force(on: date | None = None) -> list[TaxonomyNode]:
    """Nodes that may be chosen on the day, by code."""
    day = on or timezone.localdate()
    open_ended = Q(valid_to=None) | Q(valid_to__gte=day)
    return list(TaxonomyNode.objects.filter(open_ended, valid_from__lte=day).order_by("code"))


def tree(on: date | None = None) -> dict[str, list[Branch]]:
    """Axis → branches with leaves, of the nodes in force on the day; one query."""
    nodes = in_force(on)
    return tree_of(nodes)


def tree_of(nodes: Iterable[TaxonomyNode]) -> dict[str, list[Branch]]:
    """The same from nodes at hand."""
    branches: dict[int, Branch] = {}
    leaves: list[TaxonomyNode] = []
    for node in nodes:
        if node.parent_id is None:
            branches[node.pk] = Branch(node, [])
        else:
            leaves.append(node)
    for leaf in leaves:
        if leaf.parent_id in branches:
            branches[leaf.parent_id].leaves.append(leaf)
    return {
        str(axis): [b for b in branches.values() if b.node.axis == axis] for axis in Axis.values
    }


def names_of(node: TaxonomyNode) -> set[str]:
    """Everything the node is called, folded: code, labels, aliases."""
    return {fold(name) for name in (node.code, node.label_ko, node.label_en, *node.aliases)}


def resolve(label: str, nodes: Iterable[TaxonomyNode] | None = None) -> list[TaxonomyNode]:
    """Nodes that are called exactly so (without case), in any language, aliases included.

    Several when axes share a word: "프라이버시" may be a technique and a kind of data. A node
    that was closed stands for the one that replaced it.
    """
    wanted = fold(label)
    known = TaxonomyNode.objects.select_related("replaced_by") if nodes is None else nodes
    found = [node for node in known if wanted and wanted in names_of(node)]
    return list(dict.fromkeys(_in_force(node) for node in found))


def _in_force(node: TaxonomyNode) -> TaxonomyNode:
    seen = {node.pk}
    while node.replaced_by is not None and node.replaced_by.pk not in seen:
        node = node.replaced_by
        seen.add(node.pk)
    return node


def csv_rows() -> list[list[str]]:
    """The vocabulary as rows of its file, in the order of the codes."""
    nodes = TaxonomyNode.objects.select_related("parent", "replaced_by").order_by("code")
    return [
        [
            node.code,
            node.parent.code if node.parent else "",
            node.axis,
            node.label_ko,
            node.label_en,
            "|".join(node.aliases),
            node.valid_from.isoformat(),
            node.valid_to.isoformat() if node.valid_to else "",
            node.replaced_by.code if node.replaced_by else "",
        ]
        for node in nodes
    ]
