"""How an organiser's pages say how far the data of a version is."""

from django import template

from valhub.web import organising

register = template.Library()

register.filter("data_state", organising.data_state)
