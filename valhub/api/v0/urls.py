"""The documented routes, at the root as the document has them."""

from django.urls import path

from valhub.api.v0 import accounts, analyses, files, leaderboard, organising, submissions

urlpatterns = [
    path("register", accounts.register),
    path("login", accounts.login),
    path("account/list", accounts.account_list),
    path("account/<uuid:account_id>/", accounts.account_detail),
    path("analysis/upload", analyses.upload),
    path("analysis/home", analyses.home),
    path("analysis/<int:analysis_id>", analyses.detail),
    path("jobs/analysis/<int:analysis_id>/submission", submissions.submit),
    path("jobs/user_submission/<uuid:user_id>", submissions.user_submissions),
    path(
        "jobs/analysis/<int:analysis_id>/user_submission/<uuid:user_id>",
        submissions.user_submissions,
    ),
    path("jobs/<uuid:submission_id>", submissions.submission_detail),
    path("jobs/<int:analysis_id>/leaderboard", leaderboard.leaderboard),
    # The document ends an analysis' life at its upload; these go on.
    path("analysis/<int:analysis_id>/publish", organising.publish),
    path("analysis/<int:analysis_id>/close", organising.close),
    path("analysis/<int:analysis_id>/reveal", organising.reveal),
    path("analysis/<int:analysis_id>/withdraw", organising.withdraw),
    path("analysis/<int:analysis_id>/prepare", organising.prepare),
    path("analysis/<int:analysis_id>/version", organising.version),
    # Where the addresses in the documented shapes lead to.
    path("files/evaluation_scripts/<str:name>", files.evaluation_script, name="evaluation-script"),
    path(
        "files/submission_files/submission_<uuid:submission_id>.zip",
        files.submission_file,
        name="submission-file",
    ),
]
