"""The documented routes, at the root as the document has them."""

from django.urls import path

from valhub.api.v0 import accounts

urlpatterns = [
    path("register", accounts.register),
    path("login", accounts.login),
    path("account/list", accounts.account_list),
    path("account/<uuid:account_id>/", accounts.account_detail),
]
