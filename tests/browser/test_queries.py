"""No page asks the database more often than docs/queries.md says."""

from __future__ import annotations

import pytest

from tests.browser import costs
from tests.browser.eyes import Site
from tests.browser.test_pages import PAGES, page_or_trial, rare_states  # noqa: F401  what the pages stand on

pytestmark = [pytest.mark.browser, pytest.mark.django_db]


@pytest.mark.parametrize("rarely", [False, pytest.param(True, marks=pytest.mark.trial)])
def test_each_page_asks_the_database_no_more_often_than_is_written_down(site: Site, rarely: bool) -> None:
    found = costs.count(page for page in PAGES if bool(page_or_trial(page).marks) is rarely)
    if costs.WRITE:
        costs.write(found)
    assert costs.out_of_date(found) == {}
