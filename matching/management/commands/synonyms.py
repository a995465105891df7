"""Check the site's synonym list, and show which forms of a text become which concept."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from matching.analysis import analyser_version
from matching.conf import setting
from matching.plain_text import normalise
from matching.services import index_check
from matching.synonym_files import SiteFile, canonical, read_site_file
from matching.synonyms import RESOURCE, Synonyms, read_groups, taxonomy_groups


class Command(BaseCommand):
    help = (
        "Check the file of MATCHING_SYNONYMS, or another one before it is put in place, and show "
        "which forms of a text become which concept. Changes nothing."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("text", nargs="*", help="texts to try the list with")
        parser.add_argument("--file", type=Path, help="try this list instead of the site's")

    def handle(self, *args: Any, text: list[str], file: Path | None, **options: Any) -> None:
        configured = str(setting("MATCHING_SYNONYMS") or "")
        path = file or (Path(configured) if configured else None)
        site = read_site_file(path) if path else SiteFile()
        if site.problems:
            raise CommandError("\n".join(site.problems))
        if path is None:
            self.stdout.write("The site has no list of its own (MATCHING_SYNONYMS).")
        else:
            forms = sum(len(line.forms) for line in site.lines)
            self.stdout.write(f"{path}: no mistakes; lines: {len(site.lines)}, forms: {forms}")
        if file is None:
            self._say_what_is_stored()
        self._try(text, site)

    def _say_what_is_stored(self) -> None:
        """How far documents and word statistics follow the list."""
        try:
            made, total = index_check.made_with(analyser_version())
            statistics = index_check.analyser_of_statistics()
        except DatabaseError as error:
            self.stdout.write(f"The database cannot be asked: {type(error).__name__}.")
            return
        self.stdout.write(f"documents made with the present lists: {made} of {total}")
        if made < total:
            self.stdout.write(
                "The worker makes the rest anew; manage.py rebuild_index does it at once."
            )
        if statistics != analyser_version():
            self.stdout.write(
                "The word statistics were made with other lists: new concepts count as rare words "
                "until manage.py rebuild_background --activate."
            )

    def _try(self, texts: list[str], site: SiteFile) -> None:
        synonyms, origins = Synonyms(site.groups), _origins(site)
        for text in texts:
            found = list(synonyms.found_in(normalise(text)))
            self.stdout.write(f"{text!r}: forms found: {len(found)}")
            for match in found:
                concepts, where = " ".join(match.concepts), ", ".join(origins[match.form])
                self.stdout.write(f"  {match.text} → {concepts} ({where})")


def _origins(site: SiteFile) -> dict[str, list[str]]:
    """Canonical form → the lists that it stands in."""
    found: dict[str, list[str]] = {}
    lists = [(RESOURCE.name, read_groups()), ("taxonomy", taxonomy_groups())]
    named = [(name, group) for name, groups in lists for group in groups]
    named += [(f"line {line.number}", list(line.forms)) for line in site.lines]
    for name, group in named:
        for form in group:
            of_form = found.setdefault(canonical(form), [])
            if name not in of_form:
                of_form.append(name)
    return found
