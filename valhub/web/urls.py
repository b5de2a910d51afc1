"""The pages' addresses. The documented routes have the root's other names to themselves."""

from django.urls import path

from valhub.web.views import (
    analyses,
    changing_password,
    comparing,
    explanations,
    institute,
    mailed_links,
    organising,
    public_files,
    registering,
    signing,
    submissions,
)

app_name = "web"
urlpatterns = [
    path("", analyses.home, name="home"),
    path("analyses/<int:analysis_id>", analyses.analysis, name="analysis"),
    path("analyses/mine", organising.my_analyses, name="my-analyses"),
    path("analyses/<int:analysis_id>/manage", organising.manage, name="manage"),
    path(
        "analyses/<int:analysis_id>/submissions",
        organising.analysis_submissions,
        name="analysis-submissions",
    ),
    path("analyses/<int:analysis_id>/files", public_files.public_files, name="public-files"),
    path(
        "analyses/<int:analysis_id>/files/<str:file_name>",
        public_files.public_file,
        name="public-file",
    ),
    path(
        "analyses/<int:analysis_id>/files/<str:file_name>/truth",
        public_files.public_truth,
        name="public-truth",
    ),
    path("analyses/<int:analysis_id>/starter.zip", public_files.starter, name="starter"),
    path("analyses/<int:analysis_id>/compare/<int:entry_id>", comparing.compare, name="compare"),
    path("how-sure", explanations.how_sure_page, name="how-sure"),
    path("submissions", submissions.submissions, name="submissions"),
    path("submissions/<uuid:submission_id>", submissions.submission, name="submission"),
    path("sign-up", registering.sign_up_page, name="sign-up"),
    path("confirm-email", mailed_links.confirm_email_page, name="confirm-email"),
    path("change-password", changing_password.change_password_page, name="change-password"),
    path("reset-password", mailed_links.reset_password_page, name="reset-password"),
    path("sign-in", signing.sign_in_page, name="sign-in"),
    path("sign-in/institute", institute.go_to_institute, name="institute"),
    path("sign-in/institute/callback", institute.come_from_institute, name="institute-callback"),
    path("sign-in/institute/link", institute.link_institute, name="link-institute"),
    path("sign-out", signing.sign_out, name="sign-out"),
]
