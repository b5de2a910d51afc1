"""The state of a version's data, for an organiser's pages."""

from django import template

from valhub.web.data_state import data_state

register = template.Library()

register.filter("data_state", data_state)
