"""How an organiser's pages say how far the data of a version is."""

from django import template

from valhub.web.data_state import data_state

register = template.Library()

register.filter("data_state", data_state)
