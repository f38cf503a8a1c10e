"""What comes with every run, of tests that look at one thing in many variants or that take long.

The whole run has five minutes. For each test named here so many of its variants come with every run, the first ones of
its table; the others are among the trials, and so is a test with none. What guards consent, opt-outs and permissions is
never here.
"""

from __future__ import annotations

#: By test: how many of its variants come with every run.
WITH_EVERY_RUN = {
    # The same form, wrong in other places.
    "tests/retention/test_admin.py::test_what_is_wrong_is_said_in_words_and_not_saved": 4,
    "tests/followups/test_admin.py::test_what_is_wrong_is_said_in_words_and_not_saved": 4,
    "tests/followups/cadences/test_versions_admin.py::test_what_is_wrong_stands_at_its_place": 4,
    "tests/reviews/test_views.py::test_a_form_with_something_missing_keeps_what_was_typed": 5,
    "tests/retention/test_views_score.py::test_what_cannot_be_is_said_in_a_sentence_and_nothing_is_saved": 4,
    "tests/retention/test_backtest.py::test_a_question_without_an_answer_is_refused_with_what_to_do": 4,
    "tests/retention/test_views_trials.py::test_a_backtest_that_cannot_be_is_refused_in_words": 3,
    "tests/followups/dispositions/test_pages.py::test_setting_aside_without_what_it_needs_changes_nothing": 2,
    "tests/followups/dispositions/test_pages.py::test_what_is_missing_is_said_and_what_was_typed_stays": 2,
    # The same way, for another decision.
    "tests/followups/intake/test_answers.py::test_an_answer_closes_its_case_and_is_kept": 7,
    "tests/followups/dispositions/test_pages.py::test_each_control_does_what_it_says": 4,
    "tests/followups/dispositions/test_pages.py::test_a_message_is_set_aside": 3,
    "tests/reviews/test_views.py::test_a_stale_decision_shows_the_fresh_text": 4,
    "tests/reviews/test_views.py::test_without_javascript_a_decision_leads_to_the_next_item": 3,
    "tests/reviews/test_views.py::test_with_htmx_the_next_item_takes_its_place": 3,
    "tests/reviews/test_views.py::test_a_decided_message_shows_its_state_and_a_way_on": 3,
    # The same list, in another order or from another place.
    "tests/retention/test_views_customers.py::test_the_list_can_be_ordered": 2,
    "tests/retention/test_views_customers.py::test_a_place_that_nobody_gave_out_is_no_fault": 2,
    # The same answer of a model, a server or a text, in other words.
    "tests/outreach/drafting/test_composing.py::test_however_the_server_misbehaves_the_approved_wording_stays": 6,
    "tests/outreach/test_try_text.py::test_a_verdict_and_its_words": 4,
    "tests/outreach/gates/test_language.py::test_typed_text": 5,
    # The same calculation for more customers, days or processes at once.
    "tests/retention/test_trials.py::test_publishing_moves_exactly_those_that_were_named": 2,
    "tests/retention/test_publishing.py::test_exactly_those_move_whom_the_what_if_names": 1,
    "tests/retention/test_rescoring_ranges.py::test_ranges_give_what_one_pass_gives": 0,
    "tests/retention/dry_runs/test_as_in_shadow.py::test_a_dry_run_over_a_past_month_equals_the_month_in_shadow": 0,
    "tests/retention/test_refresh_races.py::test_a_refresh_and_a_full_rescore_at_once_store_everything_once": 0,
    "tests/retention/test_refresh_races.py::test_a_second_refresher_steps_aside": 0,
    "tests/retention/test_refresh_races.py::test_of_two_who_publish_at_once_one_is_told": 0,
    "tests/retention/test_trials.py::test_two_workers_never_work_on_the_same_trial": 0,
    "tests/contacts/identity/test_merge_races.py::test_of_two_undoings_one_wins": 0,
    "tests/contacts/test_imports.py::test_contacts_come_to_rest_whoever_shares_what": 0,
    "tests/reviews/test_timeline.py::test_pages_leave_nothing_out_where_everything_happens_at_once": 0,
    "tests/outreach/control/test_limits.py::test_the_limit_holds_for_many_at_the_same_moment": 0,
    "tests/retention/test_refresh_invariant.py::test_refreshed_scores_are_those_of_a_full_rescore": 0,
    "tests/followups/simulation/test_equals_what_happens.py::test_what_was_simulated_is_what_then_happens": 0,
    # The same list of the admin, of another model.
    "tests/followups/test_admin.py::test_lists_take_as_many_queries_for_many_as_for_few": 1,
    "tests/followups/cadences/test_lists_admin.py::test_lists_take_as_many_queries_for_many_as_for_few": 1,
    # Whole ways through the browser, of which another one comes with every run.
    "tests/browser/test_crawler.py::test_the_main_pages_of_each_role": 1,
    "tests/browser/test_crawler.py::test_the_keyboard_gets_everywhere_and_out_again": 2,
    "tests/browser/test_journeys.py::test_a_lead_is_paused_and_goes_on": 0,
    "tests/browser/test_journeys.py::test_a_manager_imports_a_file_after_a_look_at_what_it_would_do": 0,
    "tests/browser/test_worked_example.py::test_the_owner_closes_out_without_a_message_in_three_keystrokes": 0,
    "tests/browser/test_rows.py::test_a_lead_in_nurture_is_closed_in_its_row_and_an_unowned_one_is_ticked": 0,
    "tests/browser/test_weather.py::test_back_shows_the_decision_and_offers_no_second_one": 0,
    "tests/browser/test_navigation.py::test_the_main_navigation_has_what_a_role_works_with": 0,
    "tests/browser/test_queue.py::test_a_view_is_kept_and_several_that_were_read_are_approved_by_keyboard": 0,
    "tests/browser/test_queue.py::test_what_arrives_moves_nothing_and_is_there_when_asked_for": 0,
    "tests/browser/test_turning.py::test_a_refused_verb_brings_the_item_back_with_what_was_typed": 0,
    "tests/browser/test_workbench.py::test_each_verb_has_a_button_that_names_its_key_and_opens_at_its_choice": 0,
    "tests/browser/test_workbench.py::test_j_and_k_turn_pages_and_the_back_button_returns": 0,
    "tests/browser/test_pages.py::test_the_theme_is_the_one_chosen": 0,
}
