"""Reads that join people, roles and organisations."""

from django.db.models import QuerySet

from accounts.models import RoleGrant, User


def staff_with_role(role: str) -> QuerySet[User]:
    """Active people who hold the role today, by name."""
    holders = RoleGrant.objects.in_force().filter(role=role).values("user_id")
    return User.objects.filter(is_active=True, pk__in=holders).order_by("name_ko", "pk")
